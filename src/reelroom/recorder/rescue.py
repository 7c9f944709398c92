"""Keeps what was captured of a file that could not be made, where no clean-up of ours reaches it."""

import os
from contextlib import suppress
from pathlib import Path

from reelroom.naming import local_name
from reelroom.units import TaskId


def keep_captures(data: Path, task: TaskId, key: str, captures: list[Path]) -> Path:
    """Link the files of these capture folders into `rescue/<task>/<key>/<capture>/` and return that folder.

    Links cost no room, and outlive the journal. May be repeated. docs/design/journal.md says how to play what is
    there. Raises OSError.
    """
    kept = data / "rescue" / task / local_name(key)
    for capture in captures:
        folder = kept / capture.name
        folder.mkdir(parents=True, exist_ok=True)
        for path in capture.iterdir():
            with suppress(FileExistsError):
                os.link(path, folder / path.name)
    return kept
