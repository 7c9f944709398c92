"""A file that grows by whole records only, whatever the disk does."""

import contextlib
import os
from pathlib import Path

from reelroom.errors import JournalError


class AppendFile:
    """Appends records with one `write` each. A record that doesn't fit is taken back, so none is ever half there.

    `end`: bytes of whole records. One writer per file; not thread-safe.
    """

    def __init__(self, path: Path, *, exclusive: bool = False) -> None:
        """Open or (`exclusive`) create. Raises JournalError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (os.O_EXCL if exclusive else 0)
        self.path = path
        self._torn = False
        try:
            self._descriptor = os.open(path, flags, 0o640)
            self.end = os.fstat(self._descriptor).st_size
        except OSError as error:
            raise JournalError(f"can't open {path.name}: {error.strerror}") from error

    def append(self, record: bytes) -> None:
        """Write one record. On failure (disk full) cut back to its last whole record and raise JournalError."""
        if self._torn:
            self.cut(self.end)
        try:
            written = os.write(self._descriptor, record)
            while written < len(record):  # short: ask again, if only to learn why
                written += os.write(self._descriptor, record[written:])
        except OSError as error:
            self._torn = True
            with contextlib.suppress(JournalError):  # tried again before the next record
                self.cut(self.end)
            raise JournalError(f"can't append to {self.path.name}: {error.strerror}") from error
        self.end += len(record)

    def cut(self, end: int) -> None:
        """Forget everything after `end`. Raises JournalError."""
        try:
            os.ftruncate(self._descriptor, end)
        except OSError as error:
            raise JournalError(f"can't truncate {self.path.name}: {error.strerror}") from error
        self.end, self._torn = end, False

    def read(self, size: int, offset: int) -> bytes:
        """Some of what is there. Raises JournalError."""
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise JournalError(f"can't read {self.path.name}: {error.strerror}") from error

    def sync(self) -> None:
        """Force what was appended to the disk; blocks for milliseconds to seconds. Raises JournalError."""
        sync_file(self.path)

    def close(self) -> None:
        """Close; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def sync_file(path: Path) -> None:
    """Force a file or folder to the disk. Opens it anew, so that any thread may call it while a writer goes on.

    A file already deleted is fine. Raises JournalError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        raise JournalError(f"can't open {path.name}: {error.strerror}") from error
    try:
        os.fdatasync(descriptor)
    except OSError as error:
        raise JournalError(f"can't sync {path.name}: {error.strerror}") from error
    finally:
        os.close(descriptor)
