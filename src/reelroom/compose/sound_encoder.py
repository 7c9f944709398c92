"""Mixed sound to a work file, packet by packet as `audio.py` writes them: AAC's packet 0 only primes the decoder."""

from fractions import Fraction
from typing import Final

import numpy as np
from av import AudioFrame

from reelroom.compose.sound import CHANNELS, Sound, silence
from reelroom.compose.sound_coding import AAC, SoundCoding
from reelroom.compose.writer import BlockWriter
from reelroom.units import AUDIO_RATE, JOURNAL_RATE, scale

_TIME_BASE: Final = Fraction(1, AUDIO_RATE)


class SoundEncoder:
    """Encodes sound without a gap, from sample `begins_at` on.

    resume_packets: how many packets a writer reopened after a crash holds; then `begins_at` is somewhat before their
    end, and what is fed must be what was fed before.
    """

    def __init__(
        self, writer: BlockWriter, *, bitrate_bps: int, resume_packets: int = 0, coding: SoundCoding = AAC
    ) -> None:
        first = max(0, resume_packets - coding.preroll)
        # What the encoder delays is fed early, at the price of the very first samples.
        self.begins_at = first * coding.samples + coding.delay
        self._writer, self._each, self._delay = writer, coding.samples, coding.delay
        self._packets = resume_packets  # in the work file
        self._index = first  # of the next packet the encoder gives
        self._fed = 0  # samples
        self._rest: Sound = silence(0)
        self._encoder = coding.open_encoder(CHANNELS, bitrate_bps)

    def feed(self, sound: Sound) -> None:
        """The next samples. Raises what the writer raises."""
        sound = np.concatenate((self._rest, sound), axis=1)
        whole = sound.shape[1] // self._each * self._each
        for start in range(0, whole, self._each):
            self._encode(sound[:, start : start + self._each])
        self._rest = sound[:, whole:].copy()

    def finish(self) -> None:
        """Write the rest; silence completes the last packet. Call it once, and nothing after."""
        self.feed(silence(self._delay))
        self.feed(silence(-self._rest.shape[1] % self._each))
        self._write(None)

    def _encode(self, sound: Sound) -> None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound), "fltp", "stereo")
        frame.sample_rate, frame.time_base, frame.pts = AUDIO_RATE, _TIME_BASE, self._fed
        self._fed += self._each
        self._write(frame)

    def _write(self, frame: AudioFrame | None) -> None:
        for packet in self._encoder.encode(frame):
            if self._index == self._packets:
                self._writer.write(scale(self._index * self._each, AUDIO_RATE, JOURNAL_RATE), True, bytes(packet))
                self._packets += 1
            self._index += 1
