"""Where journals lie in the data folder, and their removal. The layout is drawn in ARCHITECTURE.md."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from reelroom.errors import JournalError
from reelroom.units import CaptureId, TaskId

_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_LOG_SUFFIX = ".jsonl"
_REMOVED = ".removed-"  # a capture on its way out; its name can't be an id


class JournalFolder:
    """The journal part of a data folder. Made when first used."""

    def __init__(self, data: Path) -> None:
        """`data`: the data folder. Raises JournalError if the journal folders can't be made."""
        self.tasks = data / "journal" / "tasks"
        self.captures = data / "journal" / "captures"
        try:
            self.tasks.mkdir(parents=True, exist_ok=True)
            self.captures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"can't make the journal folder: {error.strerror}") from error

    def room_log(self, task: TaskId) -> Path:
        """The room log of a task, there or not. Raises JournalError if the id is no safe file name."""
        return self.tasks / (_check_id(task) + _LOG_SUFFIX)

    def capture(self, capture: CaptureId) -> Path:
        """The folder of a capture, there or not. Raises JournalError if the id is no safe file name."""
        return self.captures / _check_id(capture)

    def list_room_logs(self) -> list[TaskId]:
        """Tasks that have a room log."""
        names = (entry.name for entry in _entries(self.tasks))
        return [TaskId(n.removesuffix(_LOG_SUFFIX)) for n in names if n.endswith(_LOG_SUFFIX)]

    def list_captures(self) -> list[CaptureId]:
        """Captures on disk."""
        return [CaptureId(entry.name) for entry in _entries(self.captures) if _SAFE_ID.fullmatch(entry.name)]

    def delete_room_log(self, task: TaskId) -> None:
        """Remove a room log; a missing one is fine. Raises JournalError."""
        try:
            self.room_log(task).unlink(missing_ok=True)
        except OSError as error:
            raise JournalError(f"can't delete the room log of {task}: {error.strerror}") from error

    def delete_capture(self, capture: CaptureId) -> None:
        """Remove a capture whole, or not at all if we die within; a missing one is fine. Raises JournalError."""
        folder = self.capture(capture)
        removed = folder.with_name(_REMOVED + folder.name)
        try:
            folder.rename(removed)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise JournalError(f"can't delete capture {capture}: {error.strerror}") from error
        shutil.rmtree(removed, ignore_errors=True)

    def sweep(self) -> None:
        """Finish removals that a crash interrupted."""
        for entry in _entries(self.captures):
            if entry.name.startswith(_REMOVED):
                shutil.rmtree(entry.path, ignore_errors=True)

    def last_write_ns(self, task: TaskId, captures: Iterable[CaptureId]) -> int | None:
        """When the room log or anything of these captures was last written, ns since the epoch; None if all is gone.

        This is how a new gateway knows until when a dead one lived (events.Lost).
        """
        paths = [self.room_log(task)]
        for capture in captures:
            paths += [Path(entry.path) for entry in _entries(self.capture(capture))]
        return max((p.stat().st_mtime_ns for p in paths if p.exists()), default=None)


def _check_id(text: str) -> str:
    if not _SAFE_ID.fullmatch(text):
        raise JournalError("a journal id is not a safe file name")
    return text


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise JournalError(f"can't list {folder.name}: {error.strerror}") from error
