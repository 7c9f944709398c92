"""H264 sequence parameter sets (ITU-T H.264 §7.3.2.1.1) and the avcC record (ISO/IEC 14496-15 §5.3.3)."""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from reelroom.errors import MediaError
from reelroom.rtp.bits import BitReader

_CHROMA_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
_EXTENDED_RECORD_PROFILES = frozenset({100, 110, 122, 144, 244})
_CHROMA_420, _CHROMA_422, _CHROMA_444 = 1, 2, 3
_SMALL_LIST, _LARGE_LIST = 16, 64  # scaling list entries
_SMALL_LISTS = 6
_MAX_CYCLE = 255
_MAX_MACROBLOCKS = 1055  # a side of level 6.2, in macroblocks
_MIN_BYTES = 4
_MAX_SEQUENCE_SETS, _MAX_PICTURE_SETS = 31, 255  # that avcC can count
_LENGTH = Struct("!H")


class SequenceParameters(NamedTuple):
    """What we need of an SPS. Sizes in pixels, after cropping."""

    profile: int
    compatibility: int  # constraint flags
    level: int
    width: int
    height: int
    chroma: int  # chroma_format_idc
    luma_depth: int  # bits beyond 8
    chroma_depth: int


def parse_sps(unit: bytes) -> SequenceParameters:
    """Parse an SPS NAL unit, header byte included. Raises MediaError."""
    if len(unit) < _MIN_BYTES:
        raise MediaError("H264 SPS is cut off")
    bits = BitReader(unit[4:].replace(b"\0\0\3", b"\0\0"))  # emulation prevention, §7.4.1
    bits.unsigned()  # seq_parameter_set_id
    chroma, luma_depth, chroma_depth = _CHROMA_420, 0, 0
    separate = False
    if unit[1] in _CHROMA_PROFILES:
        chroma = bits.unsigned()
        separate = chroma == _CHROMA_444 and bits.flag()
        luma_depth, chroma_depth = bits.unsigned(), bits.unsigned()
        bits.read(1)
        _skip_scaling_matrix(bits, chroma)
    bits.unsigned()  # log2_max_frame_num_minus4
    _skip_picture_order(bits)
    bits.unsigned()  # max_num_ref_frames
    bits.read(1)
    width, height = _picture_size(bits, 0 if separate else chroma)
    if chroma > _CHROMA_444 or max(luma_depth, chroma_depth) > _SMALL_LISTS:
        raise MediaError("H264 SPS names an unknown picture format")
    return SequenceParameters(unit[1], unit[2], unit[3], width, height, chroma, luma_depth, chroma_depth)


def _skip_scaling_matrix(bits: BitReader, chroma: int) -> None:
    if not bits.flag():
        return
    for index in range(12 if chroma == _CHROMA_444 else 8):
        if bits.flag():
            _skip_scaling_list(bits, _SMALL_LIST if index < _SMALL_LISTS else _LARGE_LIST)


def _skip_scaling_list(bits: BitReader, entries: int) -> None:
    last, following = 8, 8
    for _ in range(entries):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: BitReader) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.read(1)
        bits.signed()
        bits.signed()
        cycle = bits.unsigned()
        if cycle > _MAX_CYCLE:
            raise MediaError("H264 SPS has an endless picture order")
        for _ in range(cycle):
            bits.signed()


def _picture_size(bits: BitReader, chroma: int) -> tuple[int, int]:
    across, down = bits.unsigned() + 1, bits.unsigned() + 1
    frames_only = bits.flag()
    fields = 1 if frames_only else 2
    if not frames_only:
        bits.read(1)
    bits.read(1)  # direct_8x8_inference_flag
    width, height = 16 * across, 16 * down * fields
    if bits.flag():
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        width -= (left + right) * (2 if chroma in (_CHROMA_420, _CHROMA_422) else 1)
        height -= (top + bottom) * (2 if chroma == _CHROMA_420 else 1) * fields
    if width <= 0 or height <= 0 or max(across, down) > _MAX_MACROBLOCKS:
        raise MediaError("H264 SPS names an impossible picture size")
    return width, height


def build_avcc(sequence_sets: Sequence[bytes], picture_sets: Sequence[bytes]) -> bytes:
    """The avcC record of parameter sets, for 4-byte lengths. Raises MediaError."""
    if not 0 < len(sequence_sets) <= _MAX_SEQUENCE_SETS or not 0 < len(picture_sets) <= _MAX_PICTURE_SETS:
        raise MediaError("H264 has no or too many parameter sets")
    first = parse_sps(sequence_sets[0])
    record = bytes((1, first.profile, first.compatibility, first.level, 0xFF, 0xE0 | len(sequence_sets)))
    record += _lengthened(sequence_sets) + bytes((len(picture_sets),)) + _lengthened(picture_sets)
    if first.profile in _EXTENDED_RECORD_PROFILES:
        record += bytes((0xFC | first.chroma, 0xF8 | first.luma_depth, 0xF8 | first.chroma_depth, 0))
    return record


def _lengthened(units: Sequence[bytes]) -> bytes:
    return b"".join(_LENGTH.pack(len(unit)) + unit for unit in units)
