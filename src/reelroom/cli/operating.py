"""What commands of operators need that work on the database itself, whether a server runs or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reelroom.database import Database, SecretKey
from reelroom.errors import SettingsError
from reelroom.nudges import send_nudge
from reelroom.settings import Settings
from reelroom.units import TaskId


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of a data folder that a server has used before. Raises SettingsError."""
    data = Path(settings.data)
    if not (data / "secret.key").is_file():
        raise SettingsError(f"{data} holds no recordings yet: start `reelroom serve` once, or give --data")
    address = settings.database.url or data / "reelroom.db"
    with Database.open(address, SecretKey.load_or_create(data / "secret.key")) as database:
        yield database


def tell(settings: Settings, task: TaskId) -> None:
    """Have the server, and the task's recorder if it runs, look at the database now."""
    run = Path(settings.data) / "run"
    send_nudge(run, f"task-{task}")
    send_nudge(run, "server")
