"""AAC encoders."""

from fractions import Fraction
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext

from reelroom.units import AUDIO_RATE

AAC_SAMPLES: Final = 1024  # per packet
# After a crash a new encoder goes over packets that are written already, until its block switching agrees with the old
# one's (the first new packet overlaps with the last old one) and its rate control has settled, which takes it 10 s.
ENCODER_PREROLL: Final = 512  # packets, 11 s
_TIME_BASE: Final = Fraction(1, AUDIO_RATE)


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
