"""RTCP: the packets we understand and those we send (RFC 3550 §6, RFC 4585, RFC 5104, REMB).

Source descriptions, application packets, extended reports and transport-wide feedback are skipped.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from reelroom.errors import MediaError
from reelroom.rtp.ntp import ntp_to_ns

_SR, _RR, _BYE, _RTPFB, _PSFB = 200, 201, 203, 205, 206
_NACK = 1  # format of RTPFB
_PLI, _FIR, _AFB = 1, 4, 15  # formats of PSFB
_VERSION = 2
_HEAD = Struct("!BBH")
_SSRC = Struct("!I")
_PAIR = Struct("!II")
_SENDER = Struct("!IQIII")  # SSRC, NTP, RTP, packets, octets
_BLOCK = Struct("!IIIIII")
_NACK_ITEM = Struct("!HH")
_FIR_ITEM = Struct("!IB3x")
_REMB_NAME = b"REMB"
_REMB = Struct("!4sBBH")
_REMB_MANTISSA_BITS = 18
_MAX_BLOCKS = 31
_NACK_REACH = 16  # sequence numbers after the first that one item can name


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says about one source. RFC 3550 §6.4.1."""

    ssrc: int
    fraction_lost: int  # of 256
    packets_lost: int  # signed 24 bits
    highest_sequence: int  # extended, 32 bits
    jitter: int  # RTP ticks
    last_report: int = 0  # middle 32 bits of the NTP timestamp of the last sender report
    delay: int = 0  # since then, in 1/65536 s


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a sender says of itself: `ntp` and `rtp` are the same instant on two clocks."""

    ssrc: int
    ntp: int
    rtp: int
    packets: int = 0
    octets: int = 0
    blocks: tuple[ReportBlock, ...] = ()

    @property
    def ntp_ns(self) -> int:
        """The instant in ns since the Unix epoch, by the sender's clock."""
        return ntp_to_ns(self.ntp)


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """What a receiver that sends nothing says."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class Bye:
    """Sources that leave."""

    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    """Packets of `media` that `sender` misses."""

    sender: int
    media: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pli:
    """`sender` can't decode `media` and wants a keyframe."""

    sender: int
    media: int


@dataclass(frozen=True, slots=True)
class Fir:
    """`sender` wants a keyframe of each of `media`."""

    sender: int
    media: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Remb:
    """The most `sender` can receive of all `media` together, in bits a second."""

    sender: int
    bitrate_bps: int
    media: tuple[int, ...]


RtcpPacket = SenderReport | ReceiverReport | Bye | Nack | Pli | Fir | Remb


def parse_rtcp(compound: bytes) -> list[RtcpPacket]:
    """The packets of a compound one, in order; unknown ones are left out. Raises MediaError."""
    packets: list[RtcpPacket] = []
    try:
        for kind, count, body in _split(compound):
            parse = _PARSERS.get((kind, count if kind in (_RTPFB, _PSFB) else 0))
            packet = parse(body, count) if parse else None
            if packet is not None:
                packets.append(packet)
    except struct.error as error:
        raise MediaError("RTCP packet is cut off") from error
    return packets


def _split(compound: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at < len(compound):
        first, kind, words = _HEAD.unpack_from(compound, at)
        end = at + 4 + 4 * words
        if first >> 6 != _VERSION or end > len(compound):
            raise MediaError("RTCP packet has a wrong version or length")
        body = compound[at + 4 : end]
        yield kind, first & 0x1F, _without_padding(body) if first & 0x20 else body
        at = end


def _without_padding(body: bytes) -> bytes:
    if not body or not 0 < body[-1] <= len(body):
        raise MediaError("RTCP padding is longer than the packet")
    return body[: -body[-1]]


def _parse_sender_report(body: bytes, count: int) -> SenderReport:
    ssrc, ntp, rtp, packets, octets = _SENDER.unpack_from(body)
    return SenderReport(ssrc, ntp, rtp, packets, octets, _parse_blocks(body, _SENDER.size, count))


def _parse_receiver_report(body: bytes, count: int) -> ReceiverReport:
    (ssrc,) = _SSRC.unpack_from(body)
    return ReceiverReport(ssrc, _parse_blocks(body, _SSRC.size, count))


def _parse_blocks(body: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    return tuple(_parse_block(body, start + index * _BLOCK.size) for index in range(count))


def _parse_block(body: bytes, start: int) -> ReportBlock:
    ssrc, losses, highest, jitter, last_report, delay = _BLOCK.unpack_from(body, start)
    lost = (losses & 0xFFFFFF ^ 0x800000) - 0x800000
    return ReportBlock(ssrc, losses >> 24, lost, highest, jitter, last_report, delay)


def _parse_bye(body: bytes, count: int) -> Bye:
    return Bye(tuple(_SSRC.unpack_from(body, 4 * index)[0] for index in range(count)))


def _parse_nack(body: bytes, _: int) -> Nack:
    sender, media = _PAIR.unpack_from(body)
    sequences: list[int] = []
    for at in range(_PAIR.size, len(body), _NACK_ITEM.size):
        first, following = _NACK_ITEM.unpack_from(body, at)
        sequences.append(first)
        sequences.extend((first + bit + 1) & 0xFFFF for bit in range(_NACK_REACH) if following >> bit & 1)
    return Nack(sender, media, tuple(sequences))


def _parse_pli(body: bytes, _: int) -> Pli:
    return Pli(*_PAIR.unpack_from(body))


def _parse_fir(body: bytes, _: int) -> Fir:
    sender, _media = _PAIR.unpack_from(body)  # the media field is unused: RFC 5104 §4.3.1.2
    items = range(_PAIR.size, len(body), _FIR_ITEM.size)
    return Fir(sender, tuple(_FIR_ITEM.unpack_from(body, at)[0] for at in items))


def _parse_remb(body: bytes, _: int) -> Remb | None:
    sender, _media = _PAIR.unpack_from(body)
    if not body.startswith(_REMB_NAME, _PAIR.size):
        return None  # another application's feedback
    _, count, high, low = _REMB.unpack_from(body, _PAIR.size)
    start = _PAIR.size + _REMB.size
    media = tuple(_SSRC.unpack_from(body, start + 4 * index)[0] for index in range(count))
    return Remb(sender, ((high & 3) << 16 | low) << (high >> 2), media)


_PARSERS: Final[dict[tuple[int, int], Callable[[bytes, int], RtcpPacket | None]]] = {
    (_SR, 0): _parse_sender_report,
    (_RR, 0): _parse_receiver_report,
    (_BYE, 0): _parse_bye,
    (_RTPFB, _NACK): _parse_nack,
    (_PSFB, _PLI): _parse_pli,
    (_PSFB, _FIR): _parse_fir,
    (_PSFB, _AFB): _parse_remb,
}


def build_sender_report(report: SenderReport) -> bytes:
    """A sender report; counts are taken modulo 32 bits."""
    head = _SENDER.pack(report.ssrc, report.ntp, report.rtp, report.packets & 0xFFFFFFFF, report.octets & 0xFFFFFFFF)
    return _packet(_SR, len(report.blocks), head + _blocks(report.blocks))


def build_receiver_report(report: ReceiverReport) -> bytes:
    """A receiver report, which also is the head that a compound packet needs (RFC 3550 §6.1)."""
    return _packet(_RR, len(report.blocks), _SSRC.pack(report.ssrc) + _blocks(report.blocks))


def build_bye(bye: Bye) -> bytes:
    """A goodbye of at most 31 sources."""
    return _packet(_BYE, len(bye.ssrcs), _ssrcs(bye.ssrcs))


def build_nack(nack: Nack) -> bytes:
    """A generic NACK (RFC 4585 §6.2.1). The sequence numbers must be in ascending (wrapping) order."""
    items: list[list[int]] = []
    for sequence in nack.sequences:
        ahead = (sequence - items[-1][0] & 0xFFFF) if items else 0
        if 0 < ahead <= _NACK_REACH:
            items[-1][1] |= 1 << (ahead - 1)
        else:
            items.append([sequence, 0])
    body = b"".join(_NACK_ITEM.pack(*item) for item in items)
    return _packet(_RTPFB, _NACK, _PAIR.pack(nack.sender, nack.media) + body)


def build_pli(pli: Pli) -> bytes:
    """A picture loss indication (RFC 4585 §6.3.1)."""
    return _packet(_PSFB, _PLI, _PAIR.pack(pli.sender, pli.media))


def build_fir(fir: Fir, command: int) -> bytes:
    """A full intra request (RFC 5104 §4.3.1); `command` counts up, modulo 256, with each new request."""
    items = b"".join(_FIR_ITEM.pack(ssrc, command & 0xFF) for ssrc in fir.media)
    return _packet(_PSFB, _FIR, _PAIR.pack(fir.sender, 0) + items)


def build_remb(remb: Remb) -> bytes:
    """A receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb §2.2), rounded down to 18 bits."""
    exponent = max(0, remb.bitrate_bps.bit_length() - _REMB_MANTISSA_BITS)
    mantissa = remb.bitrate_bps >> exponent
    head = _REMB.pack(_REMB_NAME, len(remb.media), exponent << 2 | mantissa >> 16, mantissa & 0xFFFF)
    return _packet(_PSFB, _AFB, _PAIR.pack(remb.sender, 0) + head + _ssrcs(remb.media))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    assert count <= _MAX_BLOCKS
    return _HEAD.pack(_VERSION << 6 | count, kind, len(body) // 4) + body


def _ssrcs(ssrcs: Sequence[int]) -> bytes:
    return b"".join(map(_SSRC.pack, ssrcs))


def _blocks(blocks: Sequence[ReportBlock]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost << 24 | block.packets_lost & 0xFFFFFF,
            block.highest_sequence & 0xFFFFFFFF,
            min(block.jitter, 0xFFFFFFFF),
            block.last_report,
            block.delay,
        )
        for block in blocks
    )
