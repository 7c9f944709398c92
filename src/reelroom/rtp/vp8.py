"""VP8: the payload descriptor of RFC 7741 and the frame header of RFC 6386 §9.1."""

from struct import Struct

from reelroom.errors import MediaError
from reelroom.rtp.depacketiser import Assembled, Fmtp, RtpCodec
from reelroom.rtp.frame import Config
from reelroom.units import Codec

_EXTENDED = 0x80
_FIRST_MASK, _FIRST = 0x17, 0x10  # S set and partition index 0: the first packet of a frame
_PICTURE_ID, _TL0_INDEX, _TEMPORAL_OR_KEY = 0x80, 0x40, 0x30
_LONG_PICTURE_ID = 0x80
_INTER = 0x01  # of the frame header's first byte
_START_CODE = b"\x9d\x01\x2a"
_KEY_HEADER = Struct("<3x3sHH")  # tag, start code, width and height with 2 bits of scale each
_SIZE_MASK = 0x3FFF


def descriptor_bytes(payload: bytes) -> int:
    """The length of the payload descriptor, at least one byte short of the payload's. Raises MediaError."""
    try:
        size = 1
        if payload[0] & _EXTENDED:
            flags, size = payload[1], 2
            if flags & _PICTURE_ID:
                size += 2 if payload[2] & _LONG_PICTURE_ID else 1
            size += bool(flags & _TL0_INDEX) + bool(flags & _TEMPORAL_OR_KEY)
        payload[size]
    except IndexError:
        raise MediaError("VP8 payload is cut off") from None
    return size


class Vp8Depacketiser:
    """Strips descriptors and reads the size of keyframes."""

    def __init__(self, fmtp: Fmtp) -> None:  # noqa: ARG002
        self._config = Config(Codec.VP8)

    def begins_keyframe(self, payload: bytes) -> bool:
        """Whether a frame begins here and its header says intra."""
        try:
            return payload[0] & _FIRST_MASK == _FIRST and not payload[descriptor_bytes(payload)] & _INTER
        except MediaError:
            return False

    def assemble(self, payloads: list[bytes]) -> Assembled:
        """The bare frame."""
        if payloads[0][0] & _FIRST_MASK != _FIRST:
            raise MediaError("VP8 frame lacks its beginning")
        frame = b"".join([payload[descriptor_bytes(payload) :] for payload in payloads])
        keyframe = not frame[0] & _INTER
        if keyframe:
            self._remember(frame)
        return Assembled(frame, keyframe, self._config)

    def _remember(self, frame: bytes) -> None:
        if len(frame) < _KEY_HEADER.size:
            raise MediaError("VP8 keyframe is cut off")
        code, width, height = _KEY_HEADER.unpack_from(frame)
        width, height = width & _SIZE_MASK, height & _SIZE_MASK
        if code != _START_CODE or not width or not height:
            raise MediaError("VP8 keyframe has no size")
        if (width, height) != (self._config.width, self._config.height):
            self._config = Config(Codec.VP8, width, height)


VP8 = RtpCodec(Codec.VP8, "VP8", 90_000, 0, lambda _: 0, lambda _: {}, Vp8Depacketiser)
