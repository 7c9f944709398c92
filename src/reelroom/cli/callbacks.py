"""Commands about notices that were not received."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelroom.cli.deliver import next_try
from reelroom.cli.operating import opened, tell
from reelroom.cli.options import Config, Data, Json
from reelroom.cli.show import print_json
from reelroom.config import load
from reelroom.database import OutboxKind, OutboxRow
from reelroom.units import NS_PER_MS, TaskId

commands = typer.Typer(help="Callbacks that were not received.", no_args_is_help=True, rich_markup_mode=None)
Task = Annotated[str | None, typer.Argument(metavar="TASK", help="Task id. [default: every task]")]


@commands.command("list")
def list_(task: Task = None, *, json_: Json = False, data: Data = None, config: Config = None) -> None:
    """List callbacks that nobody has received: those being tried, and those given up."""
    with opened(load(data, config)) as database:
        rows = database.owed(OutboxKind.CALLBACK, None if task is None else TaskId(task))
    if json_:
        print_json([_as_json(row) for row in rows])
    else:
        Console().print(_table(rows))


@commands.command()
def replay(
    task: Annotated[str, typer.Argument(metavar="TASK", help="Task id.")],
    *,
    sequence: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Only this one, by its number; may be repeated.")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Send callbacks of a task once more, freshly signed, with the numbers they had."""
    settings = load(data, config)
    with opened(settings) as database:
        rows = database.owed(OutboxKind.CALLBACK, TaskId(task))
        chosen = [row.id for row in rows if not sequence or row.sequence in sequence]
        number = database.redrive(TaskId(task), OutboxKind.CALLBACK, chosen) if chosen else 0
    tell(settings, TaskId(task))
    words = "nothing is owed" if not number else f"{number} to be sent at once; the running server does it"
    Console(highlight=False).print(words)


def _table(rows: list[OutboxRow]) -> Table:
    table = Table()
    for column in ("task", "number", "event", "tries", "next", "what went wrong"):
        table.add_column(column, overflow="fold")
    for row in rows:
        cells = (row.task, str(row.sequence), str(row.event_type), str(row.tries), next_try(row), row.error)
        table.add_row(*map(Text, cells))
    return table


def _as_json(row: OutboxRow) -> dict[str, Any]:
    return {
        "task": row.task,
        "sequence": row.sequence,
        "event_type": row.event_type,
        "detail": dict(row.detail),
        "tries": row.tries,
        "given_up": row.given_up,
        "due_ms": row.due_ns // NS_PER_MS,
        "error": row.error,
    }
