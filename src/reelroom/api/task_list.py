"""DescribeTasks: one page of the tasks that began within a window. Source: control API, DescribeTasks."""

from collections.abc import Iterator
from typing import Any

from reelroom.api.admission import WINDOW_S
from reelroom.api.desk import RETENTION_S, TaskDesk
from reelroom.api.start_rules import Problem
from reelroom.api.task_models import TaskQuery
from reelroom.api.translate import task_line
from reelroom.api.validate import read, refuse_any
from reelroom.database import LIVE_STATES, Window
from reelroom.settings import AppSettings
from reelroom.task import TaskState
from reelroom.units import NS, NS_PER_MS, RoomId

_STATES = {2: LIVE_STATES, 3: frozenset({TaskState.ENDED, TaskState.FAILED})}
_MS = 1000


def describe_tasks(desk: TaskDesk, app: AppSettings, body: dict[str, Any]) -> dict[str, Any]:
    """Newest first. `TaskidList` is spelled as the published samples have it."""
    query = read(TaskQuery, body)
    refuse_any(_window_problems(query, desk.clock_ns() // NS_PER_MS))
    page = max(query.PageOffset, 1)
    window = Window(
        app=app.id,
        room=RoomId(query.RoomId) if query.RoomId else None,
        from_ns=max(query.StartTime * NS_PER_MS, desk.clock_ns() - RETENTION_S * NS),
        until_ns=query.EndTime * NS_PER_MS + NS_PER_MS - 1,
    )
    tasks, total = desk.database.tasks_of(
        window, states=_STATES[query.Status], limit=query.PageSize, offset=(page - 1) * query.PageSize
    )
    lines = [task_line(task) for task in tasks]
    return {"PageOffset": page, "PageSize": query.PageSize, "TotalCount": total, "TaskidList": lines}


def _window_problems(query: TaskQuery, now_ms: int) -> Iterator[Problem]:
    # Callers compute "three days ago" by their own clock, which may be as far off as a signature's.
    earliest_ms = now_ms - (RETENTION_S + WINDOW_S) * _MS
    if query.StartTime < earliest_ms:
        yield "StartTime", f"{query.StartTime} came; allowed: at least {earliest_ms} (three days ago)"
    if query.EndTime <= query.StartTime:
        yield "EndTime", f"{query.EndTime} came; allowed: above StartTime"
    elif query.EndTime - query.StartTime > RETENTION_S * _MS:
        yield "EndTime", f"{query.EndTime} came; allowed: at most 3 days after StartTime"
