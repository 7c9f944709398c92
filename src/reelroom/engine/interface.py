"""The four calls an engine answers: start, send, stop, on_lost. A recorder knows of none of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from reelroom.units import TaskId


@dataclass(frozen=True, slots=True)
class Loss:
    """A recorder that ended, for whatever reason."""

    task: TaskId
    lived_s: float
    exit_code: int | None  # negative: killed by that signal; None: unknown, it was found running

    @property
    def is_crash(self) -> bool:
        """Whether it is known not to have ended by itself."""
        return self.exit_code not in (0, None)


class Engine(Protocol):
    """Places recorders. All calls are made on one event loop."""

    @property
    def running(self) -> Collection[TaskId]:
        """Tasks whose recorder is running or being started."""
        ...

    async def start(self, task: TaskId) -> None:
        """Start a task's recorder, or find the one that runs already. Raises OSError when that is impossible."""
        ...

    def send(self, task: TaskId) -> None:
        """Tell a recorder to look at its commands, which are in the database."""
        ...

    def stop(self, task: TaskId) -> None:
        """Ask a recorder to end; its task goes on with the next one."""
        ...

    def on_lost(self, call: Callable[[Loss], None]) -> None:
        """Have `call` told of every recorder that ends."""
        ...

    def numbers(self) -> Mapping[str, float]:
        """For metrics."""
        ...
