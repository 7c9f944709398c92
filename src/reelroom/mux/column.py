"""A column of 32-bit values, millions of them for a day: all but the newest stand in a file without a name."""

from __future__ import annotations  # array takes no parameters at run time

import sys
import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

IN_MEMORY: Final = 1 << 16  # values
_BLOCK_BYTES: Final = 1 << 18


class Column:
    """Append only. Read back as files have it: big endian."""

    itemsize: Final = 4  # bytes

    def __init__(self, folder: Path) -> None:
        """folder: on the disk that has room for the file this column is of."""
        self._folder = folder
        self._newest = array("I")
        self._file: IO[bytes] | None = None
        self._count = 0

    def __len__(self) -> int:
        """How many values."""
        return self._count

    def append(self, value: int) -> None:
        """One more. Raises OSError when the disk is full."""
        self._newest.append(value)
        self._count += 1
        if len(self._newest) == IN_MEMORY:
            self._spill()

    def blocks(self) -> Iterator[bytes]:
        """All values, some at a time. Raises OSError."""
        if self._file is not None:
            self._file.seek(0)
            while block := self._file.read(_BLOCK_BYTES):
                yield block
        yield _big_endian(self._newest).tobytes()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder, prefix=".table-")  # noqa: SIM115  gone with us
        self._file.seek(0, 2)
        self._file.write(_big_endian(self._newest))
        self._newest = array("I")


def _big_endian(values: array[int]) -> array[int]:
    """A copy as files have it."""
    turned = values[:]
    if sys.byteorder == "little":
        turned.byteswap()
    return turned
