"""Return codes of the control API, and the refusal that carries one. Source: control API, return codes."""

from enum import IntEnum

from reelroom.database import NotPausedError, TooManyTasksError, UnknownTaskError
from reelroom.errors import ReelroomError, RequestError, TaskStateError


class Code(IntEnum):
    """Every documented code; `docs/reference/errors.md` says when we give which."""

    OK = 0
    BAD_HOST = 100000000
    APP_ID_MALFORMED = 100000001
    TIMESTAMP_MISSING = 100000002
    TIMESTAMP_MALFORMED = 100000003
    SIGNATURE_EXPIRED = 100000004
    SIGNATURE_WRONG = 100000005
    ACTION_MISSING = 100000006
    ACTION_UNKNOWN = 100000007
    NONCE_MISSING = 100000008
    SIGNATURE_MISSING = 100000009
    NO_SERVER_SECRET = 100000010
    NO_APP_CONFIGURATION = 100000011
    BODY_UNREADABLE = 100000012
    VERSION_MISSING = 100000013
    VERSION_WRONG = 100000014
    GATEWAY_ERROR = 100000015
    NO_PRODUCTION = 100000016
    SERVICE_NOT_ENABLED = 100000017
    RECORDING_NOT_ENABLED = 300000002
    RATE_LIMIT = 300000003
    INVALID_INPUT = 300000004
    GATEWAY_CHECK_FAILED = 300000005
    TOO_MANY_TASKS = 300000006
    TASK_UNKNOWN = 300001000
    TASK_ENDED = 300001001
    TASK_NOT_PAUSED = 300001004
    SYSTEM_ERROR = 300010000


class RefusedError(ReelroomError):
    """The control API refuses a request, with a code and words for its caller."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(path: str, words: str) -> RefusedError:
    """An input that is not allowed: where, and what is wrong with it."""
    return RefusedError(Code.INVALID_INPUT, f"{path}: {words}")


def refusal_of(error: ReelroomError) -> RefusedError | None:
    """How one of our errors is told to a caller; None for what is our own fault."""
    if isinstance(error, RefusedError):
        return error
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return RefusedError(code, str(error))
    return None


# The first that fits, so children stand before their parents.
_CODES: dict[type[ReelroomError], Code] = {
    TooManyTasksError: Code.TOO_MANY_TASKS,
    UnknownTaskError: Code.TASK_UNKNOWN,
    NotPausedError: Code.TASK_NOT_PAUSED,
    TaskStateError: Code.TASK_ENDED,
    RequestError: Code.INVALID_INPUT,
}
