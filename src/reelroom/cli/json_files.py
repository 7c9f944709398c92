"""Files of JSON that commands are given."""

import json
from pathlib import Path
from typing import Any

from reelroom.errors import SettingsError


def read_json(path: Path) -> Any:
    """What a file holds; nothing of it is told, for it may be a secret. Raises SettingsError."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: no readable JSON file: {type(error).__name__}") from None


def read_object(path: Path | None) -> dict[str, Any] | None:
    """The JSON object in a file; None where no file is named. Raises SettingsError."""
    if path is None:
        return None
    found = read_json(path)
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: holds no JSON object")
    return found
