"""One stream's sound on the line of the mix: packets find their places, gaps stay silent, clock drift is absorbed."""

from collections import deque
from typing import Final, NamedTuple

import numpy as np

from reelroom.compose.opus import opus_samples
from reelroom.compose.sound_decoder import Samples, SoundDecoder
from reelroom.units import AUDIO_RATE

_JITTER_SAMPLES: Final = AUDIO_RATE // 1000  # journal positions and senders round; a cut there would be a click
_SLACK_SAMPLES: Final = 8  # positions are multiples of 100 us, 4.8 samples
_DECODER_PREROLL: Final = AUDIO_RATE  # samples after which Opus has forgotten where it began (RFC 7845 4.6 says 80 ms)


class PlacedSound(NamedTuple):
    """Decoded samples, and the place of the first."""

    start: int
    samples: Samples


class SoundLine:
    """Places the packets of one track. Packets come in order; places are samples of the mix's line.

    Where packets lie end to end but their places drift apart (the sender's sound card against the clock of the mix),
    a packet is now and then stretched or squeezed by one sample: 0.1 % at most, with no cut anywhere.
    """

    def __init__(self, private: bytes) -> None:
        self.decoder = SoundDecoder(private)
        self._next: int | None = None  # where the last packet ended
        self._placed: deque[PlacedSound] = deque()

    def feed(self, place: int, payload: bytes, *, needed_from: int) -> None:
        """Take a packet whose first sample belongs to `place`. What ends well before `needed_from` isn't decoded."""
        length = opus_samples(payload)
        if not length:
            self.decoder.errors += 1
            return
        start, stretch, skipped = self._settle(place)
        end = start + max(0, length + stretch - skipped)
        self._next = end
        if end <= needed_from - _DECODER_PREROLL:
            return
        samples = self.decoder.decode(payload)
        if samples is None or end <= needed_from or skipped >= length:
            return
        if stretch:
            samples = stretched(samples, len(samples) + stretch)
        self._placed.append(PlacedSound(start, samples[skipped:]))

    def _settle(self, place: int) -> tuple[int, int, int]:
        """Where a packet begins, by how many samples it is stretched, and how many of its first are left out."""
        if self._next is None:
            return place, 0, 0
        ahead = place - self._next
        if abs(ahead) <= _SLACK_SAMPLES:
            return self._next, 0, 0
        if abs(ahead) <= _JITTER_SAMPLES:
            return self._next, 1 if ahead > 0 else -1, 0
        return (place, 0, 0) if ahead > 0 else (self._next, 0, -ahead)

    def take(self, first: int, end: int) -> list[PlacedSound]:
        """The sound that lies between two places; what lies before them is forgotten."""
        while self._placed and self._placed[0].start + len(self._placed[0].samples) <= first:
            self._placed.popleft()
        return [placed for placed in self._placed if placed.start < end]


def stretched(samples: Samples, length: int) -> Samples:
    """As many samples of the same sound (cubic between neighbours), which begins and ends where it did."""
    count = len(samples)
    at = np.arange(length, dtype=np.float32) * ((count - 1) / max(1, length - 1))
    index = np.minimum(at.astype(np.intp), max(0, count - 2))
    part = (at - index)[:, None]
    padded = np.pad(samples.astype(np.float32), ((1, 2), (0, 0)), mode="edge")
    before, here, after, beyond = (padded[index + n] for n in range(4))
    # Catmull-Rom
    curve = here + 0.5 * part * (
        after
        - before
        + part * (2 * before - 5 * here + 4 * after - beyond + part * (3 * (here - after) + beyond - before))
    )
    rounded: Samples = np.clip(np.rint(curve), -32_768, 32_767).astype(np.int16)
    return rounded
