"""What the timeline decides, as frozen dataclasses. A recorder acts on them; each may be acted on twice."""

from collections.abc import Mapping
from dataclasses import dataclass

from reelroom.task import QuitReason
from reelroom.units import CaptureId, MediaKind, StreamId, UserId

NO_STREAM = 4  # callback event: no stream in the room
STREAM_MISSING = 6  # callback event: a stream to be recorded does not exist
PAUSED = 201  # callback event: pause succeeded
RESUMED = 202  # callback event: resume succeeded


@dataclass(frozen=True, slots=True)
class Decision:
    """Something decided for an instant."""

    at: int  # ns since the Unix epoch


@dataclass(frozen=True, slots=True)
class FileOpens(Decision):
    """A file may receive frames from now on. It exists for callers once it has its first frame."""

    key: str  # unique in the task: "<number>-<letters>"
    stream: StreamId
    user: UserId
    user_name: str
    kinds: tuple[MediaKind, ...]  # tracks named by the file's name: what the first publication offered and is asked
    format: str


@dataclass(frozen=True, slots=True)
class PartBegins(Decision):
    """Frames of one capture go to a file."""

    key: str
    part: int  # 0, 1, … within the file
    capture: CaptureId
    kinds: tuple[MediaKind, ...]
    after: Mapping[MediaKind, int]  # journal positions, as in `Captured`
    joined: bool  # the gap before this part is left out of the file, instead of lasting as long as it lasted


@dataclass(frozen=True, slots=True)
class PartEnds(Decision):
    """No further frame of that part is the file's."""

    key: str
    part: int
    upto: Mapping[MediaKind, int] | None  # journal positions, as in `Left`; None: all that is on disk
    cut: bool = False  # nobody said `upto`, though the capture may go on: frames after `at` are not the file's


@dataclass(frozen=True, slots=True)
class FileCloses(Decision):
    """The file is complete and may be finished."""

    key: str
    filled: bool  # audio goes on as silence until `at`


@dataclass(frozen=True, slots=True)
class Announces(Decision):
    """A callback is due. `key` makes it unique within the task."""

    event_type: int
    detail: Mapping[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class EndDue(Decision):
    """A limit was reached: the task should end at this instant. The database has the last word."""

    reason: QuitReason
