"""Reception statistics of one source, as receiver reports carry them (RFC 3550 §6.4.1, A.3 and A.8)."""

from typing import Final

from reelroom.rtp.packet import SEQUENCES
from reelroom.rtp.rtcp import ReportBlock, SenderReport
from reelroom.rtp.unwrap import timestamp_step
from reelroom.units import NS

_JITTER_GAIN: Final = 16
_MAX_LOST, _MIN_LOST = 0x7FFFFF, -0x800000
_DELAY_RATE = 65536  # of delay since last SR, Hertz


class Reception:
    """Counts and jitter since the source began.

    Packets of retransmission sources don't count as received: senders read loss before repair from our reports.
    """

    __slots__ = (
        "_arrival_ns",
        "_jitter_ns",
        "_ns_per_tick",
        "_prior",
        "_rate",
        "_report",
        "_report_ns",
        "_timestamp",
        "received",
    )

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._ns_per_tick = NS / clock_rate
        self._jitter_ns = 0.0
        self._timestamp: int | None = None
        self._arrival_ns = 0
        self._prior = (0, 0)  # expected and received at the last report
        self._report: SenderReport | None = None
        self._report_ns = 0
        self.received = 0

    def hear(self, report: SenderReport, now_ns: int) -> None:
        """A sender report arrived."""
        self._report, self._report_ns = report, now_ns

    def time(self, timestamp: int, now_ns: int) -> None:
        """The first packet of a timestamp arrived in order: RFC 3550 A.8, in nanoseconds."""
        if self._timestamp is not None:
            step_ns = timestamp_step(self._timestamp, timestamp) * self._ns_per_tick
            deviation = abs(now_ns - self._arrival_ns - step_ns)
            self._jitter_ns += (deviation - self._jitter_ns) / _JITTER_GAIN
        self._timestamp, self._arrival_ns = timestamp, now_ns

    def block(self, ssrc: int, first: int, highest: int, now_ns: int) -> ReportBlock:
        """What to report now. `first` and `highest` are extended as by `ReorderBuffer`."""
        expected = highest - first + 1
        fraction = self._fraction(expected)
        lost = max(_MIN_LOST, min(_MAX_LOST, expected - self.received))
        jitter = int(self._jitter_ns / self._ns_per_tick)
        cycles = highest - first // SEQUENCES * SEQUENCES
        return ReportBlock(ssrc, fraction, lost, cycles % (1 << 32), jitter, *self._last_report(now_ns))

    def _fraction(self, expected: int) -> int:
        new_expected, new_received = expected - self._prior[0], self.received - self._prior[1]
        self._prior = (expected, self.received)
        if new_expected <= 0 or new_received >= new_expected:
            return 0
        return min(255, 256 * (new_expected - new_received) // new_expected)

    def _last_report(self, now_ns: int) -> tuple[int, int]:
        if self._report is None:
            return 0, 0
        delay = (now_ns - self._report_ns) * _DELAY_RATE // NS
        return self._report.ntp >> 16 & 0xFFFFFFFF, max(0, min(0xFFFFFFFF, delay))
