"""Which missing packets to ask for again, and when (RFC 4585 §6.2.1)."""

from collections.abc import Iterable
from typing import Final

from reelroom.units import NS_PER_MS

REPEAT_NS: Final = 50 * NS_PER_MS  # a request or its answer may be lost as well
MAX_AT_ONCE: Final = 512  # sequence numbers in one packet: about 130 bytes when they are neighbours


class NackGenerator:
    """Asks at once for what is missed, and again every `REPEAT_NS` until it came or was given up."""

    def __init__(self) -> None:
        self._asked: dict[int, int] = {}  # sequence number, and the instant it was asked for

    def due(self, missing: Iterable[int], now_ns: int) -> list[int]:
        """Those of the missing extended sequence numbers (ascending) to ask for now; they count as asked."""
        before = now_ns - REPEAT_NS
        self._asked = {sequence: self._asked.get(sequence, before) for sequence in missing}
        due = [sequence for sequence, asked_ns in self._asked.items() if asked_ns <= before][:MAX_AT_ONCE]
        self._asked.update(dict.fromkeys(due, now_ns))
        return due
