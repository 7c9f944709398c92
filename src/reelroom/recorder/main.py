"""The recorder process. It may be killed at any moment: started again, it goes on where the disk says it was."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from reelroom.apps import AppBook
from reelroom.database import Database, SecretKey, Task
from reelroom.errors import ReelroomError, StaleEpochError
from reelroom.logs import configure, get_logger
from reelroom.nudges import NudgeListener, ProcessLock, send_nudge
from reelroom.recorder.context import Context
from reelroom.recorder.courier import Courier
from reelroom.recorder.faults import is_disk_full
from reelroom.recorder.recording import Recording
from reelroom.recorder.stats import Stats
from reelroom.settings import Settings
from reelroom.task import QuitReason, Stage
from reelroom.units import NS, TaskId

if TYPE_CHECKING:
    from reelroom.recorder.mixed import MixedRecording

_PATIENT_S = 60  # a delivery due later than this is for the next recorder: this process ends
_FULL_DISK_S = 10.0  # between two tries while the disk is full


def run(settings: Settings, task: TaskId) -> None:
    """Record and deliver one task; returns when nothing is left, or nothing is due soon. SIGTERM exits at once.

    Another recorder of this task that is running, or takes over, makes this one return quietly.
    """
    configure(settings.log, f"task-{task}")
    signal.signal(signal.SIGTERM, _exit)
    lock = ProcessLock(Path(settings.data) / "run", f"task-{task}")
    if not lock.acquire():
        return
    try:
        _run_locked(settings, task)
    except StaleEpochError:
        get_logger().info("recorder_superseded", task=task)
    except SystemExit:
        lock.release()
        os._exit(0)  # a thread in the middle of an upload would hold up an ordinary exit
    finally:
        lock.release()


def _exit(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _run_locked(settings: Settings, task: TaskId) -> None:
    data = Path(settings.data)
    key = SecretKey.load_or_create(data / "secret.key")
    name = f"task-{task}"
    with (
        NudgeListener(data / "run", name) as listener,
        Database.open(settings.database.url or data / "reelroom.db", key) as database,
    ):
        session = database.session(task, database.take_epoch(task))
        apps = AppBook(settings, tolerant=True)  # a damaged file must not cost a recording
        Recorder(Context(settings, task, database, session, apps), listener).run()


class Recorder:
    """One start of a task's recorder."""

    def __init__(self, context: Context, listener: NudgeListener) -> None:
        self._context, self._listener = context, listener
        self._courier = Courier(context)
        self._stats = Stats(context.run, context.task)
        self._log = get_logger().bind(task=context.task)

    def run(self) -> None:
        """Record what is to be recorded, then deliver what is owed."""
        task = self._task()
        self._log.info("recorder_started", epoch=task.epoch, stage=task.stage)
        self._courier.start()
        try:
            if task.stage in (Stage.RECORDING, Stage.FINISHING):
                self._record()
                send_nudge(self._context.run, "gateway")
            self._deliver()
        finally:
            self._stats.write()
        self._log.info("recorder_ended", stage=self._task().stage)

    def _task(self) -> Task:
        task = self._context.database.task(self._context.task)
        assert task is not None
        return task

    def _record(self) -> None:
        """Record until every file is in the spool. When the disk is full, end the task and wait for room to finish."""
        while True:
            try:
                return self._record_once()
            except (ReelroomError, OSError) as error:
                if not is_disk_full(error):
                    raise
                self._log.error("disk_full", error=str(error))
                self._context.session.failed(QuitReason.DISK_FULL, time.time_ns())
                self._wait(_FULL_DISK_S)

    def _record_once(self) -> None:
        task = self._task()
        recording = _make_recording(self._context, task, self._stats)
        try:
            nudged = True
            while not recording.is_over:
                busy = recording.step(nudged)
                if not busy:
                    self._stats.caught_up()
                nudged = self._wait(0.0 if busy else self._context.settings.recorder.poll_s)
            recording.conclude()
        finally:
            recording.close()

    def _deliver(self) -> None:
        """Let the courier work until nothing is due soon."""
        while True:
            due_ns = self._context.session.next_due_ns()
            if due_ns is None or due_ns - time.time_ns() > _PATIENT_S * NS:
                return
            self._wait(self._context.settings.recorder.poll_s)

    def _wait(self, timeout_s: float) -> bool:
        """Rest; whether nudged. Raises what ended the courier."""
        self._stats.write_if_due()
        if self._courier.failure is not None:
            raise self._courier.failure
        return self._listener.wait(timeout_s)


def _make_recording(context: Context, task: Task, stats: Stats) -> "Recording | MixedRecording":
    if task.spec.mix is None:
        return Recording(context, task, stats)
    from reelroom.recorder.mixed import MixedRecording  # noqa: PLC0415  drawing is 10 MB that others need not carry

    return MixedRecording(context, task, stats)
