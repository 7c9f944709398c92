"""One incoming track: everything between decrypted packets and frames, and the feedback for its sender.

A missing video packet is asked for at once and every 50 ms, given up after a second, and then nothing is let through
until a keyframe. Audio waits 150 ms and asks for nothing, because browsers do not answer audio NACKs.
"""

import struct
from typing import Final

from reelroom.errors import MediaError
from reelroom.rtp.assembler import FrameAssembler, Loss
from reelroom.rtp.clock_reports import CAPTURE_TIME, SENDER_REPORT, ClockReport, ClockReports
from reelroom.rtp.codecs import CODECS
from reelroom.rtp.depacketiser import Fmtp
from reelroom.rtp.feedback import Feedback
from reelroom.rtp.frame import Frame
from reelroom.rtp.ntp import capture_time_ns
from reelroom.rtp.packet import (
    EXTENSION,
    HEADER,
    HEADER_BYTES,
    MARKER,
    PAYLOAD_TYPE,
    PLAIN,
    SEQUENCES,
    find_extension,
    parse_rtp,
    payload_span,
    unwrap_rtx,
)
from reelroom.rtp.reception import Reception
from reelroom.rtp.reorder import MAX_HELD, Held, ReorderBuffer
from reelroom.rtp.rtcp import ReportBlock, SenderReport
from reelroom.rtp.sources import Probation, Suspect
from reelroom.rtp.stats import TrackStats
from reelroom.rtp.unwrap import timestamp_step
from reelroom.units import NS, NS_PER_MS, Codec, MediaKind

REPAIR_PATIENCE_NS: Final = NS  # the wait for a missing packet that was asked for
ORDER_PATIENCE_NS: Final = 150 * NS_PER_MS  # and for one that can only be late
START_NS: Final = 200 * NS_PER_MS  # the wait for the first packet of the first keyframe
MAX_DROPOUT: Final = 3000  # sequence numbers; a larger step is a new beginning or an error. RFC 3550 A.1

_unpack_header = HEADER.unpack_from


class TrackReceiver:
    """Receives one track. Nothing raises on bad packets: they are counted.

    `receive` takes every packet of the track; `poll` and `feedback` are to be called every 10 to 20 ms, and
    `feedback` also when `feedback_wanted` is set after `receive`. After each of them the `drain_` methods
    tell what else there is to know.
    """

    def __init__(
        self,
        *,
        codec: Codec,
        payload_type: int,
        local_ssrc: int,
        rtx_payload_type: int | None = None,
        ssrc: int | None = None,
        fmtp: Fmtp | None = None,
        capture_time_id: int | None = None,
        remb_bps: int = 0,
        nack: bool = True,
    ) -> None:
        """Make a receiver of what was negotiated.

        ssrc: of the sender, if signalled; otherwise the first packet's. local_ssrc: the name feedback bears.
        fmtp: the sender's parameters. capture_time_id: id of the abs-capture-time header extension.
        remb_bps: what to allow the sender, for all its tracks together; 0 says nothing. nack: whether the
        sender answers NACKs; if not, a missing video packet is not waited for longer than reordering needs.
        """
        entry = CODECS[codec]
        self.kind = entry.kind
        self.codec = codec
        self.clock_rate = entry.clock_rate  # Hertz
        self.payload_type = payload_type
        self.rtx_payload_type = rtx_payload_type
        self.ssrc = ssrc
        self.stats = TrackStats()
        self.fresh: bytes | None = None  # the last received packet as of the main source; None if it was nothing new
        self._capture_time_id = capture_time_id
        asks = nack and self.kind is MediaKind.VIDEO
        self._patience_ns = REPAIR_PATIENCE_NS if asks else ORDER_PATIENCE_NS
        self._feedback = Feedback(local_ssrc, nack=asks, remb_bps=remb_bps, stats=self.stats)
        depacketiser = entry.depacketiser(fmtp or {})
        self._assembler = FrameAssembler(entry, depacketiser, self._feedback.keyframes, self.stats)
        self._buffer = ReorderBuffer()
        self._reception = Reception(entry.clock_rate)
        self._reports = ClockReports()
        self._held_since_ns = 0  # when the first packet came that is held before the start
        self._newest_timestamp = 0
        self._probation = Probation()
        self._rtx_ssrc: int | None = None

    @property
    def feedback_wanted(self) -> bool:
        """Whether there is something to tell the sender that should not wait for the next regular call."""
        return self._feedback.urgent

    def receive(self, packet: bytes, now_ns: int) -> list[Frame]:
        """Take a decrypted RTP packet that arrived at `now_ns`; the frames that it completes, oldest first."""
        frames: list[Frame] = []
        self.fresh = None
        try:
            first, second, sequence, timestamp, ssrc = _unpack_header(packet)
            if first == PLAIN:
                payload = packet[HEADER_BYTES:]
            else:
                start, end = payload_span(packet)
                payload = packet[start:end]
            if ssrc != self.ssrc or second & PAYLOAD_TYPE != self.payload_type:
                self._receive_other(packet, now_ns, frames)
                return frames
        except (struct.error, MediaError):
            self.stats.malformed += 1
            return frames
        buffer = self._buffer
        if sequence == buffer.next % SEQUENCES and buffer.started and not buffer.held:
            buffer.next += 1
            if timestamp != self._newest_timestamp:
                self._newest_timestamp = timestamp
                self._reception.time(timestamp, now_ns)
            if payload:
                self._assembler.push(timestamp, second >= MARKER, payload, now_ns, frames)
            self._count(packet)
        else:
            held = Held(timestamp, second >= MARKER, payload, now_ns)
            self._receive_unordered(packet, sequence, held, frames)
        if first & EXTENSION and self._capture_time_id is not None:
            self._read_capture_time(packet, timestamp)
        return frames

    def poll(self, now_ns: int) -> list[Frame]:
        """Give up what has been missing for too long; the frames that were waiting behind it."""
        frames: list[Frame] = []
        buffer = self._buffer
        if not buffer.held:
            return frames
        if not buffer.started and now_ns - self._held_since_ns >= START_NS:
            buffer.start(min(buffer.held), now_ns)
            self._release(frames)
        while lost := buffer.give_up(now_ns - self._patience_ns):
            self._lose(lost)
            self._release(frames)
        return frames

    def feedback(self, now_ns: int) -> list[bytes]:
        """The compound RTCP packets to send now, if any."""
        if self.ssrc is None:
            return []
        coming = self._assembler.collecting_keyframe
        requests = self._feedback.requests(self.ssrc, self._buffer.missing, coming, now_ns)
        if self._feedback.report_due(now_ns):
            return [b"".join([self._feedback.report(self.ssrc, self._report_block(self.ssrc, now_ns)), *requests])]
        return [b"".join([self._feedback.head(), *requests])] if requests else []

    def idle(self, now_ns: int) -> bool:
        """Whether `poll`, `feedback` and `drain_reports` have nothing to do yet; cheaper than asking each."""
        return not self._buffer.held and not self._reports.waiting and self._feedback.idle(now_ns)

    def want_keyframe(self) -> None:
        """Ask the sender for a keyframe; nothing is dropped until it comes."""
        if self.kind is MediaKind.VIDEO:
            self._feedback.keyframes.want()

    def sender_report(self, report: SenderReport, now_ns: int) -> ClockReport | None:
        """Take a sender report that arrived at `now_ns`; what it says of this track's clock.

        None if it is of another source. Also None before the first frame of a (new) clock: `drain_reports`
        gives the report when that frame has come.
        """
        if report.ssrc != self.ssrc:
            return None
        self._reception.hear(report, now_ns)
        ticks = self._assembler.clock.peek(report.rtp)
        if ticks is None or not report.ntp:
            return None
        clock_report = ClockReport(ticks, report.ntp_ns, SENDER_REPORT)
        if self._assembler.settled:
            return clock_report
        self._reports.add(clock_report)
        return None

    def drain_reports(self) -> list[ClockReport]:
        """Clock reports that did not come by `sender_report`, oldest first; each is given once."""
        return self._reports.drain() if self._assembler.settled else []

    def drain_gaps(self) -> list[Loss]:
        """The losses that ended with frames emitted since the last call."""
        losses, self._assembler.losses = self._assembler.losses, []
        return losses

    def _count(self, packet: bytes) -> None:
        self.fresh = packet
        self._reception.received += 1
        self.stats.packets += 1
        self.stats.bytes += len(packet)

    def _receive_unordered(self, packet: bytes, sequence: int, held: Held, frames: list[Frame]) -> None:
        """A packet of the main source whose turn it is not, or behind which others wait."""
        buffer = self._buffer
        extended = buffer.extend(sequence)
        step = extended - buffer.newest
        newer = timestamp_step(self._newest_timestamp, held.timestamp) > 0
        if buffer.started and (abs(step) >= MAX_DROPOUT or (step <= 0 and newer)):
            self._suspect_restart(packet, sequence, held.arrival_ns, frames)
        elif not self._insert(extended, held, frames):
            self.stats.duplicates += 1
        else:
            self._count(packet)
            if newer or step > 0:
                self._newest_timestamp = held.timestamp

    def _insert(self, sequence: int, held: Held, frames: list[Frame]) -> bool:
        buffer = self._buffer
        if not buffer.held:
            self._held_since_ns = held.arrival_ns
        missing = len(buffer.missing)
        if not buffer.insert(sequence, held):
            return False
        begins = bool(held.payload) and self._assembler.begins_keyframe(held.payload)
        if not buffer.started and begins:
            buffer.start(sequence, held.arrival_ns)
        self._release(frames)
        if begins and sequence > buffer.next and self._may_skip:
            self._lose(buffer.skip_to(sequence))  # what is missing before it would be dropped anyway
            self._release(frames)
        if len(buffer.missing) > missing:
            self._feedback.miss()
        if len(buffer.held) > MAX_HELD:
            self._overflow(held.arrival_ns, frames)
        return True

    @property
    def _may_skip(self) -> bool:
        return self._buffer.started and self._assembler.dropping and not self._assembler.collecting_keyframe

    def _release(self, frames: list[Frame]) -> None:
        for held in self._buffer.release() if self._buffer.started else ():
            if held.payload:  # else padding, which only counts
                self._assembler.push(*held, frames)

    def _lose(self, packets: int) -> None:
        self.stats.lost += packets
        self._assembler.lose(packets)

    def _overflow(self, now_ns: int, frames: list[Frame]) -> None:
        buffer = self._buffer
        if not buffer.started:
            buffer.start(min(buffer.held), now_ns)
        else:
            self._lose(buffer.give_up(now_ns))
        self._release(frames)

    def _receive_other(self, packet: bytes, now_ns: int, frames: list[Frame]) -> None:
        """A packet that is not of the main source, as far as we know it. Raises MediaError."""
        parsed = parse_rtp(packet)
        if parsed.payload_type == self.rtx_payload_type:
            self._receive_retransmission(packet, now_ns, frames)
        elif parsed.payload_type != self.payload_type:
            raise MediaError("RTP payload type was not negotiated")
        elif self.ssrc is None:
            self.ssrc = parsed.ssrc
            frames.extend(self.receive(packet, now_ns))
        elif not self._probation.is_straggler(parsed.ssrc, now_ns):
            self._suspect_restart(packet, parsed.sequence, now_ns, frames)

    def _receive_retransmission(self, packet: bytes, now_ns: int, frames: list[Frame]) -> None:
        """Only what is missing is taken: senders also probe the network with old packets."""
        parsed = parse_rtp(packet)
        original = unwrap_rtx(parsed, ssrc=self.ssrc or 0, payload_type=self.payload_type)
        if original is None or self._probation.is_straggler(parsed.ssrc, now_ns):
            return
        self._rtx_ssrc = parsed.ssrc
        sequence = self._buffer.extend(original.sequence)
        if sequence in self._buffer.missing:
            self.stats.recovered += 1
            self.fresh = original.to_bytes()
            self._insert(sequence, Held(original.timestamp, original.marker, original.payload, now_ns), frames)

    def _suspect_restart(self, packet: bytes, sequence: int, now_ns: int, frames: list[Frame]) -> None:
        ssrc = HEADER.unpack_from(packet)[4]
        before = self._probation.confirm(Suspect(ssrc, sequence, packet, now_ns, self.stats.packets))
        if before:
            self._restart(ssrc, now_ns, frames)
            frames.extend(self.receive(before.packet, before.arrival_ns))
            frames.extend(self.receive(packet, now_ns))

    def _restart(self, ssrc: int, now_ns: int, frames: list[Frame]) -> None:
        while lost := self._buffer.give_up(now_ns):
            self._lose(lost)
            self._release(frames)
        self._buffer = ReorderBuffer()
        self._reception = Reception(self.clock_rate)
        if ssrc == self.ssrc:  # the clock may have gone on; the assembler will see
            self._assembler.lose(0)
            return
        self._probation.retire(self.ssrc, now_ns)
        self._probation.retire(self._rtx_ssrc, now_ns)
        self.ssrc, self._rtx_ssrc = ssrc, None
        self._assembler.restart()

    def _read_capture_time(self, packet: bytes, timestamp: int) -> None:
        element = find_extension(packet, self._capture_time_id or 0)
        ntp_ns = capture_time_ns(element) if element else None
        ticks = self._assembler.clock.peek(timestamp)
        if ntp_ns is not None and ticks is not None:
            self._reports.add(ClockReport(ticks, ntp_ns, CAPTURE_TIME))

    def _report_block(self, ssrc: int, now_ns: int) -> ReportBlock | None:
        buffer = self._buffer
        return self._reception.block(ssrc, buffer.first, buffer.newest, now_ns) if buffer.started else None
