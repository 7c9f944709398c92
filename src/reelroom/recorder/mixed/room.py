"""Follows the room of a mixed task, and what callers asked of it."""

import time
from collections.abc import Callable

from reelroom.database import Command, Task
from reelroom.events import Event, Left
from reelroom.mix import Layout
from reelroom.recorder.context import Context
from reelroom.recorder.room import UNSURE_NS, Room
from reelroom.task import CommandKind
from reelroom.timeline.decisions import Decision
from reelroom.timeline.mix import MixTimeline


class MixRoom(Room):
    """Feeds the room log and the command log. `known_ns`: what is decided up to there is final."""

    def __init__(self, context: Context, task: Task, captured_ns: Callable[[], int | None]) -> None:
        """captured_ns: up to where the captures are known that go on; None if there are none."""
        self._mix_timeline = MixTimeline(task.spec, task.began_ns)
        super().__init__(context, task, self._mix_timeline)
        self.known_ns = 0
        self._captured_ns = captured_ns
        self._commands = 0  # number of the last
        self._looked_ns = 0

    def _look(self) -> None:
        looked_ns = time.time_ns()
        super()._look()
        self._read_commands()
        self._looked_ns = looked_ns

    def _read_commands(self) -> None:
        for command in self._context.database.commands(self._task.task, self._commands):
            self._commands = command.number
            self._feed(command)

    def _feed(self, command: Command) -> None:
        try:
            kind = CommandKind(command.kind)
        except ValueError:
            return  # of a newer version
        layout = Layout.from_json(dict(command.body)) if kind is CommandKind.LAYOUT else None
        self._mix_timeline.command(kind, command.number, command.at_ns, layout)

    def _event(self, event: Event) -> list[Decision]:
        if isinstance(event, Left):
            self._read_commands()  # nothing is decided after it
        return super()._event(event)

    def _tick(self, until_ns: int) -> list[Decision]:
        captured_ns = self._captured_ns()
        known_ns = min(until_ns, self._looked_ns - UNSURE_NS)
        self.known_ns = max(self.known_ns, known_ns if captured_ns is None else min(known_ns, captured_ns))
        return self._mix_timeline.tick(until_ns, self.known_ns)
