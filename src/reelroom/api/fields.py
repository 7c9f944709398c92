"""Types of request fields. Each validates itself and says what came and what is allowed."""

import json
import math
from typing import Any, NoReturn
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

INT64_MAX = 2**63 - 1
NOT_ALLOWED = "not_allowed"
_SHOWN = 60


class Fields(BaseModel):
    """An object of the control API: unknown fields are ignored, null stands for absent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _object(cls, came: Any) -> Any:
        if not isinstance(came, dict):
            refuse(came, "an object")
        return {name: value for name, value in came.items() if value is not None}


def refuse(came: Any, allowed: str, *, secret: bool = False) -> NoReturn:
    """Raise what pydantic turns into one of its errors."""
    shown = "what came is not shown" if secret else f"{show(came)} came"
    # as context, so that braces in what came are no template
    raise PydanticCustomError(NOT_ALLOWED, "{words}", {"words": f"{shown}; allowed: {allowed}"})


def show(came: Any) -> str:
    """What came, as short JSON."""
    text = json.dumps(came, ensure_ascii=True, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def integer(low: int = -INT64_MAX - 1, high: int = INT64_MAX, unit: str = "") -> PlainValidator:
    """Whole numbers, also written as integral floats, within bounds. `allowed` names the bounds that are meant."""
    bounded = low > -INT64_MAX - 1 or high < INT64_MAX
    bounds = f" from {low} to {high}" if high < INT64_MAX else f" of at least {low}"
    allowed = f"an integer{bounds if bounded else ''}{unit and ' ' + unit}"
    return PlainValidator(lambda came: _integer(came, low, high, allowed))


def one_of(*choices: int) -> PlainValidator:
    """One of these numbers."""
    allowed = " or ".join(map(str, choices)) if len(choices) < 3 else ", ".join(map(str, choices))  # noqa: PLR2004

    def check(came: Any) -> int:
        number = _integer(came, -INT64_MAX - 1, INT64_MAX, allowed)
        return number if number in choices else refuse(came, allowed)

    return PlainValidator(check)


def colour() -> PlainValidator:
    """0xRRGGBB00, which callers send signed or unsigned: reduced to unsigned."""
    allowed = "a colour 0xRRGGBB00 as an integer of 32 bits"
    return PlainValidator(lambda came: _integer(came, -(2**31), 2**32 - 1, allowed) % 2**32)


def _integer(came: Any, low: int, high: int, allowed: str) -> int:
    if isinstance(came, float) and math.isfinite(came) and came.is_integer():
        came = int(came)
    if not isinstance(came, int) or isinstance(came, bool) or not low <= came <= high:
        refuse(came, allowed)
    return came


def boolean() -> PlainValidator:
    """One of the two JSON literals."""
    return PlainValidator(lambda came: came if isinstance(came, bool) else refuse(came, "true or false"))


def text(*, empty: bool = True, max_bytes: int = 0, max_characters: int = 0, secret: bool = False) -> PlainValidator:
    """A Unicode text; 0 means no bound but the body's."""
    bounds = [f"at most {max_bytes} bytes of UTF-8"] * bool(max_bytes)
    bounds += [f"at most {max_characters} characters"] * bool(max_characters)
    allowed = ", ".join(["a string" if empty else "a non-empty string", *bounds])

    def check(came: Any) -> str:
        encoded = _encode(came)
        if encoded is None or not (empty or came):
            refuse(came, allowed, secret=secret)
        if (max_bytes and len(encoded) > max_bytes) or (max_characters and len(came) > max_characters):
            refuse(came, allowed, secret=secret)
        return str(came)

    return PlainValidator(check)


def _encode(came: Any) -> bytes | None:
    """UTF-8 of a text that is one: no lone surrogates, and no NUL, which PostgreSQL can't hold."""
    try:
        return came.encode() if isinstance(came, str) and "\0" not in came else None
    except UnicodeEncodeError:
        return None


def word(*choices: str) -> PlainValidator:
    """One of these texts."""
    allowed = ", ".join(f'"{c}"' for c in choices)
    return PlainValidator(lambda came: came if came in choices else refuse(came, allowed))


def url(*, scheme_needed: bool = True) -> PlainValidator:
    """An http or https address; empty stands for absent."""
    allowed = "an http:// or https:// URL" if scheme_needed else "an http:// or https:// URL, or a host name"
    return PlainValidator(lambda came: came if came == "" or _is_url(came, scheme_needed) else refuse(came, allowed))


def _is_url(came: Any, scheme_needed: bool) -> bool:
    if _encode(came) is None or any(c.isspace() for c in came):
        return False
    try:
        parts = urlsplit(came if scheme_needed or "://" in came else f"https://{came}")
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def array(most: int = 0) -> BeforeValidator:
    """A JSON array of at most `most` elements; 0 means no bound but the body's."""
    allowed = f"an array of at most {most} elements" if most else "an array"

    def check(came: Any) -> Any:
        if not isinstance(came, list):
            refuse(came, allowed)
        if most and len(came) > most:
            refuse(f"{len(came)} elements", allowed)
        return came

    return BeforeValidator(check)
