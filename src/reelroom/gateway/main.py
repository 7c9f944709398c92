"""Starts and stops the gateway process."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from reelroom.apps import AppBook
from reelroom.database import Database, SecretKey
from reelroom.errors import JournalError, ReelroomError
from reelroom.gateway.cleaning import Cleaner
from reelroom.gateway.coalescing import make_loop
from reelroom.gateway.desk import CaptureDesk
from reelroom.gateway.loss import ENVIRONMENT, parse_loss
from reelroom.gateway.numbers import gather
from reelroom.gateway.recovery import recover
from reelroom.journal.folders import JournalFolder
from reelroom.logs import configure, get_logger
from reelroom.nudges import NudgeListener, ProcessLock
from reelroom.rooms.http import RoomsHttp
from reelroom.rooms.rooms import Rooms
from reelroom.settings import Settings
from reelroom.webrtc.adapter import missing_names

NAME = "gateway"
SOCKET = "gateway.sock"
_LOOK_S = 1.0  # how often the database is asked without a nudge
_CLEAN_S = 2.0
_ERROR_PAUSE_S = 1.0


def run(settings: Settings) -> None:
    """Be the gateway until SIGTERM or SIGINT. Raises AlreadyRunningError when another process is."""
    configure(settings.log, NAME)
    with ProcessLock(Path(settings.data) / "run", NAME), asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(_main(settings))


async def _main(settings: Settings) -> None:
    if missing := missing_names():
        raise ReelroomError(f"this aiortc or aioice lacks {', '.join(missing)}: install the pinned versions")
    data = Path(settings.data)
    database = Database.open(
        settings.database.url or data / "reelroom.db", SecretKey.load_or_create(data / "secret.key")
    )
    with database, NudgeListener(data / "run", NAME) as nudges:
        await asyncio.to_thread(database.migrate)
        await Gateway(settings, database, nudges).run()


class Gateway:
    """Everything of the process, on one event loop."""

    def __init__(self, settings: Settings, database: Database, nudges: NudgeListener) -> None:
        data = Path(settings.data)
        self._settings = settings
        self._database = database
        self._nudges = nudges
        self._run_folder = data / "run"
        self._nudged = asyncio.Event()
        self._stopping = asyncio.Event()
        folder = JournalFolder(data)
        name = f"{socket.gethostname()}/{os.getpid()}"
        self._desk = CaptureDesk(folder, self._run_folder, name, recover(folder, time.time_ns()))
        self._rooms = Rooms(settings.rooms, self._desk, parse_loss(os.environ.get(ENVIRONMENT, "")))
        self._desk.rooms = self._rooms
        self._cleaner = Cleaner(folder, database, self._desk, settings.journal.keep_s)
        self._log = get_logger()

    async def run(self) -> None:
        """Work until told to stop; then end every session and log cleanly."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_reader(self._nudges.fileno(), self._take_nudge)
        server = _Server(uvicorn.Config(self._app(), lifespan="off", log_config=None, access_log=False, loop="none"))
        await self._look()
        work = [
            self._rooms.run(),
            self._repeat(self._wait_and_look, 0),
            self._repeat(self._tick, 1.0),
            self._repeat(self._sync, self._settings.journal.sync_s),
            self._repeat(self._cleaner.clean, _CLEAN_S),
            server.serve([_listen(self._run_folder)]),
        ]
        tasks = [loop.create_task(coroutine) for coroutine in work]
        gc.collect()
        gc.freeze()  # what is loaded stays: the collector need not look at it again and again
        self._log.info("gateway_started", pid=os.getpid())
        try:
            await asyncio.wait([*tasks, loop.create_task(self._stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
            failures = [task.exception() for task in tasks if task.done() and task.exception()]
        finally:
            await self._stop(server, tasks)
        for failure in failures:
            raise failure  # type: ignore[misc]  # a bug: end loudly, the server starts us again

    async def _stop(self, server: "_Server", tasks: list[asyncio.Task[None]]) -> None:
        server.should_exit = True
        await self._rooms.close("gateway stopped")
        self._desk.close(time.time_ns())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await tasks[-1]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        (self._run_folder / SOCKET).unlink(missing_ok=True)
        self._log.info("gateway_stopped")

    def _app(self) -> Starlette:
        async def stats(_request: Request) -> JSONResponse:
            return JSONResponse(gather(self._rooms, self._desk))

        async def health(_request: Request) -> JSONResponse:
            return JSONResponse({"status": "ok"})

        apps = AppBook(self._settings, tolerant=True)  # rooms of all other apps go on
        rooms = RoomsHttp(self._rooms, apps.server_secrets, self._settings.rooms.ice_servers)
        return Starlette(routes=[Route("/stats", stats), Route("/healthz", health), Mount("/", rooms)])

    # --- repeated work ------------------------------------------------------------------------------------------

    async def _repeat(self, work: Callable[[], Coroutine[Any, Any, None]], pause_s: float) -> None:
        """Do something again and again. What the disk or the database refuses is logged and tried again."""
        while True:
            await asyncio.sleep(pause_s)
            try:
                await work()
            except Exception as error:  # noqa: BLE001  sqlalchemy's errors belong to database/; publishers must not suffer
                self._log.error("work_failed", work=work.__name__, error=str(error), kind=type(error).__name__)
                await asyncio.sleep(_ERROR_PAUSE_S)

    def _take_nudge(self) -> None:
        self._nudges.drain()
        self._nudged.set()

    async def _wait_and_look(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S):
                await self._nudged.wait()
        self._nudged.clear()
        await self._look()

    async def _look(self) -> None:
        self._desk.update(await asyncio.to_thread(self._database.wants))

    async def _tick(self) -> None:
        self._desk.tick(time.time_ns(), self._settings.rooms.keyframe_interval_s)

    async def _sync(self) -> None:
        syncs = self._desk.syncs()
        if syncs:
            await asyncio.to_thread(self._sync_all, syncs)

    def _sync_all(self, syncs: list[Callable[[], None]]) -> None:
        for sync in syncs:
            try:
                sync()
            except JournalError as error:
                self._log.error("sync_failed", error=str(error))


class _Server(uvicorn.Server):
    """uvicorn on our loop, with our signal handling, and without waking ten times a second."""

    async def main_loop(self) -> None:
        """Wait until told to stop; the date of its answers is renewed each second."""
        while not self.should_exit:
            await self.on_tick(0)
            await asyncio.sleep(1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _listen(run: Path) -> socket.socket:
    """The Unix socket that the server's proxy talks to; bound by a short name, for a socket address has 108 bytes."""
    (run / SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(run, os.O_PATH | os.O_DIRECTORY)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{SOCKET}")
    finally:
        os.close(folder)
    (run / SOCKET).chmod(0o600)
    return listener
