"""Commands about files that did not arrive."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelroom.cli.operating import opened, tell
from reelroom.cli.options import Config, Data, Json
from reelroom.cli.show import at, print_json
from reelroom.config import load
from reelroom.database import OutboxKind, OutboxRow
from reelroom.units import NS_PER_MS, TaskId


def deliver(
    task: Annotated[
        str | None, typer.Argument(metavar="TASK", help="Task id. Without it, say what has not arrived.")
    ] = None,
    *,
    json_: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Send the files of a task that no store has taken once more, those that were given up too."""
    settings = load(data, config)
    with opened(settings) as database:
        if task is not None:
            number = database.redrive(TaskId(task), OutboxKind.UPLOAD)
            tell(settings, TaskId(task))
        rows = database.owed(OutboxKind.UPLOAD, None if task is None else TaskId(task))
    if json_:
        print_json([_as_json(row) for row in rows])
    elif task is None:
        Console().print(_table(rows))
    else:
        _say(number)


def _say(number: int) -> None:
    files = "1 file" if number == 1 else f"{number} files"
    Console(highlight=False).print(
        f"{files} to be sent at once; the running server does it" if number else "nothing is owed"
    )


def _table(rows: list[OutboxRow]) -> Table:
    table = Table()
    for column in ("task", "file", "tries", "next", "what went wrong"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, (row.task, row.file_key, str(row.tries), next_try(row), row.error)))
    return table


def next_try(row: OutboxRow) -> str:
    """When a delivery is tried again, for people."""
    return "given up" if row.given_up else at(row.due_ns // NS_PER_MS)


def _as_json(row: OutboxRow) -> dict[str, Any]:
    return {
        "task": row.task,
        "file": row.file_key,
        "tries": row.tries,
        "given_up": row.given_up,
        "due_ms": row.due_ns // NS_PER_MS,
        "error": row.error,
    }
