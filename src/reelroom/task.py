"""The two lifecycles, a task's and a file's, each as one transition table. Nothing else may change a state.

task   STARTING ──► RECORDING ◄──► PAUSED
           │            │             │
           └────────────┴─────────────┴──► ENDED (asked for) or FAILED (limits and faults)

file   RECORDING ──► UPLOADING ──► UPLOADED
                         ├──► BACKED_UP ──► UPLOADED
                         └──► LOST ───────► UPLOADED

The numbers are the control API's. A task also has a stage, which only we see: what a recorder still has to do.
"""

from enum import IntEnum, StrEnum
from typing import Final, TypeVar

from reelroom.errors import TaskStateError


class TaskState(IntEnum):
    """What callers see of a task. Source: control API, DescribeRecordStatus."""

    STARTING = 1
    RECORDING = 2
    ENDED = 3
    FAILED = 4
    PAUSED = 5


class FileState(IntEnum):
    """What callers see of a file. Source: control API, RecordFiles[].Status."""

    RECORDING = 1
    UPLOADING = 2
    UPLOADED = 3
    BACKED_UP = 4
    LOST = 5


class Stage(StrEnum):
    """What is still to be done for a task."""

    RECORDING = "recording"  # the room is wanted
    FINISHING = "finishing"  # the room is left; the journal is still needed to finish files
    DELIVERING = "delivering"  # files are whole in the spool; the journal may go
    DONE = "done"  # nothing is left to do


class CommandKind(StrEnum):
    """What a caller may ask of a task that lives. Kept in the command log, in order."""

    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    LAYOUT = "layout"  # body: mix.Layout
    BOARD = "board"  # body: {"id": the whiteboard's}
    SNAPSHOT = "snapshot"


class QuitReason(IntEnum):
    """Why a task failed. Source: control API, callback event 2."""

    START_FAILED = 1
    LOGIN_FAILED = 2
    IDLE = 3
    MAX_TIME = 4
    ENGINE_START_FAILED = 5
    NETWORK_LOST = 6
    UNKNOWN = 1001
    NAME_TOO_LONG = 1002
    CANNOT_OPEN = 1003
    DISK_FULL = 1004
    ENGINE_INIT_FAILED = 1005
    HEADER_FAILED = 1006
    BAD_HANDLE = 1007
    IO_ERROR = 1008
    CHANNEL_ERROR = 1009
    FORMAT_UNSUPPORTED = 1010
    ILLEGAL_STATE = 1011


TASK_MOVES: Final[dict[TaskState, frozenset[TaskState]]] = {
    TaskState.STARTING: frozenset({TaskState.RECORDING, TaskState.ENDED, TaskState.FAILED}),
    TaskState.RECORDING: frozenset({TaskState.PAUSED, TaskState.ENDED, TaskState.FAILED}),
    TaskState.PAUSED: frozenset({TaskState.RECORDING, TaskState.ENDED, TaskState.FAILED}),
    TaskState.ENDED: frozenset(),
    TaskState.FAILED: frozenset(),
}

FILE_MOVES: Final[dict[FileState, frozenset[FileState]]] = {
    FileState.RECORDING: frozenset({FileState.UPLOADING}),
    FileState.UPLOADING: frozenset({FileState.UPLOADED, FileState.BACKED_UP, FileState.LOST}),
    FileState.BACKED_UP: frozenset({FileState.UPLOADED}),
    FileState.LOST: frozenset({FileState.UPLOADED}),
    FileState.UPLOADED: frozenset(),
}

STAGE_MOVES: Final[dict[Stage, frozenset[Stage]]] = {
    Stage.RECORDING: frozenset({Stage.FINISHING}),
    Stage.FINISHING: frozenset({Stage.DELIVERING}),
    Stage.DELIVERING: frozenset({Stage.DONE}),
    Stage.DONE: frozenset(),
}

_State = TypeVar("_State", TaskState, FileState, Stage)
_MOVES: Final[dict[type, dict]] = {TaskState: TASK_MOVES, FileState: FILE_MOVES, Stage: STAGE_MOVES}  # type: ignore[type-arg]


def check_move(old: _State, new: _State) -> None:
    """Raise TaskStateError unless a task, file or stage may go from `old` to `new`."""
    if new not in _MOVES[type(old)][old]:
        raise TaskStateError(f"{type(old).__name__} may not go from {old.name} to {new.name}")


def sources(new: _State) -> frozenset[_State]:
    """The states from which `new` may be reached: the WHERE clause of an atomic transition."""
    return frozenset(old for old, targets in _MOVES[type(new)].items() if new in targets)
