"""H264 as an encoder gives it (Annex B) to H264 as journals and mp4 hold it (length-prefixed, with avcC).

Source: ITU-T H.264 annex B; ISO/IEC 14496-15 section 5.3.3.
"""

import re
from collections.abc import Sequence
from typing import Final

SPS: Final = 7  # NAL unit types
PPS: Final = 8
_START_CODE: Final = re.compile(rb"\x00*\x00\x00\x01")  # zeros before it pad the unit before
_HIGH: Final = frozenset({100, 110, 122, 144})  # profiles whose avcC also says the chroma format


def split_units(stream: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream."""
    return [unit for unit in _START_CODE.split(stream) if unit]


def join_units(units: Sequence[bytes]) -> bytes:
    """NAL units, each behind its length in 4 bytes."""
    return b"".join(len(unit).to_bytes(4) + unit for unit in units)


def unit_type(unit: bytes) -> int:
    """The NAL unit type of one unit."""
    return unit[0] & 0x1F


def decoder_configuration(units: Sequence[bytes]) -> bytes:
    """The avcC of a keyframe's parameter sets (8-bit 4:2:0); empty if it holds none."""
    sps = next((unit for unit in units if unit_type(unit) == SPS), b"")
    pps = next((unit for unit in units if unit_type(unit) == PPS), b"")
    if len(sps) < 4 or not pps:  # noqa: PLR2004  profile, constraints and level stand in bytes 1 to 3
        return b""
    head = bytes((1, sps[1], sps[2], sps[3], 0xFF, 0xE1)) + len(sps).to_bytes(2) + sps
    tail = bytes((1,)) + len(pps).to_bytes(2) + pps
    return head + tail + (bytes((0xFD, 0xF8, 0xF8, 0)) if sps[1] in _HIGH else b"")
