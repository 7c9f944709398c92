"""RTP packets (RFC 3550 §5.1), their header extensions (RFC 8285) and retransmissions (RFC 4588)."""

import struct
from struct import Struct
from typing import Final, NamedTuple

from reelroom.errors import MediaError

HEADER: Final = Struct("!BBHII")  # flags, marker and payload type, sequence number, timestamp, SSRC
HEADER_BYTES: Final = HEADER.size
PLAIN: Final = 0x80  # first byte of a packet of version 2 without padding, extension and CSRC
VERSION: Final = 2
MARKER: Final = 0x80
PAYLOAD_TYPE: Final = 0x7F
EXTENSION: Final = 0x10
SEQUENCES: Final = 1 << 16
TIMESTAMPS: Final = 1 << 32

_PADDING = 0x20
_ONE_BYTE_PROFILE = 0xBEDE
_TWO_BYTE_PROFILE = 0x100  # upper 12 bits; the lower 4 are the application's (RFC 8285 §4.3)
_STOP = 15  # one-byte id that ends the list
_WORD = Struct("!H")
_EXTENSION_HEAD = Struct("!HH")


class RtpPacket(NamedTuple):
    """A parsed packet. `payload` is without padding; `extension` is the raw header extension."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    profile: int = 0
    extension: bytes = b""

    def to_bytes(self) -> bytes:
        """The packet on the wire, without header extension and padding."""
        second = self.payload_type | MARKER if self.marker else self.payload_type
        return HEADER.pack(PLAIN, second, self.sequence, self.timestamp, self.ssrc) + self.payload


def parse_rtp(packet: bytes) -> RtpPacket:
    """Parse one decrypted packet. Raises MediaError when it is not RTP or is cut off."""
    start, end = payload_span(packet)
    _, second, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
    profile, extension = _extension(packet)
    return RtpPacket(
        second & PAYLOAD_TYPE, second >= MARKER, sequence, timestamp, ssrc, packet[start:end], profile, extension
    )


def payload_span(packet: bytes) -> tuple[int, int]:
    """Where the payload stands, as (start, end) without padding. Raises MediaError."""
    size = len(packet)
    if size < HEADER_BYTES or packet[0] >> 6 != VERSION:
        raise MediaError("not an RTP packet")
    start = HEADER_BYTES + 4 * (packet[0] & 0x0F)
    if packet[0] & EXTENSION:
        if size < start + 4:
            raise MediaError("RTP header extension is cut off")
        start += 4 + 4 * _WORD.unpack_from(packet, start + 2)[0]
    end = size - _padding(packet)
    if start > end:
        raise MediaError("RTP header or padding is longer than the packet")
    return start, end


def find_extension(packet: bytes, identifier: int) -> bytes | None:
    """The header extension element of that id, in one-byte or two-byte form; None if absent or malformed."""
    try:
        profile, data = _extension(packet)
    except struct.error:
        return None
    if profile == _ONE_BYTE_PROFILE:
        return _find_one_byte(data, identifier)
    if profile >> 4 == _TWO_BYTE_PROFILE:
        return _find_two_byte(data, identifier)
    return None


def unwrap_rtx(packet: RtpPacket, *, ssrc: int, payload_type: int) -> RtpPacket | None:
    """The original packet inside a retransmission; None when it only carries padding. RFC 4588 §4."""
    if len(packet.payload) <= _WORD.size:
        return None
    (sequence,) = _WORD.unpack_from(packet.payload)
    return packet._replace(
        payload_type=payload_type, sequence=sequence, ssrc=ssrc, payload=packet.payload[2:], profile=0, extension=b""
    )


def wrap_rtx(packet: bytes, *, ssrc: int, payload_type: int, sequence: int) -> bytes:
    """A retransmission of a plain packet (one made by `RtpPacket.to_bytes`). RFC 4588 §4."""
    _, second, original, timestamp, _ = HEADER.unpack_from(packet)
    head = HEADER.pack(PLAIN, second & MARKER | payload_type, sequence, timestamp, ssrc)
    return head + _WORD.pack(original) + packet[HEADER_BYTES:]


def _padding(packet: bytes) -> int:
    if not packet[0] & _PADDING:
        return 0
    if not packet[-1]:
        raise MediaError("RTP padding of no length")
    return packet[-1]


def _extension(packet: bytes) -> tuple[int, bytes]:
    if not packet[0] & EXTENSION:
        return 0, b""
    start = HEADER_BYTES + 4 * (packet[0] & 0x0F)
    profile, words = _EXTENSION_HEAD.unpack_from(packet, start)
    return profile, packet[start + 4 : start + 4 + 4 * words]


def _find_one_byte(data: bytes, identifier: int) -> bytes | None:
    at = 0
    while at < len(data):
        element, size = data[at] >> 4, (data[at] & 0x0F) + 1
        if element == _STOP:
            return None
        if not data[at]:  # padding
            at += 1
            continue
        if element == identifier:
            return _whole(data, at + 1, size)
        at += 1 + size
    return None


def _find_two_byte(data: bytes, identifier: int) -> bytes | None:
    at = 0
    while at + 1 < len(data):
        if not data[at]:  # padding
            at += 1
            continue
        if data[at] == identifier:
            return _whole(data, at + 2, data[at + 1])
        at += 2 + data[at + 1]
    return None


def _whole(data: bytes, start: int, size: int) -> bytes | None:
    found = data[start : start + size]
    return found if len(found) == size else None
