"""One publisher's stream: packets in; frames to the journal, packets to viewers, feedback to the publisher."""

import time
from collections.abc import Iterable
from typing import Protocol

from reelroom.errors import MediaError
from reelroom.rooms.session import Session
from reelroom.rooms.tokens import RoomToken
from reelroom.rtp.assembler import Loss
from reelroom.rtp.clock_reports import ClockReport
from reelroom.rtp.frame import Frame
from reelroom.rtp.ntp import CAPTURE_TIME_URI
from reelroom.rtp.packet import RtpPacket, parse_rtp
from reelroom.rtp.receiver import TrackReceiver
from reelroom.rtp.rtcp import Bye, SenderReport, parse_rtcp
from reelroom.units import NS, NS_PER_MS, MediaKind, PublicationId, StreamId
from reelroom.webrtc import NegotiatedTrack, OutgoingTrack

_PAYLOAD_TYPE = 0x7F
_TICK_NS = 25 * NS_PER_MS  # retransmissions are asked for again every 50 ms
_FLUSH_NS = 2 * NS  # longer than a receiver waits for anything


class FrameSink(Protocol):
    """Where frames of a publication go while somebody records it. Nothing here may raise."""

    def write(self, frame: Frame) -> None:
        """A whole frame, in decoding order of its track."""

    def report(self, kind: MediaKind, report: ClockReport, now_ns: int) -> None:
        """The sender's word on its clocks."""

    def gap(self, kind: MediaKind, loss: Loss, now_ns: int) -> None:
        """Frames were given up; told before the frame that ends the gap."""


class PublicationViewer(Protocol):
    """Whom packets are forwarded to."""

    def forward(self, kind: MediaKind, packet: RtpPacket, now_ns: int) -> None:
        """A packet as it arrived, perhaps out of order."""

    def forward_report(self, kind: MediaKind, report: SenderReport) -> None:
        """The publisher's sender report."""


class Publication(Session):
    """A WHIP session of one stream. `id` is also its PublicationId."""

    protocol = "whip"

    def __init__(self, id_: str, token: RoomToken, stream: StreamId) -> None:
        super().__init__(id_, token, stream)
        self.publication = PublicationId(id_)
        self.since_ns = 0  # when it connected, ns since the Unix epoch
        self.heard_ns = 0  # when its last packet arrived
        self.bitrate_bps = 0  # over the last second
        self.viewers: list[PublicationViewer] = []
        self.sink: FrameSink | None = None
        self._negotiated: tuple[NegotiatedTrack, ...] = ()
        self._tracks: dict[MediaKind, TrackReceiver] = {}
        self._by_payload_type: dict[int, TrackReceiver] = {}
        self._last_reports: dict[MediaKind, SenderReport] = {}
        self._clock_reports: dict[MediaKind, tuple[ClockReport, int]] = {}  # the last, and the restarts before it
        self._said_goodbye: set[int] = set()  # SSRCs
        self._bytes = 0
        self._tick_due_ns = 0

    @property
    def kinds(self) -> tuple[MediaKind, ...]:
        """Tracks it sends."""
        return tuple(self._tracks)

    @property
    def tracks(self) -> Iterable[TrackReceiver]:
        """Its receivers, for statistics."""
        return self._tracks.values()

    @property
    def outgoing(self) -> tuple[OutgoingTrack, ...]:
        """What a viewer of this publication gets."""
        return tuple(OutgoingTrack(t.kind, t.codec, t.profile) for t in self._negotiated)

    def negotiate(self, tracks: Iterable[NegotiatedTrack], max_bitrate_bps: int) -> None:
        """Make receivers of what was answered. `max_bitrate_bps`: asked of the publisher for all tracks together."""
        self._negotiated = tuple(tracks)
        for track in self._negotiated:
            receiver = TrackReceiver(
                codec=track.codec,
                payload_type=track.payload_type,
                rtx_payload_type=track.rtx_payload_type,
                local_ssrc=track.ssrc,
                fmtp=track.offered_parameters,
                capture_time_id=track.extensions.get(CAPTURE_TIME_URI),
                remb_bps=max_bitrate_bps if "goog-remb" in track.feedback else 0,
            )
            self._tracks[track.kind] = receiver
            self._by_payload_type[track.payload_type] = receiver
            if track.rtx_payload_type is not None:
                self._by_payload_type[track.rtx_payload_type] = receiver

    def want_keyframe(self) -> None:
        """Ask the publisher for a keyframe, now or as soon as the rate limit allows."""
        video = self._tracks.get(MediaKind.VIDEO)
        if video is not None:
            video.want_keyframe()
            if video.feedback_wanted:
                self._send_feedback(video, time.time_ns())

    def add_viewer(self, viewer: PublicationViewer) -> None:
        """Forward to this viewer from now on; it gets a keyframe soon."""
        self.viewers.append(viewer)
        self.want_keyframe()

    def last_report(self, kind: MediaKind) -> SenderReport | None:
        """The publisher's last sender report of a track."""
        return self._last_reports.get(kind)

    def clock_reports(self) -> dict[MediaKind, ClockReport]:
        """The last clock report of each track whose clock has not begun anew since."""
        return {k: r for k, (r, restarts) in self._clock_reports.items() if restarts == self._tracks[k].stats.restarts}

    # --- packets ------------------------------------------------------------------------------------------------

    def receive_rtp(self, packet: bytes, now_ns: int) -> None:
        """Hot path: a decrypted packet. One of a payload type that was not negotiated is ignored."""
        track = self._by_payload_type.get(packet[1] & _PAYLOAD_TYPE)
        if track is None:
            return
        self.heard_ns = now_ns
        frames = track.receive(packet, now_ns)
        if frames:
            self._write(track, frames, now_ns)
        if self.viewers and track.fresh is not None:
            self._forward(track.kind, track.fresh, now_ns)
        if track.feedback_wanted:
            self._send_feedback(track, now_ns)
        if now_ns >= self._tick_due_ns:
            self.tick(now_ns)

    def receive_rtcp(self, packet: bytes, now_ns: int) -> None:
        """A decrypted compound packet. Nonsense is ignored."""
        self.heard_ns = now_ns
        try:
            parts = parse_rtcp(packet)
        except MediaError:
            return
        for part in parts:
            if isinstance(part, SenderReport):
                self._take_report(part, now_ns)
            elif isinstance(part, Bye):
                self._take_bye(part)

    def tick(self, now_ns: int) -> None:
        """Timers of both tracks. Packets drive them; call it now and then in case none come."""
        self._tick_due_ns = now_ns + _TICK_NS
        for track in self._tracks.values():
            if track.idle(now_ns):
                continue
            frames = track.poll(now_ns)
            if frames:
                self._write(track, frames, now_ns)
            self._send_feedback(track, now_ns)
            for report in track.drain_reports():
                self._tell_clock(track, report, now_ns)

    def measure(self) -> None:
        """Update `bitrate_bps`; call it each second."""
        total = sum(track.stats.bytes for track in self._tracks.values())
        self.bitrate_bps, self._bytes = 8 * (total - self._bytes), total

    def flush(self, now_ns: int) -> None:
        """Hand over what is complete although something before it is missing: nothing more will come."""
        for track in self._tracks.values():
            self._write(track, track.poll(now_ns + _FLUSH_NS), now_ns)

    def _write(self, track: TrackReceiver, frames: list[Frame], now_ns: int) -> None:
        sink = self.sink
        gaps = track.drain_gaps()
        if sink is None:
            return
        for loss in gaps:  # first: a journal places a gap after the last frame it has
            sink.gap(track.kind, loss, now_ns)
        for frame in frames:
            sink.write(frame)

    def _forward(self, kind: MediaKind, packet: bytes, now_ns: int) -> None:
        parsed = parse_rtp(packet)
        for viewer in self.viewers:
            viewer.forward(kind, parsed, now_ns)

    def _send_feedback(self, track: TrackReceiver, now_ns: int) -> None:
        for packet in track.feedback(now_ns):
            self.transport.send_rtcp(packet)

    def _take_report(self, report: SenderReport, now_ns: int) -> None:
        for track in self._tracks.values():
            if track.ssrc != report.ssrc:
                continue
            self._last_reports[track.kind] = report
            clock_report = track.sender_report(report, now_ns)
            if clock_report is not None:
                self._tell_clock(track, clock_report, now_ns)
            for viewer in self.viewers:
                viewer.forward_report(track.kind, report)

    def _tell_clock(self, track: TrackReceiver, report: ClockReport, now_ns: int) -> None:
        self._clock_reports[track.kind] = (report, track.stats.restarts)
        if self.sink is not None:
            self.sink.report(track.kind, report, now_ns)

    def _take_bye(self, bye: Bye) -> None:
        """The publisher left when every source it sent from said goodbye; a single muted track did not leave."""
        self._said_goodbye.update(bye.ssrcs)
        sources = {track.ssrc for track in self._tracks.values() if track.ssrc is not None}
        if sources and sources <= self._said_goodbye:
            self.end("bye")
