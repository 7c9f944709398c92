"""The loop that makes it so: each task with something left to do has a recorder, unless its recorder keeps crashing."""

import asyncio
import contextlib
import time
from collections.abc import Hashable
from pathlib import Path

from reelroom.database import Database
from reelroom.engine.interface import Engine, Loss
from reelroom.engine.restarts import Restarts
from reelroom.errors import ReelroomError
from reelroom.logs import get_logger
from reelroom.nudges import NudgeListener, send_nudge
from reelroom.task import QuitReason
from reelroom.units import TaskId

EVERY_S = 1.0
NAME = "server"  # nudged whenever a task is made
FAILED = 2  # callback event: the task ended abnormally
FAILED_KEY = "ended"  # the recorder raises the same notice under the same key


class Reconciler:
    """Runs on the server's event loop until cancelled."""

    def __init__(self, database: Database, engine: Engine, run: Path) -> None:
        self._database = database
        self._engine = engine
        self._run_folder = run
        self._restarts = Restarts()
        self._written: dict[TaskId, int] = {}  # the most that the work folder of a task whose recorder died ever held
        self._awake = asyncio.Event()
        self._losses: list[Loss] = []
        self._log = get_logger()
        engine.on_lost(self._lost)

    async def run(self) -> None:
        """Look each second and at every nudge. A database that is away is waited for."""
        loop = asyncio.get_running_loop()
        with NudgeListener(self._run_folder, NAME) as listener:
            loop.add_reader(listener.fileno(), lambda: self._wake(listener))
            try:
                while True:
                    await self._look_safely()
                    await self._rest()
            finally:
                loop.remove_reader(listener.fileno())

    def _wake(self, listener: NudgeListener) -> None:
        listener.drain()
        self._awake.set()

    def _lost(self, loss: Loss) -> None:
        self._losses.append(loss)
        self._awake.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._restarts.rest_s(time.monotonic(), EVERY_S)):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()

    async def _look_safely(self) -> None:
        try:
            await self.look()
        except Exception:  # noqa: BLE001  whatever went wrong, recordings need this loop more than anything
            self._log.exception("reconcile_failed")

    async def look(self) -> None:
        """Start what should run and does not."""
        wanted = frozenset(await asyncio.to_thread(self._database.unfinished_tasks))
        await self._take_note(wanted)
        self._restarts.keep_only(wanted)
        self._written = {task: size for task, size in self._written.items() if task in wanted}
        running = self._engine.running
        for task in wanted:
            if task not in running and self._restarts.may_start(task, time.monotonic()):
                await self._start(task)

    async def _start(self, task: TaskId) -> None:
        try:
            await self._engine.start(task)
        except OSError as error:
            self._log.error("recorder_not_started", task=task, error=str(error))
            self._lost(Loss(task, 0.0, 1))

    async def _take_note(self, wanted: frozenset[TaskId]) -> None:
        losses, self._losses = self._losses, []
        for loss in losses:
            if loss.task in wanted:
                progress = await asyncio.to_thread(self._progress, loss.task)
                if self._restarts.ended(loss, progress, time.monotonic()):
                    await asyncio.to_thread(self._give_up, loss.task)

    def _progress(self, task_id: TaskId) -> Hashable:
        """What changes when a recorder gets anywhere."""
        task, files = self._database.task(task_id), self._database.files(task_id)
        folder = self._run_folder.parent / "work" / task_id
        self._written[task_id] = max(self._written.get(task_id, 0), _size(folder))
        settled = tuple((file.key, file.state) for file in files)
        return task and (task.state, task.stage), settled, self._written[task_id]

    def _give_up(self, task: TaskId) -> None:
        """End the task abnormally and owe the callback that says so. What was recorded may still be delivered."""
        self._log.error("task_given_up", task=task)
        try:
            session = self._database.session(task, self._database.take_epoch(task))
            if session.failed(QuitReason.UNKNOWN, time.time_ns()):
                session.notice(FAILED, {"quit_reason": int(QuitReason.UNKNOWN)}, FAILED_KEY)
        except ReelroomError as error:
            self._log.error("give_up_failed", task=task, error=str(error))
        send_nudge(self._run_folder, "gateway")


def _size(folder: Path) -> int:
    """Bytes of the files in a folder; a file may go meanwhile."""
    total = 0
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total
