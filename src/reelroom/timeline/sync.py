"""Sender reports to lip sync: how far a track's capture time is from the sender's clock, and from its other track.

A report gives one offset, `ntp - capture time`. A sound card and a camera run by clocks of their own, up to 100 ppm
off, which is 8.6 s in a day: the offset is a slowly bending line, seen through noise of some 10 ms. The sender's wall
clock itself may be set while we record. Both tracks' reports jump then, seconds apart, and nothing else does: so
offsets are kept in pieces, and two tracks are only ever compared through pieces of the same time.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import Final, NamedTuple

from reelroom.units import NS, NS_PER_MS

JUMP_NS: Final = 100 * NS_PER_MS  # no drift or noise does this between reports
CONFIRM: Final = 3  # reports in a row that make a jump; fewer are outliers
SHORT_NS: Final = 60 * NS  # reports over less than this have a median; a slope would be mostly noise
_BIN_NS: Final = 60 * NS
_NEAR: Final = 2  # bins on each side that a knot of the line is fitted over
_RECENT: Final = 5  # reports that the next one is compared with


class _Report(NamedTuple):
    at: int  # capture time, ns
    offset: int  # ns


class Piece:
    """Reports without a jump between them, and the line through them."""

    def __init__(self, start: int | None = None) -> None:
        self.reports: list[_Report] = []
        self._start = start
        self._knots: list[_Report] = []
        self._fitted = 0  # reports the knots were made of

    @property
    def start(self) -> int:
        """Capture time from which the piece is in force."""
        return self.reports[0].at if self._start is None else self._start

    @property
    def end(self) -> int:
        """Capture time of the last report."""
        return max(self.start, self.reports[-1].at)

    def agrees(self, report: _Report) -> bool:
        """Whether a report goes on with the line."""
        recent = [r.offset for r in self.reports[-_RECENT:]]
        return not recent or abs(report.offset - median(recent)) < JUMP_NS

    def offset_at(self, at: int) -> int:
        """The offset (ns) at a capture time, which may lie outside the piece."""
        if self._fitted != len(self.reports):
            self._knots, self._fitted = _fit(self.reports), len(self.reports)
        knots = self._knots
        if len(knots) == 1:
            return knots[0].offset
        if at <= knots[0].at:
            return _through(knots[0], knots[min(2 * _NEAR, len(knots) - 1)], at)
        if at >= knots[-1].at:
            return _through(knots[max(-1 - 2 * _NEAR, -len(knots))], knots[-1], at)
        after = bisect_right(knots, at, key=lambda knot: knot.at)
        return _through(knots[after - 1], knots[after], at)


class TrackClock:
    """The sender's clock as one track of one capture saw it. Capture times and NTP instants are ns since the epoch."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._suspects: list[_Report] = []  # the last reports, all far from the current piece

    def add(self, capture_time_ns: int, ntp_ns: int) -> None:
        """Take a report: the sample captured at that time was sampled at that instant of the sender's clock."""
        report = _Report(capture_time_ns, ntp_ns - capture_time_ns)
        if not self._pieces:
            self._pieces.append(Piece())
        if self._pieces[-1].agrees(report):
            self._pieces[-1].reports.append(report)
            self._suspects = []
        else:
            self._suspect(report)

    def restart(self, capture_time_ns: int) -> None:
        """From this capture time on, capture times are counted anew (a TrackOpened with another `at` or `ticks0`)."""
        self._suspects = []
        self._pieces.append(Piece(capture_time_ns))

    def offset_ns(self, capture_time_ns: int) -> int | None:
        """The sender's clock minus the capture time, at a capture time; None without reports."""
        pieces = self.pieces()
        if not pieces:
            return None
        index = bisect_right(pieces, capture_time_ns, key=lambda piece: piece.start)
        return pieces[max(0, index - 1)].offset_at(capture_time_ns)

    def pieces(self) -> list[Piece]:
        """The pieces that hold reports, in order."""
        pieces = [piece for piece in self._pieces if piece.reports]
        if pieces and len(self._suspects) > len(pieces[-1].reports):  # the very first report was the outlier
            pieces[-1] = Piece()
            pieces[-1].reports = self._suspects
        return pieces

    def _suspect(self, report: _Report) -> None:
        agree = not self._suspects or abs(report.offset - self._suspects[-1].offset) < JUMP_NS
        self._suspects = [*self._suspects, report] if agree else [report]
        if len(self._suspects) < CONFIRM:
            return
        if len(self._pieces[-1].reports) >= CONFIRM:
            self._pieces.append(Piece())
        self._pieces[-1].reports, self._suspects = self._suspects, []


class Alignment:
    """Two tracks of one sender, side by side. Make it when their reports are in; each call is then cheap."""

    def __init__(self, video: TrackClock, audio: TrackClock) -> None:
        self._pairs = _pair(video.pieces(), audio.pieces())

    def shift_ns(self, capture_time_ns: int) -> int:
        """What to add to a capture time of video to have it on audio's time line; 0 if a track had no reports."""
        if not self._pairs:
            return 0
        index = bisect_right(self._pairs, capture_time_ns, key=lambda pair: pair.start)
        return self._pairs[max(0, index - 1)].shift_at(capture_time_ns)


def av_shift_ns(video: TrackClock, audio: TrackClock, capture_time_ns: int) -> int:
    """What to add to a capture time of video to have it on audio's time line; 0 if unknown.

    For many times of the same tracks make one Alignment.
    """
    return Alignment(video, audio).shift_ns(capture_time_ns)


class _Pair(NamedTuple):
    """A piece of each track with the sender's clock undisturbed between them; in force from `start` on."""

    start: int  # capture time of video
    video: Piece
    audio: Piece

    def shift_at(self, at: int) -> int:
        offset = self.video.offset_at(at)
        shift = offset - self.audio.offset_at(at)
        return offset - self.audio.offset_at(at + shift)  # audio's offset where audio's own time line says


def _pair(video: Sequence[Piece], audio: Sequence[Piece]) -> list[_Pair]:
    """The pieces that overlap in time; failing that the two that come closest."""
    pairs: list[_Pair] = []
    apart: list[tuple[int, _Pair]] = []
    v = a = shift = 0
    while v < len(video) and a < len(audio):
        start = max(video[v].start, audio[a].start - shift)
        pair = _Pair(start, video[v], audio[a])
        end = min(video[v].end, audio[a].end - shift)
        if start <= end:
            pairs.append(pair)
            shift = pair.shift_at(end)
        else:
            apart.append((start - end, pair))
        if end == video[v].end:
            v += 1
        else:
            a += 1
    return pairs or [pair for _, pair in sorted(apart, key=lambda item: item[0])[:1]]


def _fit(reports: Sequence[_Report]) -> list[_Report]:
    """Knots of a line through the reports; a single one, their median, if they are too few or too close."""
    ordered = sorted(reports)
    first, span = ordered[0].at, ordered[-1].at - ordered[0].at
    if span < SHORT_NS:
        return [_middle(ordered)]
    bins: dict[int, list[_Report]] = {}
    width = span // max(2, span // _BIN_NS) + 1
    for report in ordered:
        bins.setdefault((report.at - first) // width, []).append(report)
    middles = [_middle(members) for members in bins.values()]
    return [_smooth(middles[max(0, k - _NEAR) : k + _NEAR + 1], knot.at) for k, knot in enumerate(middles)]


def _middle(reports: Sequence[_Report]) -> _Report:
    return _Report(_median([r.at for r in reports]), _median([r.offset for r in reports]))


def _median(instants: Sequence[int]) -> int:
    base = instants[0]  # nanoseconds since the epoch don't fit a float
    return base + round(median(instant - base for instant in instants))


def _smooth(near: Sequence[_Report], at: int) -> _Report:
    """The Theil-Sen line through some bins' middles, at one of them: a wild bin among five doesn't move it."""
    if len(near) == 1:
        return near[0]
    slope = median((q.offset - p.offset) / (q.at - p.at) for p, q in combinations(near, 2))
    return _Report(at, _median([p.offset + round(slope * (at - p.at)) for p in near]))


def _through(one: _Report, other: _Report, at: int) -> int:
    """The line through two knots, at any time."""
    return one.offset + (other.offset - one.offset) * (at - one.at) // (other.at - one.at)
