"""What every part of a recorder process needs to know."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelroom.apps import AppBook
from reelroom.database import Database, TaskSession
from reelroom.settings import Settings
from reelroom.units import TaskId


@dataclass(frozen=True, slots=True)
class Context:
    """One recorder of one task. owed: set when there is something new to deliver."""

    settings: Settings
    task: TaskId
    database: Database
    session: TaskSession
    apps: AppBook
    owed: threading.Event = field(default_factory=threading.Event)

    def notice(self, event_type: int, detail: Mapping[str, Any], key: str) -> None:
        """Owe a callback, once for each `key`."""
        if self.session.notice(event_type, detail, key):
            self.owed.set()

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.settings.data)

    @property
    def run(self) -> Path:
        """The folder of locks, nudges and numbers."""
        return self.data / "run"
