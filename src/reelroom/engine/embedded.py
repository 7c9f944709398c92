"""The engine of one machine: a process for each recorder, which outlives this one and is found again by its lock."""

import asyncio
import signal
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from reelroom.engine.interface import Loss
from reelroom.engine.pidfd import Watched
from reelroom.engine.starting import Starter
from reelroom.logs import get_logger
from reelroom.nudges import holder, send_nudge
from reelroom.settings import Settings
from reelroom.units import TaskId

_EXIT_CODE_PATIENCE_S = 1.0  # the fork server needs a moment to learn how its child ended
_LOCK = "task-*.lock"


class _Recorder:
    """One running recorder; `process` only if this engine started it."""

    def __init__(self, process: ForkServerProcess | None) -> None:
        self.process = process
        self.watched: Watched | None = None
        self.since_s = time.monotonic()

    def exit_code(self) -> int | None:
        """How it ended, once it has. Blocks for a moment."""
        if self.process is None:
            return None
        self.process.join(_EXIT_CODE_PATIENCE_S)
        code = self.process.exitcode
        if code is not None:
            self.process.close()
        return code


class EmbeddedEngine:
    """Recorders as processes of this machine. Lives on one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._run = Path(settings.data) / "run"
        self._starter = Starter(settings)
        self._recorders: dict[TaskId, _Recorder] = {}
        self._tell: Callable[[Loss], None] = lambda _loss: None
        self._background: set[asyncio.Task[None]] = set()
        self._left = asyncio.Event()  # set whenever a recorder ended
        self._stopping = False
        self._started = self._crashed = 0
        self._log = get_logger()

    @property
    def running(self) -> Collection[TaskId]:
        """Tasks whose recorder is running or being started."""
        return self._recorders.keys()

    async def open(self) -> None:
        """Find the recorders that an earlier server left, and prepare to start more."""
        for path in self._run.glob(_LOCK):
            self._adopt(TaskId(path.stem.removeprefix("task-")))
        await asyncio.to_thread(self._starter.warm)

    async def start(self, task: TaskId) -> None:
        """Start a recorder unless one runs. Raises OSError when no process can be started."""
        if task in self._recorders or self._adopt(task):
            return
        recorder = self._recorders[task] = _Recorder(None)  # so that nobody starts a second one meanwhile
        # Shielded: a process that is being started can't be called back, and none may go unwatched.
        await asyncio.shield(self._spawn(self._begin(task, recorder)))

    async def _begin(self, task: TaskId, recorder: _Recorder) -> None:
        try:
            recorder.process = await asyncio.to_thread(self._starter.start, task)
        except BaseException:
            del self._recorders[task]
            self._left.set()
            raise
        self._started += 1
        self._watch(task, recorder, recorder.process.pid or 0)
        if self._stopping:
            self.stop(task)

    def send(self, task: TaskId) -> None:
        """Tell a recorder to look at its commands."""
        send_nudge(self._run, f"task-{task}")

    def stop(self, task: TaskId) -> None:
        """Ask a recorder to end."""
        self._signal(task, signal.SIGTERM)

    def on_lost(self, call: Callable[[Loss], None]) -> None:
        """Have `call` told of every recorder that ends."""
        self._tell = call

    def numbers(self) -> Mapping[str, float]:
        """Recorders now, and how many were started and crashed since this server began."""
        running, started, crashed = len(self._recorders), self._started, self._crashed
        return {"recorders": running, "recorders_started": started, "recorders_crashed": crashed}

    async def stop_all(self, patience_s: float) -> None:
        """End every recorder; one that is still there after `patience_s` is killed, which costs it nothing."""
        self._stopping = True
        for number in (signal.SIGTERM, signal.SIGKILL):
            for task in list(self._recorders):
                self._signal(task, number)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    while self._recorders:
                        self._left.clear()
                        await self._left.wait()
                    return

    def _adopt(self, task: TaskId) -> bool:
        """Watch the recorder that runs already, if there is one."""
        pid = holder(self._run, f"task-{task}")
        if pid is None:
            return False
        self._recorders[task] = recorder = _Recorder(None)
        self._watch(task, recorder, pid)
        self._log.info("recorder_found", task=task, pid=pid)
        return True

    def _watch(self, task: TaskId, recorder: _Recorder, pid: int) -> None:
        def ended() -> None:
            self._spawn(self._lose(task, recorder))

        try:
            recorder.watched = Watched(pid, ended)
        except ProcessLookupError:
            ended()

    async def _lose(self, task: TaskId, recorder: _Recorder) -> None:
        code = await asyncio.to_thread(recorder.exit_code)
        self._recorders.pop(task, None)
        self._left.set()
        (self._run / f"task-{task}.stats.json").unlink(missing_ok=True)  # numbers of nobody
        loss = Loss(task, time.monotonic() - recorder.since_s, code)
        self._crashed += loss.is_crash
        log = self._log.warning if loss.is_crash else self._log.info
        log("recorder_exited", task=task, exit_code=code, lived_s=round(loss.lived_s, 1))
        self._tell(loss)

    def _signal(self, task: TaskId, number: signal.Signals) -> None:
        recorder = self._recorders.get(task)
        if recorder is not None and recorder.watched is not None:
            recorder.watched.signal(number)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
