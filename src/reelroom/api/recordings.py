"""The record button of a room's page: start, look at and stop recordings of that room by a room token.

`POST /rooms/{app}/{room}/recordings`, `GET` and `DELETE /rooms/{app}/{room}/recordings/{task}`. What it starts is a
StartRecord with nothing but a room: one file for each publisher, into the local store. Who starts while one started
so is live joins it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reelroom.api.codes import Code, RefusedError, refusal_of
from reelroom.api.desk import TaskDesk
from reelroom.api.paths import segments
from reelroom.api.start_rules import MIXED
from reelroom.api.translate import REACHABLE, no_more_files, shown_state
from reelroom.api.validate import read_start
from reelroom.apps import AppBook
from reelroom.database import RecordedFile, Task
from reelroom.errors import AccessError, ReelroomError
from reelroom.rooms.tokens import check_token
from reelroom.settings import AppSettings
from reelroom.task import FileState
from reelroom.units import TaskId

SINGLE = MIXED - 1
_MAX_APP_DIGITS = 10  # of an unsigned 32-bit number
_STATUS = {Code.TASK_UNKNOWN: 404, Code.TASK_ENDED: 409, Code.TOO_MANY_TASKS: 429, Code.SYSTEM_ERROR: 503}


@dataclass(frozen=True, slots=True)
class Place:
    """A path below /rooms that speaks of recordings."""

    app: AppSettings
    room: str
    task: TaskId | None


class RecordingDoor:
    """Recordings by room token. Every answer is JSON; refusals are `{"error": words}` with a status of their own."""

    def __init__(self, apps: AppBook, desk: TaskDesk) -> None:
        self._apps = apps
        self._desk = desk

    def concerns(self, request: Request) -> bool:
        """Whether the path is one of ours; all others below /rooms are the gateway's."""
        parts = segments(request)
        return parts is not None and len(parts) in (4, 5) and (parts[0], parts[3]) == ("rooms", "recordings")

    async def handle(self, request: Request) -> Response:
        """Answer a request that `concerns` us."""
        try:
            place = self._enter(request)
            work = self._work(request.method, place)
            return JSONResponse(await run_in_threadpool(work), headers={"Cache-Control": "no-store"})
        except AccessError as error:
            return _error(error.status if isinstance(error, _NoAccessError) else 401, str(error))
        except ReelroomError as error:
            refused = refusal_of(error)
            if refused is None:
                raise
            return _error(_STATUS.get(refused.code, 400), refused.message)

    def _enter(self, request: Request) -> Place:
        """The place a request speaks of, once its token allows to record there."""
        _, app_id, room, _, *task = segments(request) or []
        is_number = app_id.isascii() and app_id.isdigit() and len(app_id) <= _MAX_APP_DIGITS
        app = self._apps.app(int(app_id)) if is_number else None
        if app is None or any("\0" in part for part in task):
            raise _NoAccessError(401, "there is no such app")
        token = check_token(_bearer(request), self._apps.server_secrets)
        if (token.app, token.room) != (app.id, room) or not token.record:
            raise _NoAccessError(403, "the token does not allow to record this room")
        if not app.enabled:
            raise _NoAccessError(403, "recording is not enabled for this app")
        return Place(app, room, TaskId(task[0]) if task else None)

    def _work(self, method: str, place: Place) -> Callable[[], dict[str, Any]]:
        if method == "POST" and place.task is None:
            return lambda: self._start(place)
        if method in ("GET", "DELETE") and place.task is not None:
            task = place.task
            return lambda: self._stop(place, task) if method == "DELETE" else self._look(place, task)
        raise _NoAccessError(405, f"{method} is not allowed here")

    def _start(self, place: Place) -> dict[str, Any]:
        wanted = {"RecordMode": SINGLE, "ClientTaskId": _shared_id(place.room)}
        request = read_start({"RoomId": place.room, "RecordInputParams": wanted})
        return self._look(place, self._desk.start(place.app, request))

    def _stop(self, place: Place, task: TaskId) -> dict[str, Any]:
        self._find(place, task)
        self._desk.stop(place.app, task)
        return self._look(place, task)

    def _look(self, place: Place, task: TaskId) -> dict[str, Any]:
        return recording(self._find(place, task), self._desk.files(task))

    def _find(self, place: Place, task: TaskId) -> Task:
        found = self._desk.task(place.app, task)
        if found.room != place.room:
            raise RefusedError(Code.TASK_UNKNOWN, "there is no such recording of this room")
        return found


class _NoAccessError(AccessError):
    """Refused with an HTTP status of its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def recording(task: Task, files: list[RecordedFile]) -> dict[str, Any]:
    """A task as the page shows it. `done`: every file has come to its end."""
    settled = all(file.state > FileState.UPLOADING for file in files)
    return {
        "task": task.task,
        "state": task.state.name.lower(),
        "done": not task.live and no_more_files(task) and settled,
        "files": [
            {
                "name": file.name,
                "url": file.url if file.state in REACHABLE else "",
                "status": shown_state(file, task).name.lower(),
                "duration_ms": file.duration_ms,
            }
            for file in files
        ],
    }


def _shared_id(room: str) -> str:
    """The client task id of all presses in a room: while one recording lives, every button finds that one."""
    return "page:" + hashlib.sha256(room.encode()).hexdigest()[:32]


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _NoAccessError(401, "a room token is needed: Authorization: Bearer …")
    return token.strip()


def _error(status: int, words: str) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004
    return JSONResponse({"error": words}, status_code=status, headers=headers)
