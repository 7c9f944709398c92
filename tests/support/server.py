"""A whole Reelroom for one test: `reelroom serve` in a data folder of its own, its processes and its client."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx

from reelroom.apps import read_apps
from reelroom.client import Client, RecordStatus
from reelroom.events import Event, from_line
from reelroom.nudges import holder
from reelroom.rooms.tokens import RoomToken, make_token
from reelroom.settings import AppSettings
from reelroom.units import RoomId, TaskId, UserId
from tests.support.secrets import leaks_on_disk

_T = TypeVar("_T")

_START_WITHIN_S = 30.0
_STOP_WITHIN_S = 20.0
_ASK_EVERY_S = 0.2  # the control API allows 10 questions a second


def wait_until(look: Callable[[], _T], what: str, within_s: float = 30.0, every_s: float = 0.05) -> _T:
    """The first true value of `look`, tried again and again. Raises TimeoutError naming `what` and the last value."""
    deadline = time.monotonic() + within_s
    while not (value := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s:g} s; last seen: {value!r}")
        time.sleep(every_s)
    return value


class ReelroomServer:
    """One server on a free port of 127.0.0.1, which it keeps over restarts. Killed whole at the end of the test."""

    def __init__(self, data: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.run = data / "run"
        self.log = data / "server.log"
        self._environment = {
            **os.environ,
            "REELROOM_SERVER__HOST": "127.0.0.1",
            "REELROOM_ROOMS__BIND": '["127.0.0.1"]',
            "REELROOM_CALLBACKS__ALLOW_PRIVATE": "true",
            "REELROOM_CALLBACKS__RETRY_AFTER_S": "0.5",
            **(environment or {}),
        }
        self._port = 0
        self._tokens: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        address = self.run / "server.json"
        address.unlink(missing_ok=True)
        command = [sys.executable, "-m", "reelroom", "serve", "--port", str(self._port), "--data", str(self.data)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.data, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._port = wait_until(lambda: self._announced(address), "the server's port", _START_WITHIN_S)
        wait_until(self._answers, "the server's first answer", _START_WITHIN_S)
        return self

    def stop(self) -> None:
        """End the server as a person would, then whatever it left."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_WITHIN_S)
        for name in self.living():
            self.kill9(name)
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Start again on the same port, after `kill9("server")` or in place of the running one."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_STOP_WITHIN_S)
        self.start()

    def living(self) -> list[str]:
        """Names of the processes that live: server, gateway, task-<task id>."""
        names = [path.stem for path in self.run.glob("*.lock")]
        return [name for name in names if holder(self.run, name) is not None]

    def pid(self, name: str) -> int:
        """The process of that name, waited for if it isn't there yet."""
        return wait_until(lambda: holder(self.run, name), f"process {name}")

    def kill9(self, name: str) -> int:
        """End a process at once, with no chance to tidy up; returns its pid when it is gone."""
        pid = self.pid(name)
        with suppress(ProcessLookupError):
            gone = os.pidfd_open(pid)
            os.kill(pid, signal.SIGKILL)
            select.select([gone], [], [], _STOP_WITHIN_S)
            os.close(gone)
        return pid

    def _announced(self, address: Path) -> int:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"the server ended with {self._process.returncode}:\n{self.tail()}")
        with suppress(OSError, ValueError):
            return int(json.loads(address.read_text())["port"])
        return 0

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == httpx.codes.OK
        return False

    def tail(self, lines: int = 40) -> str:
        """The end of the log of all its processes."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    # --- doors ------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def app(self) -> AppSettings:
        """The app made at the first start."""
        return read_apps(self.data)[0]

    def secrets(self) -> set[str]:
        """What may stand nowhere but in the files made for it: secrets of the data folder's apps, tokens made here."""
        apps = read_apps(self.data)
        return {secret for app in apps for secret in (app.server_secret, app.callback_secret)} | self._tokens

    def client(self) -> Client:
        """A client that signs for the app."""
        return Client(self.url, app_id=self.app.id, server_secret=self.app.server_secret)

    def token(self, room: str, user: str = "user", *, expires_in_s: int = 3600, **claims: Any) -> str:
        """A room token that may publish and view; claims as of RoomToken."""
        grant = {"name": user, "publish": True, "view": True, **claims}
        token = RoomToken(app=self.app.id, room=RoomId(room), user=UserId(user), **grant)
        made = make_token(token, self.app.server_secret, expires_s=int(time.time()) + expires_in_s)
        self._tokens.add(made)
        return made

    def streams(self, room: str) -> list[str]:
        """Stream ids published in a room now; none while the gateway is away."""
        headers = {"authorization": f"Bearer {self.token(room)}"}
        answer = httpx.get(f"{self.url}/rooms/{self.app.id}/{quote(room, safe='')}", headers=headers, timeout=10)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return []
        answer.raise_for_status()
        return [stream["stream"] for stream in answer.json()["streams"]]

    def wait_published(self, room: str, *streams: str) -> None:
        """Wait until each of these streams is published."""
        wait_until(lambda: set(streams) <= set(self.streams(room)), f"streams {streams} of {room}")

    def gateway_number(self, name: str) -> float:
        """One number of the gateway, of /metrics."""
        lines = httpx.get(f"{self.url}/metrics", timeout=10).text.splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"reelroom_gateway_{name} "))

    # --- what it wrote ----------------------------------------------------------------------------------------

    def room_log(self, task: TaskId) -> list[Event]:
        """Events of a task's room log so far."""
        path = self.data / "journal" / "tasks" / f"{task}.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [event for line in lines if (event := from_line(json.loads(line))) is not None]

    def wait_recording(self, task: TaskId, streams: int = 1) -> None:
        """Wait until frames of so many streams are recorded."""
        wait_until(
            lambda: len({event.stream for event in self.opened(task)}) >= streams,
            f"{streams} recorded streams of {task}",
        )

    def opened(self, task: TaskId) -> list[Any]:
        """CaptureOpened events of the captures that a task's room log names and whose first track has begun."""
        captures = [event.capture for event in self.room_log(task) if type(event).__name__ == "Captured"]
        found = []
        for capture in captures:
            path = self.data / "journal" / "captures" / capture / "log.jsonl"
            text = path.read_text("utf-8") if path.exists() else ""
            if '"trackopened"' in text:
                found.append(from_line(json.loads(text.splitlines()[0])))
        return found

    def wait_delivered(self, task: TaskId, within_s: float = 60.0) -> RecordStatus:
        """Wait until every file of an ended task is delivered; its status then."""
        with self.client() as client:
            return wait_until(
                lambda: status if (status := client.describe_record_status(task)).delivered else None,
                f"delivery of {task}",
                within_s,
                _ASK_EVERY_S,
            )

    def path_of(self, url: str) -> Path:
        """The file in the local store behind a file URL."""
        return self.data / "files" / Path(*httpx.URL(url).path.removeprefix("/files/").split("/"))


@contextmanager
def running_server(data: Path, environment: Mapping[str, str] | None = None) -> Iterator[ReelroomServer]:
    """A started server, ended with everything it started."""
    server = ReelroomServer(data, environment)
    try:
        yield server.start()
        secrets = server.secrets()
        found = leaks_on_disk(data, secrets)
        assert not found, f"secrets stand in {found}"
    finally:
        server.stop()
