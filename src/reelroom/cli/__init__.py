"""The command `reelroom`.

Exit codes: 0 done; 1 it failed, and the last line says why; 2 wrong usage or settings; 130 interrupted.
"""

import sys

import typer
from rich.console import Console

from reelroom.cli import apps, callbacks, deliver, rooms, service, starting, tasks, verify
from reelroom.errors import ReelroomError, SettingsError

FAILED, USAGE, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="reelroom",
    help="Self-hosted cloud recording for real-time rooms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its frames show local variables, and those hold secrets
    rich_markup_mode=None,
)
app.command()(service.serve)
app.command(hidden=True)(service.gateway)
app.command()(service.demo)
app.command()(service.doctor)
app.command()(rooms.token)
app.add_typer(apps.commands, name="app")
app.command()(starting.start)
for command in (
    tasks.stop,
    tasks.pause,
    tasks.resume,
    tasks.layout,
    tasks.snapshot,
    tasks.status,
    tasks.tasks,
):
    app.command()(command)
app.command()(verify.verify)
app.command()(deliver.deliver)
app.add_typer(callbacks.commands, name="callbacks")


def main() -> None:
    """Run one command; an error of ours is one line on standard error and an exit code."""
    try:
        app()
    except SettingsError as error:
        _fail(error, USAGE)
    except ReelroomError as error:
        _fail(error, FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _fail(error: ReelroomError, code: int) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print("reelroom:", str(error), style="red", markup=False)
    sys.exit(code)
