"""Every action of the control API: one table from its name to what it does. Each may block."""

from collections.abc import Callable, Mapping
from typing import Any

from reelroom.api.codes import invalid
from reelroom.api.desk import TaskDesk
from reelroom.api.task_list import describe_tasks
from reelroom.api.task_models import TaskRef, WhiteboardChange, read_layout
from reelroom.api.translate import status_data
from reelroom.api.validate import read, read_start
from reelroom.settings import AppSettings
from reelroom.units import TaskId

Body = dict[str, Any]
Action = Callable[[TaskDesk, AppSettings, Body], Mapping[str, Any] | None]


def start_record(desk: TaskDesk, app: AppSettings, body: Body) -> Mapping[str, Any]:
    """Start a task."""
    return {"TaskId": desk.start(app, read_start(body))}


def stop_record(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """End a task; answers before its files are delivered."""
    desk.stop(app, _task_id(body))


def describe_record_status(desk: TaskDesk, app: AppSettings, body: Body) -> Mapping[str, Any]:
    """How a task and its files stand."""
    task = desk.task(app, _task_id(body))
    return status_data(task, desk.files(task.task))


def refuse_single(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """PauseRecord, ResumeRecord, TakeSnapshot: for mixed-stream tasks, and every task so far is a single-stream one."""
    _refuse_single(desk, app, _task_id(body))


def update_layout(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """As `refuse_single`, once the layout itself is right."""
    _refuse_single(desk, app, TaskId(read_layout(body).TaskId))


def update_whiteboard(desk: TaskDesk, app: AppSettings, body: Body) -> None:
    """No task so far records a whiteboard."""
    desk.task(app, TaskId(read(WhiteboardChange, body).TaskId))
    raise invalid("TaskId", "the task records no whiteboard; allowed: a task started with HasWhiteboard true")


def _refuse_single(desk: TaskDesk, app: AppSettings, task: TaskId) -> None:
    desk.task(app, task)
    raise invalid("TaskId", "a single-stream task came; allowed: only mixed-stream tasks")


def _task_id(body: Body) -> TaskId:
    return TaskId(read(TaskRef, body).TaskId)


ACTIONS: dict[str, Action] = {
    "StartRecord": start_record,
    "StopRecord": stop_record,
    "DescribeRecordStatus": describe_record_status,
    "DescribeTasks": describe_tasks,
    "PauseRecord": refuse_single,
    "ResumeRecord": refuse_single,
    "TakeSnapshot": refuse_single,
    "UpdateLayout": update_layout,
    "UpdateWhiteboard": update_whiteboard,
}
