"""Ends a running task while there is still room to finish what it has captured."""

import time
from collections.abc import Iterator
from contextlib import suppress

from reelroom.events import Captured
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogTail
from reelroom.logs import get_logger
from reelroom.nudges import send_nudge
from reelroom.recorder.context import Context
from reelroom.spool import free_bytes
from reelroom.task import QuitReason
from reelroom.units import CaptureId

LOOK_S = 2.0


class DiskWatch:
    """Looks every two seconds, from one thread.

    A task's files are made of its captures at its end, so that much must stay free beyond the setting.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._journal = JournalFolder(context.data)
        self._log = LogTail(self._journal.room_log(context.task))
        self._captures: set[CaptureId] = set()
        self._next_s = 0.0
        self._over = context.settings.store.last_free_bytes == 0

    def look(self) -> None:
        """End the task, if it still runs, when the disk has come to the last mark. Raises StaleEpochError."""
        if self._over or time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + LOOK_S
        free, needed = free_bytes(self._context.data), self._needed()
        if free < needed:
            self._over = True
            if self._context.session.failed(QuitReason.DISK_FULL, time.time_ns()):
                get_logger().error("disk_nearly_full", task=self._context.task, free_bytes=free, needed_bytes=needed)
                send_nudge(self._context.run, f"task-{self._context.task}")

    def _needed(self) -> int:
        self._captures.update(event.capture for event in self._log.read() if isinstance(event, Captured))
        return self._context.settings.store.last_free_bytes + sum(self._sizes())

    def _sizes(self) -> Iterator[int]:
        for capture in self._captures:
            with suppress(OSError):  # captures go once they aren't needed
                yield from (entry.stat().st_size for entry in self._journal.capture(capture).iterdir())
