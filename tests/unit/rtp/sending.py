"""The other side: packetisers of all codecs, written from the payload formats, and a sender that numbers packets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import pack, unpack_from

from reelroom.rtp.bits import write_leb128
from reelroom.units import Codec

MTU = 300  # bytes of payload: small, so that small frames need several packets
PAYLOAD_TYPE, RTX_PAYLOAD_TYPE = 96, 97
SSRC, RTX_SSRC = 0x1234, 0x4321
VIDEO_STEP = 3000  # ticks of one picture, 30 a second
FRAME_NS = 33_333_333


@dataclass
class Sender:
    """Numbers the packets of one source; keeps them for retransmission."""

    ssrc: int = SSRC
    payload_type: int = PAYLOAD_TYPE
    sequence: int = 0
    rtx_sequence: int = 500
    sent: dict[int, bytes] = field(default_factory=dict)

    def packet(self, payload: bytes, timestamp: int, marker: bool = False, **header) -> bytes:
        packet = rtp(
            payload, self.sequence, timestamp, marker, ssrc=self.ssrc, payload_type=self.payload_type, **header
        )
        self.sent[self.sequence] = packet
        self.sequence = (self.sequence + 1) & 0xFFFF
        return packet

    def frame(self, payloads: list[bytes], timestamp: int) -> list[bytes]:
        last = len(payloads) - 1
        return [self.packet(payload, timestamp, index == last) for index, payload in enumerate(payloads)]

    def padding(self, timestamp: int, size: int = 40) -> bytes:
        """A packet that probes the network: only padding, on the main source."""
        return self.packet(bytes(size - 1) + bytes((size,)), timestamp, first=0xA0)

    def retransmit(self, sequence: int) -> bytes:
        _, second, original, timestamp, _ = unpack_from("!BBHII", self.sent[sequence])
        self.rtx_sequence += 1
        return rtp(
            pack("!H", original) + self.sent[sequence][12:],
            self.rtx_sequence,
            timestamp,
            second >= 0x80,
            ssrc=RTX_SSRC,
            payload_type=RTX_PAYLOAD_TYPE,
        )


def rtp(payload, sequence, timestamp, marker=False, *, ssrc=SSRC, payload_type=PAYLOAD_TYPE, first=0x80, extension=b""):
    head = pack("!BBHII", first, payload_type | marker << 7, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + extension + payload


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[at : at + size] for at in range(0, len(data), size))


def packetise_h264(units: list[bytes]) -> list[bytes]:
    """Parameter sets in one STAP-A, small units alone, large ones in FU-A."""
    sets = [unit for unit in units if unit[0] & 0x1F in (7, 8)]
    payloads = [b"\x78" + b"".join(pack("!H", len(unit)) + unit for unit in sets)] if sets else []
    for unit in units:
        if unit[0] & 0x1F in (7, 8):
            continue
        payloads.extend([unit] if len(unit) <= MTU else fragment(unit))
    return payloads


def fragment(unit: bytes) -> list[bytes]:
    parts = list(pieces(unit[1:], MTU))
    flags = [0x80, *[0] * (len(parts) - 2), 0x40]
    head = bytes((unit[0] & 0xE0 | 28,))
    return [head + bytes((flag | unit[0] & 0x1F,)) + part for flag, part in zip(flags, parts, strict=True)]


def packetise_vp8(frame: bytes) -> list[bytes]:
    """With a 15-bit picture id, as browsers send."""
    return [
        bytes((0x90 if index == 0 else 0x80, 0x80, 0x80 | 0x12, 0x34)) + part
        for index, part in enumerate(pieces(frame, MTU))
    ]


def packetise_vp9(frame: bytes) -> list[bytes]:
    """Not flexible, with a 15-bit picture id."""
    inter = 0x40 if frame[0] & 0x04 else 0  # profile 0: marker, 2 bits of profile, shown again, frame type
    parts = list(pieces(frame, MTU))
    last = len(parts) - 1
    return [
        bytes((0x80 | inter | (0x08 if index == 0 else 0) | (0x04 if index == last else 0), 0x81, 0x02)) + part
        for index, part in enumerate(parts)
    ]


def split_obus(data: bytes) -> list[bytes]:
    """Low-overhead OBUs of profile 0, whole; for tests, all have sizes."""
    obus, at = [], 0
    while at < len(data):
        start, size, shift = at + 1 + (data[at] >> 2 & 1), 0, 0
        while True:
            byte = data[start]
            size |= (byte & 0x7F) << shift
            start, shift = start + 1, shift + 7
            if byte < 0x80:
                break
        obus.append(data[at : start + size])
        at = start + size
    return obus


def strip_size(obu: bytes) -> bytes:
    """An OBU as it travels: without its size."""
    start = 1 + (obu[0] >> 2 & 1)
    body = start
    while obu[body] >= 0x80:
        body += 1
    return bytes((obu[0] & ~0x02,)) + obu[1:start] + obu[body + 1 :]


def packetise_av1(unit: bytes) -> list[bytes]:
    """All elements with lengths (W = 0), cut anywhere; temporal delimiters stay at home."""
    obus = [strip_size(obu) for obu in split_obus(unit) if obu[0] >> 3 & 15 != 2]
    new_sequence = any(obu[0] >> 3 & 15 == 1 for obu in obus)
    payloads, room = [bytearray((0x08 if new_sequence else 0,))], MTU
    for obu in obus:
        parts = [obu[:room], *pieces(obu[room:], MTU)] if room < len(obu) else [obu]
        for index, part in enumerate(parts):
            if index or room <= 0:
                if index:
                    payloads[-1][0] |= 0x40
                payloads.append(bytearray((0x80 if index else 0,)))
            payloads[-1] += write_leb128(len(part)) + part
        room = MTU - len(payloads[-1])
    return [bytes(payload) for payload in payloads]


PACKETISERS: dict[Codec, Callable[[bytes], list[bytes]]] = {
    Codec.VP8: packetise_vp8,
    Codec.VP9: packetise_vp9,
    Codec.AV1: packetise_av1,
    Codec.OPUS: lambda payload: [payload],
    Codec.H264: lambda payload: packetise_h264(split_lengthened(payload)),
}


def split_lengthened(payload: bytes) -> list[bytes]:
    units, at = [], 0
    while at < len(payload):
        (size,) = unpack_from("!I", payload, at)
        units.append(payload[at + 4 : at + 4 + size])
        at += 4 + size
    return units


def vp8_frame(number: int, *, keyframe: bool, size: int = 700, width: int = 640, height: int = 360) -> bytes:
    """A made-up frame that every other one differs from."""
    head = b"\x10\x02\x00\x9d\x01\x2a" + pack("<HH", width, height) if keyframe else b"\x11\x02\x00"
    return head + pack("!I", number) + bytes((number * 7 + at) & 0xFF for at in range(size))
