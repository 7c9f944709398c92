"""A test aid: lose and reorder received datagrams, before SRTP sees them.

After `unprotect` it would be too late: libsrtp's replay window would refuse the retransmission of a packet it has seen.
"""

import random
from collections.abc import Callable, Iterator

from reelroom.webrtc.transport import IngressFilter

ENVIRONMENT = "REELROOM_TEST_LOSS"
_DELAY_PACKETS = 6  # a reordered packet comes at most this many packets late


def parse_loss(text: str) -> Callable[[], IngressFilter] | None:
    """A maker of filters from "loss percent,reorder percent,seed"; None for an empty text."""
    if not text:
        return None
    lost, reordered, seed = text.split(",")
    seeds = random.Random(int(seed))  # noqa: S311  reproducible on purpose
    return lambda: _Loss(float(lost) / 100, float(reordered) / 100, seeds.randrange(1 << 30))


class _Loss:
    def __init__(self, lost: float, reordered: float, seed: int) -> None:
        self._lost = lost
        self._reordered = reordered
        self._random = random.Random(seed)  # noqa: S311
        self._held: list[tuple[int, bytes]] = []  # packets still to pass, and what to deliver then

    def __call__(self, datagram: bytes) -> Iterator[bytes]:
        draw = self._random.random()
        if draw < self._lost:
            pass
        elif draw < self._lost + self._reordered:
            self._held.append((self._random.randint(1, _DELAY_PACKETS), datagram))
        else:
            yield datagram
        self._held = [(wait - 1, late) for wait, late in self._held]
        yield from (late for wait, late in self._held if wait < 0)
        self._held = [(wait, late) for wait, late in self._held if wait >= 0]
