"""What each setting of an app allows beyond its type, wherever the app stands: one table."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

APP_ID_MAX = 2**32 - 1
SECRET_MIN_CHARACTERS = 16  # a shorter ServerSecret could be guessed; it also signs room tokens
_LONG = f"at least {SECRET_MIN_CHARACTERS} characters"


def is_http_url(value: str) -> bool:
    """Whether it is an http:// or https:// URL with a host."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


# Key of AppSettings: what it allows, in words and as a test.
ALLOWED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "id": (f"1 to {APP_ID_MAX}", lambda v: 1 <= v <= APP_ID_MAX),
    "server_secret": (_LONG, lambda v: len(v) >= SECRET_MIN_CHARACTERS),
    "callback_secret": ("not empty", bool),
    "callback_url": ("empty, or an http:// or https:// URL", lambda v: not v or is_http_url(v)),
    "max_tasks": ("1 to 1000000", lambda v: 1 <= v <= 1_000_000),  # noqa: PLR2004  as its words say
    "old_server_secret": (f"empty, or {_LONG}", lambda v: not v or len(v) >= SECRET_MIN_CHARACTERS),
    "old_secret_until_s": ("0 or Unix seconds", lambda v: v >= 0),
}
