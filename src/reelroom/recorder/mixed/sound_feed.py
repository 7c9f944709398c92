"""The sound of one source on the mix's line of samples."""

from collections import deque
from typing import NamedTuple

from reelroom.compose.sound_line import PlacedSound, SoundLine
from reelroom.journal.matroska import Block
from reelroom.recorder.track_reader import TrackReader
from reelroom.units import AUDIO_RATE, JOURNAL_RATE, NS, scale

_JUMP_SAMPLES = AUDIO_RATE // 50  # a first report that comes late may say this; gliding there would take too long


class Place(NamedTuple):
    """Where a source lies. begin: sample of the mix's line of journal position 0. drift: samples to be added now."""

    begin: int
    drift: int

    @classmethod
    def of(cls, opened_at_ns: int, mix_opened_ns: int, drift_ns: int) -> "Place":
        """For a capture opened at an instant, in a mix opened at another."""
        return cls(scale(opened_at_ns - mix_opened_ns, NS, AUDIO_RATE), scale(drift_ns, NS, AUDIO_RATE))

    def sample(self, position: int, drift: int) -> int:
        """The sample of a journal position."""
        return self.begin + drift + scale(position, JOURNAL_RATE, AUDIO_RATE)


class SoundFeed:
    """Gives what is heard between two samples. `last_position`: of the last packet taken, -1 before."""

    def __init__(self, reader: TrackReader) -> None:
        self.last_position = -1
        self.packets = 0
        self._reader = reader
        self._coming: deque[tuple[int, Block]] = deque()
        self._lines: list[SoundLine] = []  # the last is fed; the one before may still have sound
        self._number = -1
        self._drift = 0
        self._headers: dict[int, bytes] = {}

    def take(self, place: Place, first: int, end: int) -> list[PlacedSound]:
        """The sound between two samples of the mix's line; what lies before is forgotten. Raises JournalError."""
        while self._coming or self._read():
            number, block = self._coming[0]
            if place.sample(block.position, place.drift) >= end:
                break
            self._coming.popleft()
            self._feed(place, number, block, first)
        heard = [placed for line in self._lines for placed in line.take(first, end)]
        if len(self._lines) > 1 and not self._lines[0].take(first, end):
            del self._lines[0]
        return heard

    def _feed(self, place: Place, number: int, block: Block, needed_from: int) -> None:
        if number != self._number:
            self._number, self._drift = number, place.drift
            self._lines = [*self._lines[-1:], SoundLine(self._headers[number])]
        elif abs(place.drift - self._drift) > _JUMP_SAMPLES:
            self._drift = place.drift
        elif self._drift != place.drift:
            self._drift += 1 if place.drift > self._drift else -1  # no two clocks part faster
        self._lines[-1].feed(place.sample(block.position, self._drift), block.payload, needed_from=needed_from)
        self.last_position = block.position
        self.packets += 1

    def _read(self) -> bool:
        frames = self._reader.read()
        if frames is None:
            return False
        self._headers[frames.number] = frames.header.private
        self._coming.extend((frames.number, block) for block in frames.blocks)
        return True
