"""AV1: OBU elements of the AOM RTP specification (v1.0, §4) to low-overhead OBUs (AV1 specification §5.2)."""

from collections.abc import Iterable, Iterator

from reelroom.errors import MediaError
from reelroom.rtp.av1_sequence import SequenceHeader, build_av1c, parse_sequence_header
from reelroom.rtp.bits import BitReader, read_leb128, write_leb128
from reelroom.rtp.depacketiser import Assembled, Fmtp, RtpCodec, number
from reelroom.rtp.frame import Config
from reelroom.units import Codec

_CONTINUES, _UNFINISHED, _NEW_SEQUENCE = 0x80, 0x40, 0x08  # Z, Y and N of the aggregation header
_EXTENDED, _SIZED = 0x04, 0x02  # of an OBU header
_FORBIDDEN = 0x80
_SEQUENCE_HEADER, _TEMPORAL_DELIMITER, _FRAME_HEADER, _FRAME, _TILE_LIST, _PADDING = 1, 2, 3, 6, 8, 15
_DROPPED = frozenset({_TEMPORAL_DELIMITER, _TILE_LIST, _PADDING})  # AOM RTP specification §5


def _split_elements(payload: bytes) -> Iterator[bytes]:
    """The OBU elements of a packet; all but the last of W have a length, with W = 0 all have."""
    count = payload[0] >> 4 & 3
    at, index = 1, 0
    while at < len(payload):
        index += 1
        size = len(payload) - at
        if index != count:
            size, at = read_leb128(payload, at)
        element = payload[at : at + size]
        if len(element) < size:
            raise MediaError("AV1 packet is cut off")
        at += size
        yield element
    if index == 0 or index < count:
        raise MediaError("AV1 packet is cut off")


def join_elements(payloads: list[bytes]) -> list[bytes]:
    """The OBUs of one temporal unit's payloads. Raises MediaError when a part is missing."""
    obus: list[bytes] = []
    parts: list[bytes] = []
    unfinished = False
    for payload in payloads:
        if unfinished != (payload[0] >= _CONTINUES):
            raise MediaError("AV1 fragments do not fit together")
        for element in _split_elements(payload):
            if not unfinished and parts:
                obus.append(b"".join(parts))
                parts = []
            parts.append(element)
            unfinished = False
        unfinished = bool(payload[0] & _UNFINISHED)
    if unfinished:
        raise MediaError("AV1 fragments do not end")
    return [*obus, b"".join(parts)]


def _split_obu(obu: bytes) -> tuple[bytes, bytes]:
    """Header (without size) and body of an OBU."""
    if not obu or obu[0] & _FORBIDDEN:
        raise MediaError("not an AV1 OBU")
    start = 2 if obu[0] & _EXTENDED else 1
    if len(obu) < start:
        raise MediaError("AV1 OBU is cut off")
    header = bytes((obu[0] & ~_SIZED,)) + obu[1:start]
    if not obu[0] & _SIZED:
        return header, obu[start:]
    size, start = read_leb128(obu, start)
    if len(obu) < start + size:
        raise MediaError("AV1 OBU is cut off")
    return header, obu[start : start + size]


def _sized(header: bytes, body: bytes) -> bytes:
    return bytes((header[0] | _SIZED,)) + header[1:] + write_leb128(len(body)) + body


def _kind(header: bytes) -> int:
    return header[0] >> 3 & 0x0F


class Av1Depacketiser:
    """Joins OBUs, gives them their sizes back and remembers the sequence header."""

    def __init__(self, fmtp: Fmtp) -> None:  # noqa: ARG002
        self._config = Config(Codec.AV1)
        self._sequence: SequenceHeader | None = None
        self._sequence_obu = b""

    def begins_keyframe(self, payload: bytes) -> bool:
        """Whether a new coded video sequence begins here."""
        return payload[0] & (_CONTINUES | _NEW_SEQUENCE) == _NEW_SEQUENCE

    def assemble(self, payloads: list[bytes]) -> Assembled | None:
        """The temporal unit; a keyframe begins with the sequence header in force. None without a picture."""
        obus = [(header, body) for header, body in map(_split_obu, join_elements(payloads))]
        obus = [obu for obu in obus if _kind(obu[0]) not in _DROPPED]
        for header, body in obus:
            if _kind(header) == _SEQUENCE_HEADER:
                self._remember(header, body)
        picture = next((body for header, body in obus if _kind(header) in (_FRAME, _FRAME_HEADER)), None)
        if picture is None:
            return None
        keyframe = self._is_key(picture)
        if keyframe:
            obus = [obu for obu in obus if _kind(obu[0]) != _SEQUENCE_HEADER]
        return Assembled(self._joined(obus, keyframe), keyframe, self._config)

    def _is_key(self, picture: bytes) -> bool:
        if self._sequence is None:
            return False
        bits = BitReader(picture[:1])
        return self._sequence.reduced or bits.read(3) == 0  # neither shown again nor any other type than KEY_FRAME

    def _joined(self, obus: Iterable[tuple[bytes, bytes]], keyframe: bool) -> bytes:
        joined = b"".join([_sized(header, body) for header, body in obus])
        return self._sequence_obu + joined if keyframe else joined

    def _remember(self, header: bytes, body: bytes) -> None:
        obu = _sized(header, body)
        if obu == self._sequence_obu:
            return
        sequence = parse_sequence_header(body)
        self._config = Config(Codec.AV1, sequence.width, sequence.height, private=build_av1c(sequence, obu))
        self._sequence, self._sequence_obu = sequence, obu


def _rank(offered: Fmtp) -> int | None:
    return 0 if number(offered, "profile", 0) == 0 else None


def _answer(offered: Fmtp) -> dict[str, str]:
    level, tier = number(offered, "level-idx", 5), number(offered, "tier", 0)
    return {"level-idx": str(level), "profile": "0", "tier": str(tier)}


AV1 = RtpCodec(Codec.AV1, "AV1", 90_000, 0, _rank, _answer, Av1Depacketiser)
