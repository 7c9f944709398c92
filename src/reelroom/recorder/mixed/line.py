"""Recorded time: what passed since the mix opened, pauses left out."""

from bisect import bisect_right
from typing import NamedTuple

from reelroom.units import NS


class Span(NamedTuple):
    """Recorded time from `recorded_ns` on is the wall clock from `wall_ns` on."""

    wall_ns: int
    recorded_ns: int

    def wall_of(self, recorded_ns: int) -> int:
        """The instant of a recorded time."""
        return self.wall_ns + recorded_ns - self.recorded_ns


class MixLine:
    """Output frame `k` stands at `k / fps` of recorded time. Instants are ns since the Unix epoch."""

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._spans: list[Span] = []
        self._stopped_ns: int | None = 0  # recorded time that there is, while none passes

    @property
    def opened_ns(self) -> int | None:
        """The instant of recorded time 0; None while there is none."""
        return self._spans[0].wall_ns if self._spans else None

    @property
    def is_running(self) -> bool:
        """Whether recorded time passes: it has begun, and is neither paused nor at its end."""
        return self._stopped_ns is None

    def start(self, at: int) -> None:
        """Recorded time begins, or goes on after a pause."""
        if self._stopped_ns is not None:
            self._spans.append(Span(at, self._stopped_ns))
            self._stopped_ns = None

    def stop(self, at: int) -> None:
        """Recorded time pauses, or ends."""
        if self._stopped_ns is None:
            span = self._spans[-1]
            self._stopped_ns = max(span.recorded_ns, span.recorded_ns + at - span.wall_ns)

    def frames_until(self, at: int) -> int:
        """How many frames stand before an instant that is after the last `start`; all there are once stopped."""
        if self._stopped_ns is not None:
            return self._first_from(self._stopped_ns)
        span = self._spans[-1]
        return self._first_from(span.recorded_ns + max(0, at - span.wall_ns))

    def frame_from(self, at: int) -> int:
        """The first frame at or after an instant; in a pause, the first one after it."""
        index = bisect_right(self._spans, at, key=lambda span: span.wall_ns) - 1
        if index < 0:
            return 0
        recorded_ns = self._spans[index].recorded_ns + at - self._spans[index].wall_ns
        following = self._spans[index + 1].recorded_ns if index + 1 < len(self._spans) else self._stopped_ns
        return self._first_from(recorded_ns if following is None else min(recorded_ns, following))

    def frame_seen(self, at: int) -> int:
        """The frame that shows an instant: the first at or after it; in a pause, and at the end, the last there is."""
        frame = self.frame_from(at)
        index = bisect_right(self._spans, at, key=lambda span: span.wall_ns)
        paused = index < len(self._spans) or self._stopped_ns is not None
        following = self._spans[index].recorded_ns if index < len(self._spans) else self._stopped_ns
        return max(0, frame - 1) if paused and following is not None and frame >= self._first_from(following) else frame

    def span_of(self, frame: int) -> Span:
        """The span that a frame lies in."""
        return self._spans[bisect_right(self._spans, self.recorded_ns(frame), key=lambda span: span.recorded_ns) - 1]

    def span_end(self, frame: int) -> int | None:
        """The first frame of the span after the one that `frame` lies in; None if that is the last."""
        index = bisect_right(self._spans, self.recorded_ns(frame), key=lambda span: span.recorded_ns)
        return self._first_from(self._spans[index].recorded_ns) if index < len(self._spans) else None

    def wall_ns(self, frame: int) -> int:
        """The instant of a frame."""
        return self.span_of(frame).wall_of(self.recorded_ns(frame))

    def recorded_ns(self, frame: int) -> int:
        """The recorded time of a frame, rounded down."""
        return frame * NS // self._fps

    def _first_from(self, recorded_ns: int) -> int:
        """The first frame at or after a recorded time."""
        return -(-recorded_ns * self._fps // NS)
