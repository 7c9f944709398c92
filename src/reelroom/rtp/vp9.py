"""VP9: the payload descriptor of RFC 9628 and the uncompressed header of the VP9 bitstream, §6.2.

Of spatial layers only the base one is kept: it can be decoded alone, and one picture is all a file shows.
"""

from reelroom.errors import MediaError
from reelroom.rtp.bits import BitReader
from reelroom.rtp.depacketiser import Assembled, Fmtp, RtpCodec, number
from reelroom.rtp.frame import Config
from reelroom.units import Codec

_PICTURE_ID, _INTER, _LAYERS, _FLEXIBLE, _BEGIN, _END, _STRUCTURE = 0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02
_MORE = 0x80  # picture id of two bytes
_MORE_DIFFS = 0x01
_MAX_DIFFS = 3
_SIZES, _GROUP = 0x10, 0x08  # of the scalability structure's first byte
_HEADER_BYTES = 32  # more than any header needs up to the size
_FRAME_MARKER = 2
_SYNC_CODE = 0x498342
_SRGB = 7
_SUBSAMPLED_PROFILES = (0, 2)
_DEEP_PROFILE = 2
_MAX_PROFILE = 3


def parse_descriptor(payload: bytes) -> tuple[int, int]:
    """The payload descriptor's length, at least one byte short of the payload's, and the spatial layer's number.

    Raises MediaError.
    """
    try:
        flags, at, layer = payload[0], 1, 0
        if flags & _PICTURE_ID:
            at += 2 if payload[at] & _MORE else 1
        if flags & _LAYERS:
            layer = payload[at] >> 1 & 7
            at += 1 if flags & _FLEXIBLE else 2
        if flags & _FLEXIBLE and flags & _INTER:
            at = _after_differences(payload, at)
        if flags & _STRUCTURE:
            at = _after_structure(payload, at)
        payload[at]
    except IndexError:
        raise MediaError("VP9 payload is cut off") from None
    return at, layer


def _after_differences(payload: bytes, at: int) -> int:
    for _ in range(_MAX_DIFFS):
        at += 1
        if not payload[at - 1] & _MORE_DIFFS:
            break
    return at


def _after_structure(payload: bytes, at: int) -> int:
    head = payload[at]
    at += 1
    if head & _SIZES:
        at += 4 * ((head >> 5) + 1)
    if head & _GROUP:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            at += 1 + (payload[at] >> 2 & 3)
    return at


def keyframe_size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of a keyframe in pixels; None for any other frame. Raises MediaError."""
    bits = BitReader(frame[:_HEADER_BYTES])
    if bits.read(2) != _FRAME_MARKER:
        raise MediaError("not a VP9 frame")
    profile = bits.read(1) | bits.read(1) << 1
    if profile == _MAX_PROFILE:
        bits.read(1)
    if bits.flag():  # shows a frame that was sent before
        return None
    if bits.flag():  # inter
        return None
    bits.read(2)  # shown, error resilient
    if bits.read(24) != _SYNC_CODE:
        raise MediaError("VP9 keyframe lacks its sync code")
    _skip_colour(bits, profile)
    return bits.read(16) + 1, bits.read(16) + 1


def _skip_colour(bits: BitReader, profile: int) -> None:
    if profile >= _DEEP_PROFILE:
        bits.read(1)
    if bits.read(3) != _SRGB:
        bits.read(1)
        if profile not in _SUBSAMPLED_PROFILES:
            bits.read(3)
    elif profile not in _SUBSAMPLED_PROFILES:
        bits.read(1)
    else:
        raise MediaError("VP9 profile can't hold RGB")


class Vp9Depacketiser:
    """Strips descriptors and reads the size of keyframes."""

    def __init__(self, fmtp: Fmtp) -> None:  # noqa: ARG002
        self._config = Config(Codec.VP9)

    def begins_keyframe(self, payload: bytes) -> bool:
        """Whether a base layer frame begins here that is predicted from nothing."""
        try:
            return payload[0] & (_BEGIN | _INTER) == _BEGIN and parse_descriptor(payload)[1] == 0
        except MediaError:
            return False

    def assemble(self, payloads: list[bytes]) -> Assembled | None:
        """The bare frame of the base layer; None if the packets hold only higher layers."""
        if not payloads[0][0] & _BEGIN or not payloads[-1][0] & _END:
            raise MediaError("VP9 frame lacks its beginning or end")
        frame = b"".join(
            [payload[start:] for payload in payloads for start, layer in (parse_descriptor(payload),) if not layer]
        )
        if not frame:
            return None
        size = keyframe_size(frame)
        if size and size != (self._config.width, self._config.height):
            self._config = Config(Codec.VP9, *size)
        return Assembled(frame, size is not None, self._config)


def _rank(offered: Fmtp) -> int | None:
    return 0 if number(offered, "profile-id", 0) == 0 else None


VP9 = RtpCodec(Codec.VP9, "VP9", 90_000, 0, _rank, lambda _: {"profile-id": "0"}, Vp9Depacketiser)
