"""The database as the API, the engine, the gateway and the commands use it."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from reelroom.database import (
    migrations,
    orders,
    queries_files,
    queries_lists,
    queries_nonces,
    queries_outbox,
    queries_tasks,
)
from reelroom.database.connection import Connector, connect
from reelroom.database.errors import TooManyTasksError, UnknownTaskError
from reelroom.database.keys import SecretKey
from reelroom.database.orders import Clock
from reelroom.database.queries_lists import Window
from reelroom.database.rows import Command, Counts, NewTask, OutboxKind, OutboxRow, RecordedFile, Task, TaskLine
from reelroom.database.session import TaskSession
from reelroom.spec import Want
from reelroom.task import CommandKind, TaskState
from reelroom.units import NS, AppId, TaskId

T = TypeVar("T")

_RECENT_NS = 600 * NS  # a gateway that was away for longer asks `released` about the room logs it finds


class Database:
    """Tasks, files, commands and the outbox. Thread-safe; every method is one transaction and may block."""

    def __init__(self, connector: Connector, key: SecretKey) -> None:
        self._connector = connector
        self._key = key

    @classmethod
    def open(cls, address: str | Path, key: SecretKey) -> Self:
        """The database at a `postgresql://…` URL or in an SQLite file. Does not migrate."""
        return cls(connect(address), key)

    def migrate(self) -> None:
        """Make or update the tables. Several processes may call this at once."""

        def work(connection: Connection) -> None:
            self._connector.lock_schema(connection)
            migrations.upgrade(connection)

        self._write(work)

    def close(self) -> None:
        """Close all connections."""
        self._connector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # --- for callers of the API -------------------------------------------------------------------------------

    def create_task(self, new: NewTask, now_ns: int) -> TaskId:
        """Store a task, or find the live one of the same client_task_id. Raises TooManyTasksError."""
        return self._write(partial(self._create_task, new=new, now_ns=now_ns))

    def _create_task(self, connection: Connection, new: NewTask, now_ns: int) -> TaskId:
        app = new.spec.app
        queries_tasks.lock_app(connection, app)
        same = self._live_task(connection, app, new.client_task_id, new.max_tasks)
        if same is not None:
            return same
        queries_lists.count_beginning(connection, app, now_ns)
        queries_tasks.insert_task(connection, new, self._key.encrypt(new.secret, new.task), now_ns)
        return new.task

    def live_task(self, app: AppId, client_task_id: str, max_tasks: int) -> TaskId | None:
        """The live task of that client_task_id, if there is one. Raises TooManyTasksError if no other may be made.

        A first look: `create_task` has the last word.
        """
        return self._connector.read(
            partial(self._live_task, app=app, client_task_id=client_task_id, max_tasks=max_tasks)
        )

    @staticmethod
    def _live_task(connection: Connection, app: AppId, client_task_id: str, max_tasks: int) -> TaskId | None:
        same = queries_tasks.live_client_task(connection, app, client_task_id) if client_task_id else None
        if same is None and queries_tasks.count_live(connection, app) >= max_tasks:
            raise TooManyTasksError(f"app {app} may have {max_tasks} tasks at the same time")
        return same

    def stop_task(self, task_id: TaskId, app: AppId, at: int | Clock = time.time_ns) -> None:
        """End a live task as its caller asked, at an instant, or at that of a clock asked while the task is held.

        Raises UnknownTaskError, or TaskStateError if it has ended already.
        """
        self._write(partial(orders.stop, task=task_id, app=app, at=at))

    def order(
        self, task_id: TaskId, app: AppId, kind: CommandKind, body: Mapping[str, Any], clock_ns: Clock = time.time_ns
    ) -> None:
        """Take an order for a live task; it is durable when this returns. Not for STOP: `stop_task`.

        A second PAUSE does nothing. Raises UnknownTaskError, TaskStateError (ended), NotPausedError (RESUME),
        NotRecordingError (SNAPSHOT).
        """
        self._write(partial(orders.place, task=task_id, app=app, kind=kind, body=body, clock_ns=clock_ns))

    def task(self, task_id: TaskId, app: AppId | None = None) -> Task | None:
        """One task; None if unknown or (with `app`) of another app."""
        return self._connector.read(partial(queries_tasks.task, task_id=task_id, app=app))

    def files(self, task_id: TaskId) -> list[RecordedFile]:
        """All files of a task, by their beginning."""
        return self._connector.read(partial(queries_files.list_files, task_id=task_id))

    def tasks_of(
        self, window: Window, *, states: Collection[TaskState] = (), limit: int = 50, offset: int = 0
    ) -> tuple[list[TaskLine], int]:
        """One page of tasks, newest first, and how many match in all. Empty `states` means any."""

        def work(connection: Connection) -> tuple[list[TaskLine], int]:
            total = queries_lists.count_tasks(connection, window, states)
            lines = queries_lists.list_tasks(connection, window, states, limit, offset) if offset < total else []
            return lines, total

        return self._connector.read(work)

    def take_nonce(self, app: AppId, nonce: str, *, now_s: int, until_s: int) -> bool:
        """Note a request's nonce until that second of Unix time; False if it is noted already, also by others."""

        def work(connection: Connection) -> bool:
            queries_tasks.lock_app(connection, app)
            return queries_nonces.take(connection, app, nonce, now_s=now_s, until_s=until_s)

        return self._write(work)

    # --- for engine, gateway and operators --------------------------------------------------------------------

    def unfinished_tasks(self, now_ns: int | None = None) -> list[TaskId]:
        """Tasks that need a recorder now: not delivering yet, or with a delivery due."""
        return self._connector.read(partial(queries_tasks.unfinished, now_ns=_or_now(now_ns)))

    def wants(self, now_ns: int | None = None) -> list[Want]:
        """What tasks want of their rooms. Those that stopped needing the journal are listed for ten more minutes."""
        return self._connector.read(partial(queries_tasks.wants, released_since_ns=_or_now(now_ns) - _RECENT_NS))

    def released(self, task_ids: Sequence[TaskId]) -> dict[TaskId, int]:
        """Of these tasks, those that need no journal any more, and since which instant. Unknown ones are left out."""
        return self._connector.read(partial(queries_tasks.released, task_ids=task_ids))

    def given_up(self, task_id: TaskId | None = None) -> list[OutboxRow]:
        """Deliveries that were given up, oldest first."""
        return self._connector.read(partial(queries_outbox.given_up, task_id=task_id))

    def owed(self, kind: OutboxKind, task_id: TaskId | None = None) -> list[OutboxRow]:
        """Deliveries of a kind that are owed or were given up, oldest first."""
        return self._connector.read(partial(queries_outbox.owed, task_id=task_id, kind=kind))

    def redrive(self, task_id: TaskId, kind: OutboxKind, ids: Sequence[int] = ()) -> int:
        """Have deliveries of a task tried at once and anew, given-up ones too; how many. Empty `ids`: all.

        Those that are being tried just now are left alone. Raises UnknownTaskError.
        """

        def work(connection: Connection) -> int:
            if queries_tasks.task(connection, task_id) is None:
                raise UnknownTaskError
            return queries_outbox.redrive(connection, task_id, kind, ids, time.time_ns())

        return self._write(work)

    def counts(self) -> Counts:
        """Numbers for metrics."""
        return self._connector.read(_count)

    # --- for recorders ----------------------------------------------------------------------------------------

    def take_epoch(self, task_id: TaskId) -> int:
        """Become the task's recorder: from now on writes of earlier ones are refused. Raises UnknownTaskError."""
        epoch = self._write(partial(queries_tasks.next_epoch, task_id=task_id))
        if epoch is None:
            raise UnknownTaskError
        return epoch

    def session(self, task_id: TaskId, epoch: int) -> TaskSession:
        """The writes of the recorder that took `epoch`."""
        return TaskSession(self._connector, task_id, epoch)

    def commands(self, task_id: TaskId, after: int = 0) -> list[Command]:
        """What callers asked of a task, numbered above `after`, in order."""
        return self._connector.read(partial(queries_tasks.list_commands, task_id=task_id, after=after))

    def destination_secret(self, task_id: TaskId) -> str:
        """The secret key of the task's destination, decrypted. Raises UnknownTaskError, SettingsError."""
        sealed = self._connector.read(partial(queries_tasks.sealed_secret, task_id=task_id))
        if sealed is None:
            raise UnknownTaskError
        return self._key.decrypt(sealed, task_id)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return self._connector.write(work)


def _count(connection: Connection) -> Counts:
    tasks, stages = queries_tasks.count_states(connection)
    pending, given_up = queries_outbox.count_rows(connection)
    files = queries_files.count_states(connection)
    refused = queries_outbox.count_refused(connection)
    return Counts(tasks=tasks, stages=stages, files=files, pending=pending, given_up=given_up, refused=refused)


def _or_now(now_ns: int | None) -> int:
    return time.time_ns() if now_ns is None else now_ns
