"""Muted periods of a microphone, found in its packets.

A muted browser track goes on sending: packets of three bytes that say "silent". Some publishers send none at all. A
sender that saves packets in pauses of speech (DTX) does the same for a moment, so a mute is at least `SHORTEST_NS`
long; a longer pause of such a sender can't be told from a mute.
"""

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from reelroom.units import NS

T = TypeVar("T")

SHORTEST_NS: Final = NS // 5
ABSENT_NS: Final = NS  # without any packet for this long, as if muted; loss and DTX leave shorter gaps
MUTED_BYTES: Final = 3  # Opus needs more for any sound


@dataclass(frozen=True, slots=True)
class Heard(Generic[T]):
    """A packet that is no mute's. after_mute_ns: how long the mute before it was; 0: there was none."""

    packet: T
    after_mute_ns: int


@dataclass(slots=True)
class Mutes(Generic[T]):
    """Takes the packets of one part in order, with their instants on any line of nanoseconds.

    ends_ns: where the last packet ended.
    """

    ends_ns: int | None = None
    _held: list[tuple[int, T]] = field(default_factory=list)  # silent ones, of which it is not known yet
    _muted_ns: int | None = None  # since when, once that is certain

    def feed(self, packet: T, at_ns: int, length_ns: int, size: int) -> list[Heard[T]]:
        """What can be heard now. size: bytes."""
        absent_ns = 0 if self.ends_ns is None else at_ns - self.ends_ns
        if absent_ns >= ABSENT_NS and self._muted_ns is None:
            heard = self.flush()
            self._muted_ns = self.ends_ns
        else:
            heard = []
        self.ends_ns = at_ns + length_ns
        if size <= MUTED_BYTES:
            self._hold(packet, at_ns)
            return heard
        since_ns, self._muted_ns = self._muted_ns, None
        heard += self.flush()
        return [*heard, Heard(packet, 0 if since_ns is None else at_ns - since_ns)]

    def _hold(self, packet: T, at_ns: int) -> None:
        if self._muted_ns is not None:
            return
        self._held.append((at_ns, packet))
        if (self.ends_ns or 0) - self._held[0][0] >= SHORTEST_NS:
            self._muted_ns = self._held[0][0]
            self._held.clear()

    def flush(self) -> list[Heard[T]]:
        """What was held and was no mute."""
        heard = [Heard(packet, 0) for _, packet in self._held]
        self._held.clear()
        return heard

    def leave(self) -> tuple[list[Heard[T]], int]:
        """The part ends: what was held, and the length of a mute that was not over."""
        muted_ns = 0 if self._muted_ns is None or self.ends_ns is None else self.ends_ns - self._muted_ns
        self._muted_ns = None
        return self.flush(), muted_ns
