"""The envelope around every answer: always HTTP 200, because some callers read no body of another status."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from reelroom.api.codes import Code, RefusedError

SUCCESS = "succeed"  # at least one public client compares this text
_COMMON = frozenset({"Action", "AppId", "SignatureNonce", "Timestamp", "Signature", "SignatureVersion", "IsTest"})
_TEXTS = frozenset({"RoomId", "TaskId", "WhiteboardId", "ClientTaskId", "MixMaxResolutionStreamId"})
BODY_LIMIT = 1 << 20  # bytes


def new_request_id() -> str:
    """A 19-digit decimal string."""
    return str(10**18 + secrets.randbelow(9 * 10**18))


def success(request_id: str, data: Mapping[str, Any] | None) -> dict[str, Any]:
    """`Data` stands only where the action defines it."""
    envelope: dict[str, Any] = {"Code": int(Code.OK), "Message": SUCCESS, "RequestId": request_id}
    return envelope if data is None else {**envelope, "Data": dict(data)}


def failure(request_id: str, refused: RefusedError) -> dict[str, Any]:
    """Code and words of a refusal."""
    return {"Code": int(refused.code), "Message": refused.message, "RequestId": request_id}


def parse_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request; nothing at all is an empty one. Raises RefusedError."""
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RefusedError(Code.INVALID_INPUT, "body: not JSON; allowed: a JSON object in UTF-8") from None
    if not isinstance(body, dict):
        raise RefusedError(Code.INVALID_INPUT, f"body: {type(body).__name__} came; allowed: a JSON object")
    return body


def parse_query(query: Mapping[str, str]) -> dict[str, Any]:
    """The business parameters of a GET: texts as they are, everything else as JSON where it is JSON."""
    named = ((name, value) for name, value in query.items() if name not in _COMMON)
    return {name: value if name in _TEXTS else _value(value) for name, value in named}


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's
