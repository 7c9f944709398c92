"""Commands about recordings; they speak the control API to the running server."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from reelroom.cli.options import App, Config, Data, Json, Url, connect
from reelroom.cli.show import status_table, task_table
from reelroom.client import Client, RecordStatus
from reelroom.errors import SettingsError
from reelroom.spec import Tracks
from reelroom.task import TaskState
from reelroom.units import TaskId

WATCH_EVERY_S = 1.0

Task = Annotated[str, typer.Argument(metavar="TASK", help="Task id, as `start` printed it.")]


def start(
    room: Annotated[str, typer.Argument(help="Room to record.")],
    *,
    tracks: Annotated[int, typer.Option(min=1, max=4, help="1 audio, 2 video, 3 both, 4 both in two files.")] = 3,
    stream: Annotated[list[str] | None, typer.Option(help="Only this stream; may be repeated. [default: all]")] = None,
    fill_blank: Annotated[
        bool, typer.Option(help="Returning publishers go on in the same file, after silence.")
    ] = False,
    resume: Annotated[bool, typer.Option(help="Returning publishers go on in the same file, without a gap.")] = False,
    max_idle: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="Ends when nobody publishes this long.")
    ] = None,
    max_record: Annotated[int | None, typer.Option(metavar="SECONDS", help="Ends at this age.")] = None,
    folder: Annotated[str, typer.Option(help="Key prefix in the store.")] = "",
    callback_url: Annotated[str, typer.Option(help="Where callbacks go.")] = "",
    storage: Annotated[Path | None, typer.Option(help="JSON file of StorageParams. [default: local folder]")] = None,
    json_: Json = False,
    app: App = None,
    url: Url = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Start to record a room and print the task id."""
    with connect(data, config, app, url) as client:
        task = client.start_record(
            room,
            tracks=Tracks(tracks),
            streams=stream or (),
            fill_blank=fill_blank,
            resume=resume,
            max_idle_s=max_idle,
            max_record_s=max_record,
            folder=folder,
            callback_url=callback_url,
            storage=_read_storage(storage),
        )
    typer.echo(json.dumps({"task": task}) if json_ else task)


def stop(task: Task, app: App = None, url: Url = None, data: Data = None, config: Config = None) -> None:
    """End a recording; its files are delivered afterwards."""
    with connect(data, config, app, url) as client:
        client.stop_record(TaskId(task))


def status(
    task: Annotated[str | None, typer.Argument(metavar="[TASK]", help="One task; without it, the newest ones.")] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Show progress until every file is delivered.")] = False,
    json_: Json = False,
    app: App = None,
    url: Url = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Show how one recording stands, or list the recordings of the last three days."""
    if watch and task is None:
        raise typer.BadParameter("--watch needs a task")
    with connect(data, config, app, url) as client:
        if task is None:
            _list(client, as_json=json_)
        elif watch:
            _watch(client, TaskId(task), as_json=json_)
        else:
            _show(client.describe_record_status(TaskId(task)), TaskId(task), as_json=json_)


def _list(client: Client, *, as_json: bool) -> None:
    lines = [*client.describe_tasks(running=True), *client.describe_tasks(running=False)]
    if as_json:
        _print_json([{**asdict(line), "state": line.state.name.lower()} for line in lines])
    else:
        Console().print(task_table(lines) if lines else "No recordings in the last three days.")


def _watch(client: Client, task: TaskId, *, as_json: bool) -> None:
    found = client.describe_record_status(task)
    with Live(console=Console(stderr=as_json), auto_refresh=False) as live:
        while True:
            live.update(status_table(task, found), refresh=True)
            if found.delivered:
                break
            time.sleep(WATCH_EVERY_S)
            found = client.describe_record_status(task)
    if as_json:
        _show(found, task, as_json=True)
    if found.state is TaskState.FAILED:
        raise typer.Exit(1)


def _show(found: RecordStatus, task: TaskId, *, as_json: bool) -> None:
    if as_json:
        files = [{**asdict(f), "state": f.state.name.lower()} for f in found.files]
        _print_json({"task": task, **asdict(found), "state": found.state.name.lower(), "files": files})
    else:
        Console().print(status_table(task, found))


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _read_storage(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        params = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: no readable JSON file: {type(error).__name__}") from None
    if not isinstance(params, dict):
        raise SettingsError(f"{path}: holds no JSON object")
    return params
