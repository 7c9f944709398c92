"""Opus as our decoders want it. Source: RFC 7845 section 5.1."""

import struct
from typing import Final

from reelroom.rtp.opus_packet import opus_samples

__all__ = ["opus_head", "opus_samples"]

_HEAD_BYTES: Final = 19


def opus_head(private: bytes, channels: int) -> bytes:
    """An OpusHead that makes a decoder give `channels` channels from the very first sample.

    private: the source's OpusHead, of which the output gain is kept, or empty. A live track begins in mid-speech,
    so its pre-skip is no encoder delay and is left out.
    """
    gain = private[16:18] if len(private) >= _HEAD_BYTES else bytes(2)
    return struct.pack("<8sBBHI2sB", b"OpusHead", 1, channels, 0, 48_000, gain, 0)
