"""The desk where recordings are ordered: what actions of the control API and the page's record button have in common.

Every method blocks on the database: call it from a worker thread.
"""

import hashlib
import itertools
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reelroom.api.codes import Code, RefusedError
from reelroom.api.start_models import DAY_S, StartRecord
from reelroom.api.translate import new_task
from reelroom.database import Database, NewTask, RecordedFile, Task
from reelroom.naming import new_task_id
from reelroom.nudges import send_nudge
from reelroom.settings import AppSettings
from reelroom.task import CommandKind
from reelroom.units import NS, TaskId

RETENTION_S = 3 * 86_400  # tasks that began earlier are not told of. Source: control API, limits
_MACHINE_ID = Path("/etc/machine-id")


class TaskIds:
    """Task ids that no other process or machine makes."""

    def __init__(self) -> None:
        self._machine = hashlib.sha256(_machine_name().encode()).digest()[:3]
        self._counter = itertools.count(secrets.randbits(24))

    def new(self, second: int) -> TaskId:
        """The next id, made in that second of Unix time."""
        return new_task_id(second, self._machine, os.getpid(), next(self._counter))


def _machine_name() -> str:
    try:
        name = _MACHINE_ID.read_text("ascii").strip()
    except OSError:
        name = ""
    return name or socket.gethostname()


class TaskDesk:
    """Takes orders, and tells how tasks stand."""

    def __init__(
        self,
        database: Database,
        run: Path,
        clock_ns: Callable[[], int] = time.time_ns,
        *,
        max_record_s: int = DAY_S,
        look: Callable[[NewTask, str], None] = lambda _new, _callback_url: None,
    ) -> None:
        """max_record_s: how long a task may live. look: may refuse a task before it is made, as StartChecks does."""
        self.database = database
        self.clock_ns = clock_ns
        self.max_record_s = max_record_s
        self._look = look
        self._run = run
        self._ids = TaskIds()

    def take_nonce(self, app: AppSettings, nonce: str, until_s: int) -> None:
        """Let a nonce hold once, until that second of Unix time. Raises RefusedError."""
        if not self.database.take_nonce(app.id, nonce, now_s=self.clock_ns() // NS, until_s=until_s):
            raise RefusedError(Code.SIGNATURE_EXPIRED, "signature expired: its SignatureNonce was used before")

    def start(self, app: AppSettings, request: StartRecord) -> TaskId:
        """Make a task, or find the live one of the same ClientTaskId. Raises TooManyTasksError, RefusedError."""
        live = self.database.live_task(app.id, request.RecordInputParams.ClientTaskId, app.max_tasks)
        if live is not None:
            return live
        new = new_task(self._ids.new(self.clock_ns() // NS), app, request, self.max_record_s)
        self._look(new, request.RecordOutputParams.CallbackUrl)  # may take its time: the task begins after it
        task = self.database.create_task(new, self.clock_ns())
        self._nudge("gateway", "server")
        return task

    def stop(self, app: AppSettings, task: TaskId) -> None:
        """End a live task. Raises UnknownTaskError, TaskStateError."""
        self.database.stop_task(task, app.id, self.clock_ns)
        self._nudge("gateway", f"task-{task}")

    def order(self, task: Task, kind: CommandKind, body: Mapping[str, Any] | None = None) -> None:
        """Ask something of a task. Raises TaskStateError and its kinds, as `Database.order`."""
        self.database.order(task.task, task.app, kind, body or {}, self.clock_ns)
        self._nudge(f"task-{task.task}")

    def task(self, app: AppSettings, task: TaskId) -> Task:
        """A task of this app, begun within the last three days. Raises RefusedError."""
        found = self.database.task(task, app.id)
        if found is None or found.began_ns < self.clock_ns() - RETENTION_S * NS:
            raise RefusedError(Code.TASK_UNKNOWN, "task does not exist")
        return found

    def files(self, task: TaskId) -> list[RecordedFile]:
        """Its files, by their beginning."""
        return [file for file in self.database.files(task) if file.listed]

    def _nudge(self, *names: str) -> None:
        for name in names:
            send_nudge(self._run, name)
