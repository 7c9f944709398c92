"""Whole files on their way out, under `spool/<task id>/` of the data folder.

A file is written as a draft beside its place and takes its name when it is whole and on disk: whatever bears a
final name may be sent. Drafts of a dead process are overwritten or deleted.
"""

import os
import shutil
from pathlib import Path

from reelroom.errors import ReelroomError
from reelroom.naming import local_name
from reelroom.units import TaskId

_DRAFT = ".draft-"


def spool_path(data: Path, task: TaskId, key: str) -> Path:
    """Where the file `key` of a task stands once it is whole. `data`: the data folder."""
    return task_folder(data, task) / local_name(key)


def task_folder(data: Path, task: TaskId) -> Path:
    """Where a task's files stand."""
    return data / "spool" / local_name(task)


def draft_path(final: Path) -> Path:
    """Where to write the file that will be `final`; makes the folder. `commit` puts it in its place."""
    final.parent.mkdir(parents=True, exist_ok=True)
    return final.with_name(_DRAFT + final.name[-200:])


def commit(draft: Path, final: Path) -> None:
    """Force a written draft to the disk and give it its final name, replacing what bore it. Atomic."""
    final.parent.mkdir(parents=True, exist_ok=True)
    _sync(draft, os.O_RDONLY)
    draft.replace(final)
    _sync(final.parent, os.O_RDONLY | os.O_DIRECTORY)


def list_files(data: Path, task: TaskId) -> list[Path]:
    """The whole files of a task, by name; drafts are left out."""
    folder = task_folder(data, task)
    return sorted(p for p in folder.iterdir() if not p.name.startswith(_DRAFT)) if folder.is_dir() else []


def list_tasks(data: Path) -> list[TaskId]:
    """Tasks that have a spool folder."""
    folder = data / "spool"
    return sorted(TaskId(p.name) for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []


def delete_file(path: Path) -> None:
    """Free the disk of a file that was delivered; one that is gone already is fine."""
    path.unlink(missing_ok=True)


def delete_task(data: Path, task: TaskId) -> None:
    """Delete a task's spool folder with all that is left in it."""
    shutil.rmtree(task_folder(data, task), ignore_errors=True)


class DiskLowError(ReelroomError):
    """The disk of the data folder is nearly full."""


def refuse_when_low(data: Path, low_free_bytes: int) -> None:
    """Raise DiskLowError, in words for callers, when less than that is free on the disk of the data folder."""
    free = free_bytes(data)
    if free < low_free_bytes:
        left, needed = free >> 20, low_free_bytes >> 20
        raise DiskLowError(f"the disk of the server is nearly full: {left} MiB are free, new ones need {needed} MiB")


def free_bytes(data: Path) -> int:
    """How much more fits on the disk of the data folder, in bytes."""
    return shutil.disk_usage(data).free


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
