"""What goes into the database and what comes out, as frozen dataclasses. Instants are ns since the Unix epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reelroom.spec import Destination, RecordSpec
from reelroom.task import CommandKind, FileState, QuitReason, Stage, TaskState
from reelroom.units import AppId, RoomId, StreamId, TaskId, UserId

SOUND_LEVELS = "sw"  # format of a file
SEGMENT = "ts"  # format of a file: of the playlist whose key stands before its own `#`
LIVE_PLAYLIST = "m3u8"  # format of a file: what its playlist says while it grows
LIVE_STATES = frozenset({TaskState.STARTING, TaskState.RECORDING, TaskState.PAUSED})

REFUSED = "refused: "  # begins the error of an upload that its store refused, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to be made. `max_tasks` bounds the app's live tasks, this one included."""

    task: TaskId
    spec: RecordSpec
    destination: Destination = field(default_factory=Destination)
    secret: str = field(default="", repr=False)  # of the destination; encrypted before it is stored
    client_task_id: str = ""  # a live task of the same app and client_task_id is returned instead
    max_tasks: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it stands. `began_ns` is its creation; `stop_at_ns` the instant a caller asked it to stop."""

    task: TaskId
    spec: RecordSpec
    destination: Destination
    client_task_id: str
    state: TaskState
    stage: Stage
    epoch: int
    began_ns: int
    started_ns: int | None
    ended_ns: int | None
    quit_reason: QuitReason | None
    stop_at_ns: int | None

    @property
    def live(self) -> bool:
        """Whether it has neither ended nor failed."""
        return self.state in LIVE_STATES

    @property
    def app(self) -> AppId:
        """The app it belongs to."""
        return self.spec.app

    @property
    def room(self) -> RoomId:
        """The room it records."""
        return self.spec.room


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as lists show it."""

    task: TaskId
    room: RoomId
    state: TaskState
    began_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file about to be recorded. `key` names it within its task, the same at every start of the recorder."""

    key: str
    name: str
    stream: StreamId
    user: UserId
    user_name: str
    format: str
    media_track_type: int  # 1 audio, 2 video, 3 both
    begin_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile(NewFile):
    """A file as it stands; what is not known yet is 0 or empty."""

    task: TaskId
    state: FileState
    size: int = 0  # bytes
    duration_ms: int = 0
    width: int = 0  # pixels
    height: int = 0
    spool_path: str = ""
    object_key: str = ""
    url: str = ""
    video_id: str = ""

    @property
    def listed(self) -> bool:
        """Whether callers see it in lists: sound levels and segments only lie beside their recording."""
        return self.format not in (SOUND_LEVELS, SEGMENT, LIVE_PLAYLIST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something a caller asked of a task. Rows are numbered in the order of their instants."""

    number: int
    task: TaskId
    kind: CommandKind
    body: Mapping[str, Any]
    at_ns: int


class OutboxKind(StrEnum):
    """What an outbox row delivers."""

    UPLOAD = "upload"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One delivery that is owed, or (`given_up`) was owed and never made. Holds no secret."""

    id: int
    key: str  # idempotency key: the same delivery, however often tried, has the same key
    task: TaskId
    kind: OutboxKind
    file_key: str = ""  # uploads
    event_type: int = 0  # callbacks
    sequence: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)  # what is already done, such as parts of an upload
    tries: int = 0  # this one included
    first_try_ns: int = 0
    due_ns: int = 0
    error: str = ""  # of the last try
    given_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers for metrics."""

    tasks: Mapping[TaskState, int]
    stages: Mapping[Stage, int]
    files: Mapping[FileState, int]
    pending: Mapping[OutboxKind, int]
    given_up: Mapping[OutboxKind, int]
    refused: int = 0  # uploads whose store refused at the last try: a wrong key, no bucket
