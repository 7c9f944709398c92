"""Which files of a task are open, and what each arrival and departure does to them (the contract's §5.4).

SPLIT  a departure closes the file.
FILL   the file stays open and its audio is silent; impossible without audio, then as SPLIT.
JOIN   the file stays open and nothing is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reelroom.events import Captured, Published
from reelroom.spec import Interruption, RecordSpec, Tracks
from reelroom.timeline.decisions import Decision, FileCloses, FileOpens, PartBegins, PartEnds
from reelroom.units import CaptureId, MediaKind, PublicationId, StreamId

_WITH_VIDEO = frozenset({"mp4", "flv"})  # their audio file, with SEPARATE, is an aac (the contract's §5.2)
LETTERS = {MediaKind.VIDEO: "V", MediaKind.AUDIO: "A"}  # in the order of the file name's type: V, A, VA


def type_letters(kinds: tuple[MediaKind, ...]) -> str:
    """V, A or VA. Source: control API, file names."""
    return "".join(letter for kind, letter in LETTERS.items() if kind in kinds)


@dataclass(slots=True)
class _OpenFile:
    opens: FileOpens
    parts: int = 0  # begun so far
    live: PartBegins | None = None  # the part that goes on


@dataclass(slots=True)
class _Stream:
    files: list[_OpenFile] = field(default_factory=list)
    publication: PublicationId | None = None  # whose frames go to the files


class Shelf:
    """The open files of one task."""

    def __init__(self, spec: RecordSpec) -> None:
        self._spec = spec
        self._streams: dict[StreamId, _Stream] = {}
        self._numbered = 0

    def captured(self, event: Captured, published: Published) -> Iterator[Decision]:
        """Frames of a publication are journalled: open its files, or go on with those that wait for it."""
        stream = self._streams.setdefault(published.stream, _Stream())
        if stream.publication is not None:
            yield from self._interrupt(stream, event.at)  # taken over without an `Unpublished`
        stream.publication = event.publication
        number = self._numbered + 1
        for kinds in self._slots(published.kinds):
            file = self._waiting(stream, kinds)
            if file is None:
                self._numbered = number
                file = _OpenFile(self._opens(event.at, number, published, kinds))
                stream.files.append(file)
                yield file.opens
            yield self._next_part(file, event, kinds)

    def _slots(self, published: tuple[MediaKind, ...]) -> list[tuple[MediaKind, ...]]:
        """The tracks of each file that a publication needs, video before audio."""
        kinds = tuple(kind for kind in LETTERS if kind in published and self._spec.wants(kind))
        if self._spec.tracks is Tracks.SEPARATE:
            return [(kind,) for kind in kinds]
        return [kinds] if kinds else []

    def _waiting(self, stream: _Stream, kinds: tuple[MediaKind, ...]) -> _OpenFile | None:
        """The file that these tracks go on in: with SEPARATE the one of the same kind, else the only one."""
        if self._spec.tracks is not Tracks.SEPARATE:
            return stream.files[0] if stream.files else None
        return next((file for file in stream.files if file.opens.kinds == kinds), None)

    def _opens(self, at: int, number: int, published: Published, kinds: tuple[MediaKind, ...]) -> FileOpens:
        lone_audio = self._spec.tracks is Tracks.SEPARATE and kinds == (MediaKind.AUDIO,)
        without_video = lone_audio and self._spec.format in _WITH_VIDEO
        return FileOpens(
            at=at,
            key=f"{number}-{type_letters(kinds)}",
            stream=published.stream,
            user=published.user,
            user_name=published.name,
            kinds=kinds,
            format="aac" if without_video else self._spec.format,
        )

    def _next_part(self, file: _OpenFile, event: Captured, kinds: tuple[MediaKind, ...]) -> PartBegins:
        after = {kind: position for kind, position in event.after.items() if kind in kinds}
        joined = self._spec.interruption is Interruption.JOIN and file.parts > 0
        file.live = PartBegins(event.at, file.opens.key, file.parts, event.capture, kinds, after, joined)
        file.parts += 1
        return file.live

    def unpublished(self, publication: PublicationId, at: int) -> Iterator[Decision]:
        """A publication ended; one that is not recorded is ignored."""
        for stream in self._streams.values():
            if stream.publication == publication:
                yield from self._interrupt(stream, at)

    def lost(self, at: int) -> Iterator[Decision]:
        """Every publication ended."""
        for stream in self._streams.values():
            if stream.publication is not None:
                yield from self._interrupt(stream, at)

    def _interrupt(self, stream: _Stream, at: int) -> Iterator[Decision]:
        stream.publication = None
        yield from self._end_parts(stream, at, None)
        if not self._outlives_departure(stream):
            yield from (FileCloses(at, file.opens.key, filled=False) for file in stream.files)
            stream.files.clear()

    def _end_parts(self, stream: _Stream, at: int, upto: Mapping[MediaKind, int] | None) -> Iterator[Decision]:
        for file in stream.files:
            if file.live is not None:
                yield PartEnds(at, file.opens.key, file.live.part, upto)
                file.live = None

    def _outlives_departure(self, stream: _Stream) -> bool:
        if self._spec.interruption is Interruption.FILL:
            return any(MediaKind.AUDIO in file.opens.kinds for file in stream.files)
        return self._spec.interruption is Interruption.JOIN

    def end(self, at: int, upto: Mapping[CaptureId, Mapping[MediaKind, int]] | None) -> Iterator[Decision]:
        """The task ended at `at`. `upto`: as in `Left`; None when no gateway told and the instant must do."""
        filled = self._spec.interruption is Interruption.FILL
        for stream in self._streams.values():
            for file in stream.files:
                if file.live is not None:
                    told = None if upto is None else upto.get(file.live.capture)
                    yield PartEnds(at, file.opens.key, file.live.part, told, cut=told is None)
                yield FileCloses(at, file.opens.key, filled and self._outlives_departure(stream))
        self._streams.clear()
