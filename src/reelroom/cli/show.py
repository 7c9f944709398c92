"""Tables for people, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from typer import echo

from reelroom.client import FileStatus, RecordStatus, TaskLine
from reelroom.task import FileState
from reelroom.units import TaskId

_UNIT_STEP = 1000


def status_picture(task: TaskId, status: RecordStatus) -> RenderableType:
    """One task, its files, and what has been done so far."""
    kind = "mixed recording" if status.mixed else "recording"
    title = Text(f"{task} · {kind} of room {status.room} · {status.state.name.lower()} · since {at(status.begin_ms)}")
    return Group(title, *([_file_table(status.files)] if status.files else []), _progress(status))


def _file_table(files: Sequence[FileStatus]) -> Table:
    table = Table()
    for column in ("stream", "user", "state", "length", "size", "picture", "file"):
        table.add_column(column, overflow="fold")
    for file in files:
        table.add_row(*map(Text, _cells(file)))
    return table


def task_table(lines: Sequence[TaskLine], caption: str = "") -> Table:
    """Several tasks."""
    table = Table(caption=Text(caption), caption_justify="left")
    for column in ("task", "room", "state", "began"):
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*map(Text, (line.task, line.room, line.state.name.lower(), at(line.begin_ms))))
    return table


def status_json(task: TaskId, status: RecordStatus) -> dict[str, Any]:
    """What `status --json` prints. States and tracks are words."""
    files = [{**asdict(file), "state": file.state.name.lower()} for file in status.files]
    words = {"state": status.state.name.lower(), "tracks": status.tracks.name.lower()}
    return {"task": task, **asdict(status), **words, "files": files}


def line_json(line: TaskLine) -> dict[str, Any]:
    """One task of a list."""
    return {**asdict(line), "state": line.state.name.lower()}


def print_json(value: Any) -> None:
    """For programs, readable for people."""
    echo(json.dumps(value, ensure_ascii=False, indent=2))


def at(unix_ms: int) -> str:
    """An instant in UTC, to the second."""
    return f"{datetime.fromtimestamp(unix_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"


def length(duration_ms: int) -> str:
    """Minutes and seconds."""
    minutes, rest_ms = divmod(duration_ms, 60_000)
    return f"{minutes}:{rest_ms / 1000:04.1f}" if duration_ms else "-"


def size(byte_count: int) -> str:
    """Bytes in the largest unit that leaves a number of at least 1."""
    value, units = float(byte_count), ["B", "kB", "MB", "GB", "TB"]
    while value >= _UNIT_STEP and len(units) > 1:
        value /= _UNIT_STEP
        units.pop(0)
    return f"{value:.3g} {units[0]}" if byte_count else "-"


def _cells(file: FileStatus) -> tuple[str, ...]:
    picture = f"{file.width}x{file.height}" if file.width else "-"
    state = file.state.name.lower().replace("_", " ")
    return file.stream, file.user, state, length(file.duration_ms), size(file.size), picture, file.url or file.name


def _progress(status: RecordStatus) -> Text:
    """What has been done so far, in one line."""
    if not status.files:
        return Text("nobody published, or pictures were taken" if status.delivered else "no files yet")
    settled = sum(file.state > FileState.UPLOADING for file in status.files)
    longest = max(file.duration_ms for file in status.files)
    total = sum(file.size for file in status.files)
    word = "file" if len(status.files) == 1 else "files"
    return Text(f"{settled} of {len(status.files)} {word} delivered · {length(longest)} · {size(total)}")
