"""Durable state: tasks, their files, commands and the outbox, in SQLite or PostgreSQL.

Every method of `Database` and `TaskSession` is one transaction. What a recorder writes goes through a `TaskSession`,
which refuses (StaleEpochError) once a newer recorder of the same task has started.
"""

from reelroom.database.database import Database
from reelroom.database.errors import NotPausedError, NotRecordingError, TooManyTasksError, UnknownTaskError
from reelroom.database.keys import SecretKey
from reelroom.database.queries_lists import Window
from reelroom.database.rows import (
    LIVE_PLAYLIST,
    LIVE_STATES,
    REFUSED,
    SEGMENT,
    Command,
    Counts,
    NewFile,
    NewTask,
    OutboxKind,
    OutboxRow,
    RecordedFile,
    Task,
    TaskLine,
)
from reelroom.database.session import TaskSession

__all__ = [
    "LIVE_PLAYLIST",
    "LIVE_STATES",
    "REFUSED",
    "SEGMENT",
    "Command",
    "Counts",
    "Database",
    "NewFile",
    "NewTask",
    "NotPausedError",
    "NotRecordingError",
    "OutboxKind",
    "OutboxRow",
    "RecordedFile",
    "SecretKey",
    "Task",
    "TaskLine",
    "TaskSession",
    "TooManyTasksError",
    "UnknownTaskError",
    "Window",
]
