"""Errors as HTTP answers with words (RFC 9457)."""

from http import HTTPStatus

from starlette.responses import JSONResponse

from reelroom.errors import AccessError, ReelroomError, RequestError, RoomError
from reelroom.rooms.paths import UnknownPathError
from reelroom.rooms.rooms import NotPublishedError, RoomsFullError, StreamTakenError
from reelroom.rooms.tokens import InvalidTokenError
from reelroom.webrtc import OfferError, UnacceptableOfferError

_RETRY_S = "2"


class HttpError(RequestError):
    """A request that HTTP itself has a status for."""

    def __init__(self, status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


# Children before parents: the first that fits counts.
_ANSWERS: tuple[tuple[type[ReelroomError], HTTPStatus, dict[str, str]], ...] = (
    (
        InvalidTokenError,
        HTTPStatus.UNAUTHORIZED,
        {"WWW-Authenticate": 'Bearer realm="reelroom", error="invalid_token"'},
    ),
    (AccessError, HTTPStatus.FORBIDDEN, {}),
    (UnknownPathError, HTTPStatus.NOT_FOUND, {}),
    (StreamTakenError, HTTPStatus.CONFLICT, {}),
    # draft-ietf-wish-whep §4.2: a viewer may come back when somebody publishes
    (NotPublishedError, HTTPStatus.CONFLICT, {"Retry-After": _RETRY_S}),
    (RoomsFullError, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": _RETRY_S}),
    (UnacceptableOfferError, HTTPStatus.UNPROCESSABLE_ENTITY, {}),
    (OfferError, HTTPStatus.BAD_REQUEST, {}),
    (RequestError, HTTPStatus.BAD_REQUEST, {}),
    (RoomError, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": _RETRY_S}),
    (ReelroomError, HTTPStatus.INTERNAL_SERVER_ERROR, {}),
)


def problem(error: ReelroomError) -> JSONResponse:
    """The answer to a request that failed so."""
    if isinstance(error, HttpError):
        status, headers = error.status, error.headers
    else:
        status, headers = next((s, h) for kind, s, h in _ANSWERS if isinstance(error, kind))
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": str(error)}
    return JSONResponse(body, status.value, headers, media_type="application/problem+json")
