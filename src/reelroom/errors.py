"""The error tree. Each error says whose fault it is and whether trying again can help.

ReelroomError
├── RequestError        the caller asked for something impossible; names the field
├── TaskStateError      the task is not in a state that allows this
├── AccessError         the token or signature does not allow this
├── RoomError           the room, publisher or network misbehaved
├── MediaError          encoded media could not be understood
├── JournalError        a journal on disk is damaged or unreadable
├── StorageError        the destination store refused or failed
├── CallbackError       the callback receiver refused or failed
├── StaleEpochError     a newer recorder owns this task; this process must stop
└── SettingsError       the configuration is wrong
"""

from enum import Enum
from typing import ClassVar


class Blame(Enum):
    """Whose fault an error is."""

    CALLER = "caller"
    ROOM = "room"
    DESTINATION = "destination"
    US = "us"


class ReelroomError(Exception):
    """Something went wrong."""

    blame: ClassVar[Blame] = Blame.US
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class RequestError(ReelroomError):
    """The request is not valid."""

    blame = Blame.CALLER

    def __init__(self, message: str | None = None, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field  # the path of the field at fault, e.g. "RecordInputParams.RecordMode"


class TaskStateError(ReelroomError):
    """The task is not in a state that allows this."""

    blame = Blame.CALLER


class AccessError(ReelroomError):
    """The token does not allow this."""

    blame = Blame.CALLER


class RoomError(ReelroomError):
    """The room or one of its publishers misbehaved."""

    blame = Blame.ROOM
    retryable = True


class MediaError(ReelroomError):
    """Encoded media could not be understood."""

    blame = Blame.ROOM


class JournalError(ReelroomError):
    """A journal on disk is damaged or unreadable."""


class StorageError(ReelroomError):
    """The object store refused or failed."""

    blame = Blame.DESTINATION
    retryable = True


class CallbackError(ReelroomError):
    """The callback receiver refused or failed."""

    blame = Blame.DESTINATION
    retryable = True


class StaleEpochError(ReelroomError):
    """A newer recorder owns this task."""


class SettingsError(ReelroomError):
    """The configuration is wrong."""

    blame = Blame.CALLER
