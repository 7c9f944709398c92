"""The server process: locks, opens, serves, and stops in order."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from reelroom import logs
from reelroom.api.app import make_app
from reelroom.apps import ensure_app
from reelroom.cli.banner import show_banner
from reelroom.cli.private import keep_private
from reelroom.console.pages import add_pages
from reelroom.database import Database, SecretKey
from reelroom.engine import EmbeddedEngine, GatewayKeeper, Reconciler
from reelroom.errors import ReelroomError, SettingsError
from reelroom.nudges import ProcessLock, holder
from reelroom.settings import Settings
from reelroom.storage import expire_backups

NAME = "server"
_BACKLOG = 1024
_STOP_PATIENCE_S = 5.0  # then what is left is killed, which costs recordings nothing
_DRAIN_S = 3  # for requests under way
_TIDY_EVERY_S = 3600
_SHUTDOWN = (signal.SIGINT, signal.SIGTERM)


def run(settings: Settings, config_file: Path | None) -> None:
    """Serve until SIGINT or SIGTERM. Raises SettingsError, ReelroomError when it can't begin."""
    keep_private(Path(settings.data))
    made = ensure_app(settings)
    folder = Path(settings.data) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    logs.configure(settings.log, NAME)
    with _only_one(folder), _listen(settings) as listening, _database(settings) as database:
        port = listening.getsockname()[1]
        show_banner(settings, config_file, port, app_is_new=made)
        server = _Everything(settings, database, config_file, listening, port)
        failed = _serve(server)
    if settings.server.on_exit == "leave":
        os._exit(failed)  # an ordinary exit of Python would wait for the recorders that are to stay
    if failed:
        raise ReelroomError("the server failed; its log says why")


def _serve(server: "_Everything") -> bool:
    """Run until the end; whether it was a bad one."""
    try:
        with asyncio.Runner(loop_factory=server.http.config.get_loop_factory()) as runner:
            runner.run(server.run())
    except Exception:  # noqa: BLE001  a bug, told by the log; what must follow, follows
        logs.get_logger().exception("server_failed")
        return True
    return False


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    lock = ProcessLock(folder, NAME)
    if not lock.acquire():
        raise ReelroomError(f"a server is running on {folder.parent} already (pid {holder(folder, NAME)})")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    """A listening socket: from now on callers wait rather than being refused."""
    host, port = settings.server.host, settings.server.port
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        raise SettingsError(f"can't listen on server.host {host}, server.port {port}: {error.strerror}") from error
    with listening:
        yield listening


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    data = Path(settings.data)
    key = SecretKey.load_or_create(data / "secret.key")
    with Database.open(settings.database.url or data / "reelroom.db", key) as database:
        database.migrate()
        yield database


class _HttpServer(uvicorn.Server):
    """uvicorn, but signals are ours: it would raise them again before recorders are stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def ask_to_exit(self) -> None:
        """At the first signal end in order, at the second at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


@dataclass(frozen=True, slots=True)
class _Address:
    """`run/server.json`: where commands of this machine find the server."""

    path: Path
    port: int

    def write(self) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps({"port": self.port, "pid": os.getpid()}))
        draft.replace(self.path)


class _Everything:
    """What lives in the server process."""

    def __init__(
        self, settings: Settings, database: Database, config_file: Path | None, listening: socket.socket, port: int
    ) -> None:
        self._settings, self._listening = settings, listening
        run_folder = Path(settings.data) / "run"
        self._engine = EmbeddedEngine(settings)
        self._keeper = GatewayKeeper(settings, config_file)
        self._reconciler = Reconciler(database, self._engine, run_folder)
        self._address = _Address(run_folder / "server.json", port)
        app = make_app(settings, database, self._engine)
        add_pages(app)
        self.http = _HttpServer(
            uvicorn.Config(
                app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_DRAIN_S
            )
        )

    async def run(self) -> None:
        """Serve until asked to stop. Raises what ended a part that never should end."""
        loop = asyncio.get_running_loop()
        for number in _SHUTDOWN:
            loop.add_signal_handler(number, self.http.ask_to_exit)
        await self._engine.open()
        always = [loop.create_task(part) for part in (self._keeper.run(), self._reconciler.run(), self._tidy())]
        for part in always:
            part.add_done_callback(lambda _part: self.http.ask_to_exit())
        self._address.write()
        await self.http.serve(sockets=[self._listening])
        await self._stop(always)

    async def _tidy(self) -> None:
        """Each hour, let go of what was kept for a time."""
        data, keep_s = Path(self._settings.data), self._settings.store.backup_keep_s
        while True:
            try:
                await asyncio.to_thread(expire_backups, data, keep_s)
            except OSError as error:
                logs.get_logger().error("backups_not_expired", error=str(error))
            await asyncio.sleep(_TIDY_EVERY_S)

    async def _stop(self, always: list[asyncio.Task[None]]) -> None:
        failures = [part.exception() for part in always if part.done() and not part.cancelled()]
        for part in always:
            part.cancel()
        await asyncio.gather(*always, return_exceptions=True)
        if self._settings.server.on_exit == "stop":
            await asyncio.gather(self._engine.stop_all(_STOP_PATIENCE_S), self._keeper.stop(_STOP_PATIENCE_S))
            self._address.path.unlink(missing_ok=True)
        for failure in failures:
            if failure is not None:
                raise failure
