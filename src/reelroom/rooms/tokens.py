"""Room tokens: who may do what in which room. JWT, HS256, signed with the app's ServerSecret."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jwt

from reelroom.errors import AccessError
from reelroom.units import AppId, RoomId, UserId

ALGORITHM = "HS256"
MAX_TOKEN_CHARACTERS = 8192
_MAX_NAME_CHARACTERS = 512


class InvalidTokenError(AccessError):
    """The token is missing, malformed, expired or not signed by a known app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomToken:
    """What a token grants to one user of one room."""

    app: AppId
    room: RoomId
    user: UserId
    name: str = ""  # shown to others, and in callbacks
    publish: bool = False
    view: bool = False
    record: bool = False  # the page may start and stop recordings of the room


def make_token(token: RoomToken, secret: str, *, expires_s: int) -> str:
    """A signed token. `expires_s`: seconds since the Unix epoch."""
    claims: dict[str, Any] = {
        "app": token.app,
        "room": token.room,
        "user": token.user,
        "name": token.name,
        "publish": token.publish,
        "view": token.view,
        "exp": expires_s,
    }
    if token.record:
        claims["record"] = True
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def check_token(
    text: str, secrets_of: Callable[[int], Sequence[str]], *, now_s: float | None = None, expired_ok: bool = False
) -> RoomToken:
    """What a token grants. `secrets_of`: the ServerSecrets of an app, none if unknown. Raises InvalidTokenError.

    `expired_ok`: a session outlives its token, and its owner may still change and end it.
    """
    if not text or len(text) > MAX_TOKEN_CHARACTERS:
        raise InvalidTokenError("a bearer token is needed")
    try:
        unverified = jwt.decode(text, options={"verify_signature": False})
        secrets = secrets_of(_app(unverified))
        if not secrets:
            raise InvalidTokenError("the token is of an unknown app")
        claims = _verify(text, secrets)
    except (jwt.PyJWTError, RecursionError) as error:
        raise InvalidTokenError("the token is malformed or its signature is wrong") from error
    expires_s = claims["exp"]
    if isinstance(expires_s, bool) or not isinstance(expires_s, (int, float)):
        raise InvalidTokenError("the token's exp is not a number")
    if not expired_ok and expires_s <= (time.time() if now_s is None else now_s):
        raise InvalidTokenError("the token has expired")
    return _grant(claims)


def _verify(text: str, secrets: Sequence[str]) -> dict[str, Any]:
    """Claims signed by one of these secrets. Raises PyJWTError."""
    # the expiry is checked by the caller: PyJWT would ask the clock itself
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False, "require": ["exp"]}
    for secret in secrets[:-1]:
        with suppress(jwt.InvalidSignatureError):
            return jwt.decode(text, secret, algorithms=[ALGORITHM], options=options)
    return jwt.decode(text, secrets[-1], algorithms=[ALGORITHM], options=options)


def _grant(claims: dict[str, Any]) -> RoomToken:
    return RoomToken(
        app=AppId(_app(claims)),
        room=RoomId(_text(claims, "room")),
        user=UserId(_text(claims, "user")),
        name=_text(claims, "name", default=""),
        publish=claims.get("publish") is True,
        view=claims.get("view") is True,
        record=claims.get("record") is True,
    )


def _app(claims: dict[str, Any]) -> int:
    app = claims.get("app")
    if isinstance(app, bool) or not isinstance(app, int):
        raise InvalidTokenError("the token's app is not a number")
    return app


def _text(claims: dict[str, Any], name: str, default: str | None = None) -> str:
    value = claims.get(name, default)
    if not isinstance(value, str) or (not value and default is None) or len(value) > _MAX_NAME_CHARACTERS:
        raise InvalidTokenError(f"the token's {name} is missing or not a text")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        # half an emoji, cut by a caller: UTF-8 can't hold it, so neither could a journal's reader or a database
        raise InvalidTokenError(f"the token's {name} is not valid Unicode text")
    return value
