"""Where settings come from: each source makes a `Tree`, and a tree remembers the source of each value."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelroom.config.shape import known_keys, text_expected
from reelroom.errors import SettingsError

PREFIX = "REELROOM_"
NOT_SETTINGS = frozenset({"REELROOM_CONFIG"})  # says where the settings are, is none itself
TEST_PREFIX = "REELROOM_TEST_"  # aids of our own tests


@dataclass(slots=True)
class Tree:
    """Nested tables of plain values, and from which source each leaf came (by dotted name)."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def merge(self, other: "Tree") -> None:
        """Lay another tree over this one, table by table; its values win."""
        _overlay(self.values, other.values)
        self.origins.update(other.origins)

    def put(self, name: str, value: Any, origin: str) -> None:
        """Set one leaf by its dotted name."""
        *tables, last = name.split(".")
        place = self.values
        for table in tables:
            place = place.setdefault(table, {})
        place[last] = value
        self.origins[name] = origin

    def origin(self, name: str) -> str:
        """The source of a value, else of the list it stands in, else of something inside it."""
        parts = name.partition("[")[0].split(".")
        longest_first = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
        inside = [leaf for leaf in self.origins if leaf.startswith(f"{longest_first[0]}.")]
        return next((self.origins[n] for n in [*longest_first, *inside] if n in self.origins), "settings")


def _overlay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _overlay(below[key], value)
        else:
            below[key] = value


def from_file(path: Path) -> Tree:
    """The values of a TOML file. Raises SettingsError when it can't be read or parsed, or a key is unknown."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from error
    tree = Tree()
    _fill(tree, values, "", str(path))
    return tree


def _fill(tree: Tree, values: Mapping[str, Any], table: str, origin: str) -> None:
    for key, value in values.items():
        name = f"{table}.{key}" if table else key
        if isinstance(value, dict) and value:
            _fill(tree, value, name, origin)
        else:
            tree.put(name, value, origin)


def from_environment(environment: Mapping[str, str]) -> Tree:
    """Values of `REELROOM_<TABLE>__<NAME>` and `REELROOM_<NAME>`. Raises SettingsError for an unknown one."""
    tree = Tree()
    for variable in sorted(environment):
        if variable in NOT_SETTINGS or variable.startswith(TEST_PREFIX):
            continue
        if variable.startswith(PREFIX):
            name = variable.removeprefix(PREFIX).lower().replace("__", ".")
            origin = f"environment variable {variable}"
            tree.put(_known(name, origin), _parse(name, environment[variable], origin), origin)
    return tree


def _known(name: str, origin: str) -> str:
    keys = known_keys()
    if name not in keys:
        raise SettingsError(f"{origin}: no such setting; known: {', '.join(sorted(keys))}")
    return name


def _parse(name: str, text: str, origin: str) -> Any:
    """A value in the file's own notation; a text stands for itself."""
    if text_expected(name):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{origin}: not a value as in the settings file ({known_keys()[name]})") from error


def from_overrides(overrides: Mapping[str, Any]) -> Tree:
    """Values given on the command line; None means not given."""
    tree = Tree()
    for name, value in overrides.items():
        if value is not None:
            tree.put(name, value, "command line")
    return tree
