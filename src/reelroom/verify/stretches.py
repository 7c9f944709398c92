"""Stretches of time during which something holds."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Stretches:
    """Collects stretches of at least `least_s`. Feed it instants in order; `end` says where all ends."""

    least_s: float
    found: list[tuple[float, float]] = field(default_factory=list)
    _since_s: float | None = None

    def feed(self, at_s: float, holds: bool) -> None:
        """Whether it holds from this instant on."""
        if holds and self._since_s is None:
            self._since_s = at_s
        elif not holds:
            self.end(at_s)

    def end(self, at_s: float) -> None:
        """It holds no longer."""
        if self._since_s is not None and at_s - self._since_s >= self.least_s:
            self.found.append((self._since_s, at_s))
        self._since_s = None

    def say(self, what: str) -> list[str]:
        """Each in words."""
        return [f"{what} from {clock(first)} to {clock(last)} ({last - first:.1f} s)" for first, last in self.found]


def clock(at_s: float) -> str:
    """Hours, minutes and seconds of a file's time."""
    minutes, seconds = divmod(max(0.0, at_s), 60)
    return f"{int(minutes // 60)}:{int(minutes % 60):02}:{seconds:04.1f}"
