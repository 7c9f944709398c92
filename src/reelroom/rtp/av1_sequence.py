"""AV1 sequence headers (AV1 specification §5.5) and the av1C record (AV1 in ISOBMFF §2.3)."""

from typing import NamedTuple

from reelroom.rtp.bits import BitReader

_TIER_FROM_LEVEL = 7
_DEEP_PROFILE = 2
_FULL_CHROMA_PROFILE = 1
_BT709, _SRGB, _IDENTITY = 1, 13, 0
_UNSPECIFIED = 2


class Colour(NamedTuple):
    """What av1C says of the pixels."""

    high_depth: bool
    twelve_bit: bool
    monochrome: bool
    subsampling_x: bool
    subsampling_y: bool
    sample_position: int


class SequenceHeader(NamedTuple):
    """What we need of a sequence header. Sizes in pixels."""

    profile: int
    level: int
    tier: int
    width: int
    height: int
    reduced: bool  # a still picture: frame headers have no type
    colour: Colour


def parse_sequence_header(body: bytes) -> SequenceHeader:
    """Parse a sequence header OBU without its header. Raises MediaError."""
    bits = BitReader(body)
    profile = bits.read(3)
    bits.read(1)  # still_picture
    reduced = bits.flag()
    level, tier = (bits.read(5), 0) if reduced else _operating_point(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(width_bits) + 1, bits.read(height_bits) + 1
    if not reduced and bits.flag():  # frame_id_numbers_present_flag
        bits.read(7)
    bits.read(3)
    if not reduced:
        _skip_tools(bits)
    bits.read(3)
    return SequenceHeader(profile, level, tier, width, height, reduced, _colour(bits, profile))


def _operating_point(bits: BitReader) -> tuple[int, int]:
    """Level and tier of the first operating point."""
    delay_bits = _timing(bits)
    delays_shown = bits.flag()
    points: list[tuple[int, int]] = []
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        level = bits.read(5)
        points.append((level, bits.read(1) if level > _TIER_FROM_LEVEL else 0))
        if delay_bits and bits.flag():
            bits.read(2 * delay_bits + 1)
        if delays_shown and bits.flag():
            bits.read(4)
    return points[0]


def _timing(bits: BitReader) -> int:
    """Skip timing and decoder model; the length of a buffer delay, 0 without a model."""
    if not bits.flag():
        return 0
    bits.read(64)
    if bits.flag():
        bits.unsigned()
    if not bits.flag():
        return 0
    delay_bits = bits.read(5) + 1
    bits.read(42)
    return delay_bits


def _skip_tools(bits: BitReader) -> None:
    bits.read(4)
    order_hint = bits.flag()
    if order_hint:
        bits.read(2)
    screen_content = bits.flag() or bits.flag()  # chosen per frame, or forced on
    if screen_content and not bits.flag():
        bits.read(1)
    if order_hint:
        bits.read(3)


def _colour(bits: BitReader, profile: int) -> Colour:
    high = bits.flag()
    twelve = profile == _DEEP_PROFILE and high and bits.flag()
    monochrome = profile != _FULL_CHROMA_PROFILE and bits.flag()
    described = tuple(bits.read(8) for _ in range(3)) if bits.flag() else (_UNSPECIFIED,) * 3
    if monochrome:
        bits.read(1)
        return Colour(high, twelve, True, True, True, 0)
    if described == (_BT709, _SRGB, _IDENTITY):
        return Colour(high, twelve, False, False, False, 0)
    bits.read(1)
    across, down = _subsampling(bits, profile, twelve)
    return Colour(high, twelve, False, across, down, bits.read(2) if across and down else 0)


def _subsampling(bits: BitReader, profile: int, twelve: bool) -> tuple[bool, bool]:
    if not twelve:
        return profile != _FULL_CHROMA_PROFILE, profile == 0
    across = bits.flag()
    return across, across and bits.flag()


def build_av1c(header: SequenceHeader, obu: bytes) -> bytes:
    """The av1C record; `obu` is the whole sequence header OBU with its size."""
    colour = header.colour
    flags = 0
    for bit in (header.tier, colour.high_depth, colour.twelve_bit, colour.monochrome):
        flags = flags << 1 | bit
    flags = flags << 4 | colour.subsampling_x << 3 | colour.subsampling_y << 2 | colour.sample_position
    return bytes((0x81, header.profile << 5 | header.level, flags, 0)) + obu
