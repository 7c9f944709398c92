"""What every part of a recorder process needs to know."""

from dataclasses import dataclass
from pathlib import Path

from reelroom.database import Database, TaskSession
from reelroom.settings import Settings
from reelroom.units import TaskId


@dataclass(frozen=True, slots=True)
class Context:
    """One recorder of one task."""

    settings: Settings
    task: TaskId
    database: Database
    session: TaskSession

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.settings.data)

    @property
    def run(self) -> Path:
        """The folder of locks, nudges and numbers."""
        return self.data / "run"
