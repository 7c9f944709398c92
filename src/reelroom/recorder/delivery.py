"""One attempt to deliver: a file to its store, a notice to its receiver."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelroom.database import OutboxRow, RecordedFile, Task
from reelroom.errors import CallbackError, ReelroomError, StorageError
from reelroom.recorder.context import Context
from reelroom.spool import delete_file, spool_path
from reelroom.task import FileState

if TYPE_CHECKING:
    from reelroom.storage import Store


@dataclass(frozen=True, slots=True)
class Delivered:
    """How an upload ended, and the spool file that it was of."""

    state: FileState
    path: Path
    url: str = ""
    video_id: str = ""
    error: str = ""

    def forget(self) -> None:
        """Free the disk, now that the database knows."""
        delete_file(self.path)


class Delivery:
    """What the courier carries things with. HTTP and store clients are imported when first needed: they are heavy."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _task(self) -> Task:
        task = self._context.database.task(self._context.task)
        assert task is not None
        return task

    @cached_property
    def _store(self) -> "Store":
        from reelroom.storage import open_store  # noqa: PLC0415

        secret = self._context.database.destination_secret(self._context.task)
        return open_store(self._task.destination, secret, self._context.settings, self._context.data)

    def call_back(self, row: OutboxRow) -> None:
        """Send a notice; without an address nobody wants it. Raises CallbackError."""
        app = self._context.apps.app(self._task.app)
        url = self._task.spec.callback_url or (app.callback_url if app else "")
        if not url:
            return
        if app is None:
            raise CallbackError(f"app {self._task.app} is not configured any more")
        from reelroom.callbacks import Notice, deliver  # noqa: PLC0415

        notice = Notice(
            app_id=self._task.app,
            task_id=self._task.task,
            room_id=self._task.room,
            event_type=row.event_type,
            sequence=row.sequence,
            detail=row.detail,
        )
        deliver(notice, url, app.callback_secret, self._context.settings.callbacks)

    def upload(self, row: OutboxRow, save: Callable[[dict[str, Any]], None]) -> Delivered:
        """Send a file from the spool. Raises StorageError, RequestError; a file that is gone is lost."""
        file = self._file(row)
        path = spool_path(self._context.data, self._context.task, file.key)
        if not path.is_file():
            return Delivered(FileState.LOST, path, error="the file is not in the spool")
        try:
            stored = self._store.put(path, file.object_key, row.progress, save)
        except ReelroomError:
            raise
        except Exception as error:
            # A store that answers nonsense must cost a retry, not the recorder; whether the fault was the
            # database's instead shows at once, when the retry is stored.
            raise StorageError(f"the store could not be used: {type(error).__name__}") from error
        return Delivered(FileState.UPLOADED, path, stored.url, stored.video_id)

    def abandon(self, row: OutboxRow) -> None:
        """Free what an upload that was given up left at the store, if it can be reached. The spool keeps the file."""
        with suppress(Exception):  # whatever an odd store does, the upload has been given up
            self._store.abandon(self._file(row).object_key, row.progress)

    def _file(self, row: OutboxRow) -> RecordedFile:
        return next(f for f in self._context.database.files(self._context.task) if f.key == row.file_key)
