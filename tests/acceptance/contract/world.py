"""Asking a running server by plain HTTP, and the tasks that rows speak of."""

import json
import re
import sqlite3
import time
from typing import Any

import httpx
from tests.acceptance.contract.rows import Row
from tests.acceptance.contract.start_rows import BOARD
from tests.support.server import ReelroomServer, wait_until
from tests.unit.api.start_bodies import Body, change, mixed, single

from reelroom.api.effect import prune
from reelroom.api.start_models import StartRecord
from reelroom.api.translate import new_task
from reelroom.api.validate import read
from reelroom.database import Database, SecretKey
from reelroom.settings import AppSettings
from reelroom.signing import request_signature
from reelroom.task import TaskState
from reelroom.units import AppId, TaskId

NONCE = "20250804093322"  # as published examples have it, the same for every request
FOREIGN = AppSettings(id=AppId(4242), server_secret="f" * 32, callback_secret="f" * 32)
UNLIMITED = {
    f"REELROOM_LIMITS__{action}": "0"
    for action in ("START", "STOP", "PAUSE", "RESUME", "LAYOUT", "WHITEBOARD", "SNAPSHOT", "STATUS", "TASKS")
}


def signed(app: AppSettings, action: str, swapped: bool = False, **changes: str | None) -> dict[str, str]:
    """The common parameters of a request, changed; None takes one away."""
    timestamp = int(time.time())
    order = (app.server_secret, NONCE) if swapped else (NONCE, app.server_secret)
    query: dict[str, str | None] = {
        "Action": action,
        "AppId": str(app.id),
        "SignatureNonce": NONCE,
        "Timestamp": str(timestamp),
        "Signature": request_signature(app.id, *order, timestamp),
        "SignatureVersion": "2.0",
        **changes,
    }
    return {name: value for name, value in query.items() if value is not None}


class Contract:
    """One server and the tasks of every role."""

    def __init__(self, server: ReelroomServer) -> None:
        self.server = server
        self._http = httpx.Client(timeout=20)
        self._database = Database.open(
            server.data / "reelroom.db", SecretKey.load_or_create(server.data / "secret.key")
        )
        self._reader = sqlite3.connect(server.data / "reelroom.db")
        self.tasks: dict[str, str] = {}
        board = change(mixed(), {"RecordInputParams__HasWhiteboard": True, "RecordInputParams__Whiteboard": [BOARD]})
        sound = change(mixed(), {"RecordInputParams__StreamType": 1})
        for role, body in (("single", single()), ("mixed", mixed()), ("sound", sound), ("board", board)):
            self.tasks[role] = self._make(role, body, server.app)
        self.tasks["foreign"] = self._make("foreign", mixed(), FOREIGN)
        for role, body in (("ended", single()), ("ended_mixed", mixed()), ("ended_board", board)):
            self.tasks[role] = self._make(role, body, server.app)
            assert self.call("StopRecord", {"TaskId": self.tasks[role]})["Code"] == 0
        for role in ("mixed", "sound"):
            wait_until(lambda role=role: self._state(role) is TaskState.RECORDING, f"{role} recording")  # type: ignore[misc]

    def _make(self, role: str, body: Body, app: AppSettings) -> str:
        """A task as StartRecord makes it; also of what StartRecord refuses because it can't be recorded yet."""
        task = TaskId(f"{role:x<16}"[:16])
        request = read(StartRecord, prune({**body, "StorageParams": None, "RoomId": f"room of {role}"}))
        return self._database.create_task(new_task(task, app, request), time.time_ns())

    def _state(self, role: str) -> TaskState:
        found = self._database.task(TaskId(self.tasks[role]))
        assert found is not None
        return found.state

    def call(self, action: str, body: Any) -> dict[str, Any]:
        """A good request."""
        return self.ask(Row(section="", rule="", code=0, action=action, body=body))  # type: ignore[arg-type]

    def ask(self, row: Row) -> dict[str, Any]:
        """The envelope that comes of a row; every answer has one."""
        swapped = row.signed_with == "swapped"
        query = signed(self.server.app, row.action, swapped, **row.query)
        content = row.body if isinstance(row.body, bytes) else self._named(row.body)
        headers = {"Content-Type": "application/json", **row.headers}
        answer = self._http.request(
            row.method,
            f"{self.server.url}{row.path}",
            params=query,
            content=content if row.method == "POST" else None,
            headers={name: value for name, value in headers.items() if value},
        )
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        assert re.fullmatch(r"[0-9]{19}", found["RequestId"])
        return found

    def _named(self, body: Any) -> bytes:
        """JSON of a body, its roles replaced by tasks. Lone surrogates go as escapes, which JSON allows."""
        text = json.dumps(body)
        return re.sub(r'"\{(\w+)\}"', lambda role: json.dumps(self.tasks[role[1]]), text).encode()

    def rows_stored(self) -> tuple[int, ...]:
        """How much callers have made: tasks, and orders to them."""
        tables = ("tasks", "commands")
        return tuple(self._reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)

    def close(self) -> None:
        """Close what it opened."""
        self._http.close()
        self._reader.close()
        self._database.close()
