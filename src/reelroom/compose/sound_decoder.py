"""Opus packets to samples."""

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext

from reelroom.compose.opus import opus_head
from reelroom.units import AUDIO_RATE

Samples = npt.NDArray[np.int16]  # of samples at 48 kHz, 2 channels

_STEREO = 2


def open_opus_decoder(head: bytes, channels: int) -> AudioCodecContext:
    """A decoder that gives 16-bit samples at 48 kHz from the very first one. head: an OpusHead of as many channels."""
    # libopus, not FFmpeg's own decoder: that one gives 456 or 984 samples instead of 960 where speech turns to music.
    decoder = av.CodecContext.create("libopus", "r")
    decoder.extradata = head
    decoder.sample_rate = AUDIO_RATE
    decoder.layout = "mono" if channels == 1 else "stereo"
    return decoder


class SoundDecoder:
    """Decodes the packets of one track to stereo; mono comes on both sides. errors: packets that gave no sound."""

    def __init__(self, private: bytes) -> None:
        """private: the track's OpusHead, or empty."""
        self.errors = 0
        self._decoder = open_opus_decoder(opus_head(private, _STEREO), _STEREO)

    def decode(self, payload: bytes) -> Samples | None:
        """The samples of one packet; None if it can't be understood."""
        try:
            frames = self._decoder.decode(av.Packet(payload)) if payload else []
        except av.error.FFmpegError:
            frames = []
        if not frames:
            self.errors += 1
            return None
        frame = frames[0]
        samples: Samples = np.frombuffer(memoryview(frame.planes[0]), np.int16)[: frame.samples * _STEREO].copy()
        return samples.reshape(-1, _STEREO)
