"""Everything around a recorder for its tests, without a gateway: a room that is written by hand, a real database, the
local store, a callback receiver on loopback, and real recorder processes."""

import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.integration.recorder_media import Shot

from reelroom.database import Database, NewTask, RecordedFile, SecretKey, Task
from reelroom.events import Captured, Event, Joined, Left, Lost, Published, Unpublished
from reelroom.journal.capture import CaptureWriter
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogWriter
from reelroom.nudges import ProcessLock, send_nudge
from reelroom.recorder.main import run
from reelroom.rtp.frame import Frame
from reelroom.settings import AppSettings, CallbackSettings, LogSettings, Settings
from reelroom.spec import RecordSpec
from reelroom.task import Stage
from reelroom.units import (
    NS,
    AppId,
    CaptureId,
    MediaKind,
    PublicationId,
    RoomId,
    StreamId,
    TaskId,
    UserId,
)

APP = AppId(987654321)
SECRET = "7b0a5c1de2f34489"
_RATES = {MediaKind.AUDIO: 48_000, MediaKind.VIDEO: 90_000}
_numbers = count(1)


def ns(seconds: float | Fraction) -> int:
    return round(Fraction(seconds) * NS)


def wait_for(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    """Wait for what another process does."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


class Receiver:
    """Takes callbacks; `answers` are the statuses of the first requests, then 200."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.bodies.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/notices"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def events(self) -> list[int]:
        return [body["event_type"] for body in self.bodies]


@dataclass
class Publisher:
    """One publication and its capture. Instants in seconds after the world's beginning."""

    world: "World"
    publication: PublicationId
    capture: CaptureId
    writer: CaptureWriter
    late: dict[MediaKind, float]  # seconds by which arrivals lag behind the sender's clock
    ticks0: dict[MediaKind, int] = field(default_factory=lambda: {MediaKind.AUDIO: 1000, MediaKind.VIDEO: 77_000})
    reports: bool = True
    _seconds: int = -1

    def send(self, shots: list[Shot], at_s: float) -> None:
        """Journal a scene that was sampled from `at_s` on, with a report of each track and a mark each second."""
        for shot in shots:
            self.frame(shot, at_s)

    def frame(self, shot: Shot, at_s: float) -> None:
        sampled_s = Fraction(at_s) + shot.at
        ticks = self.ticks0[shot.kind] + round(sampled_s * _RATES[shot.kind])
        arrival_ns = self.world.at(sampled_s + Fraction(self.late.get(shot.kind, 0)))
        self.writer.write(Frame(shot.kind, ticks, arrival_ns, shot.keyframe, shot.payload, shot.config))
        if int(sampled_s) > self._seconds:
            self._seconds = int(sampled_s)
            self._report(sampled_s, arrival_ns)
            self.writer.mark(arrival_ns)

    def _report(self, sampled_s: Fraction, now_ns: int) -> None:
        for kind, ticks0 in self.ticks0.items() if self.reports else ():
            ticks = ticks0 + round(sampled_s * _RATES[kind])
            self.writer.report(kind, ticks, self.world.at(sampled_s) + 12_345_678_900, now_ns, "sr")

    def leave(self, at_s: float) -> None:
        self.writer.mark(self.world.at(at_s))
        self.writer.end(self.world.at(at_s), "left")
        for task in self.world.joined:
            self.world.log(task, Unpublished(self.world.at(at_s), self.publication, "left"))


class World(AbstractContextManager["World"]):
    """A data folder with one room. `began_ns` is second 0 of all instants."""

    def __init__(self, data: Path, began_ns: int | None = None) -> None:
        self.data = data
        self.began_ns = time.time_ns() - 3600 * NS if began_ns is None else began_ns
        self.receiver = Receiver()
        self.settings = Settings(
            data=data,
            apps=(AppSettings(id=APP, server_secret="s" * 32, callback_secret=SECRET, callback_url=self.receiver.url),),
            callbacks=CallbackSettings(allow_private=True, retry_after_s=0.2),
            log=LogSettings(level="warning"),
        )
        data.mkdir(parents=True, exist_ok=True)
        self.database = Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key"))
        self.database.migrate()
        self.journal = JournalFolder(data)
        self.joined: dict[TaskId, LogWriter] = {}
        self.gateway = ProcessLock(data / "run", "gateway")
        assert self.gateway.acquire()
        self._processes: list[multiprocessing.process.BaseProcess] = []

    def __exit__(self, *exception: object) -> None:
        for process in self._processes:
            process.kill()
            process.join()
        self.gateway.release()
        self.database.close()
        self.receiver.close()

    def at(self, seconds: float | Fraction) -> int:
        return self.began_ns + ns(seconds)

    # --- the caller's side

    def start(self, name: str = "aJB-YE-iHBJnAABN", at_s: float = 0, join: bool = True, **words) -> TaskId:
        spec = RecordSpec(**{"app": APP, "room": RoomId("lesson42"), "max_idle_s": 86_400, **words})
        task = self.database.create_task(NewTask(task=TaskId(name), spec=spec), self.at(at_s))
        if join:
            self.join(task, at_s)
        return task

    def join(self, task: TaskId, at_s: float = 0) -> None:
        """The gateway listens to the room for a task."""
        self.joined[task] = LogWriter(self.journal.room_log(task))
        self.log(task, Joined(self.at(at_s), "gateway-1"))

    def stop(self, task: TaskId, at_s: float) -> None:
        self.database.stop_task(task, APP, self.at(at_s))
        send_nudge(self.data / "run", f"task-{task}")

    def task(self, task: TaskId) -> Task:
        found = self.database.task(task)
        assert found is not None
        return found

    # --- the gateway's side

    def log(self, task: TaskId, event: Event) -> None:
        self.joined[task].append(event)
        send_nudge(self.data / "run", f"task-{task}")

    def publish(
        self,
        at_s: float,
        stream: str = "cam",
        kinds: tuple[MediaKind, ...] = (MediaKind.AUDIO, MediaKind.VIDEO),
        late: dict[MediaKind, float] | None = None,
    ) -> Publisher:
        """A publication that every task of the room captures."""
        number = next(_numbers)
        publication, capture = PublicationId(f"pub{number}"), CaptureId(f"cap{number}")
        writer = CaptureWriter(self.journal.capture(capture), capture, publication, StreamId(stream), self.at(at_s))
        publisher = Publisher(self, publication, capture, writer, late or {})
        for task in self.joined:
            self.see(task, publisher, at_s, stream, kinds)
            self.capture(task, publisher, at_s)
        return publisher

    def see(
        self,
        task: TaskId,
        publisher: Publisher,
        at_s: float,
        stream: str = "cam",
        kinds: tuple[MediaKind, ...] = (MediaKind.AUDIO, MediaKind.VIDEO),
    ) -> None:
        event = Published(self.at(at_s), publisher.publication, StreamId(stream), UserId("u1"), "Ann", kinds)
        self.log(task, event)

    def capture(self, task: TaskId, publisher: Publisher, at_s: float) -> None:
        """From now on frames are this task's."""
        after = dict(publisher.writer.positions)
        self.log(task, Captured(self.at(at_s), publisher.publication, publisher.capture, after))

    def leave(self, task: TaskId, at_s: float, *open_: Publisher) -> None:
        """The gateway leaves the room on behalf of a stopped task."""
        upto = {publisher.capture: dict(publisher.writer.positions) for publisher in open_}
        self.log(task, Left(self.at(at_s), upto))

    def lose(self, at_s: float, back_s: float) -> None:
        """The gateway dies, and another one joins."""
        for task in self.joined:
            self.log(task, Lost(self.at(at_s)))
            self.log(task, Joined(self.at(back_s), "gateway-2"))

    # --- recorders

    def launch(self, task: TaskId) -> multiprocessing.process.BaseProcess:
        """A real recorder process."""
        process = multiprocessing.get_context("forkserver").Process(target=run, args=(self.settings, task))
        process.start()
        self._processes.append(process)
        return process

    def complete(self, task: TaskId, timeout_s: float = 60) -> list[RecordedFile]:
        """Run a recorder to its end; the files it delivered."""
        process = self.launch(task)
        process.join(timeout_s)
        assert process.exitcode == 0
        assert self.task(task).stage is Stage.DONE
        return self.database.files(task)

    def path(self, file: RecordedFile) -> Path:
        """Where the local store has a delivered file."""
        return self.data / unquote(urlsplit(file.url).path).lstrip("/")
