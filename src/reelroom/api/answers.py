"""What the control API answers, as models. Its document is made of them, and tests hold real answers against them.

Answers are put together in `translate.py` and `task_list.py`, and cost no validation while serving.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from reelroom.api.envelope import SUCCESS
from reelroom.api.start_models import FORMATS

TaskIdText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16}$")]
Count = Annotated[int, Field(ge=0)]
Millis = Annotated[int, Field(ge=0)]
TaskStatus = Literal[1, 2, 3, 4, 5]


class Answer(BaseModel):
    """Part of an answer: nothing else is in it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class Succeeded(Answer):
    """The action was done."""

    Code: Literal[0]
    """0: success."""
    Message: Annotated[str, Field(pattern=f"^{SUCCESS}$")]
    """Always "succeed"."""
    RequestId: Annotated[str, Field(pattern=r"^[0-9]{19}$")]
    """Names this request in our logs."""


class Refusal(Answer):
    """The action was refused, and nothing was changed."""

    Code: int
    """Why; see the table of codes."""
    Message: str
    """Why, in words. For 300000004: the path of each wrong field, what came and what is allowed."""
    RequestId: Annotated[str, Field(pattern=r"^[0-9]{19}$")]
    """Names this request in our logs."""


class StartedTask(Answer):
    """The task that was made, or the live one of the same ClientTaskId."""

    TaskId: TaskIdText
    """Names the task in every other action. 16 characters."""


class FileStatus(Answer):
    """One recorded file."""

    UserId: str
    """The publisher; of a mix: MixOutputStreamId."""
    UserName: str
    """The publisher's name; of a mix: MixOutputStreamId."""
    StreamId: str
    """The stream; of a mix: MixOutputStreamId."""
    FileId: str
    """The file's name."""
    VideoId: str
    """The id a VOD vendor gave it, else empty."""
    FileUrl: Annotated[str | None, Field(min_length=1)] = None
    """Where it is. Present when Status is 3 or 4, but not for vendors 4 and 5."""
    OutputFileFormat: Annotated[str, Field(json_schema_extra={"enum": list(FORMATS)})]
    """The file's format."""
    FileSize: Count
    """Bytes; 0 until it is known."""
    Duration: Millis
    """Milliseconds; 0 until it is known."""
    ResolutionWidth: Count
    """Pixels; 0 until it is known, and for audio."""
    ResolutionHeight: Count
    """Pixels; 0 until it is known, and for audio."""
    MediaTrackType: Literal[1, 2, 3]
    """1 audio; 2 video; 3 both."""
    BeginTimestamp: Millis
    """When the file begins: Unix time in milliseconds."""
    Status: Literal[1, 2, 3, 4, 5]
    """1 being recorded; 2 being uploaded; 3 uploaded; 4 in the backup store, kept 3 days; 5 neither store took it."""


class RecordStatus(Answer):
    """How a task and its files stand."""

    RoomId: str
    """The room."""
    RecordMode: Literal[1, 2]
    """As asked: 1 single-stream; 2 mixed-stream."""
    StreamType: Literal[1, 2, 3, 4]
    """As asked."""
    RecordBeginTimestamp: Millis
    """When the task began: Unix time in milliseconds."""
    RecordEndTimestamp: Millis
    """When it ended: Unix time in milliseconds; 0 while it lives."""
    Status: TaskStatus
    """1 starting; 2 recording; 3 ended; 4 ended abnormally; 5 paused."""
    RecordFiles: list[FileStatus] | None = None
    """The files. Absent for jpg tasks, and once it is certain that nobody published."""


class TaskLine(Answer):
    """One task of a list."""

    RecordBeginTimestamp: Millis
    """When the task began: Unix time in milliseconds."""
    TaskId: TaskIdText
    """The task."""
    RoomId: str
    """The room."""
    Status: TaskStatus
    """1 starting; 2 recording; 3 ended; 4 ended abnormally; 5 paused."""


class TaskPage(Answer):
    """One page of a list, newest task first."""

    PageOffset: Annotated[int, Field(ge=1)]
    """Number of this page."""
    PageSize: Annotated[int, Field(ge=1)]
    """Tasks on a page."""
    TotalCount: Count
    """Tasks on all pages."""
    TaskidList: list[TaskLine]
    """The tasks. Spelled like this."""


class StartRecordAnswer(Succeeded):
    """The task is made."""

    Data: StartedTask
    """The task."""


class DescribeRecordStatusAnswer(Succeeded):
    """How the task stands."""

    Data: RecordStatus
    """The task and its files."""


class DescribeTasksAnswer(Succeeded):
    """The list."""

    Data: TaskPage
    """The page asked for."""
