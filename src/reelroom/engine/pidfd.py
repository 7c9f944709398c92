"""Watching any process, child or not, by a descriptor that becomes readable at its end (Linux 5.3)."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress


class Watched:
    """One process by its pidfd: signals can't hit another that got its pid, and its end is an event."""

    def __init__(self, pid: int, ended: Callable[[], None]) -> None:
        """Call `ended` once on the running loop. Raises ProcessLookupError when the process is gone already."""
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._end)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that is gone gets none."""
        with suppress(OSError):  # ended, or already forgotten
            signal.pidfd_send_signal(self._descriptor, number)

    def forget(self) -> None:
        """Watch no longer."""
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _end(self) -> None:
        self.forget()
        self._ended()
