"""The fold of a mixed task: room log, command log and time in, decisions out.

Two logs are read, and neither waits for the other, so nothing is decided of the picture before both are known up to an
instant: lines are queued, and `tick` plays them in the order of their instants. The same logs and the same end
so give the same decisions, whoever is read first and whatever the ticks between.
"""

from collections import deque
from collections.abc import Iterator

from reelroom.events import Event, Left
from reelroom.mix import Layout
from reelroom.spec import RecordSpec
from reelroom.task import CommandKind
from reelroom.timeline.decisions import Decision
from reelroom.timeline.limits import Limits
from reelroom.timeline.mixing import Command, Mixing


class MixTimeline:
    """One mixed task in virtual time. What is decided of the picture comes back in the order of its instants.

    Events come in the order of the room log, commands in that of their numbers; `stop` gives the end the database
    knows, as soon as it is known (after a restart: before the first event). Notices and limits come back at once,
    as with a task of single streams: they follow the clock even when the picture can't.
    """

    def __init__(self, spec: RecordSpec, began_ns: int) -> None:
        """Raises ValueError when the task is not a mixed one."""
        if spec.mix is None:
            raise ValueError("a task of single streams has a Timeline")
        self._limits = Limits(spec, began_ns)
        self._mixing = Mixing(spec, spec.mix, began_ns)
        self._events: deque[Event] = deque()
        self._commands: deque[Command] = deque()
        self._played_ns = 0  # everything up to here is decided
        self.closed = False  # nothing changes anything any more

    def tick(self, now_ns: int, known_ns: int | None = None) -> list[Decision]:
        """Say that everything up to `now_ns` has been fed; what falls due comes back.

        known_ns: up to where the room log and the captures are known, if not so far. A gateway that died says so
        when it is back, by a `Lost` at the last instant it lived: until then the picture must not go beyond.
        """
        if self.closed:
            return []
        known = now_ns if known_ns is None else min(now_ns, known_ns)
        return [*self._limits.advance(now_ns), *self._play(known)]

    def event(self, event: Event) -> list[Decision]:
        """A line of the room log. `Left` is the last: it plays all that was fed, and ends the mix."""
        if self.closed:
            return []
        decisions = list(self._limits.advance(event.at))
        if isinstance(event, Left):
            return [*decisions, *self._end(event)]
        self._limits.observe(event)
        self._events.append(event)
        return decisions

    def command(self, kind: CommandKind, number: int, at: int, layout: Layout | None = None) -> list[Decision]:
        """A line of the command log; PAUSE, RESUME, LAYOUT and SNAPSHOT count, once `tick` has come to them."""
        if not self.closed:
            self._commands.append(Command(at, kind, number, layout))
        return []

    def stop(self, at: int) -> None:
        """The task ended at `at`. The mix ends when the gateway has left the room, or at `abandon`."""
        self._limits.stop(at)

    def abandon(self) -> list[Decision]:
        """No gateway will say `Left`: end the mix at the instant of `stop`, with what is on disk."""
        return [] if self.closed else [*self._limits.advance(self._limits.end_ns or 0), *self._end(None)]

    def _play(self, until: int) -> Iterator[Decision]:
        if self._limits.end_ns is not None:
            until = min(until, self._limits.end_ns)
        while True:
            queue = self._next(until)
            at = until if queue is None else max(queue[0].at, self._played_ns)
            if self._mixing.opens_ns is not None and self._mixing.opens_ns <= at:
                self._played_ns = max(self._mixing.opens_ns, self._played_ns)
                yield from self._mixing.open(self._played_ns)
            elif queue is None:
                self._played_ns = max(at, self._played_ns)
                return
            else:
                self._played_ns = at
                yield from self._apply(queue.popleft(), at)

    def _next(self, until: int) -> "deque[Event] | deque[Command] | None":
        """The queue whose head is next; events come before commands of the same instant."""
        queues: list[deque[Event] | deque[Command]] = [self._events, self._commands]
        heads = [queue for queue in queues if queue and queue[0].at <= until]
        return min(heads, key=lambda queue: queue[0].at, default=None)

    def _apply(self, line: Event | Command, at: int) -> Iterator[Decision]:
        if isinstance(line, Command):
            return self._mixing.command(line, at)
        return self._mixing.event(line, at)

    def _end(self, left: Left | None) -> Iterator[Decision]:
        end = self._limits.end_ns
        at = end if end is not None else left.at if left else self._played_ns
        yield from self._play(at)
        self.closed = True
        yield from self._mixing.end(at, left.upto if left and not self._limits.is_limited else None)
