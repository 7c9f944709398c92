"""What the control API tells, typed. Source: control API, DescribeRecordStatus and DescribeTasks.

Readers take the `Data` of an answer and ignore fields they don't know; a missing or malformed one raises one of
`MALFORMED`, which `exchange.py` turns into an error of ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reelroom.spec import Tracks
from reelroom.task import FileState, TaskState
from reelroom.units import TaskId

MIXED = 2  # RecordMode
MALFORMED: Final = (KeyError, ValueError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatus:
    """One file of a recording. What is not known yet is 0 or empty."""

    name: str
    stream: str
    user: str
    user_name: str
    state: FileState
    url: str
    format: str
    size: int  # bytes
    duration_ms: int
    width: int  # pixels
    height: int
    begin_ms: int  # Unix time
    media_track_type: int  # 1 audio, 2 video, 3 both
    video_id: str = ""  # a video platform's own id of it


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatus:
    """A task as DescribeRecordStatus tells it. Times are Unix milliseconds; `end_ms` is 0 while it runs."""

    room: str
    state: TaskState
    begin_ms: int
    end_ms: int
    files: tuple[FileStatus, ...]
    nobody_published: bool = False  # no files are listed, and none will be; of tasks that take pictures, always
    mixed: bool = False
    tracks: Tracks = Tracks.TOGETHER

    @property
    def running(self) -> bool:
        """Whether it has neither ended nor failed."""
        return self.state not in (TaskState.ENDED, TaskState.FAILED)

    @property
    def delivered(self) -> bool:
        """Whether it is over and every file has come to its end (stored, backed up or lost)."""
        settled = bool(self.files) and all(f.state > FileState.UPLOADING for f in self.files)
        return not self.running and (settled or self.nobody_published)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One task as DescribeTasks lists it."""

    task: TaskId
    room: str
    state: TaskState
    begin_ms: int  # Unix time


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """One page of tasks, newest first; iterates over them."""

    tasks: tuple[TaskLine, ...]
    total: int  # on all pages
    page: int  # from 1
    page_size: int

    def __iter__(self) -> Iterator[TaskLine]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    @property
    def pages(self) -> int:
        """How many pages there are; at least 1."""
        return max(1, -(-self.total // max(1, self.page_size)))


def read_nothing(_data: Mapping[str, Any]) -> None:
    """Of an action that answers with its envelope only."""


def read_task_id(data: Mapping[str, Any]) -> TaskId:
    """Of StartRecord."""
    return TaskId(_text(data["TaskId"]))


def read_status(data: Mapping[str, Any]) -> RecordStatus:
    """Of DescribeRecordStatus."""
    return RecordStatus(
        room=_text(data["RoomId"]),
        state=TaskState(data["Status"]),
        begin_ms=int(data["RecordBeginTimestamp"]),
        end_ms=int(data["RecordEndTimestamp"]),
        files=tuple(map(read_file, data.get("RecordFiles", ()))),
        nobody_published="RecordFiles" not in data,
        mixed=data.get("RecordMode") == MIXED,
        tracks=Tracks(data.get("StreamType", Tracks.TOGETHER)),
    )


def read_page(data: Mapping[str, Any]) -> TaskPage:
    """Of DescribeTasks. One of the published revisions calls the list TaskList."""
    lines = data["TaskidList"] if "TaskidList" in data else data["TaskList"]
    return TaskPage(
        tasks=tuple(map(_line, lines)),
        total=int(data["TotalCount"]),
        page=int(data["PageOffset"]),
        page_size=int(data["PageSize"]),
    )


def _line(body: Mapping[str, Any]) -> TaskLine:
    return TaskLine(
        task=TaskId(_text(body["TaskId"])),
        room=_text(body["RoomId"]),
        state=TaskState(body["Status"]),
        begin_ms=int(body["RecordBeginTimestamp"]),
    )


def read_file(body: Mapping[str, Any]) -> FileStatus:
    """One element of RecordFiles."""
    return FileStatus(
        name=_text(body["FileId"]),
        stream=_text(body["StreamId"]),
        user=_text(body["UserId"]),
        user_name=_text(body["UserName"]),
        state=FileState(body["Status"]),
        url=_text(body.get("FileUrl", "")),
        format=_text(body["OutputFileFormat"]),
        size=int(body["FileSize"]),
        duration_ms=int(body["Duration"]),
        width=int(body["ResolutionWidth"]),
        height=int(body["ResolutionHeight"]),
        begin_ms=int(body["BeginTimestamp"]),
        media_track_type=int(body["MediaTrackType"]),
        video_id=_text(body.get("VideoId", "")),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
