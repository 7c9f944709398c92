"""Deleting what no task needs any more. The gateway alone deletes journals."""

import asyncio
import time
from collections.abc import Iterable

from reelroom.database import Database
from reelroom.errors import JournalError
from reelroom.gateway.desk import CaptureDesk
from reelroom.journal.folders import JournalFolder
from reelroom.logs import get_logger
from reelroom.units import NS, CaptureId, TaskId


class Cleaner:
    """Removes room logs `keep_s` seconds after their task released them, and captures that no room log names."""

    def __init__(self, folder: JournalFolder, database: Database, desk: CaptureDesk, keep_s: float) -> None:
        self._folder = folder
        self._database = database
        self._desk = desk
        self._keep_ns = int(keep_s * NS)

    async def clean(self) -> None:
        """Do it once. Raises JournalError when a folder cannot be listed."""
        for task in await asyncio.to_thread(self._released):
            self._folder.delete_room_log(task)
            self._desk.forget_log(task)
            get_logger().info("room_log_deleted", task=task)
        # Listed before it is asked what is named: a capture begun meanwhile is on neither side of the question.
        found = await asyncio.to_thread(self._folder.list_captures)
        unnamed = [capture for capture in found if capture not in self._desk.named_captures()]
        await asyncio.to_thread(self._delete, unnamed)

    def _released(self) -> list[TaskId]:
        logs = self._folder.list_room_logs()
        before_ns = time.time_ns() - self._keep_ns
        return (
            [task for task, since_ns in self._database.released(logs).items() if since_ns <= before_ns] if logs else []
        )

    def _delete(self, captures: Iterable[CaptureId]) -> None:
        for capture in captures:
            try:
                self._folder.delete_capture(capture)
            except JournalError as error:
                get_logger().warning("capture_not_deleted", capture=capture, error=str(error))
            else:
                get_logger().info("capture_deleted", capture=capture)
