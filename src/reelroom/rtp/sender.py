"""One outgoing track of one viewer: a publisher's packets under the viewer's own numbers.

Forward packets as they arrive, before they are put in order: a viewer asks for what is missing itself, and waiting
here would delay everyone. Timestamps stay the publisher's, so that its sender reports keep the lips in step.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from reelroom.rtp.packet import HEADER, MARKER, PLAIN, SEQUENCES, TIMESTAMPS, RtpPacket, wrap_rtx
from reelroom.rtp.rtcp import Bye, ReceiverReport, SenderReport, build_bye, build_receiver_report, build_sender_report
from reelroom.units import NS, NS_PER_MS

HISTORY: Final = 512  # packets kept for those who missed them, a power of two: 2 s of 1.5 Mbps video
RESEND_NS: Final = 10 * NS_PER_MS  # a packet is not sent again sooner: one NACK may name it many times

_pack_header = HEADER.pack


class _Sent(NamedTuple):
    sequence: int
    packet: bytes


@dataclass(slots=True)
class ViewerStats:
    """Counts since the viewer came."""

    packets: int = 0
    bytes: int = 0  # payload, as sender reports count them
    resent: int = 0
    missed: int = 0  # asked for, but no longer known


class ViewerTrack:
    """Sends one track to one viewer.

    ssrc, payload_type, rtx_ssrc, rtx_payload_type: ours towards this viewer; without the last two, packets are
    sent again as they were. first_sequence: of the first packet sent, any; it should be random (RFC 3550 §5.1).
    """

    def __init__(
        self,
        *,
        ssrc: int,
        payload_type: int,
        clock_rate: int,
        first_sequence: int,
        rtx_ssrc: int | None = None,
        rtx_payload_type: int | None = None,
    ) -> None:
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.rtx_ssrc = rtx_ssrc
        self.rtx_payload_type = rtx_payload_type
        self.stats = ViewerStats()
        self._clock_rate = clock_rate
        self._source: int | None = None  # the publisher's SSRC
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._next_sequence = first_sequence % SEQUENCES
        self._timestamp = 0  # newest sent
        self._sent_ns = 0
        self._rtx_sequence = first_sequence % SEQUENCES
        self._history: list[_Sent | None] = [None] * HISTORY
        self._resent_ns: dict[int, int] = {}

    def forward(self, packet: RtpPacket, now_ns: int) -> bytes:
        """The packet to send for one of the publisher's. Give each one once, in the order of arrival."""
        _, marker, source_sequence, source_timestamp, source, payload, _, _ = packet
        if source != self._source:
            self._follow(packet, now_ns)
        sequence = (source_sequence + self._sequence_offset) % SEQUENCES
        timestamp = (source_timestamp + self._timestamp_offset) % TIMESTAMPS
        second = self.payload_type | MARKER if marker else self.payload_type
        sent = _pack_header(PLAIN, second, sequence, timestamp, self.ssrc) + payload
        self._history[sequence % HISTORY] = _Sent(sequence, sent)
        if (sequence - self._next_sequence) % SEQUENCES < SEQUENCES // 2:
            self._next_sequence = (sequence + 1) % SEQUENCES
            self._timestamp, self._sent_ns = timestamp, now_ns
        self.stats.packets += 1
        self.stats.bytes += len(payload)
        return sent

    def resend(self, sequences: tuple[int, ...], now_ns: int) -> list[bytes]:
        """The packets that answer a NACK: retransmissions (RFC 4588) if negotiated, else the same again."""
        answers: list[bytes] = []
        for sequence in sequences:
            sent = self._history[sequence % HISTORY]
            if sent is None or sent.sequence != sequence:
                self.stats.missed += 1
            elif now_ns - self._resent_ns.get(sequence, -RESEND_NS) >= RESEND_NS:
                self._resent_ns[sequence] = now_ns
                answers.append(self._retransmission(sent.packet))
        if len(self._resent_ns) > HISTORY:
            self._forget(now_ns)
        self.stats.resent += len(answers)
        return answers

    def sender_report(self, report: SenderReport) -> bytes | None:
        """The publisher's sender report as ours: the same instant, on this viewer's clock and with our counts.

        Send one at each of the publisher's, and its last one to a viewer once something was forwarded to it. None
        if the report is of another source than what was forwarded last.
        """
        if report.ssrc != self._source:
            return None
        ours = replace(
            report,
            ssrc=self.ssrc,
            rtp=(report.rtp + self._timestamp_offset) % TIMESTAMPS,
            packets=self.stats.packets,
            octets=self.stats.bytes,
            blocks=(),
        )
        return build_sender_report(ours)

    def bye(self) -> bytes:
        """The last packet: nothing follows from this source."""
        return build_receiver_report(ReceiverReport(self.ssrc)) + build_bye(Bye((self.ssrc,)))

    def _follow(self, packet: RtpPacket, now_ns: int) -> None:
        """Join a new source to what was sent: the next sequence number, and as much later as it came later."""
        self._sequence_offset = self._next_sequence - packet.sequence
        if self._source is not None:
            passed = max(1, (now_ns - self._sent_ns) * self._clock_rate // NS)
            self._timestamp_offset = self._timestamp + passed - packet.timestamp
        self._source = packet.ssrc

    def _retransmission(self, packet: bytes) -> bytes:
        if self.rtx_payload_type is None or self.rtx_ssrc is None:
            return packet
        self._rtx_sequence = (self._rtx_sequence + 1) % SEQUENCES
        return wrap_rtx(packet, ssrc=self.rtx_ssrc, payload_type=self.rtx_payload_type, sequence=self._rtx_sequence)

    def _forget(self, now_ns: int) -> None:
        self._resent_ns = {s: ns for s, ns in self._resent_ns.items() if now_ns - ns < RESEND_NS}
