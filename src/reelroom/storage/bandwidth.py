"""A slice of a file as the body of a request, sent no faster than is allowed."""

import io
import os
import threading
import time
from pathlib import Path
from typing import Any


class Bandwidth:
    """How many bytes a second all uploads of this process may send together; 0: any. Thread-safe."""

    def __init__(self, bytes_per_s: int) -> None:
        self._bytes_per_s = bytes_per_s
        self._free_at_s = 0.0
        self._lock = threading.Lock()

    def take(self, number: int) -> None:
        """Wait until that many bytes may go."""
        if self._bytes_per_s:
            time.sleep(self._wait_s(number, time.monotonic()))

    def _wait_s(self, number: int, now_s: float) -> float:
        with self._lock:
            start_s = max(now_s, self._free_at_s)
            self._free_at_s = start_s + number / self._bytes_per_s
            return start_s - now_s


class FileSlice(io.RawIOBase):
    """Bytes `start` to `start + length` of a file. Reading is held to `bandwidth` once `sending` is set.

    Clients also read a body to hash it; that costs no bandwidth.
    """

    def __init__(self, path: Path, start: int, length: int, bandwidth: Bandwidth) -> None:
        self._file = path.open("rb", buffering=0)
        self._start, self._length = start, length
        self._bandwidth = bandwidth
        self.sending = False
        self._file.seek(start)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """A request that is repeated begins at its start again."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next, 0 at the end."""
        wanted = min(len(buffer), self._length - self.tell())
        if wanted <= 0:
            return 0
        number = self._file.readinto(memoryview(buffer)[:wanted]) or 0
        if self.sending:
            self._bandwidth.take(number)
        return number

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Positions count from the slice's start."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._length}[whence]
        return self._file.seek(self._start + max(0, base + offset)) - self._start

    def tell(self) -> int:
        """Bytes read so far."""
        return self._file.tell() - self._start

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
