"""Waking another process, and knowing whether it lives.

The database is the truth; a nudge only says "look". It is an empty datagram to `run/<name>.nudge`. Life is a `flock`
on `run/<name>.lock`, which holds the pid and which the kernel frees however the process ends.
"""

import fcntl
import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from reelroom.errors import ReelroomError

_PROBE_S = 0.01  # `holder` holds a shared lock for microseconds; a start that meets it tries again after this
_PROBES = 20


class AlreadyRunningError(ReelroomError):
    """Another process of that name is running."""


class NudgeListener:
    """Receives nudges sent to `name`. Take the name's ProcessLock first: binding replaces an older socket."""

    def __init__(self, run: Path, name: str) -> None:
        run.mkdir(parents=True, exist_ok=True)
        self._path = run / f"{name}.nudge"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._path.unlink(missing_ok=True)
        with _short_path(self._path) as address:
            self._socket.bind(address)
        self._inode = self._path.stat().st_ino

    def fileno(self) -> int:
        """The descriptor that becomes readable at a nudge; for `loop.add_reader`, which must then call `drain`."""
        return self._socket.fileno()

    def drain(self) -> bool:
        """Forget all nudges received so far; whether there was one."""
        nudged = False
        with suppress(BlockingIOError):
            while True:
                self._socket.recv(1)
                nudged = True
        return nudged

    def wait(self, timeout_s: float) -> bool:
        """Block until nudged or `timeout_s` seconds have passed; whether nudged. Nudges sent before count."""
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        poller.poll(max(0.0, timeout_s) * 1000)
        return self.drain()

    def close(self) -> None:
        """Stop listening; the name goes unless a successor has taken it."""
        self._socket.close()
        with suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def send_nudge(run: Path, name: str) -> None:
    """Wake the process listening as `name`, if any. Never raises, never blocks: a full queue is a nudge already."""
    with (
        suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender,
        _short_path(run / f"{name}.nudge") as address,
    ):
        sender.sendto(b"", address)


@contextmanager
def _short_path(path: Path) -> Iterator[str]:
    """An address for `path` that fits sockaddr_un's 108 bytes however deep the folder lies."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class ProcessLock:
    """The one process of that name: an exclusive `flock` until `release` or the end of the process.

    A forked child that does not exec shares the lock; start children by exec or from a forkserver.
    """

    def __init__(self, run: Path, name: str) -> None:
        self._path = run / f"{name}.lock"
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock and write our pid into it; False when another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(_PROBES):
            self._descriptor = _lock_file(self._path)
            if self._descriptor is not None:
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)
                return True
            time.sleep(_PROBE_S)
        return False

    def release(self) -> None:
        """Give the lock back. The file goes first, while it is still ours."""
        if self._descriptor is None:
            return
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        if not self.acquire():
            raise AlreadyRunningError(f"another process holds {self._path}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.release()


def _lock_file(path: Path) -> int | None:
    """An open, exclusively locked descriptor of the file now at `path`; None if locked by another or just replaced."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.stat().st_ino:  # else its last holder removed it under us
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def holder(run: Path, name: str) -> int | None:
    """The pid of the living process of that name, or None. It may end at any moment: watch it by a pidfd."""
    pid = None
    for _ in range(_PROBES):
        held, pid = _probe(run / f"{name}.lock")
        if not held:
            return None
        if pid is not None and Path(f"/proc/{pid}").exists():
            return pid
        time.sleep(_PROBE_S)  # it has the lock and is about to write its pid
    return pid


def _probe(path: Path) -> tuple[bool, int | None]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False, None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two probes never take each other for life
    except BlockingIOError:
        digits = os.pread(descriptor, 20, 0)
        return True, int(digits) if digits.isdigit() else None
    else:
        return False, None
    finally:
        os.close(descriptor)
