"""Keeps one gateway process alive: a command of its own, found again by its lock, restarted with back-off."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

from reelroom.engine.pidfd import Watched
from reelroom.logs import get_logger
from reelroom.nudges import holder
from reelroom.retry import Policy
from reelroom.settings import Settings

NAME = "gateway"
POLICY = Policy(first_s=0.1, ceiling_s=10.0)
_STEADY_S = 30.0  # a gateway that lived this long starts again at once
_LOCK_PATIENCE_S = 0.05


class GatewayKeeper:
    """Runs on the server's event loop until cancelled. Cancelling leaves the gateway running."""

    def __init__(self, settings: Settings, config_file: Path | None) -> None:
        self._run_folder = Path(settings.data) / "run"
        self._command = [sys.executable, "-m", "reelroom", "gateway", "--data", str(settings.data)]
        self._command += [] if config_file is None else ["--config", str(config_file)]
        self._child: subprocess.Popen[bytes] | None = None
        self._watched: Watched | None = None
        self._ended = asyncio.Event()
        self._failures = 0
        self._log = get_logger()

    async def run(self) -> None:
        """Find or start a gateway, wait for its end, and so on."""
        while True:
            begun_s = time.monotonic()
            await self._live_once()
            self._failures = 1 if time.monotonic() - begun_s >= _STEADY_S else self._failures + 1
            self._log.warning("gateway_exited", exit_code=self._reap(), restart_in_s=POLICY.wait_s(self._failures))
            await asyncio.sleep(POLICY.wait_s(self._failures))

    async def stop(self, patience_s: float) -> None:
        """End the gateway; one that is still there after `patience_s` is killed."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._watched is None or self._ended.is_set():
                return
            self._watched.signal(number)
            try:
                async with asyncio.timeout(patience_s):
                    await self._ended.wait()
            except TimeoutError:
                self._log.warning("gateway_slow_to_stop")
        self._reap()

    async def _live_once(self) -> None:
        self._ended.clear()
        pid = holder(self._run_folder, NAME)
        try:
            if pid is None:
                pid = await asyncio.to_thread(self._start)
            else:
                self._log.info("gateway_found", pid=pid)
            self._watched = Watched(pid, self._ended.set)
        except ProcessLookupError:
            return
        except OSError as error:
            self._log.error("gateway_not_started", error=str(error))
            return
        await self._ended.wait()

    def _start(self) -> int:
        # A session of its own: Ctrl-C at the terminal is the server's, which then stops it in its own time.
        self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
        return self._child.pid

    def _reap(self) -> int | None:
        """The exit code of a gateway this server started."""
        child, self._child = self._child, None
        try:
            return None if child is None else child.wait(_LOCK_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._child = child
            return None
