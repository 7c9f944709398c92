"""From plain values to the frozen dataclasses, with every wrong key and value named."""

import json
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from reelroom.config.shape import in_words, item_class, shape
from reelroom.config.sources import Tree
from reelroom.errors import SettingsError
from reelroom.settings import Settings


def make_settings(tree: Tree) -> Settings:
    """Typed settings. Raises SettingsError for the first unknown key or value of a wrong type."""
    _refuse_unknown(tree, Settings, tree.values, "")
    # Strict JSON mode: "8080" is no port and 1 is no boolean, yet a list may fill a tuple.
    try:
        return TypeAdapter(Settings).validate_json(json.dumps(tree.values, default=str), strict=True)
    except ValidationError as error:
        raise SettingsError(_words(tree, error.errors(include_url=False)[0])) from None  # its text holds values


def _refuse_unknown(tree: Tree, cls: type, values: Any, table: str) -> None:
    if not isinstance(values, dict):
        return  # the type check says so
    for key, value in values.items():
        name = f"{table}.{key}" if table else key
        if key not in shape(cls):
            raise SettingsError(_unknown(tree, name, key, tuple(shape(cls))))
        inner = item_class(shape(cls)[key][1])
        if inner is not None:
            for item in value if isinstance(value, list) else [value]:
                _refuse_unknown(tree, inner, item, name)


def _unknown(tree: Tree, name: str, key: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{tree.origin(name)}: {name}: no such key; {hint}known here: {', '.join(known)}"


def _words(tree: Tree, error: ErrorDetails) -> str:
    name, kind, secret = _locate(error["loc"])
    came = "what came is not shown" if secret else f"{_short(error['input'])} came"
    if error["type"].startswith("missing"):
        came = "is missing"
    return f"{tree.origin(name)}: {name}: {came}; allowed: {in_words(kind)}"


def _locate(location: tuple[int | str, ...]) -> tuple[str, Any, bool]:
    """Dotted name, type and secrecy of the place an error speaks of."""
    cls: type = Settings
    kind: Any = Settings
    name, secret = "", False
    for part in location:
        if isinstance(part, int):
            name += f"[{part}]"
        elif part in shape(cls):
            field, kind = shape(cls)[part]
            secret = secret or not field.repr
            cls = item_class(kind) or cls
            name += f".{part}" if name else part
    return name, kind, secret


def _short(value: Any, limit: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"
