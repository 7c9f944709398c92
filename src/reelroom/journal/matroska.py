"""Frames of one track in an append-only Matroska file, and a reader that follows it while it grows.

After the header come Clusters of unknown size, each a fixed 22 bytes (ID, size, Timestamp), then SimpleBlocks with
a fixed nine-byte head. Fixed sizes make damage easy to see, and a Cluster's head easy to find again behind it.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from reelroom.errors import JournalError
from reelroom.journal.append import AppendFile
from reelroom.journal.header import HEADER_LIMIT, TRACK_NUMBER, TrackHeader, decode_header, encode_header
from reelroom.units import JOURNAL_RATE

__all__ = ["MAX_PAYLOAD", "Block", "MatroskaTail", "MatroskaWriter", "TrackHeader", "read_blocks"]

MAX_PAYLOAD = 1 << 24  # bytes of one frame; anything larger is damage
MAX_POSITION = 1 << 48  # journal ticks: nine hundred years

_CLUSTER_TICKS: Final = 2 * JOURNAL_RATE  # a block's offset is an int16: 3.2767 s at most
_CLUSTER_HEAD: Final = bytes.fromhex("1f43b675 01ffffffffffffff e788")  # Cluster of unknown size; Timestamp of 8 bytes
_CLUSTER_BYTES: Final = len(_CLUSTER_HEAD) + 8
_BLOCK: Final = struct.Struct(">BIBhB")  # SimpleBlock ID, size of four bytes, track, offset, flags
_BLOCK_ID, _TRACK, _KEYFRAME = 0xA3, 0x80 | TRACK_NUMBER, 0x80
_FLAGS: Final = (0, _KEYFRAME)
_SIZE_MARK, _SIZE_BYTES, _INNER = 1 << 28, 5, 4  # of a size of four bytes; block head before, and within, the size
_CHUNK: Final = 1 << 20  # bytes read at once


class Block(NamedTuple):
    """One frame. `position`: journal ticks since the capture began."""

    position: int
    keyframe: bool
    payload: bytes


class MatroskaWriter:
    """Writes one track, one `write` per frame. Made by `create`, `reopen` or `resume`; not thread-safe."""

    def __init__(self, file: AppendFile, header: TrackHeader, last_position: int | None, blocks: int) -> None:
        self.header = header
        self.last_position = last_position  # of the last block; None while there is none
        self.blocks = blocks  # in the file
        self._file = file
        self._cluster = -_CLUSTER_TICKS - 1  # position of the open Cluster; none yet

    @classmethod
    def create(cls, path: Path, header: TrackHeader) -> "MatroskaWriter":
        """Begin a new file. Raises JournalError, also if it exists."""
        encoded = encode_header(header)
        file = AppendFile(path, exclusive=True)
        try:
            file.append(encoded)
        except JournalError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        return cls(file, header, None, 0)

    @classmethod
    def reopen(cls, path: Path) -> "MatroskaWriter":
        """Go on with a file whose writer died; a torn tail is cut off. Raises JournalError if its header is torn."""
        tail = MatroskaTail(path)
        last, blocks = None, 0
        try:
            while batch := tail.read(4096):
                last, blocks = batch[-1].position, blocks + len(batch)
        finally:
            tail.close()
        if tail.header is None:
            raise JournalError(f"{path.name} has no whole header")
        file = AppendFile(path)
        file.cut(tail.end)
        return cls(file, tail.header, last, blocks)

    @classmethod
    def resume(cls, path: Path, header: TrackHeader) -> "MatroskaWriter":
        """`reopen` if the file got so far as to have a header, else `create`. Raises JournalError."""
        tail = MatroskaTail(path)
        tail.read(1)
        tail.close()
        if tail.header is not None:
            return cls.reopen(path)
        path.unlink(missing_ok=True)
        return cls.create(path, header)

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._file.end

    def write(self, position: int, keyframe: bool, payload: bytes) -> None:
        """Append one frame. Raises JournalError; the file then ends with the frame before."""
        if not 0 <= position < MAX_POSITION or len(payload) > MAX_PAYLOAD:
            raise JournalError(f"a frame of {len(payload)} bytes at {position} can't be journalled")
        cluster, head = self._cluster, b""
        if not 0 <= position - cluster <= _CLUSTER_TICKS:
            cluster, head = position, _CLUSTER_HEAD + position.to_bytes(8)
        size = _SIZE_MARK | len(payload) + _INNER
        block = _BLOCK.pack(_BLOCK_ID, size, _TRACK, position - cluster, _KEYFRAME if keyframe else 0)
        self._file.append(head + block + payload)
        self._cluster = cluster
        self.last_position = position
        self.blocks += 1

    def sync(self) -> None:
        """Force what was written to the disk; may be called in a thread. Raises JournalError."""
        self._file.sync()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class MatroskaTail:
    """Follows a growing file. What is torn at its end is left until it is whole; a missing file is an empty one.

    header: None until it is readable. end: offset behind the last whole block (or the header) read from disk.
    damaged: bytes skipped to find the next Cluster behind damage. foreign: the header is ruined, or not ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: TrackHeader | None = None
        self.end = 0
        self.damaged = 0
        self.foreign = False
        self._descriptor = -1
        self._offset = 0  # where reading goes on: `end`, unless damage was skipped
        self._cluster: int | None = None  # position of the Cluster that `_offset` lies in
        self._chunk = _CHUNK
        self._ready: list[Block] = []

    def read(self, limit: int | None = None) -> list[Block]:
        """The next blocks, at most `limit`; empty when there are none yet. Raises JournalError."""
        while (limit is None or len(self._ready) < limit) and self._fill():
            pass
        if limit is None or len(self._ready) <= limit:
            blocks, self._ready = self._ready, []
        else:
            blocks, self._ready = self._ready[:limit], self._ready[limit:]
        return blocks

    def close(self) -> None:
        """Close the file; blocks already read can still be had."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _fill(self) -> bool:
        """Parse some more of the file; False if there is nothing more."""
        if self.header is None and not self._read_header():
            return False
        # The torn rest is read again each time: a writer that ran out of disk takes it back and writes another.
        data = self._pread(self._chunk, self._offset)
        used = self._parse(data)
        self._offset += used
        if used:
            self._chunk = _CHUNK
        elif len(data) < self._chunk:
            return False
        else:
            self._chunk *= 2  # a block longer than the chunk
        return True

    def _parse(self, data: bytes) -> int:
        """Collect the whole blocks of `data`; returns how many bytes are done with."""
        at = used = 0
        cluster, length, collect = self._cluster, len(data), self._ready.append
        while length - at >= _BLOCK.size:
            mark, size, track, offset, flags = _BLOCK.unpack_from(data, at)
            if mark == _BLOCK_ID and cluster is not None:
                inner = size ^ _SIZE_MARK
                if not _INNER <= inner <= MAX_PAYLOAD + _INNER or track != _TRACK or offset < 0 or flags not in _FLAGS:
                    return self._skip_damage(data, at, used)
                stop = at + _SIZE_BYTES + inner
                if stop > length:
                    break
                collect(Block(cluster + offset, flags == _KEYFRAME, data[at + _BLOCK.size : stop]))
                at = used = stop
                self._cluster = cluster
            elif (found := _read_cluster(data, at)) >= 0:
                cluster = found
                at += _CLUSTER_BYTES
            elif length - at < _CLUSTER_BYTES and _CLUSTER_HEAD.startswith(data[at : at + len(_CLUSTER_HEAD)]):
                break
            else:
                return self._skip_damage(data, at, used)
        return self._settle(used)

    def _settle(self, used: int) -> int:
        if used:
            self.end = self._offset + used
        return used

    def _skip_damage(self, data: bytes, at: int, used: int) -> int:
        """Go on at the next Cluster behind damage at `at`; stay before it while none is seen."""
        self._settle(used)
        found = data.find(_CLUSTER_HEAD, at + 1)
        if found < 0:
            if len(data) < self._chunk:
                return used
            found = max(used, len(data) - len(_CLUSTER_HEAD) + 1)
        self.damaged += found - used
        self._cluster = None
        return found

    def _read_header(self) -> bool:
        data = self._pread(HEADER_LIMIT, 0)
        try:
            decoded = decode_header(data)
        except JournalError:
            self.foreign = True
            raise
        if decoded is not None:
            self.header, self._offset = decoded
            self.end = self._offset
        return decoded is not None

    def _pread(self, size: int, offset: int) -> bytes:
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(self._descriptor, size, offset)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise JournalError(f"can't read {self.path.name}: {error.strerror}") from error


def read_blocks(path: Path) -> Iterator[Block]:
    """Every whole block of a file, in order. Raises JournalError, also for a missing or torn header."""
    tail = MatroskaTail(path)
    try:
        blocks = tail.read(4096)
        if tail.header is None:
            raise JournalError(f"{path.name} has no whole header")
        while blocks:
            yield from blocks
            blocks = tail.read(4096)
    finally:
        tail.close()


def _read_cluster(data: bytes, at: int) -> int:
    """The position of the whole Cluster head at `at`, or -1."""
    if not data.startswith(_CLUSTER_HEAD, at) or len(data) - at < _CLUSTER_BYTES:
        return -1
    position = int.from_bytes(data[at + len(_CLUSTER_HEAD) : at + _CLUSTER_BYTES])
    return position if position < MAX_POSITION else -1
