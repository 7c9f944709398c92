"""Settings, read once from a file, the environment and the command line.

Strongest first: command line, `REELROOM_<TABLE>__<NAME>`, the file, the defaults of `settings.py`. Environment values
are written as in the file; texts need no quotes there. The data folder's apps are not settings: `reelroom.apps`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelroom.config.rules import check_rules
from reelroom.config.sources import Tree, from_environment, from_file, from_overrides
from reelroom.config.typed import make_settings
from reelroom.settings import Settings

__all__ = ["DEFAULT_FILE", "apps_source", "find_file", "load"]

DEFAULT_FILE = "reelroom.toml"
DEFAULT_DATA = "data"


def find_file(config_file: Path | None, environment: Mapping[str, str] | None = None) -> Path | None:
    """The settings file in force: the one given, else `REELROOM_CONFIG`, else `reelroom.toml` here, else none."""
    environment = os.environ if environment is None else environment
    named = config_file or environment.get("REELROOM_CONFIG")
    if named:
        return Path(named).absolute()
    here = Path(DEFAULT_FILE).absolute()
    return here if here.is_file() else None


def apps_source(config_file: Path | None, environment: Mapping[str, str] | None = None) -> str:
    """Where the apps of the settings come from, in words."""
    environment = os.environ if environment is None else environment
    return "environment variable REELROOM_APPS" if "REELROOM_APPS" in environment else str(find_file(config_file))


def load(
    data: Path | str | None = None,
    config_file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read all settings; `data` in them is absolute. Writes nothing.

    overrides: by dotted name, e.g. {"server.port": 0}; None values do not override.
    Raises SettingsError naming the source, the key, what came and what is allowed.
    """
    environment = os.environ if environment is None else environment
    tree = Tree()
    found = find_file(config_file, environment)
    if found is not None:
        tree.merge(from_file(found))
    tree.merge(from_environment(environment))
    tree.merge(from_overrides({**(overrides or {}), "data": None if data is None else str(data)}))
    folder = Path(str(tree.values.get("data") or DEFAULT_DATA)).expanduser().absolute()
    tree.values["data"] = str(folder)
    settings = make_settings(tree)
    check_rules(settings, tree)
    return settings
