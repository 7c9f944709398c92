"""Types of request fields. Each validates itself, says what came and what is allowed, and is its own JSON schema.

So the bounds of a field stand in one place.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
NOT_ALLOWED = "not_allowed"
NO_NUL = r"^[^\u0000]*$"  # PostgreSQL holds none
NO_SPACE = r"^[^\u0000-\u0020]*$"
URL_OR_EMPTY = r"^([hH][tT][tT][pP][sS]?://[^\u0000-\u0020]+)?$"
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """What stands in for pydantic's own validation of a field: the check, and the same said as JSON schema."""

    check: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.schema)


@dataclass(frozen=True, slots=True)
class Before:
    """A check before pydantic's own validation, and what it adds to the JSON schema of that."""

    check: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core), **self.schema}


class Fields(BaseModel):
    """An object of the control API: unknown fields are ignored, null stands for absent."""

    # The text below a field is its description in the API's document.
    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    holds_secrets: ClassVar[bool] = False  # what came in its place is then not repeated

    @model_validator(mode="before")
    @classmethod
    def _object(cls, came: Any) -> Any:
        if not isinstance(came, dict):
            refuse(came, "an object", secret=cls.holds_secrets)
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


def integer(low: int = INT64_MIN, high: int = INT64_MAX, unit: str = "") -> Rule:
    """Whole numbers, also written as integral floats, within bounds. `allowed` names the bounds that are meant."""
    bounded = low > INT64_MIN or high < INT64_MAX
    bounds = f" from {low} to {high}" if high < INT64_MAX else f" of at least {low}"
    allowed = f"an integer{bounds if bounded else ''}{unit and ' ' + unit}"
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Rule(lambda came: _integer(came, low, high, allowed), schema)


def one_of(*choices: int) -> Rule:
    """One of these numbers."""
    allowed = " or ".join(map(str, choices)) if len(choices) < 3 else ", ".join(map(str, choices))  # noqa: PLR2004

    def check(came: Any) -> int:
        number = _integer(came, INT64_MIN, INT64_MAX, allowed)
        return number if number in choices else refuse(came, allowed)

    return Rule(check, {"type": "integer", "enum": list(choices)})


def colour() -> Rule:
    """0xRRGGBB00, which callers send signed or unsigned: reduced to unsigned."""
    low, high = -(2**31), 2**32 - 1
    allowed = "a colour 0xRRGGBB00 as an integer of 32 bits"
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Rule(lambda came: _integer(came, low, high, allowed) % 2**32, schema)


def _integer(came: Any, low: int, high: int, allowed: str) -> int:
    if isinstance(came, float) and math.isfinite(came) and came.is_integer():
        came = int(came)
    if not isinstance(came, int) or isinstance(came, bool) or not low <= came <= high:
        refuse(came, allowed)
    return came


def boolean() -> Rule:
    """One of the two JSON literals."""
    return Rule(lambda came: came if isinstance(came, bool) else refuse(came, "true or false"), {"type": "boolean"})


def text(*, empty: bool = True, max_bytes: int = 0, max_characters: int = 0, secret: bool = False) -> Rule:
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

    return Rule(check, _text_schema(empty, max_bytes or max_characters, secret))


def _text_schema(empty: bool, longest: int, secret: bool) -> dict[str, Any]:
    """JSON schema counts characters: a bound in bytes is told as the most characters it leaves."""
    schema: dict[str, Any] = {"type": "string", "pattern": NO_NUL}
    if not empty:
        schema["minLength"] = 1
    if longest:
        schema["maxLength"] = longest
    return {**schema, "format": "password", "writeOnly": True} if secret else schema


def _encode(came: Any) -> bytes | None:
    """UTF-8 of a text that is one: no lone surrogates, and no NUL, which PostgreSQL can't hold."""
    try:
        return came.encode() if isinstance(came, str) and "\0" not in came else None
    except UnicodeEncodeError:
        return None


def word(*choices: str) -> Rule:
    """One of these texts."""
    allowed = ", ".join(f'"{c}"' for c in choices)
    schema = {"type": "string", "enum": list(choices)}
    return Rule(lambda came: came if came in choices else refuse(came, allowed), schema)


def url(*, scheme_needed: bool = True) -> Rule:
    """An http or https address; empty stands for absent. The schema's pattern is what a URL has at least."""
    allowed = (
        "an http:// or https:// URL" + ("" if scheme_needed else ", or a host name") + ", without user or password"
    )
    schema = {"type": "string", "pattern": URL_OR_EMPTY if scheme_needed else NO_SPACE}

    def check(came: Any) -> str:
        if came != "" and not _is_url(came, scheme_needed):
            refuse(came, allowed, secret="@" in str(came))  # a password may stand before the host
        return str(came)

    return Rule(check, schema)


def _is_url(came: Any, scheme_needed: bool) -> bool:
    # urlsplit passes over control characters, which no address has
    if _encode(came) is None or any(c.isspace() or c < " " for c in came):
        return False
    try:
        parts = urlsplit(came if scheme_needed or "://" in came else f"https://{came}")
        good_host = bool(parts.hostname) and parts.port != 0 and parts.username is None and parts.password is None
        return parts.scheme.lower() in ("http", "https") and good_host
    except ValueError:
        return False


def array(most: int = 0) -> Before:
    """A JSON array of at most `most` elements; 0 means no bound but the body's."""
    allowed = f"an array of at most {most} elements" if most else "an array"

    def check(came: Any) -> Any:
        if not isinstance(came, list):
            refuse(came, allowed)
        if most and len(came) > most:
            refuse(f"{len(came)} elements", allowed)
        return came

    return Before(check, {"maxItems": most} if most else {})
