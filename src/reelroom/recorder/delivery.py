"""One attempt to deliver: a file to its store, a notice to its receiver."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelroom.database import REFUSED, OutboxRow, RecordedFile, Task
from reelroom.errors import CallbackError, ReelroomError, StorageError
from reelroom.recorder.context import Context
from reelroom.spool import delete_file, spool_path
from reelroom.task import FileState

if TYPE_CHECKING:
    from reelroom.storage import Backup, Store, Stored

Save = Callable[[dict[str, Any]], None]


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


def in_words(error: ReelroomError) -> str:
    """An error for people: whether their key or bucket is refused, or the store is away."""
    return f"{'unavailable: ' if error.retryable else REFUSED}{error}"


class Delivery:
    """What the courier carries things with. HTTP and store clients are imported when first needed: they are heavy."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()

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

    @cached_property
    def _backup(self) -> "Backup | None":
        from reelroom.storage import open_backup  # noqa: PLC0415

        return open_backup(self._context.settings, self._context.data)

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
        try:
            deliver(notice, url, app.callback_secret, self._context.settings.callbacks)
        except CallbackError:
            raise
        except Exception as error:  # whatever an odd receiver provokes must cost a retry, not the recorder
            raise CallbackError(f"the receiver could not be called: {type(error).__name__}") from error

    def upload(self, row: OutboxRow, save: Save) -> Delivered:
        """Send a file from the spool. Raises StorageError, RequestError; a file that is gone is lost."""
        file, path = self._spooled(row)
        if not path.is_file():
            return Delivered(FileState.LOST, path, error="the file is not in the spool")
        # What a backup store was told stays beside what its own store was.
        backup = {"backup": row.progress["backup"]} if "backup" in row.progress else {}
        stored = self._put(lambda: self._store, path, file.object_key, row.progress, lambda b: save({**b, **backup}))
        return Delivered(FileState.UPLOADED, path, stored.url, stored.video_id)

    def back_up(self, row: OutboxRow, save: Save) -> "Stored | None":
        """Send a file to the backup store; None if there is none. Raises StorageError, RequestError."""
        with self._lock:
            backup = self._backup
        if backup is None:
            return None
        file, path = self._spooled(row)
        own = {**row.progress}
        begun = own.pop("backup", {})
        key = backup.key(file.object_key)
        return self._put(lambda: backup.store, path, key, begun, lambda body: save({**own, "backup": body}))

    def sweep_backups(self) -> None:
        """Delete backups of the local folder that were kept for as long as is set."""
        from reelroom.storage import expire_backups  # noqa: PLC0415

        expire_backups(self._context.data, self._context.settings.store.backup_keep_s)

    def state(self, row: OutboxRow) -> FileState:
        """Where an upload's file is."""
        return self._file(row).state

    def _spooled(self, row: OutboxRow) -> tuple[RecordedFile, Path]:
        file = self._file(row)
        return file, spool_path(self._context.data, self._context.task, file.key)

    def _put(
        self, store: Callable[[], "Store"], path: Path, key: str, progress: Mapping[str, Any], save: Save
    ) -> "Stored":
        try:
            with self._lock:
                opened = store()
            return opened.put(path, key, progress, save)
        except ReelroomError:
            raise
        except Exception as error:
            # A store that answers nonsense must cost a retry, not the recorder; whether the fault was the
            # database's instead shows at once, when the retry is stored.
            raise StorageError(f"the store could not be used: {type(error).__name__}") from error

    def abandon(self, row: OutboxRow) -> None:
        """Free what an upload that was given up left at the store, if it can be reached. The spool keeps the file."""
        with suppress(Exception):  # whatever an odd store does, the upload has been given up
            self._store.abandon(self._file(row).object_key, row.progress)

    def _file(self, row: OutboxRow) -> RecordedFile:
        return next(f for f in self._context.database.files(self._context.task) if f.key == row.file_key)
