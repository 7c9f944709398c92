"""What sound may be encoded as: one value for each codec."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext

from reelroom.compose.aac import AAC_SAMPLES, ENCODER_PREROLL, open_encoder
from reelroom.compose.opus import opus_head
from reelroom.units import AUDIO_RATE, Codec

_MP3_SAMPLES: Final = 1152  # ISO/IEC 11172-3: two granules of 576
_OPUS_SAMPLES: Final = 960
_OPUS_DELAY: Final = 312  # samples of libopus' look-ahead, at its default application
_OPUS_PREROLL: Final = 100  # packets, 2 s
_AAC_LC: Final = 2  # ISO/IEC 14496-3 audio object type
_RATE_INDEX: Final = 3  # 48 kHz, ISO/IEC 14496-3 table 1.18


@dataclass(frozen=True, slots=True)
class SoundCoding:
    """A target codec, its encoders of 1 or 2 channels at 48 kHz.

    samples: per packet. delay: samples by which the encoder is late, unless the finished file can tell players.
    preroll: packets that a new encoder needs before it gives what another one gave there.
    open_encoder: takes channels and bits a second. header: Matroska's CodecPrivate, of channels.
    """

    codec: Codec
    samples: int
    preroll: int
    open_encoder: Callable[[int, int], AudioCodecContext]
    header: Callable[[int], bytes]
    delay: int = 0


def audio_header(channels: int) -> bytes:
    """The AudioSpecificConfig (Matroska CodecPrivate) of our work files: AAC-LC at 48 kHz, 1 or 2 channels."""
    return ((_AAC_LC << 11) | (_RATE_INDEX << 7) | (output_channels(channels) << 3)).to_bytes(2)


def output_channels(channels: int) -> int:
    """Mono stays mono; everything else becomes stereo."""
    return 1 if channels == 1 else 2


def _open_mp3(channels: int, bitrate_bps: int) -> AudioCodecContext:
    encoder = av.CodecContext.create("libmp3lame", "w")
    encoder.sample_rate = AUDIO_RATE
    encoder.layout = "mono" if channels == 1 else "stereo"
    encoder.format = "fltp"
    encoder.bit_rate = bitrate_bps
    encoder.time_base = Fraction(1, AUDIO_RATE)
    # A reservoir would keep a packet's bits in the packets before it: one encoder could not go on where another died.
    encoder.options = {"reservoir": "0"}
    encoder.open()
    return encoder


def _open_opus(channels: int, bitrate_bps: int) -> AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = AUDIO_RATE
    encoder.layout = "mono" if channels == 1 else "stereo"
    encoder.format = "flt"
    encoder.bit_rate = bitrate_bps
    encoder.time_base = Fraction(1, AUDIO_RATE)
    encoder.open()
    return encoder


AAC: Final = SoundCoding(Codec.AAC, AAC_SAMPLES, ENCODER_PREROLL, open_encoder, audio_header)
MP3: Final = SoundCoding(Codec.MP3, _MP3_SAMPLES, ENCODER_PREROLL, _open_mp3, lambda _: b"")
OPUS: Final = SoundCoding(
    Codec.OPUS, _OPUS_SAMPLES, _OPUS_PREROLL, _open_opus, lambda channels: opus_head(b"", channels), _OPUS_DELAY
)
