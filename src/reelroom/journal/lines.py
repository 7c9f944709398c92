"""Events as JSON lines: appended one `write` each, followed by whole lines."""

import json
import os
from dataclasses import fields
from pathlib import Path

from reelroom.errors import JournalError
from reelroom.events import Event, from_line, to_line
from reelroom.journal.append import AppendFile

_CHUNK = 1 << 20  # bytes read at once


class LogWriter:
    """Appends events to a log. Opening one whose writer died cuts off its torn last line. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises JournalError."""
        self._file = AppendFile(path)
        if end := self._torn_length():
            self._file.cut(self._file.end - end)

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._file.end

    def append(self, event: Event) -> None:
        """Write one line. Raises JournalError; the log then ends with the line before."""
        self._file.append(json.dumps(to_line(event), separators=(",", ":")).encode() + b"\n")

    def sync(self) -> None:
        """Force the log to the disk; may be called in a thread. Raises JournalError."""
        self._file.sync()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _torn_length(self) -> int:
        """Bytes after the last line end."""
        size = 256
        while True:
            tail = self._file.read(size, max(0, self._file.end - size))
            if b"\n" in tail or len(tail) < size:
                return len(tail) - (tail.rfind(b"\n") + 1)
            size *= 2


class LogTail:
    """Follows a log. A line is read once it is whole; kinds of a newer version are skipped, a missing file is empty.

    damaged: lines that could not be understood.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._descriptor = -1
        self._offset = 0  # behind the last whole line

    def read(self) -> list[Event]:
        """All events that came since the last call. Raises JournalError if the file can't be read."""
        events: list[Event] = []
        while lines := self._read_lines():
            for line in lines:
                event = self._parse(line) if line.strip() else None
                if event is not None:
                    events.append(event)
        return events

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _read_lines(self) -> list[bytes]:
        """Whole lines of the next chunk, without their ends."""
        size = _CHUNK
        data = self._pread(size)
        while len(data) == size and b"\n" not in data:
            size *= 2
            data = self._pread(size)
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.split(b"\n")[:-1]

    def _parse(self, line: bytes) -> Event | None:
        try:
            body = json.loads(line)
            if not isinstance(body, dict):
                raise JournalError("a journal line is not an object")  # noqa: TRY301  counted like the others
            return _check_types(from_line(body))
        except (JournalError, ValueError, OverflowError, RecursionError):
            self.damaged += 1
            return None

    def _pread(self, size: int) -> bytes:
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(self._descriptor, size, self._offset)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise JournalError(f"can't read {self.path.name}: {error.strerror}") from error


def _check_types(event: Event | None) -> Event | None:
    """Pass an event whose numbers are numbers and whose texts are texts; JSON itself promises neither."""
    for field in fields(event) if event else ():
        plain = getattr(field.type, "__supertype__", field.type)
        if plain in (int, str) and type(getattr(event, field.name)) is not plain:
            raise JournalError(f"a journal line has a wrong {field.name}")
    return event
