"""Puts packets back in order, by extended sequence number."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from reelroom.rtp.packet import SEQUENCES
from reelroom.rtp.unwrap import extend_sequence

MAX_HELD: Final = 2048  # packets that wait for a missing one: some seconds of video


class Held(NamedTuple):
    """What is kept of a packet that came too early."""

    timestamp: int
    marker: bool
    payload: bytes
    arrival_ns: int


class ReorderBuffer:
    """Holds packets that came before their turn, and knows which are missing and since when.

    A packet that has its turn when nothing is held need not enter: its receiver adds one to `next` itself.
    Before `start` the first packet of the stream is not known yet, and everything is held.
    """

    __slots__ = ("_highest", "first", "held", "missing", "next", "started")

    def __init__(self) -> None:
        self.started = False
        self.first = -1  # extended sequence number of the first packet ever, of reports
        self.next = 0  # whose turn it is
        self._highest = -1  # newest that was held
        self.held: dict[int, Held] = {}
        self.missing: dict[int, int] = {}  # and the instant it was missed, in ns; oldest first

    @property
    def newest(self) -> int:
        """The highest extended sequence number that arrived; -1 if none did."""
        return max(self._highest, self.next - 1)

    def extend(self, sequence: int) -> int:
        """The extended number of a 16-bit one. One turn above zero at first, for those that come late."""
        newest = self.newest
        return sequence + SEQUENCES if newest < 0 else extend_sequence(sequence, newest)

    def insert(self, sequence: int, packet: Held) -> bool:
        """Hold a packet; False if it is a duplicate or was given up. `sequence` is extended."""
        if not self.started:
            self._highest = max(self._highest, sequence)
            return self.held.setdefault(sequence, packet) is packet
        newest = self.newest
        if sequence > newest:
            self.missing.update(dict.fromkeys(range(newest + 1, sequence), packet.arrival_ns))
            self._highest = sequence
        elif self.missing.pop(sequence, None) is None:
            return False
        self.held[sequence] = packet
        return True

    def start(self, sequence: int, now_ns: int) -> None:
        """Begin with that packet: what is held before it is dropped, what is absent after it is missing."""
        self.started = True
        self.first = self.next = sequence
        self.held = {number: packet for number, packet in self.held.items() if number >= sequence}
        self.missing = dict.fromkeys((n for n in range(sequence, self._highest) if n not in self.held), now_ns)

    def release(self) -> Iterator[Held]:
        """The packets whose turn has come, in order."""
        while self.held:
            packet = self.held.pop(self.next, None)
            if packet is None:
                return
            self.next += 1
            yield packet

    def give_up(self, before_ns: int) -> int:
        """Skip the packets at the head if they have been missing since `before_ns` or longer; how many those were."""
        since = self.missing.get(self.next)
        if since is None or since > before_ns:
            return 0
        start = self.next
        while self.missing.pop(self.next, None) is not None:
            self.next += 1
        return self.next - start

    def skip_to(self, sequence: int) -> int:
        """Make it the turn of a held packet, dropping everything before; how many of those were missing."""
        lost = [number for number in self.missing if number < sequence]
        for number in lost:
            del self.missing[number]
        for number in [number for number in self.held if number < sequence]:
            del self.held[number]
        self.next = sequence
        return len(lost)
