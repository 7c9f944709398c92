"""Mixed sound to AAC in a work file, packet by packet as `audio.py` writes them: packet 0 only primes the decoder."""

from fractions import Fraction
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av import AudioFrame
from av.audio.codeccontext import AudioCodecContext

from reelroom.compose.writer import BlockWriter
from reelroom.units import AUDIO_RATE, JOURNAL_RATE, scale

Sound = npt.NDArray[np.float32]  # of 2 channels, samples at 48 kHz; full scale is 1

AAC_SAMPLES: Final = 1024  # per packet
CHANNELS: Final = 2
# After a crash a new encoder goes over packets that are written already, until its block switching agrees with the old
# one's (the first new packet overlaps with the last old one) and its rate control has settled, which takes it 10 s.
ENCODER_PREROLL: Final = 512  # packets, 11 s
_TIME_BASE: Final = Fraction(1, AUDIO_RATE)


class AacTrack:
    """Sound without a gap, from sample `begins_at` on.

    resume_packets: how many packets a writer reopened after a crash holds; then `begins_at` is somewhat before their
    end, and what is fed must be what was fed before.
    """

    def __init__(self, writer: BlockWriter, *, bitrate_bps: int, resume_packets: int = 0) -> None:
        first = max(0, resume_packets - ENCODER_PREROLL)
        self.begins_at = self.position = first * AAC_SAMPLES
        self._writer = writer
        self._packets = resume_packets  # in the work file
        self._index = first  # of the next packet the encoder gives
        self._rest: Sound = np.empty((CHANNELS, 0), np.float32)
        self._encoder = open_encoder(CHANNELS, bitrate_bps)

    def feed(self, sound: Sound) -> None:
        """The next samples. Raises what the writer raises."""
        sound = np.concatenate((self._rest, sound), axis=1)
        whole = sound.shape[1] // AAC_SAMPLES * AAC_SAMPLES
        for start in range(0, whole, AAC_SAMPLES):
            self._encode(sound[:, start : start + AAC_SAMPLES])
        self._rest = sound[:, whole:].copy()

    def finish(self) -> None:
        """Write the rest; silence completes the last packet. Call it once, and nothing after."""
        missing = -self._rest.shape[1] % AAC_SAMPLES
        self.feed(silence(missing))
        self._write(None)

    def _encode(self, sound: Sound) -> None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound), "fltp", "stereo")
        frame.sample_rate, frame.time_base = AUDIO_RATE, _TIME_BASE
        frame.pts = self.position - self.begins_at
        self.position += AAC_SAMPLES
        self._write(frame)

    def _write(self, frame: AudioFrame | None) -> None:
        for packet in self._encoder.encode(frame):
            if self._index == self._packets:
                self._writer.write(scale(self._index * AAC_SAMPLES, AUDIO_RATE, JOURNAL_RATE), True, bytes(packet))
                self._packets += 1
            self._index += 1


def open_encoder(channels: int, bitrate_bps: int) -> AudioCodecContext:
    """An AAC encoder at 48 kHz, of 1 or 2 channels."""
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate = AUDIO_RATE
    encoder.layout = "mono" if channels == 1 else "stereo"
    encoder.format = "fltp"
    encoder.bit_rate = bitrate_bps
    encoder.time_base = _TIME_BASE
    encoder.open()
    return encoder


def silence(samples: int) -> Sound:
    """Nothing to be heard."""
    return np.zeros((CHANNELS, samples), np.float32)
