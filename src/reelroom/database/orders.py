"""What callers ask of tasks that live: each order is a row of the command log, and maybe a change of state.

All within one transaction that holds the task's row, so that orders and the recorder's own moves come one after
the other. The instant of an order is taken while the row is held: orders are numbered in the order of their instants.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from reelroom.database import queries_tasks
from reelroom.database.errors import NotPausedError, NotRecordingError, UnknownTaskError
from reelroom.database.rows import LIVE_STATES
from reelroom.errors import TaskStateError
from reelroom.task import CommandKind, TaskState
from reelroom.units import AppId, TaskId

Clock = Callable[[], int]


def place(
    connection: Connection, task: TaskId, app: AppId, *, kind: CommandKind, body: Mapping[str, Any], clock_ns: Clock
) -> None:
    """Take one order. Raises UnknownTaskError, TaskStateError (ended), NotPausedError, NotRecordingError."""
    state = _lock_live(connection, task, app)
    if kind is CommandKind.SNAPSHOT and state is not TaskState.RECORDING:
        raise NotRecordingError(f"the task is {state.name.lower()}")
    if kind in (CommandKind.PAUSE, CommandKind.RESUME) and not _changes_pause(connection, task, kind):
        return
    queries_tasks.insert_command(connection, task, kind, dict(body), clock_ns())
    to = _MOVES.get((kind, state))
    if to is not None:
        queries_tasks.move_task(connection, task, to)


def stop(connection: Connection, task: TaskId, app: AppId, *, at: int | Clock) -> None:
    """End a task as its caller asked. Raises UnknownTaskError, TaskStateError (ended)."""
    _lock_live(connection, task, app)
    now_ns = at if isinstance(at, int) else at()
    queries_tasks.move_task(connection, task, TaskState.ENDED, ended_ns=now_ns)
    queries_tasks.insert_command(connection, task, CommandKind.STOP, {}, now_ns)


def _lock_live(connection: Connection, task: TaskId, app: AppId) -> TaskState:
    """The state of a live task, which nobody else changes until the transaction ends."""
    state = queries_tasks.lock_state(connection, task, app)
    if state is None:
        raise UnknownTaskError
    if state not in LIVE_STATES:
        raise TaskStateError("the task has ended already")
    return state


# A task that has not begun yet goes to PAUSED when it begins: `TaskSession.started`.
_MOVES = {
    (CommandKind.PAUSE, TaskState.RECORDING): TaskState.PAUSED,
    (CommandKind.RESUME, TaskState.PAUSED): TaskState.RECORDING,
}


def _changes_pause(connection: Connection, task: TaskId, kind: CommandKind) -> bool:
    """A second pause is fine and does nothing; there is nothing to resume without one."""
    paused = queries_tasks.is_paused(connection, task)
    if kind is CommandKind.RESUME and not paused:
        raise NotPausedError
    return paused is (kind is CommandKind.RESUME)
