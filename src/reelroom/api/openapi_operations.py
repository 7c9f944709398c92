"""The operations of the API's document: one for each action, with what its models can't say."""

from collections.abc import Mapping
from dataclasses import dataclass

from reelroom.api import openapi_examples as samples
from reelroom.api.answers import DescribeRecordStatusAnswer, DescribeTasksAnswer, StartRecordAnswer, Succeeded
from reelroom.api.codes import Code
from reelroom.api.fields import Fields
from reelroom.api.start_models import StartRecord
from reelroom.api.task_models import LayoutChange, TaskQuery, TaskRef, WhiteboardChange

_TASK = (Code.TASK_UNKNOWN,)
_LIVE_TASK = (Code.TASK_UNKNOWN, Code.TASK_ENDED)


@dataclass(frozen=True, slots=True)
class Operation:
    """One action. `codes`: refusals beside those that every action may give; `refused`: the Message of an example."""

    summary: str
    description: str
    request: type[Fields]
    codes: tuple[Code, ...]
    refused: str
    examples: Mapping[str, samples.Example]
    answer: type[Succeeded] = Succeeded
    data: samples.Example | None = None


_START = """\
Starts a task that records the streams of a room, and answers at once. Several tasks may record the same room. Each call
makes a task of its own, unless ClientTaskId names one that lives.

Rules across fields, each told by 300000004 when it is broken:

- RecordMode 2 needs MixConfig; with StreamType 2, 3 or 4 also MixOutputVideoConfig, of at most 2073600 pixels in all.
- MixMode 1 needs MixInputList, at most one view of it with ViewType 2. Views and watermark have Top up to Bottom, Left
  up to Right, and stand on the canvas.
- HasWhiteboard needs Whiteboard.
- jpg goes with StreamType 2, 3 or 4; mp3, aac and ogg with 1, 3 or 4.
- Each Vendor needs its fields (see StorageParams); 5 takes mp4 and flv, 6 takes mp4, flv, jpg and mp3.

A field whose condition is not met has no effect and is not looked at, whatever it holds: MixConfig and FillFrame in
single-stream mode, FragmentSeconds but for hls, EndPoint but for vendor 10, and so on. Right input that this version
can not do is refused with 300000004 "… is not supported yet"."""

OPERATIONS: dict[str, Operation] = {
    "StartRecord": Operation(
        "Start recording a room",
        _START,
        StartRecord,
        (Code.TOO_MANY_TASKS,),
        "RecordInputParams.MaxIdleTime: 4 came; allowed: an integer from 5 to 86400 seconds",
        samples.START,
        StartRecordAnswer,
        samples.STARTED,
    ),
    "StopRecord": Operation(
        "End a task",
        "Ends a task. Its files are uploaded afterwards; DescribeRecordStatus and callbacks tell of them.",
        TaskRef,
        _LIVE_TASK,
        "TaskId: is missing",
        samples.ONLY_TASK,
    ),
    "PauseRecord": Operation(
        "Pause a mixed task",
        "Nothing is recorded until ResumeRecord; the pause is left out of the file. Only for mixed-stream tasks. A "
        "second pause changes nothing and succeeds. Idle and record times go on.",
        TaskRef,
        _LIVE_TASK,
        "TaskId: a single-stream task came; allowed: only mixed-stream tasks",
        samples.ONLY_TASK,
    ),
    "ResumeRecord": Operation(
        "Resume a paused task",
        "Goes on recording, in the same file. Only for mixed-stream tasks.",
        TaskRef,
        (*_LIVE_TASK, Code.TASK_NOT_PAUSED),
        "TaskId: a single-stream task came; allowed: only mixed-stream tasks",
        samples.ONLY_TASK,
    ),
    "UpdateLayout": Operation(
        "Change the layout of a mixed task",
        "Another layout from now on; canvas, background and watermark stay. The rules of views are those of "
        "StartRecord, and the canvas is the task's own. A wrong call leaves the old layout.",
        LayoutChange,
        _LIVE_TASK,
        "MixInputList[0].Right: 1400 came; allowed: at most the canvas width, 1280",
        samples.LAYOUT,
    ),
    "UpdateWhiteboard": Operation(
        "Show another whiteboard",
        "To be called whenever the room turns to another board. Only for tasks started with HasWhiteboard.",
        WhiteboardChange,
        _LIVE_TASK,
        "WhiteboardId: is missing",
        samples.BOARD,
    ),
    "TakeSnapshot": Operation(
        "Take a picture of a mixed task",
        "One jpg of the mixed picture; a callback of event_type 1 tells of it. Only for mixed-stream tasks that record "
        "video and are recording.",
        TaskRef,
        _LIVE_TASK,
        "TaskId: a single-stream task came; allowed: only mixed-stream tasks",
        samples.ONLY_TASK,
    ),
    "DescribeRecordStatus": Operation(
        "How a task and its files stand",
        "For tasks that began within the last three days.",
        TaskRef,
        _TASK,
        "TaskId: is missing",
        samples.ONLY_TASK,
        DescribeRecordStatusAnswer,
        samples.STATUS,
    ),
    "DescribeTasks": Operation(
        "List tasks, newest first",
        "Tasks that began within a window of at most three days, page by page. StartTime is not earlier than three "
        "days ago, EndTime is after it by at most three days.",
        TaskQuery,
        (),
        "EndTime: 1754265600000 came; allowed: above StartTime",
        samples.LIST,
        DescribeTasksAnswer,
        samples.PAGE,
    ),
}
