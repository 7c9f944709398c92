"""Live progress: asked again and again, drawn on a terminal, or told as JSON."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import typer
from rich.console import Console, RenderableType
from rich.live import Live

from reelroom.cli.listing import Listing
from reelroom.cli.show import line_json, print_json, status_json, status_picture, task_table
from reelroom.client import RecordStatus
from reelroom.units import TaskId

EVERY_S = 1.0

Sleep = Callable[[float], None]
Draw = Callable[[RenderableType], None]


def follow_task(look: Callable[[], RecordStatus], task: TaskId, sleep: Sleep, *, as_json: bool) -> RecordStatus:
    """Draw until every file is delivered; as JSON the drawing goes to standard error and the end is printed."""
    found = look()
    with _live(Console(stderr=as_json)) as draw:
        while True:
            draw(status_picture(task, found))
            if found.delivered:
                break
            sleep(EVERY_S)
            found = look()
    if as_json:
        print_json(status_json(task, found))
    return found


def follow_list(look: Callable[[], Listing], sleep: Sleep, *, as_json: bool) -> None:
    """Draw until interrupted; as JSON each change is one line."""
    told = None
    with nullcontext(_nothing) if as_json else _live(Console()) as draw:
        while True:
            found = look()
            draw(task_table(found.tasks, found.caption))
            if as_json and found != told:
                typer.echo(json.dumps({"tasks": [line_json(line) for line in found.tasks], **found.numbers}))
                told = found
            sleep(EVERY_S)


@contextmanager
def _live(console: Console) -> Iterator[Draw]:
    """A place on the terminal that is drawn anew."""
    with Live(console=console, auto_refresh=False) as live:
        yield lambda picture: live.update(picture, refresh=True)


def _nothing(_picture: RenderableType) -> None:
    pass
