"""The sender reports of a capture, and what they say about audio and video being in step."""

import json
from collections.abc import Iterator
from pathlib import Path

from reelroom.errors import JournalError
from reelroom.events import CaptureEnded, Event, Mark, Report, TrackOpened, from_line
from reelroom.journal.capture import LOG_NAME
from reelroom.timeline.sync import Alignment, TrackClock
from reelroom.units import NS, MediaKind

_WANTED = (b'"report"', b'"trackopened"', b'"mark"', b'"captureended"')  # spares parsing the rest


def read_alignment(folder: Path, until_ns: int | None = None) -> Alignment:
    """How far a capture's video is from its audio, by its whole log, or by what stands before a Mark.

    until_ns: the first Mark at or after this instant ends the reading. Raises JournalError.
    """
    clocks = _Clocks()
    for event in _read_events(folder / LOG_NAME):
        if until_ns is not None and isinstance(event, Mark | CaptureEnded) and event.at >= until_ns:
            break
        clocks.take(event)
    return Alignment(clocks.video, clocks.audio)


class _Clocks:
    def __init__(self) -> None:
        self.video, self.audio = TrackClock(), TrackClock()
        self._tracks: dict[MediaKind, TrackOpened] = {}

    def take(self, event: Event) -> None:
        match event:
            case TrackOpened():
                self._open(event)
            case Report() if event.kind in self._tracks:
                track = self._tracks[event.kind]
                self._clock(event.kind).add(track.at + (event.ticks - track.ticks0) * NS // track.rate, event.ntp)

    def _open(self, event: TrackOpened) -> None:
        known = self._tracks.get(event.kind)
        if known is not None and (known.at, known.ticks0) != (event.at, event.ticks0):
            self._clock(event.kind).restart(event.at)
        self._tracks[event.kind] = event

    def _clock(self, kind: MediaKind) -> TrackClock:
        return self.video if kind is MediaKind.VIDEO else self.audio


def _read_events(path: Path) -> Iterator[Event]:
    """A line at a time: the log of a day is long."""
    try:
        with path.open("rb") as lines:
            for line in lines:
                event = _parse(line) if any(word in line for word in _WANTED) else None
                if event is not None:
                    yield event
    except OSError as error:
        raise JournalError(f"can't read {path.name}: {error.strerror}") from error


def _parse(line: bytes) -> Event | None:
    """The event of a whole, undamaged line."""
    try:
        return from_line(json.loads(line))
    except (ValueError, AttributeError, JournalError):
        return None
