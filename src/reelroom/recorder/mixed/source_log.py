"""The log of a source's capture, and what it says of the sender's clocks by a given instant."""

from collections import deque
from pathlib import Path

from reelroom.events import Event, Report, TrackOpened
from reelroom.recorder.capture_log import CaptureLog
from reelroom.timeline.sync import Alignment, TrackClock
from reelroom.units import NS, MediaKind

_KEEP_ALL_NS = 60 * NS  # of a source's beginning; afterwards reports are thinned, as a day has very many
_THINNED_NS = 10 * NS
_EARLY_NS = 20 * NS  # while reports are few, each may matter
_RARELY_NS = 10 * NS
_LATEST_NS = 2 * NS  # that a first packet may be


class SourceLog(CaptureLog):
    """A capture log that keeps what clocks are made of, until `SourceClock` takes it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.clock_events: deque[Event] = deque()

    def take(self, event: Event) -> None:
        """One more line."""
        super().take(event)
        if isinstance(event, Report | TrackOpened):
            self.clock_events.append(event)


class SourceClock:
    """Where a source's frames lie on the wall clock.

    Capture times are counted from the arrival of a track's first packet, which may have been late, by a sample clock
    that drifts. Sender reports say when, by the sender's wall clock, a sample was taken, and the quickest report says
    what that wall clock is here: so sound lies where it was taken. Pictures lie beside their sound, as the reports of
    both say. Only reports up to an instant that follows from the time looked at count, so that every rendering finds
    the same.

    shift_ns: to be added to capture times of pictures. drift_ns: to be added to capture times of both.
    """

    def __init__(self, log: SourceLog, began_ns: int) -> None:
        """began_ns: when the source began."""
        self.shift_ns = self.drift_ns = 0
        self._log = log
        self._video, self._audio = TrackClock(), TrackClock()
        self._tracks: dict[MediaKind, TrackOpened] = {}
        self._kept_ns: dict[MediaKind, int] = {}
        self._began_ns, self._set_ns = began_ns, -1
        self._quickest_ns: int | None = None  # the smallest difference of our clock to the sender's, in time for all
        self._restarts: dict[MediaKind, list[int]] = {kind: [] for kind in MediaKind}  # capture times

    def update(self, at_ns: int, ahead_ns: int, until_ns: int | None = None) -> None:
        """Go on to an instant, by what was logged until `ahead_ns` behind it, but not behind `until_ns`.

        The clock is set on a grid of instants alone, so it matters not which were looked at before.
        """
        since = at_ns - self._began_ns
        set_ns = at_ns if since < _EARLY_NS else at_ns - since % _RARELY_NS
        if set_ns == self._set_ns:
            return
        self._set_ns = set_ns
        known_ns = set_ns + ahead_ns
        if self._take(known_ns if until_ns is None else min(known_ns, until_ns)):
            self.drift_ns = self._drift(set_ns)
            self.shift_ns = Alignment(self._video, self._audio).shift_ns(set_ns - self.drift_ns)

    def _take(self, known_ns: int) -> bool:
        """Whether any report was ever taken."""
        events = self._log.clock_events
        while events and events[0].at <= known_ns:
            event = events.popleft()
            if isinstance(event, TrackOpened):
                self._open(event)
            elif isinstance(event, Report) and event.kind in self._tracks:
                self._report(event, self._tracks[event.kind])
        return bool(self._kept_ns)

    def _open(self, event: TrackOpened) -> None:
        known = self._tracks.get(event.kind)
        if known is not None and (known.at, known.ticks0) != (event.at, event.ticks0):
            self._clock(event.kind).restart(event.at)
            self._restarts[event.kind].append(event.at)
        self._tracks[event.kind] = event

    def _report(self, event: Report, track: TrackOpened) -> None:
        kept_ns = self._kept_ns.get(event.kind)
        if kept_ns is not None and event.at - track.at > _KEEP_ALL_NS and event.at - kept_ns < _THINNED_NS:
            return
        self._kept_ns[event.kind] = event.at
        if event.at <= self._began_ns + _EARLY_NS:
            took_ns = event.at - event.ntp
            self._quickest_ns = took_ns if self._quickest_ns is None else min(self._quickest_ns, took_ns)
        self._clock(event.kind).add(track.at + (event.ticks - track.ticks0) * NS // track.rate, event.ntp)

    def _clock(self, kind: MediaKind) -> TrackClock:
        return self._video if kind is MediaKind.VIDEO else self._audio

    def _drift(self, at_ns: int) -> int:
        """From the capture time of sound (of pictures, if there is none) to when it was taken, by our clock.

        Where the sender's clock was set it goes on from where it was. Where the RTP clock began anew, capture times
        began at an arrival again, and all before is forgotten.
        """
        kind = MediaKind.AUDIO if MediaKind.AUDIO in self._tracks else MediaKind.VIDEO
        since = max((at for at in self._restarts[kind] if at <= at_ns), default=0)
        pieces = [piece for piece in self._clock(kind).pieces() if piece.start >= since]
        begun = [piece for piece in pieces if piece.start < at_ns] or pieces[:1]
        if not begun:
            return 0
        ends = [*(piece.start for piece in begun[1:]), at_ns]
        drift = sum(p.offset_at(end) - p.offset_at(p.start) for p, end in zip(begun, ends, strict=True))
        return drift + self._lateness(begun[0].offset_at(begun[0].start))

    def _lateness(self, offset_ns: int) -> int:
        """How much earlier than its capture time a sample was taken (not more than 0), by an offset of its track."""
        late_ns = offset_ns + (self._quickest_ns or 0)
        return min(0, late_ns) if late_ns > -_LATEST_NS else 0  # more is nonsense, such as a clock that was set
