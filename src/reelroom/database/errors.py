"""Errors a caller of the database tells apart."""

from reelroom.errors import RequestError, TaskStateError


class UnknownTaskError(TaskStateError):
    """There is no such task."""


class TooManyTasksError(RequestError):
    """The app has as many tasks as it may have at the same time."""


class NotPausedError(TaskStateError):
    """The task is not paused."""


class NotRecordingError(TaskStateError):
    """The task is not recording at present."""
