"""Which captures hold the frames of the streams of a mix."""

from collections.abc import Iterator, Mapping

from reelroom.events import Captured, Published
from reelroom.timeline.decisions import Decision
from reelroom.timeline.mix_decisions import SourceBegins, SourceEnds
from reelroom.units import CaptureId, MediaKind, PublicationId, StreamId


class Sources:
    """The sources that go on, at most one per stream."""

    def __init__(self) -> None:
        self._live: dict[StreamId, SourceBegins] = {}

    def captured(self, event: Captured, of: Published, kinds: tuple[MediaKind, ...], at: int) -> Iterator[Decision]:
        """Frames of a publication are journalled, for the first time or anew. kinds: what the mix takes of them."""
        yield from self.replaced(of.stream, at)
        after = {kind: position for kind, position in event.after.items() if kind in kinds}
        begins = SourceBegins(
            at=at,
            publication=event.publication,
            stream=of.stream,
            user=of.user,
            user_name=of.name,
            capture=event.capture,
            kinds=kinds,
            after=after,
        )
        self._live[of.stream] = begins
        yield begins

    def replaced(self, stream: StreamId, at: int) -> Iterator[Decision]:
        """What was a stream's source is not any more."""
        if stream in self._live:
            yield SourceEnds(at, self._live.pop(stream).publication, None)

    def unpublished(self, publication: PublicationId, at: int) -> Iterator[Decision]:
        """A publication ended."""
        for source in list(self._live.values()):
            if source.publication == publication:
                yield from self.replaced(source.stream, at)

    def lost(self, at: int) -> Iterator[Decision]:
        """Every publication ended."""
        for stream in list(self._live):
            yield from self.replaced(stream, at)

    def end(self, at: int, upto: Mapping[CaptureId, Mapping[MediaKind, int]] | None) -> Iterator[Decision]:
        """The task ended. `upto`: as in `Left`; None when no gateway told and the instant must do."""
        for source in self._live.values():
            told = None if upto is None else upto.get(source.capture)
            yield SourceEnds(at, source.publication, told, cut=told is None)
        self._live.clear()
