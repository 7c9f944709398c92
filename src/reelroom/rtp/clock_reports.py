"""Which NTP instant belongs to which RTP timestamp, by the sender's word."""

from typing import Final, NamedTuple

SENDER_REPORT: Final = "sr"
CAPTURE_TIME: Final = "abs-capture-time"

_MAX_EARLY = 8


class ClockReport(NamedTuple):
    """One such word. Its source is an RTCP sender report or the abs-capture-time header extension."""

    ticks: int  # unwrapped as those of frames
    ntp_ns: int  # ns since the Unix epoch, by the sender's clock
    source: str


class ClockReports:
    """Keeps reports until they are fetched, the newest of them if nobody does."""

    def __init__(self) -> None:
        self._reports: list[ClockReport] = []

    def add(self, report: ClockReport) -> None:
        """Keep a report."""
        self._reports = [*self._reports[1 - _MAX_EARLY :], report]

    @property
    def waiting(self) -> bool:
        """Whether there is any."""
        return bool(self._reports)

    def drain(self) -> list[ClockReport]:
        """All of them, oldest first; they are forgotten here."""
        reports, self._reports = self._reports, []
        return reports
