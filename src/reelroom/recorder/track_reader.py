"""Reads the frames of one kind that belong to one part of a file, across the files of its capture."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from reelroom.errors import JournalError
from reelroom.events import TrackOpened
from reelroom.journal.matroska import Block, MatroskaTail, TrackHeader
from reelroom.logs import get_logger
from reelroom.recorder.capture_log import CaptureLog
from reelroom.units import MediaKind

MAX_POSITION = (1 << 63) - 1
_BATCH = 256  # blocks; bounds memory and the time between two looks at the clock


class TrackFrames(NamedTuple):
    """Frames of one journal file: its number among the files of its kind, what the log says of it, some blocks."""

    number: int
    track: TrackOpened
    header: TrackHeader
    blocks: list[Block]


class TrackReader:
    """Follows one kind of a capture, above the journal position `after`, up to and including `upto`.

    Each file begins with a keyframe: what stands before one can't be decoded. `skips(track)` says of a file that its
    frames needn't be read: then only its first is looked for.
    """

    def __init__(self, log: CaptureLog, kind: MediaKind, after: int, skips: Callable[[TrackOpened], bool]) -> None:
        self.upto = MAX_POSITION
        self._log, self._kind, self._after, self._skips = log, kind, after, skips
        self._number = 0  # of the file being read, in the order of the log
        self._tail: MatroskaTail | None = None
        self._found = False  # the first frame of the file
        self._broken = False  # the file can't be read
        self._past = False  # a frame behind `upto` was seen; positions only grow

    def read(self) -> TrackFrames | None:
        """A batch of what is new; None when there is no more at present. A file that can't be read has no frames."""
        tracks = self._log.tracks[self._kind]
        while self._number < len(tracks) and not self._past:
            # The log was read before: a file that has a successor is complete.
            complete = self._number + 1 < len(tracks)
            blocks = self._read_file(tracks[self._number])
            ours = self._ours(blocks)
            if ours and self._tail and self._tail.header:
                return TrackFrames(self._number, tracks[self._number], self._tail.header, ours)
            if not blocks and not complete:
                return None
            if not blocks:
                self._next_file()
        return None

    def _read_file(self, track: TrackOpened) -> list[Block]:
        if self._broken or (self._found and self._skips(track)):
            return []
        if self._tail is None:
            self._tail = MatroskaTail(self._log.folder / track.path)
        try:
            return self._tail.read(_BATCH)
        except JournalError as error:
            if not self._tail.foreign:
                raise  # the disk's fault, which may pass: a recorder that starts again reads everything again
            get_logger().error("journal_damaged", path=str(self._tail.path.name), error=str(error))
            self._broken = True
            return []

    def _ours(self, blocks: Iterable[Block]) -> list[Block]:
        ours = []
        for block in blocks:
            self._found = self._found or (block.keyframe and block.position > self._after)
            self._past = self._past or block.position > self.upto
            if self._found and not self._past:
                ours.append(block)
        return ours

    def _next_file(self) -> None:
        self.close()
        self._number += 1
        self._found = self._broken = False

    def close(self) -> None:
        """Close the file."""
        if self._tail is not None:
            self._tail.close()
            self._tail = None


def last_position(log: CaptureLog, track: TrackOpened, upto: int) -> int | None:
    """The journal position of a file's last frame up to `upto`: reads it through. Raises JournalError."""
    tail = MatroskaTail(log.folder / track.path)
    last = None
    try:
        while blocks := tail.read(_BATCH):
            last = max((b.position for b in blocks if b.position <= upto), default=last)
    finally:
        tail.close()
    return last
