"""Every query of lists of tasks, named. The first pages of an app's list cost the same however many tasks have been.

Pages are read from the newest backwards by an index, so far ones cost what they pass over. Totals come from the hours
in which tasks began, of which a list spans few; only the two hours at the ends of its window are counted. Of a single
room they are counted. Live tasks have an index of their own.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, TextClause, func, insert, select, update

from reelroom.database.queries_tasks import IS_LIVE
from reelroom.database.rows import LIVE_STATES, TaskLine
from reelroom.database.schema import task_hours, tasks
from reelroom.task import TaskState
from reelroom.units import NS, AppId, RoomId, TaskId

HOUR_NS = 3600 * NS
_ENDED_STATES = frozenset(TaskState) - LIVE_STATES
_FOREVER_NS = 2**63 - 1
_Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Tasks that began from one instant to another, both included. None means any."""

    app: AppId | None = None
    room: RoomId | None = None
    from_ns: int = 0
    until_ns: int = _FOREVER_NS


def count_beginning(connection: Connection, app: AppId, began_ns: int) -> None:
    """Note that a task of this app begins; `lock_app` is held."""
    here = (task_hours.c.app == app, task_hours.c.hour == began_ns // HOUR_NS)
    if not connection.execute(update(task_hours).where(*here).values(begun=task_hours.c.begun + 1)).rowcount:
        connection.execute(insert(task_hours).values(app=app, hour=began_ns // HOUR_NS, begun=1))


def list_tasks(
    connection: Connection, window: Window, states: Collection[TaskState], limit: int, offset: int
) -> list[TaskLine]:
    """One page of the tasks of a window in any of these states (none: in any at all), newest first."""
    query = select(tasks.c.id, tasks.c.room, tasks.c.state, tasks.c.began_ns).where(*_within(window), *_in(states))
    page = query.order_by(tasks.c.began_ns.desc(), tasks.c.id.desc()).limit(limit).offset(offset)
    return [
        TaskLine(TaskId(row.id), RoomId(row.room), TaskState(row.state), row.began_ns)
        for row in connection.execute(page)
    ]


def count_tasks(connection: Connection, window: Window, states: Collection[TaskState]) -> int:
    """How many there are in all."""
    if set(states) == _ENDED_STATES:
        return count_tasks(connection, window, ()) - count_tasks(connection, window, LIVE_STATES)
    if not states and window.app is not None and window.room is None:
        return _count_by_hours(connection, window.app, window.from_ns, window.until_ns)
    return _count(connection, *_within(window), *_in(states))


def _count_by_hours(connection: Connection, app: AppId, from_ns: int, until_ns: int) -> int:
    first, last = -(-from_ns // HOUR_NS), (until_ns + 1) // HOUR_NS  # whole hours, the last one excluded
    if first >= last:
        return _count(connection, *_within(Window(app=app, from_ns=from_ns, until_ns=until_ns)))
    hours = (task_hours.c.app == app, task_hours.c.hour >= first, task_hours.c.hour < last)
    whole = connection.scalar(select(func.sum(task_hours.c.begun)).where(*hours)) or 0
    before = _within(Window(app=app, from_ns=from_ns, until_ns=first * HOUR_NS - 1))
    after = _within(Window(app=app, from_ns=last * HOUR_NS, until_ns=until_ns))
    return int(whole) + _count(connection, *before) + _count(connection, *after)


def _count(connection: Connection, *conditions: _Condition) -> int:
    return connection.scalar(select(func.count()).select_from(tasks).where(*conditions)) or 0


def _within(window: Window) -> list[_Condition]:
    conditions: list[_Condition] = [tasks.c.began_ns >= window.from_ns, tasks.c.began_ns <= window.until_ns]
    if window.app is not None:
        conditions.append(tasks.c.app == window.app)
    if window.room is not None:
        conditions.append(tasks.c.room == window.room)
    return conditions


def _in(states: Collection[TaskState]) -> list[_Condition]:
    if set(states) == LIVE_STATES:
        return [IS_LIVE]
    return [tasks.c.state.in_(states)] if states else []
