"""Commands about recordings; they speak the control API to the running server."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reelroom.cli import watching
from reelroom.cli.listing import Listing, Wanted, look
from reelroom.cli.mixing import Mode, make_layout
from reelroom.cli.options import WATCH_PATIENCE_S, App, Config, Data, Json, Url, connect
from reelroom.cli.show import line_json, print_json, status_json, status_picture, task_table
from reelroom.client import Client
from reelroom.client.pages import MAX_PAGE
from reelroom.task import TaskState
from reelroom.units import TaskId

Task = Annotated[str, typer.Argument(metavar="TASK", help="Task id, as `start` printed it.")]
Watch = Annotated[bool, typer.Option("--watch", help="Show progress until every file is delivered.")]
Follow = Annotated[bool, typer.Option("--watch", help="Keep the list up to date until interrupted.")]


def stop(
    task: Task, *, json_: Json = False, app: App = None, url: Url = None, data: Data = None, config: Config = None
) -> None:
    """End a recording; its files are delivered afterwards."""
    with connect(data, config, app, url) as client:
        client.stop_record(TaskId(task))
    _confirm(task, as_json=json_)


def pause(
    task: Task, *, json_: Json = False, app: App = None, url: Url = None, data: Data = None, config: Config = None
) -> None:
    """Pause a mixed recording.

    What is sent meanwhile is left out of the file.
    """
    with connect(data, config, app, url) as client:
        client.pause_record(TaskId(task))
    _confirm(task, as_json=json_)


def resume(
    task: Task, *, json_: Json = False, app: App = None, url: Url = None, data: Data = None, config: Config = None
) -> None:
    """Go on with a paused recording."""
    with connect(data, config, app, url) as client:
        client.resume_record(TaskId(task))
    _confirm(task, as_json=json_)


def layout(
    task: Task,
    mode: Annotated[Mode | None, typer.Argument(help="The new arrangement. [default: custom, with --views]")] = None,
    *,
    big: Annotated[str | None, typer.Option(metavar="STREAM", help="The stream of the big view.")] = None,
    views: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON file of a custom layout (MixInputList).")
    ] = None,
    json_: Json = False,
    app: App = None,
    url: Url = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Arrange the views of a mixed recording anew."""
    chosen = make_layout(mode, views, big)
    with connect(data, config, app, url) as client:
        client.update_layout(TaskId(task), chosen)
    _confirm(task, as_json=json_)


def snapshot(
    task: Task, *, json_: Json = False, app: App = None, url: Url = None, data: Data = None, config: Config = None
) -> None:
    """Take one picture of a mixed recording.

    A callback announces it.
    """
    with connect(data, config, app, url) as client:
        client.take_snapshot(TaskId(task))
    _confirm(task, as_json=json_)


def status(
    task: Annotated[str | None, typer.Argument(metavar="TASK", help="One task; without it, the newest ones.")] = None,
    *,
    watch: Watch = False,
    json_: Json = False,
    app: App = None,
    url: Url = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Show how one recording stands, or list the newest."""
    if watch and task is None:
        raise typer.BadParameter("--watch needs a task here; `reelroom tasks --watch` follows all of them")
    with _connect(data, config, app, url, watch=watch) as client:
        if task is None:
            _print_listing(look(client, Wanted()), as_json=json_, bare=True)
        elif watch:
            _watch_task(client, TaskId(task), as_json=json_)
        else:
            _show(client, TaskId(task), as_json=json_)


def tasks(
    *,
    running: Annotated[bool, typer.Option("--running", help="Only those that are not over.")] = False,
    ended: Annotated[bool, typer.Option("--ended", help="Only those that are over.")] = False,
    room: Annotated[str | None, typer.Option(help="Only those of this room.")] = None,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    page_size: Annotated[int, typer.Option(min=1, max=MAX_PAGE, help="Tasks on a page.")] = MAX_PAGE,
    all_: Annotated[bool, typer.Option("--all", help="All pages at once.")] = False,
    watch: Follow = False,
    json_: Json = False,
    app: App = None,
    url: Url = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """List the recordings of the last three days.

    Those that run come first, then those that are over; the newest on top.
    """
    both = running == ended
    wanted = Wanted(
        running=running or both, ended=ended or both, room=room, page=page, page_size=page_size, everything=all_
    )
    with _connect(data, config, app, url, watch=watch) as client:
        if watch:
            watching.follow_list(lambda: look(client, wanted), time.sleep, as_json=json_)
        else:
            _print_listing(look(client, wanted), as_json=json_, bare=False)


def _connect(data: Path | None, config: Path | None, app: int | None, url: str | None, *, watch: bool) -> Client:
    if watch:  # who watches wants to see a restart of the server, not to be ended by it
        return connect(data, config, app, url, patience_s=WATCH_PATIENCE_S)
    return connect(data, config, app, url)


def _confirm(task: str, *, as_json: bool) -> None:
    """Orders are silent for people: no news is good news."""
    if as_json:
        typer.echo(json.dumps({"task": task}))


def _show(client: Client, task: TaskId, *, as_json: bool) -> None:
    found = client.describe_record_status(task)
    if as_json:
        print_json(status_json(task, found))
    else:
        Console().print(status_picture(task, found))


def _watch_task(client: Client, task: TaskId, *, as_json: bool) -> None:
    found = watching.follow_task(lambda: client.describe_record_status(task), task, time.sleep, as_json=as_json)
    if found.state is TaskState.FAILED:
        raise typer.Exit(1)


def _print_listing(listing: Listing, *, as_json: bool, bare: bool) -> None:
    if as_json:
        lines = [line_json(line) for line in listing.tasks]
        print_json(lines if bare else {"tasks": lines, **listing.numbers})
    elif listing.tasks:
        Console().print(task_table(listing.tasks, listing.caption))
    else:
        Console().print("No recordings in the last three days." if listing.is_empty else listing.caption)
