"""The fold: room log, commands and time in, decisions out.

Deterministic: the same log and the same end give the same decisions, whatever the ticks between. A recorder that
starts again feeds the whole room log again and finds itself where it was.
"""

from collections.abc import Iterator

from reelroom.events import Captured, Event, Joined, Left, Lost, Published, Unpublished
from reelroom.spec import RecordSpec
from reelroom.timeline.decisions import Decision, EndDue
from reelroom.timeline.presence import Presence
from reelroom.timeline.shelf import Shelf
from reelroom.units import PublicationId


class Timeline:
    """One task in virtual time. Every method returns what it decided, in order.

    Events come in the order of the room log; `tick` says that the log is known up to an instant; `stop` gives the
    end the database knows, as soon as it is known (after a restart: before the first event).
    """

    def __init__(self, spec: RecordSpec, began_ns: int) -> None:
        self._published: dict[PublicationId, Published] = {}
        self._presence = Presence(spec, began_ns)
        self._shelf = Shelf(spec)
        self._stop_ns: int | None = None  # the end, as the database has it
        self._due_ns: int | None = None  # the end, as a limit asked for it
        self.closed = False  # no event changes anything any more

    def tick(self, now_ns: int) -> list[Decision]:
        """Say that everything up to `now_ns` has been fed; what falls due comes back."""
        return [] if self.closed else list(self._advance(now_ns))

    def event(self, event: Event) -> list[Decision]:
        """A line of the room log."""
        if self.closed:
            return []
        return [*self._advance(event.at), *self._apply(event)]

    def stop(self, at: int) -> None:
        """The task ended at `at`. Files end when the gateway has left the room, or at `abandon`."""
        self._stop_ns = at

    def abandon(self) -> list[Decision]:
        """No gateway will say `Left`: end every file at the instant of `stop`, with what is on disk."""
        return [] if self.closed else [*self._advance(self._stop_ns or 0), *self._end(None)]

    def _advance(self, until: int) -> Iterator[Decision]:
        for decision in self._presence.due(until if self._stop_ns is None else min(until, self._stop_ns)):
            if isinstance(decision, EndDue) and (self._stop_ns is None or decision.at >= self._stop_ns):
                self._due_ns = decision.at  # an earlier one was overruled: the database took the caller's stop
            yield decision

    def _apply(self, event: Event) -> Iterator[Decision]:
        match event:
            case Joined():
                self._presence.joined(event.at)
            case Published() if not self._is_over(event):
                self._published[event.publication] = event
                self._presence.published(event.publication, event.stream)
            case Captured() if not self._is_over(event) and event.publication in self._published:
                yield from self._shelf.captured(event, self._published[event.publication])
            case Unpublished():
                self._presence.unpublished(event.publication, event.at)
                yield from self._shelf.unpublished(event.publication, event.at)
                self._published.pop(event.publication, None)
            case Lost():
                self._presence.lost(event.at)
                yield from self._shelf.lost(event.at)
                self._published.clear()
            case Left():
                yield from self._end(event)

    def _is_over(self, event: Event) -> bool:
        """Whether a limit had ended the task before this arrival.

        An arrival between a caller's stop and the gateway's leaving is still recorded: it may have been before the
        stop was known, and must then be again.
        """
        return self._due_ns is not None and event.at > self._due_ns

    def _end(self, left: Left | None) -> Iterator[Decision]:
        self.closed = True
        ends = (self._stop_ns, self._due_ns, left.at if left else 0)
        at = next(end for end in ends if end is not None)
        limited = self._due_ns is not None and (self._stop_ns is None or self._stop_ns >= self._due_ns)
        # A limit is kept to the instant, however late the gateway left; a stop takes what arrived until it was heard.
        yield from self._shelf.end(at, left.upto if left and not limited else None)
