"""The fold: room log, commands and time in, decisions out.

Deterministic: the same log and the same end give the same decisions, whatever the ticks between. A recorder that
starts again feeds the whole room log again and finds itself where it was.
"""

from collections.abc import Iterator

from reelroom.events import Captured, Event, Left, Lost, Published, Unpublished
from reelroom.spec import RecordSpec
from reelroom.timeline.decisions import Decision
from reelroom.timeline.limits import Limits
from reelroom.timeline.shelf import Shelf
from reelroom.units import PublicationId


class Timeline:
    """One task in virtual time. Every method returns what it decided, in order.

    Events come in the order of the room log; `tick` says that the log is known up to an instant; `stop` gives the
    end the database knows, as soon as it is known (after a restart: before the first event).
    """

    def __init__(self, spec: RecordSpec, began_ns: int) -> None:
        self._published: dict[PublicationId, Published] = {}
        self._limits = Limits(spec, began_ns)
        self._shelf = Shelf(spec)
        self.closed = False  # no event changes anything any more

    def tick(self, now_ns: int) -> list[Decision]:
        """Say that everything up to `now_ns` has been fed; what falls due comes back."""
        return [] if self.closed else list(self._limits.advance(now_ns))

    def event(self, event: Event) -> list[Decision]:
        """A line of the room log."""
        if self.closed:
            return []
        return [*self._limits.advance(event.at), *self._apply(event)]

    def stop(self, at: int) -> None:
        """The task ended at `at`. Files end when the gateway has left the room, or at `abandon`."""
        self._limits.stop(at)

    def abandon(self) -> list[Decision]:
        """No gateway will say `Left`: end every file at the instant of `stop`, with what is on disk."""
        return [] if self.closed else [*self._limits.advance(self._limits.end_ns or 0), *self._end(None)]

    def _apply(self, event: Event) -> Iterator[Decision]:
        is_over = self._limits.is_over(event)
        self._limits.observe(event)
        match event:
            case Published() if not is_over:
                self._published[event.publication] = event
            case Captured() if not is_over and event.publication in self._published:
                yield from self._shelf.captured(event, self._published[event.publication])
            case Unpublished():
                yield from self._shelf.unpublished(event.publication, event.at)
                self._published.pop(event.publication, None)
            case Lost():
                yield from self._shelf.lost(event.at)
                self._published.clear()
            case Left():
                yield from self._end(event)

    def _end(self, left: Left | None) -> Iterator[Decision]:
        self.closed = True
        end = self._limits.end_ns
        at = end if end is not None else left.at if left else 0
        # A limit is kept to the instant, however late the gateway left; a stop takes what arrived until it was heard.
        yield from self._shelf.end(at, left.upto if left and not self._limits.is_limited else None)
