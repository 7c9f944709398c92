"""Who is in the room, and what follows from nobody being there: notices and limits, as deadlines."""

from collections.abc import Iterator

from reelroom.mix import LayoutMode
from reelroom.spec import RecordSpec
from reelroom.task import QuitReason
from reelroom.timeline.decisions import NO_STREAM, STREAM_MISSING, Announces, Decision, EndDue
from reelroom.units import NS, PublicationId, StreamId

NO_STREAM_FIRST_NS = 15 * NS  # the contract: "within 30 s after the count became 0"
NO_STREAM_AGAIN_NS = 30 * NS
MISSING_AFTER_NS = 10 * NS
JOIN_WITHIN_NS = 30 * NS  # a gateway that restarts takes a few seconds


class Presence:
    """The publications of a room, recorded or not, from the start of a task.

    While the gateway is away (after `lost`, until `joined`) nobody knows who is there: idleness does not count then,
    and begins anew when someone listens again, so that publishers have the whole `max_idle_s` to come back. A room that
    nobody ever listened to was never found empty: the task fails because it could not be joined.
    """

    def __init__(self, spec: RecordSpec, began_ns: int) -> None:
        self._spec = spec
        self._began_ns = began_ns
        self._present: dict[PublicationId, StreamId] = {}
        self._empty_since_ns: int | None = None
        self._idle_since_ns: int | None = None
        self._joined_ns: int | None = None  # when someone listened first: notices count from there
        self._no_stream_said = 0
        self._missing: list[StreamId] = _expected(spec)
        self._ended = False

    def joined(self, at: int) -> None:
        """Someone listens to the room, or does again."""
        if self._joined_ns is None:
            self._joined_ns = self._empty_since_ns = at
        if not self._present and self._idle_since_ns is None:
            self._idle_since_ns = at

    def published(self, publication: PublicationId, stream: StreamId) -> None:
        """A publication began."""
        self._present[publication] = stream
        self._empty_since_ns = self._idle_since_ns = None
        if stream in self._missing:
            self._missing.remove(stream)

    def unpublished(self, publication: PublicationId, at: int) -> None:
        """A publication ended; unknown ones are ignored."""
        if self._present.pop(publication, None) is not None and not self._present:
            self._empty(at)
            self._idle_since_ns = at

    def lost(self, at: int) -> None:
        """Every publication ended, and nobody listens."""
        if self._present:
            self._present.clear()
            self._empty(at)
        self._idle_since_ns = None

    def _empty(self, at: int) -> None:
        self._empty_since_ns = at
        self._no_stream_said = 0

    def due(self, until: int) -> Iterator[Decision]:
        """What falls due up to and including an instant, in order. Nothing is due after an end."""
        while not self._ended:
            first = min(self._deadlines(), key=lambda decision: decision.at)
            if first.at > until:
                return
            self._done(first)
            yield first

    def _deadlines(self) -> Iterator[Decision]:
        """The next of each kind; at equal instants notices come before ends."""
        too_old = EndDue(self._began_ns + self._spec.max_record_s * NS, QuitReason.MAX_TIME)
        if self._joined_ns is None:
            yield too_old
            yield EndDue(self._began_ns + max(JOIN_WITHIN_NS, self._spec.max_idle_s * NS), QuitReason.LOGIN_FAILED)
            return
        if self._empty_since_ns is not None:
            at = self._empty_since_ns + NO_STREAM_FIRST_NS + self._no_stream_said * NO_STREAM_AGAIN_NS
            yield Announces(at, NO_STREAM, {}, f"no-stream-{at}")
        if self._missing:
            stream = self._missing[0]
            yield Announces(
                self._joined_ns + MISSING_AFTER_NS, STREAM_MISSING, {"stream_id": stream}, f"missing-{stream}"
            )
        yield too_old
        if self._idle_since_ns is not None:
            yield EndDue(self._idle_since_ns + self._spec.max_idle_s * NS, QuitReason.IDLE)

    def _done(self, decision: Decision) -> None:
        match decision:
            case EndDue():
                self._ended = True
            case Announces(event_type=event_type) if event_type == NO_STREAM:
                self._no_stream_said += 1
            case _:
                self._missing.pop(0)


def _expected(spec: RecordSpec) -> list[StreamId]:
    """The streams that are named for the recording from its start, each once."""
    if spec.mix is None:
        return list(dict.fromkeys(spec.streams))
    layout = spec.mix.layout
    views = layout.views if layout.mode is LayoutMode.CUSTOM else ()
    return list(dict.fromkeys(view.stream for view in views if view.stream))
