"""Tables for people."""

from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from reelroom.client import FileStatus, RecordStatus, TaskLine
from reelroom.units import TaskId

_UNIT_STEP = 1000


def status_table(task: TaskId, status: RecordStatus) -> Table:
    """One task and its files."""
    title = Text(f"{task} · room {status.room} · {status.state.name.lower()} · since {at(status.begin_ms)}")
    table = Table(title=title, title_justify="left", caption=None if status.files else "no files yet")
    for column in ("stream", "user", "state", "length", "size", "picture", "file"):
        table.add_column(column, overflow="fold")
    for file in status.files:
        table.add_row(*map(Text, _cells(file)))
    return table


def task_table(lines: list[TaskLine]) -> Table:
    """Several tasks."""
    table = Table()
    for column in ("task", "room", "state", "began"):
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*map(Text, (line.task, line.room, line.state.name.lower(), at(line.begin_ms))))
    return table


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
