"""What a call can end with instead of a result. No text or attribute of these holds a secret or a signed address.

ReelroomError
├── ApiError                    the control API refused; has code, message and request_id
│   ├── SignatureRefusedError     1000000xx  the signing gateway did not let the request in
│   │   └── SignatureExpiredError   100000004  the two clocks differ by more than 10 minutes, or the nonce was used
│   ├── ServiceNotEnabledError    300000002, 100000016, 100000017
│   ├── RateLimitedError          300000003  too many calls a second; nothing was done, asking again later can help
│   ├── InvalidInputError         300000004, 100000007, 100000012
│   ├── TooManyTasksError         300000006  the app has as many live tasks as it may have
│   ├── UnknownTaskError          300001000
│   ├── TaskEndedError            300001001
│   ├── NotPausedError            300001004
│   └── ServiceError              300010000, 300000005, 100000015  the server's own fault
└── UnreachableError            no answer came
    └── NotTheApiError            what answered is no control API

A code that is not listed is an ApiError itself. Source: control API, return codes.
"""

from typing import ClassVar

from reelroom.errors import Blame, ReelroomError


class ApiError(ReelroomError):
    """The control API refused the request."""

    blame: ClassVar[Blame] = Blame.CALLER

    def __init__(self, code: int, message: str, request_id: str = "") -> None:
        super().__init__(f"{message} (code {code})")
        self.code = code
        self.message = message
        self.request_id = request_id

    def __reduce__(self) -> tuple[type["ApiError"], tuple[int, str, str]]:
        """Pickled whole, for a pool of processes."""
        return type(self), (self.code, self.message, self.request_id)


class SignatureRefusedError(ApiError):
    """AppId, ServerSecret or another part of the signed query is wrong."""


class SignatureExpiredError(SignatureRefusedError):
    """This machine's clock and the server's differ by more than 10 minutes; or the request was sent before."""


class ServiceNotEnabledError(ApiError):
    """Recording is not enabled for this app."""


class RateLimitedError(ApiError):
    """Too many calls of this action a second."""

    retryable: ClassVar[bool] = True


class InvalidInputError(ApiError):
    """A field is wrong; the message names its path, what came and what is allowed."""


class TooManyTasksError(ApiError):
    """The app has as many live tasks as it may have."""


class UnknownTaskError(ApiError):
    """The task does not exist, is another app's, or began more than three days ago."""


class TaskEndedError(ApiError):
    """The task has ended already."""


class NotPausedError(ApiError):
    """The task to be resumed is not paused."""


class ServiceError(ApiError):
    """The server failed; what was asked may have been done or not."""

    blame: ClassVar[Blame] = Blame.US
    retryable: ClassVar[bool] = True


class UnreachableError(ReelroomError):
    """The control API could not be reached, or what answered is not one."""

    retryable: ClassVar[bool] = True


class NotTheApiError(UnreachableError):
    """What answered does not speak the control API: the address is probably wrong."""

    retryable: ClassVar[bool] = False


ERROR_OF_CODE: dict[int, type[ApiError]] = {
    **dict.fromkeys(range(100000000, 100000015), SignatureRefusedError),
    100000004: SignatureExpiredError,
    100000007: InvalidInputError,
    100000012: InvalidInputError,
    100000015: ServiceError,
    100000016: ServiceNotEnabledError,
    100000017: ServiceNotEnabledError,
    300000002: ServiceNotEnabledError,
    300000003: RateLimitedError,
    300000004: InvalidInputError,
    300000005: ServiceError,
    300000006: TooManyTasksError,
    300001000: UnknownTaskError,
    300001001: TaskEndedError,
    300001004: NotPausedError,
    300010000: ServiceError,
}


def refusal(code: int, message: str, request_id: str) -> ApiError:
    """The error of a return code."""
    return ERROR_OF_CODE.get(code, ApiError)(code, message, request_id)
