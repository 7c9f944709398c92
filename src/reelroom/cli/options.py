"""Options that several commands share, and what they lead to: settings, an app, a client."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reelroom.apps import AppBook
from reelroom.client import Client, Policy
from reelroom.config import load
from reelroom.errors import SettingsError
from reelroom.settings import AppSettings, Settings

PATIENCE_S = 2.0  # a person waits for a command
WATCH_PATIENCE_S = 120.0

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder that holds all state. [default: data]")
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings file. [default: reelroom.toml]")
]
App = Annotated[int | None, typer.Option("--app", metavar="ID", help="AppId; needed when there are several.")]
Url = Annotated[str | None, typer.Option("--url", help="Server to ask. [default: the one running on this data folder]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def choose_app(settings: Settings, app_id: int | None) -> AppSettings:
    """The app named, or the only one. Raises SettingsError."""
    book = AppBook(settings)
    apps = book.all()
    there = ", ".join(str(app.id) for app in apps) or "none"
    if app_id is not None:
        chosen = book.app(app_id)
        if chosen is None:
            raise SettingsError(f"no app {app_id} is configured; there are: {there}")
        return chosen
    if not apps:
        raise SettingsError(
            f"{settings.data} holds no app yet: start `reelroom serve` once, call `reelroom app add`, or give --data"
        )
    if len(apps) > 1:
        raise SettingsError(f"several apps are configured, say which by --app: {there}")
    return apps[0]


def connect(
    data: Path | None, config: Path | None, app_id: int | None, url: str | None, *, patience_s: float = PATIENCE_S
) -> Client:
    """A client of the running server that tries again for `patience_s`. Raises SettingsError."""
    settings = load(data, config)
    app = choose_app(settings, app_id)
    retries = Policy(first_s=0.25, ceiling_s=2.0, give_up_s=patience_s, spread=0.5)
    return Client(url or server_url(settings), app_id=app.id, server_secret=app.server_secret, retries=retries)


def server_url(settings: Settings) -> str:
    """Where the server of this data folder listens, seen from this machine; its configured port if it isn't running."""
    port = _running(settings).get("port", settings.server.port)
    return f"http://{reachable_host(settings.server.host)}:{port}"


def reachable_host(host: str) -> str:
    """The name under which this machine reaches a server bound to `host`, as it stands in a URL."""
    if host in ("0.0.0.0", ""):  # noqa: S104  compared, not bound
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def _running(settings: Settings) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((Path(settings.data) / "run" / "server.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found
