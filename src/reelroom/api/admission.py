"""Who may ask at all: the checks of the signing gateway, in the contract's order. Pure; `now_s` is handed in."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from reelroom.api.codes import Code, RefusedError
from reelroom.settings import AppSettings
from reelroom.signing import request_signature, signatures_match

VERSION = "2.0"
WINDOW_S = 600  # a timestamp may differ this much from our clock, either way
_APP_ID = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_APP_ID_MAX = 2**32 - 1
_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)
# Presence of the rest, in order: the query parameter and its code.
_REQUIRED = (
    ("SignatureNonce", Code.NONCE_MISSING),
    ("SignatureVersion", Code.VERSION_MISSING),
    ("Signature", Code.SIGNATURE_MISSING),
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request whose signature holds, until that second of Unix time."""

    app: AppSettings
    action: str
    nonce: str
    until_s: int


def admit(
    query: Mapping[str, str],
    host: str,
    *,
    app_of: Callable[[int], AppSettings | None],
    actions: Collection[str],
    now_s: int,
) -> Admitted:
    """Check host, presence, form, version, age, app, signature, action and app again, in this order.

    `app_of`: the app of an id. Raises RefusedError.
    """
    if not _HOST.fullmatch(host):
        raise RefusedError(Code.BAD_HOST, "the Host header is missing or malformed")
    action = _require(query, "Action", Code.ACTION_MISSING)
    app_id = _app_id(query)
    timestamp = _timestamp(query)
    nonce, version, signature = (_require(query, name, code) for name, code in _REQUIRED)
    if version != VERSION:
        raise RefusedError(Code.VERSION_WRONG, f"SignatureVersion must be {VERSION}")
    if abs(now_s - int(timestamp)) > WINDOW_S:
        raise RefusedError(
            Code.SIGNATURE_EXPIRED, "signature expired: Timestamp is more than 10 minutes from our clock"
        )
    app = app_of(app_id)
    if app is None:
        raise RefusedError(Code.NO_SERVER_SECRET, f"there is no ServerSecret for AppId {app_id}")
    expected = [request_signature(app_id, nonce, secret, timestamp) for secret in app.server_secrets(now_s)]
    if not any([signatures_match(each, signature) for each in expected]):  # noqa: C419  each one: no time tells
        raise RefusedError(Code.SIGNATURE_WRONG, "signature is wrong")
    if action not in actions:
        raise RefusedError(Code.ACTION_UNKNOWN, "Action is not supported")
    if not app.enabled:
        raise RefusedError(Code.RECORDING_NOT_ENABLED, f"recording is not enabled for AppId {app_id}")
    return Admitted(app, action, nonce, int(timestamp) + WINDOW_S)


def _require(query: Mapping[str, str], name: str, code: Code) -> str:
    value = query.get(name, "")
    if not value:
        raise RefusedError(code, f"{name} is missing")
    return value


def _app_id(query: Mapping[str, str]) -> int:
    text = query.get("AppId", "")
    if not _APP_ID.fullmatch(text) or int(text) > _APP_ID_MAX:
        raise RefusedError(Code.APP_ID_MALFORMED, "AppId is malformed: it is a decimal number of 32 bits")
    return int(text)


def _timestamp(query: Mapping[str, str]) -> str:
    text = _require(query, "Timestamp", Code.TIMESTAMP_MISSING)
    if not _TIMESTAMP.fullmatch(text):
        raise RefusedError(Code.TIMESTAMP_MALFORMED, "Timestamp is malformed: it is Unix time in whole seconds")
    return text
