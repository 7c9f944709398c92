"""Commands that run something. Each imports its room only when called: `status` shouldn't load a web server."""

from pathlib import Path
from typing import Annotated

import typer

from reelroom.apps import read_apps
from reelroom.cli.options import Config, Data
from reelroom.cli.private import keep_private
from reelroom.config import find_file, load

DEMO_DATA = Path("demo-data")


def serve(
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="TCP port; 0: any. [default: 8080]")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 0.0.0.0]")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Run everything on this machine: control API, rooms, recorders."""
    from reelroom.cli.server import run  # noqa: PLC0415

    settings = load(data, config, {"server.port": port, "server.host": host})
    run(settings, find_file(config))


def gateway(data: Data = None, config: Config = None) -> None:
    """Run the room gateway alone; `serve` starts it by itself."""
    from reelroom.gateway.main import run  # noqa: PLC0415

    settings = load(data, config)
    keep_private(Path(settings.data))
    run(settings)


def doctor(data: Data = None, config: Config = None) -> None:
    """Say what this machine lacks."""
    from reelroom.doctor import examine, report  # noqa: PLC0415

    settings = load(data, config)
    read_apps(Path(settings.data))  # a damaged file stops the start, so it is told here in the same words
    raise typer.Exit(report(examine(settings)))


def demo(
    seconds: Annotated[float, typer.Option(min=3, max=600, help="How long is recorded.")] = 10.0,
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of its server; it stays.")] = DEMO_DATA,
) -> None:
    """Record a real headless browser and check the file."""
    from reelroom.demo import run  # noqa: PLC0415

    raise typer.Exit(run(data, seconds=seconds))
