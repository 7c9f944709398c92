"""Follows the room of one task: its room log, its end in the database, and the gateway's leaving."""

import time
from typing import Protocol

from reelroom.database import Task
from reelroom.events import Event, Joined, Left
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogTail
from reelroom.nudges import holder, send_nudge
from reelroom.recorder.context import Context
from reelroom.task import QuitReason, Stage, TaskState
from reelroom.timeline.decisions import Decision, EndDue
from reelroom.units import NS

UNSURE_NS = NS  # a line of the room log may be this late
_LOOK_S = 1.0  # how often the database is asked without a nudge
_LEAVE_S = 5.0  # how long a living gateway may take to leave the room
ENDED, FAILED = 5, 2  # callback events: the recorder exited normally, the task ended abnormally


class Fold(Protocol):
    """A timeline: of single streams, or of a mix."""

    @property
    def closed(self) -> bool:
        """No event changes anything any more."""

    def tick(self, now_ns: int) -> list[Decision]:
        """Say that everything up to `now_ns` has been fed; what falls due comes back."""

    def event(self, event: Event) -> list[Decision]:
        """A line of the room log."""

    def stop(self, at: int) -> None:
        """The task ended at `at`."""

    def abandon(self) -> list[Decision]:
        """No gateway will say `Left`."""


class Room:
    """The inputs of a timeline, and what the database has to hear of its limits.

    ended: the task has ended, as the database has it.
    """

    def __init__(self, context: Context, task: Task, timeline: Fold) -> None:
        self.timeline = timeline
        self.ended: Task | None = None
        self._context, self._task = context, task
        self._log = LogTail(JournalFolder(context.data).room_log(task.task))
        self._said = False
        self._looked_s = 0.0
        self._quiet_since_s = 0.0

    def read(self, nudged: bool) -> list[Decision]:
        """What was decided since the last call. The database is asked if `nudged`, or now and then."""
        if nudged or time.monotonic() - self._looked_s >= _LOOK_S:
            self._look()
        decisions = self._read_log()
        if self.ended:
            decisions += self._tick(self.ended.ended_ns or 0)  # what was due is said before the end is
        else:
            decisions += self._tick(time.time_ns() - UNSURE_NS)
        for decision in decisions:
            if isinstance(decision, EndDue):
                self.fail(decision.reason, decision.at)
        if self.ended and not self.timeline.closed and self._is_left_alone():
            decisions += self._read_log() + self.timeline.abandon()
        return decisions

    def _tick(self, until_ns: int) -> list[Decision]:
        return self.timeline.tick(until_ns)

    def fail(self, reason: QuitReason, at: int) -> None:
        """End the task, unless it has ended already."""
        if not self.ended:
            self._context.session.failed(reason, at)
            self._look()

    def _look(self) -> None:
        """Ask the database whether the task has ended."""
        self._looked_s = time.monotonic()
        task = self._context.database.task(self._task.task)
        if task is None or task.live or self.ended:
            return
        self.ended = task
        self._quiet_since_s = time.monotonic()
        self.timeline.stop(task.ended_ns or time.time_ns())
        send_nudge(self._context.run, "gateway")

    def say_ended(self) -> None:
        """Tell the caller that the task has ended, once. What was decided before is to be said before."""
        task, context = self.ended, self._context
        if task is None or self._said:
            return
        self._said = True
        if task.state is TaskState.FAILED:
            context.notice(FAILED, {"quit_reason": int(task.quit_reason or QuitReason.UNKNOWN)}, "ended")
        else:
            context.notice(ENDED, {}, "ended")
        context.session.stage(Stage.FINISHING)

    def _read_log(self) -> list[Decision]:
        decisions: list[Decision] = []
        for event in self._log.read():
            self._quiet_since_s = time.monotonic()
            if isinstance(event, Left) and not self.ended:
                self._look()  # the gateway knew before us
            if isinstance(event, Joined):
                self._context.session.started(event.at)
            decisions += self._event(event)
        return decisions

    def _event(self, event: Event) -> list[Decision]:
        return self.timeline.event(event)

    def _is_left_alone(self) -> bool:
        """Whether no gateway will say `Left`: there is none, or it is silent for too long."""
        silent_s = time.monotonic() - self._quiet_since_s
        return silent_s > _LEAVE_S or holder(self._context.run, "gateway") is None

    def close(self) -> None:
        """Close the room log."""
        self._log.close()
