"""Follows one capture folder: its log and its tracks, in an order that a reader can act on at once."""

import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from reelroom.errors import JournalError
from reelroom.events import CaptureEnded, Event, Mark, TrackOpened
from reelroom.journal.capture import LOG_NAME
from reelroom.journal.lines import LogTail
from reelroom.journal.matroska import Block, MatroskaTail
from reelroom.units import MediaKind

_FILE_NAME = re.compile(r"(audio|video)-[0-9]{1,9}\.mkv")
_BATCH = 256  # blocks taken from one track before the reader looks at its limit again


class TrackBlock(NamedTuple):
    """One frame of a track. `track` is the file it stands in."""

    kind: MediaKind
    track: TrackOpened
    block: Block


CaptureItem = Event | TrackBlock


class _Open(NamedTuple):
    event: TrackOpened
    tail: MatroskaTail

    def blocks(self) -> Iterator[TrackBlock]:
        while blocks := self._read():
            for block in blocks:
                yield TrackBlock(self.event.kind, self.event, block)

    def _read(self) -> list[Block]:
        try:
            return self.tail.read(_BATCH)
        except JournalError:
            if self.tail.foreign:  # a ruined file must not keep us from the other tracks
                return []
            raise


class CaptureReader:
    """Reads a capture from its beginning, and goes on while it grows. A missing folder is an empty capture.

    A track's blocks come after its TrackOpened and before the next one of the same kind; a Mark or CaptureEnded
    comes after every block written before it. Tracks of different kinds are not interleaved by time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ended = False  # CaptureEnded was handed out
        self._log = LogTail(folder / LOG_NAME)
        self._tracks: dict[MediaKind, _Open] = {}
        self._pending: deque[Event] = deque()  # read from the log, not yet handed out
        self._damaged = 0
        self._walk: Iterator[CaptureItem] | None = None

    @property
    def damaged(self) -> int:
        """Damaged log lines, plus bytes skipped in Matroska files."""
        return self._log.damaged + self._damaged + sum(track.tail.damaged for track in self._tracks.values())

    def read(self, limit: int = 1024) -> list[CaptureItem]:
        """At most `limit` next items; empty when there is nothing new.

        Raises JournalError if a file can't be read; what could be read is handed out first, and the next call goes
        on where this one stopped.
        """
        if self._walk is None:
            self._walk = self._advance()
        items: list[CaptureItem] = []
        try:
            items.extend(islice(self._walk, limit))
        except JournalError:
            self._walk = None
            if not items:
                raise
        if len(items) < limit:
            self._walk = None
        return items

    def close(self) -> None:
        """Close all files."""
        self._log.close()
        for track in self._tracks.values():
            track.tail.close()

    def _advance(self) -> Iterator[CaptureItem]:
        """Everything there is now. The log is read first: what its lines promise about the files then holds."""
        self._pending.extend(self._log.read())
        settled = False
        while self._pending:
            event = self._pending[0]
            if isinstance(event, TrackOpened):
                yield from self._switch(event)
                settled = False
            elif isinstance(event, Mark | CaptureEnded) and not settled:
                yield from self._drain()
                settled = True
            self._pending.popleft()
            self.ended = self.ended or isinstance(event, CaptureEnded)
            yield event
        yield from self._drain()

    def _switch(self, event: TrackOpened) -> Iterator[CaptureItem]:
        """Finish the track's old file, which no longer grows, and open the next."""
        old = self._tracks.get(event.kind)
        if old is not None:
            yield from old.blocks()
            self._damaged += old.tail.damaged
            old.tail.close()
        name = event.path if _FILE_NAME.fullmatch(event.path) else "missing"  # a damaged log can't lead us elsewhere
        self._tracks[event.kind] = _Open(event, MatroskaTail(self.folder / name))

    def _drain(self) -> Iterator[TrackBlock]:
        for track in tuple(self._tracks.values()):
            yield from track.blocks()
