"""One viewer of one publication: forwarded packets out, NACKs answered, keyframe requests passed on."""

import secrets
from collections.abc import Iterable

from reelroom.errors import MediaError
from reelroom.rooms.publication import Publication
from reelroom.rooms.session import Session
from reelroom.rooms.tokens import RoomToken
from reelroom.rtp.packet import RtpPacket
from reelroom.rtp.rtcp import Bye, Fir, Nack, Pli, SenderReport, parse_rtcp
from reelroom.rtp.sender import ViewerTrack
from reelroom.units import MediaKind
from reelroom.webrtc import NegotiatedTrack


class Viewer(Session):
    """A WHEP session."""

    protocol = "whep"

    def __init__(self, id_: str, token: RoomToken, publication: Publication) -> None:
        super().__init__(id_, token, publication.stream)
        self.publication = publication
        self._tracks: dict[MediaKind, ViewerTrack] = {}
        self._reported: set[MediaKind] = set()

    @property
    def tracks(self) -> Iterable[ViewerTrack]:
        """Its tracks, for statistics."""
        return self._tracks.values()

    def negotiate(self, tracks: Iterable[NegotiatedTrack]) -> None:
        """Make tracks of what was answered."""
        for track in tracks:
            self._tracks[track.kind] = ViewerTrack(
                ssrc=track.ssrc,
                payload_type=track.payload_type,
                clock_rate=track.clock_rate,
                first_sequence=secrets.randbelow(1 << 15),  # far from the wrap: SRTP's rollover count starts at 0
                rtx_ssrc=track.rtx_ssrc or None,
                rtx_payload_type=track.rtx_payload_type,
            )

    def forward(self, kind: MediaKind, packet: RtpPacket, now_ns: int) -> None:
        """Send one of the publisher's packets on."""
        track = self._tracks.get(kind)
        if track is None:
            return
        self.transport.send_rtp(track.forward(packet, now_ns))
        if kind not in self._reported:  # lips are in step from the first frame, not from the next report
            self._reported.add(kind)
            report = self.publication.last_report(kind)
            if report is not None:
                self.forward_report(kind, report)

    def forward_report(self, kind: MediaKind, report: SenderReport) -> None:
        """Send the publisher's sender report on, in this viewer's numbers."""
        track = self._tracks.get(kind)
        packet = track.sender_report(report) if track else None
        if packet is not None:
            self.transport.send_rtcp(packet)

    def receive_rtp(self, packet: bytes, now_ns: int) -> None:
        """Viewers send no media."""

    def receive_rtcp(self, packet: bytes, now_ns: int) -> None:
        """What the viewer misses and wants. Nonsense is ignored."""
        try:
            parts = parse_rtcp(packet)
        except MediaError:
            return
        for part in parts:
            if isinstance(part, Nack):
                self._resend(part, now_ns)
            elif isinstance(part, (Pli, Fir)):
                self.publication.want_keyframe()  # which limits how often the publisher is asked
            elif isinstance(part, Bye):
                self.end("bye")

    def say_goodbye(self) -> None:
        """Tell the viewer that nothing follows."""
        for track in self._tracks.values():
            self.transport.send_rtcp(track.bye())

    def _resend(self, nack: Nack, now_ns: int) -> None:
        for track in self._tracks.values():
            if track.ssrc == nack.media:
                for packet in track.resend(nack.sequences, now_ns):
                    self.transport.send_rtp(packet)
