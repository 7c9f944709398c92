"""Counters that wrap, made to count on."""

from typing import Final

from reelroom.rtp.packet import SEQUENCES, TIMESTAMPS

_HALF_SEQUENCES: Final = SEQUENCES // 2
_HALF_TIMESTAMPS: Final = TIMESTAMPS // 2


def extend_sequence(sequence: int, near: int) -> int:
    """The number congruent to the 16-bit `sequence` that is nearest to `near`."""
    return near + (sequence - near + _HALF_SEQUENCES) % SEQUENCES - _HALF_SEQUENCES


def timestamp_step(old: int, new: int) -> int:
    """Signed ticks from one 32-bit timestamp to another, the short way round."""
    return (new - old + _HALF_TIMESTAMPS) % TIMESTAMPS - _HALF_TIMESTAMPS


class TimestampUnwrapper:
    """Unwraps the 32-bit timestamps of one clock after the other.

    Ticks begin at least one whole turn above zero, so that what lies a little before the first timestamp
    (late packets, sender reports) stays positive. A new clock begins above every tick of the old one.
    """

    def __init__(self) -> None:
        self.ticks = 0
        self._timestamp: int | None = None

    def restart(self) -> None:
        """Forget the clock; the next `advance` begins a new one."""
        self._timestamp = None

    def advance(self, timestamp: int) -> int:
        """Ticks of the timestamp, from which later ones are counted."""
        if self._timestamp is None:
            self.ticks = (self.ticks // TIMESTAMPS + 2) * TIMESTAMPS + timestamp
        else:
            self.ticks += timestamp_step(self._timestamp, timestamp)
        self._timestamp = timestamp
        return self.ticks

    def peek(self, timestamp: int) -> int | None:
        """Ticks of a timestamp near the newest one; None while no clock is known."""
        step = self.step(timestamp)
        return None if step is None else self.ticks + step

    def step(self, timestamp: int) -> int | None:
        """Signed ticks from the newest timestamp; None while no clock is known."""
        return None if self._timestamp is None else timestamp_step(self._timestamp, timestamp)
