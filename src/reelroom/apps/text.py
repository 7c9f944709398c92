"""Apps as the text of `app.toml`, and back. It reads without pydantic, which recorder processes don't load."""

import json
import tomllib
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

from reelroom.apps.allowed import ALLOWED
from reelroom.errors import SettingsError
from reelroom.settings import AppSettings

Apps = tuple[AppSettings, ...]

_HEAD = """\
# The apps of this data folder, written by `reelroom app` and the first start; other words here are not kept.
# Whoever reads this file can record and enter every room. An app of the settings file beats one of the same id here.
"""
_COMMENTS = {
    "id": "AppId of the control API",
    "server_secret": "signs API requests and room tokens",
    "callback_secret": "verifies callbacks",
    "old_server_secret": "accepted too, until",
    "old_secret_until_s": "this Unix time",
    "enabled": "may record",
}
_WORDS = {int: "a whole number", str: "a text", bool: "true or false"}
_FIELDS = {field.name: field for field in fields(AppSettings)}
_KINDS = {name: getattr(kind, "__supertype__", kind) for name, kind in get_type_hints(AppSettings).items()}


def parse_apps(text: str, origin: str) -> Apps:
    """Apps of a file's text. Raises SettingsError naming `origin` and the key, never what came: it may be a secret."""
    try:
        tree = tomllib.loads(text)
    except ValueError as error:
        raise SettingsError(f"{origin}: damaged: {error}") from None
    tables = tree.get("apps")
    # An empty file is one that is being written by an editor, or was cut off: no apps are written as `apps = []`.
    if not isinstance(tables, list) or set(tree) != {"apps"}:
        raise SettingsError(f"{origin}: damaged: it holds nothing but a list named apps")
    apps = tuple(_app(table, f"{origin}: apps[{index}]") for index, table in enumerate(tables))
    ids = [app.id for app in apps]
    twice = next((i for i in ids if ids.count(i) > 1), None)
    if twice is not None:
        raise SettingsError(f"{origin}: apps: the id {twice} came twice; allowed: each id once")
    return apps


def render_apps(apps: Apps) -> str:
    """The text of a file that holds these apps."""
    if not apps:
        return f"{_HEAD}\napps = []\n"
    return _HEAD + "".join(_table(app) for app in apps)


def _app(table: Any, place: str) -> AppSettings:
    if not isinstance(table, dict):
        raise SettingsError(f"{place}: allowed: a table")
    for key, value in table.items():
        _check(key, value, f"{place}.{key}")
    missing = next((n for n, f in _FIELDS.items() if f.default is MISSING and n not in table), None)
    if missing is not None:
        raise SettingsError(f"{place}.{missing}: is missing; allowed: {_WORDS[_KINDS[missing]]}")
    return AppSettings(**table)


def _check(key: str, value: Any, place: str) -> None:
    if key not in _FIELDS:
        raise SettingsError(f"{place}: no such key; known here: {', '.join(_FIELDS)}")
    if type(value) is not _KINDS[key]:
        raise SettingsError(f"{place}: allowed: {_WORDS[_KINDS[key]]}")
    words, holds = ALLOWED.get(key, ("", lambda _value: True))
    if not holds(value):
        raise SettingsError(f"{place}: allowed: {words}")


def _table(app: AppSettings) -> str:
    lines = [
        f"{name} = {_value(getattr(app, name))}{'  # ' + _COMMENTS[name] if name in _COMMENTS else ''}\n"
        for name, field in _FIELDS.items()
        if getattr(app, name) != field.default
    ]
    return "\n[[apps]]\n" + "".join(lines)


def _value(value: str | bool | int) -> str:
    """A TOML value. JSON's notation is TOML's, but for one control character (TOML 1.0, basic strings)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
