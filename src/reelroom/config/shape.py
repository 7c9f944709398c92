"""The tables and keys that exist, read off the dataclasses of `settings.py`."""

from dataclasses import Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from reelroom.settings import Settings

WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def item_class(kind: Any) -> type | None:
    """The dataclass a field holds, alone or in a tuple; None for plain values."""
    candidates = get_args(kind) if get_origin(kind) is tuple else (kind,)
    return next((c for c in candidates if isinstance(c, type) and is_dataclass(c)), None)


def shape(cls: type) -> dict[str, tuple[Field[Any], Any]]:
    """Name to field and resolved type of one settings dataclass."""
    hints = get_type_hints(cls)
    return {f.name: (f, hints[f.name]) for f in fields(cls)}


@cache
def known_keys() -> dict[str, str]:
    """Every dotted name that may stand in the environment, with what it takes in words."""
    keys: dict[str, str] = {}
    for name, (_, kind) in shape(Settings).items():
        if get_origin(kind) is not tuple and item_class(kind) is not None:
            keys.update({f"{name}.{key}": in_words(inner) for key, (_, inner) in shape(kind).items()})
        else:
            keys[name] = in_words(kind)
    return keys


def text_expected(name: str) -> bool:
    """Whether the setting is a plain text, which the environment gives without quotes."""
    return known_keys().get(name) == WORDS[str]


def in_words(kind: Any) -> str:
    """What a type takes, for people."""
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return "a list of tables" if item_class(kind) else f"a list, each {in_words(inner)}"
    if isinstance(kind, UnionType):
        return " or ".join(in_words(k) for k in get_args(kind))
    return WORDS.get(kind, "a table" if is_dataclass(kind) else WORDS[str])
