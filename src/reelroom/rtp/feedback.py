"""What a receiver tells the sender of one track, as compound RTCP packets."""

from collections.abc import Iterable
from typing import Final

from reelroom.rtp.keyframes import KeyframeRequests
from reelroom.rtp.nack import NackGenerator
from reelroom.rtp.packet import SEQUENCES
from reelroom.rtp.rtcp import (
    Nack,
    Pli,
    ReceiverReport,
    Remb,
    ReportBlock,
    build_nack,
    build_pli,
    build_receiver_report,
    build_remb,
)
from reelroom.rtp.stats import TrackStats
from reelroom.units import NS

REPORT_NS: Final = NS


class Feedback:
    """Collects what is to be said, and says each thing when it is due.

    nack: whether missing packets are asked for. remb_bps: what to allow the sender in all; 0 says nothing.
    """

    def __init__(self, local_ssrc: int, *, nack: bool, remb_bps: int, stats: TrackStats) -> None:
        self.keyframes = KeyframeRequests()
        self._local_ssrc = local_ssrc
        self._nacks = NackGenerator() if nack else None
        self._nack_urgent = False
        self._remb_bps = remb_bps
        self._report_due_ns = 0
        self._stats = stats

    @property
    def urgent(self) -> bool:
        """Whether something should be said at once."""
        return self._nack_urgent or self.keyframes.urgent

    def miss(self) -> None:
        """More packets are missing."""
        self._nack_urgent = self._nacks is not None

    def idle(self, now_ns: int) -> bool:
        """Whether nothing is due, as long as nothing is missing."""
        return now_ns < self._report_due_ns and not self.keyframes.wanted

    def report_due(self, now_ns: int) -> bool:
        """Whether a report is due; the caller then makes one, and the next is due a second later."""
        if now_ns < self._report_due_ns:
            return False
        self._report_due_ns = now_ns + REPORT_NS
        return True

    def requests(self, ssrc: int, missing: Iterable[int], keyframe_coming: bool, now_ns: int) -> list[bytes]:
        """NACK and PLI for that source, if due. `missing`: extended sequence numbers, ascending."""
        requests: list[bytes] = []
        missed = self._nacks.due(missing, now_ns) if self._nacks else []
        self._nack_urgent = False
        if missed:
            self._stats.nacks += len(missed)
            requests.append(build_nack(Nack(self._local_ssrc, ssrc, tuple(number % SEQUENCES for number in missed))))
        if self.keyframes.wanted and not keyframe_coming and self.keyframes.due(now_ns):
            self._stats.plis += 1
            requests.append(build_pli(Pli(self._local_ssrc, ssrc)))
        return requests

    def report(self, ssrc: int, block: ReportBlock | None) -> bytes:
        """The regular report, with the bitrate allowed."""
        report = self.head(block)
        return report + build_remb(Remb(self._local_ssrc, self._remb_bps, (ssrc,))) if self._remb_bps else report

    def head(self, block: ReportBlock | None = None) -> bytes:
        """What every compound packet begins with (RFC 3550 §6.1)."""
        return build_receiver_report(ReceiverReport(self._local_ssrc, (block,) if block else ()))
