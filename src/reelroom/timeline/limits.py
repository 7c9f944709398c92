"""What every task has, whatever it makes of its streams: notices, limits, and an instant at which it ends."""

from collections.abc import Iterator

from reelroom.events import Event, Joined, Lost, Published, Unpublished
from reelroom.spec import RecordSpec
from reelroom.timeline.decisions import Decision, EndDue
from reelroom.timeline.presence import Presence


class Limits:
    """Who is in the room, and when the task is over.

    A limit only proposes an end; the database has the last word and may know of an earlier or a later one.
    """

    def __init__(self, spec: RecordSpec, began_ns: int) -> None:
        self._presence = Presence(spec, began_ns)
        self._stop_ns: int | None = None  # the end, as the database has it
        self._due_ns: int | None = None  # the end, as a limit asked for it

    def stop(self, at: int) -> None:
        """The task ended at `at`, says the database."""
        self._stop_ns = at

    def advance(self, until: int) -> Iterator[Decision]:
        """What falls due up to and including an instant."""
        for decision in self._presence.due(until if self._stop_ns is None else min(until, self._stop_ns)):
            if isinstance(decision, EndDue) and (self._stop_ns is None or decision.at >= self._stop_ns):
                self._due_ns = decision.at  # an earlier one was overruled: the database took the caller's stop
            yield decision

    def observe(self, event: Event) -> None:
        """A line of the room log, after `advance` to its instant."""
        match event:
            case Joined():
                self._presence.joined(event.at)
            case Published() if not self.is_over(event):
                self._presence.published(event.publication, event.stream)
            case Unpublished():
                self._presence.unpublished(event.publication, event.at)
            case Lost():
                self._presence.lost(event.at)

    @property
    def end_ns(self) -> int | None:
        """When the task ended, or should; None while it lives."""
        return self._due_ns if self._stop_ns is None else self._stop_ns

    @property
    def is_limited(self) -> bool:
        """Whether a limit ended the task, and no caller before or instead."""
        return self._due_ns is not None and self._stop_ns in (None, self._due_ns)

    def is_over(self, event: Event) -> bool:
        """Whether a limit had ended the task before this arrival.

        An arrival between a caller's stop and the gateway's leaving is still recorded: it may have been before the
        stop was known, and must then be again.
        """
        return self._due_ns is not None and event.at > self._due_ns and self.is_limited
