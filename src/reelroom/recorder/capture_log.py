"""Follows the log of one capture: which files it has, how far it is known, whether it goes on."""

from collections import defaultdict
from pathlib import Path

from reelroom.events import CaptureEnded, CaptureOpened, Event, Mark, TrackOpened
from reelroom.journal.capture import LOG_NAME
from reelroom.journal.lines import LogTail
from reelroom.units import MediaKind


class CaptureLog:
    """What a capture's log says so far. Reports and gaps are left to `sync_clocks`, which reads them once at the end.

    opened_at_ns: the instant of journal position 0; None while the log is empty.
    tracks: every file of each kind, in order. marked_ns: everything that arrived before is on disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened_at_ns: int | None = None
        self.tracks: defaultdict[MediaKind, list[TrackOpened]] = defaultdict(list)
        self.marked_ns = 0
        self.ended = False
        self._tail = LogTail(folder / LOG_NAME)

    def read(self) -> None:
        """Take in what is new. Raises JournalError."""
        for event in self._tail.read():
            self.take(event)

    def take(self, event: Event) -> None:
        """One more line."""
        match event:
            case CaptureOpened():
                self.opened_at_ns = event.at
            case TrackOpened() if Path(event.path).name == event.path:  # a damaged log can't lead out of its folder
                self.tracks[event.kind].append(event)
            case Mark():
                self.marked_ns = event.at
            case CaptureEnded():
                self.ended = True

    def close(self) -> None:
        """Close the file."""
        self._tail.close()
