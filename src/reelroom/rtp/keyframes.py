"""When to ask for a keyframe (RFC 4585 §6.3.1)."""

from typing import Final

from reelroom.units import NS_PER_MS

INTERVAL_NS: Final = 500 * NS_PER_MS  # between two requests: keyframes are large, and a sender needs time to make one


class KeyframeRequests:
    """Remembers whether a keyframe is wanted and limits how often that is said."""

    def __init__(self) -> None:
        self.wanted = False
        self.urgent = False  # newly wanted, and nobody has looked yet
        self._asked_ns: int | None = None

    def want(self) -> None:
        """Somebody needs a keyframe."""
        self.urgent = self.urgent or not self.wanted
        self.wanted = True

    def satisfy(self) -> None:
        """One came."""
        self.wanted = self.urgent = False

    def due(self, now_ns: int) -> bool:
        """Whether to ask now; it then counts as asked."""
        self.urgent = False
        if not self.wanted or (self._asked_ns is not None and now_ns - self._asked_ns < INTERVAL_NS):
            return False
        self._asked_ns = now_ns
        return True
