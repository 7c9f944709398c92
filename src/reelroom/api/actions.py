"""Every action of the control API: one table from its name to what it does. Each may block."""

from collections.abc import Callable, Mapping
from typing import Any

from reelroom.api.codes import invalid
from reelroom.api.desk import TaskDesk
from reelroom.api.task_list import describe_tasks
from reelroom.api.task_models import TaskRef, WhiteboardChange, layout_misfits, read_layout
from reelroom.api.translate import status_data
from reelroom.api.translate_mix import layout
from reelroom.api.validate import read, read_start, refuse_any
from reelroom.database import NotRecordingError, Task
from reelroom.mix import MixSpec
from reelroom.settings import AppSettings
from reelroom.task import CommandKind
from reelroom.units import TaskId

Body = dict[str, Any]
Action = Callable[[TaskDesk, AppSettings, Body], Mapping[str, Any] | None]


def start_record(desk: TaskDesk, app: AppSettings, body: Body) -> Mapping[str, Any]:
    """Start a task."""
    return {"TaskId": desk.start(app, read_start(body, desk.max_record_s))}


def stop_record(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """End a task; answers before its files are delivered."""
    desk.stop(app, _task_id(body))


def describe_record_status(desk: TaskDesk, app: AppSettings, body: Body) -> Mapping[str, Any]:
    """How a task and its files stand."""
    task = desk.task(app, _task_id(body))
    return status_data(task, desk.files(task.task))


def pause_record(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """Record nothing until resumed. A second pause is fine."""
    task, _ = _mixed(desk, app, _task_id(body))
    desk.order(task, CommandKind.PAUSE)


def resume_record(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """Go on after a pause."""
    task, _ = _mixed(desk, app, _task_id(body))
    desk.order(task, CommandKind.RESUME)


def take_snapshot(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """One picture of what is recorded now."""
    task, _ = _mixed(desk, app, _task_id(body))
    if not task.spec.has_video:
        raise invalid("TaskId", "the task records sound only; allowed: a task that records video")
    try:
        desk.order(task, CommandKind.SNAPSHOT)
    except NotRecordingError as error:
        raise invalid("TaskId", f"{error}; allowed: a task that is recording") from None


def update_layout(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """Another layout from now on. What only StartRecord can name stays as it was."""
    asked = read_layout(body)
    task, mix = _mixed(desk, app, TaskId(asked.TaskId))
    refuse_any(layout_misfits(asked, mix.canvas))
    changed = layout(asked.MixMode, asked.MixInputList, asked.MixMaxResolutionStreamId, mix.layout.fit)
    desk.order(task, CommandKind.LAYOUT, changed.to_json())


def update_whiteboard(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """Show another whiteboard from now on."""
    change = read(WhiteboardChange, body)
    task = desk.task(app, TaskId(change.TaskId))
    if task.spec.board is None:
        raise invalid("TaskId", "the task records no whiteboard; allowed: a task started with HasWhiteboard true")
    desk.order(task, CommandKind.BOARD, {"id": change.WhiteboardId})


def _mixed(desk: TaskDesk, app: AppSettings, task_id: TaskId) -> tuple[Task, MixSpec]:
    task = desk.task(app, task_id)
    if task.spec.mix is None:
        raise invalid("TaskId", "a single-stream task came; allowed: only mixed-stream tasks")
    return task, task.spec.mix


def _task_id(body: Body) -> TaskId:
    return TaskId(read(TaskRef, body).TaskId)


ACTIONS: dict[str, Action] = {
    "StartRecord": start_record,
    "StopRecord": stop_record,
    "DescribeRecordStatus": describe_record_status,
    "DescribeTasks": describe_tasks,
    "PauseRecord": pause_record,
    "ResumeRecord": resume_record,
    "TakeSnapshot": take_snapshot,
    "UpdateLayout": update_layout,
    "UpdateWhiteboard": update_whiteboard,
}
