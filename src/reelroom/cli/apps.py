"""Commands about apps: they change those of the data folder, and running processes notice within a second.

Secrets go to standard output once, when they are made, and nowhere else.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from reelroom.apps import (
    APP_FILE,
    Apps,
    change_apps,
    new_app,
    read_apps,
    rotate_callback_secret,
    rotate_server_secret,
)
from reelroom.apps.allowed import APP_ID_MAX, is_http_url
from reelroom.cli.durations import parse_duration_s
from reelroom.cli.options import Config, Data, Json
from reelroom.cli.private import keep_private
from reelroom.config import apps_source, load
from reelroom.errors import SettingsError
from reelroom.logs import redact_text
from reelroom.settings import AppSettings, Settings
from reelroom.units import AppId

commands = typer.Typer(help="Apps: who may record and enter rooms.", no_args_is_help=True, rich_markup_mode=None)
Id = Annotated[int, typer.Argument(metavar="ID", help="AppId.")]


@commands.command()
def add(
    *,
    app_id: Annotated[
        int | None, typer.Option("--id", metavar="ID", min=1, max=APP_ID_MAX, help="AppId. [default: a new one]")
    ] = None,
    callback_url: Annotated[str, typer.Option(help="Where callbacks go when StartRecord names no address.")] = "",
    max_tasks: Annotated[int, typer.Option(min=1, max=1_000_000, help="Tasks at the same time.")] = 1000,
    json_: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make an app and print its id and secrets."""
    if callback_url and not is_http_url(callback_url):
        raise typer.BadParameter("allowed: an http:// or https:// URL", param_hint="--callback-url")
    settings = load(data, config)
    keep_private(Path(settings.data))

    def change(apps: Apps) -> Apps:
        taken = {app.id for app in (*settings.apps, *apps)}
        if app_id in taken:
            raise SettingsError(f"there is an app {app_id} already")
        made = new_app(taken)
        return (*apps, replace(made, id=AppId(app_id or made.id), callback_url=callback_url, max_tasks=max_tasks))

    app = change_apps(Path(settings.data), change)[-1]
    _tell(app, json_, server_secret=app.server_secret, callback_secret=app.callback_secret)


@commands.command("list")
def list_apps(*, json_: Json = False, data: Data = None, config: Config = None) -> None:
    """Show all apps, without their secrets."""
    settings = load(data, config)
    kept = read_apps(Path(settings.data))
    configured = {app.id for app in settings.apps}
    now_s, kept_in = time.time(), str(Path(settings.data) / APP_FILE)
    rows = [_row(app, apps_source(config), now_s) for app in settings.apps]
    rows += [_row(app, kept_in, now_s, beaten=app.id in configured) for app in kept]
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        Console(soft_wrap=True).print(_table(rows) if rows else "No apps yet: the first start makes one.")


@commands.command()
def rotate(
    app_id: Id,
    *,
    grace: Annotated[
        str, typer.Option(metavar="TIME", help="How long the old ServerSecret is accepted too: 90s, 30m, 24h, 7d, 0.")
    ] = "24h",
    callback: Annotated[
        bool, typer.Option("--callback", help="Replace the callback secret instead, at once and without a grace.")
    ] = False,
    json_: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Replace the ServerSecret and print the new one. One that was replaced before is refused from now on."""
    grace_s = parse_duration_s(grace, "--grace")
    settings = load(data, config)
    if callback:
        app = _change(settings, config, app_id, rotate_callback_secret)
        _tell(app, json_, callback_secret=app.callback_secret)
    else:
        app = _change(
            settings, config, app_id, lambda app: rotate_server_secret(app, now_s=time.time(), grace_s=grace_s)
        )
        _tell(app, json_, server_secret=app.server_secret, old_secret_until_s=app.old_secret_until_s)


@commands.command()
def disable(app_id: Id, *, data: Data = None, config: Config = None) -> None:
    """Refuse every call of the app with 300000002. Its rooms, and recordings under way, go on."""
    _change(load(data, config), config, app_id, lambda app: replace(app, enabled=False))


@commands.command()
def enable(app_id: Id, *, data: Data = None, config: Config = None) -> None:
    """Let the app record again."""
    _change(load(data, config), config, app_id, lambda app: replace(app, enabled=True))


@commands.command()
def remove(
    app_id: Id,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Forget an app and its secrets: its tokens end, and recordings under way deliver no callbacks any more."""
    settings = load(data, config)
    _find(settings, config, read_apps(Path(settings.data)), app_id)
    if not yes:
        typer.confirm(f"Forget app {app_id} and its secrets?", abort=True, err=True)
    change_apps(Path(settings.data), lambda apps: tuple(app for app in apps if app.id != app_id))


def _change(
    settings: Settings, config: Path | None, app_id: int, change: Callable[[AppSettings], AppSettings]
) -> AppSettings:
    """Change one app of the data folder and return it as it is now. Raises SettingsError."""
    if any(app.id == app_id for app in settings.apps):
        raise _configured(config, app_id)

    def change_one(apps: Apps) -> Apps:
        _find(settings, config, apps, app_id)
        return tuple(change(app) if app.id == app_id else app for app in apps)

    return _find(settings, config, change_apps(Path(settings.data), change_one), app_id)


def _find(settings: Settings, config: Path | None, apps: Apps, app_id: int) -> AppSettings:
    for app in apps:
        if app.id == app_id:
            return app
    if any(app.id == app_id for app in settings.apps):
        raise _configured(config, app_id)
    there = ", ".join(str(app.id) for app in apps) or "none"
    raise SettingsError(f"{Path(settings.data) / APP_FILE} holds no app {app_id}; there are: {there}")


def _configured(config: Path | None, app_id: int) -> SettingsError:
    return SettingsError(
        f"app {app_id} stands in {apps_source(config)}: change its keys there (server_secret, old_server_secret, "
        "old_secret_until_s, callback_secret, enabled), then restart the server"
    )


def _tell(app: AppSettings, as_json: bool, **made: str | int) -> None:
    """Print what was made; a secret can be had from the 0600 file only, afterwards."""
    if as_json:
        typer.echo(json.dumps({"id": app.id, **made}))
        return
    typer.echo(f"{'AppId':<{_WIDE}}{app.id}")
    for name, value in made.items():
        shown = value if isinstance(value, str) else _until(value)
        typer.echo(f"{_WORDS[name]:<{_WIDE}}{shown}")


def _until(unix_s: int) -> str:
    return f"accepted until {_instant(unix_s)}" if unix_s else "refused from now on"


_WIDE = 18
_WORDS = {
    "server_secret": "ServerSecret",
    "callback_secret": "callback secret",
    "old_secret_until_s": "old ServerSecret",
}


def _row(app: AppSettings, place: str, now_s: float, *, beaten: bool = False) -> dict[str, Any]:
    return {
        "id": app.id,
        "configured_in": place,
        "in_force": not beaten,
        "enabled": app.enabled,
        "old_secret_until_s": app.old_secret_until_s if len(app.server_secrets(now_s)) > 1 else 0,
        "callback_url": redact_text(app.callback_url),
        "max_tasks": app.max_tasks,
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("AppId", "state", "old secret until", "tasks", "callbacks to", "configured in"):
        table.add_column(name, overflow="fold")
    for row in rows:
        state = "enabled" if row["enabled"] else "disabled"
        table.add_row(
            str(row["id"]),
            state if row["in_force"] else "not in force: the settings have this id",
            _instant(row["old_secret_until_s"]) or "-",
            str(row["max_tasks"]),
            row["callback_url"] or "-",
            Path(row["configured_in"]).name,
        )
    return table


def _instant(unix_s: int) -> str:
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%d %H:%M:%S} UTC" if unix_s else ""
