"""Interrupt coalescing for a busy event loop: all that comes within a moment shares one wake-up.

Waking costs more than reading a packet: caches are cold, and every publisher would wake us some hundred times a second.
A busy loop therefore rests for a moment before it looks, and then takes all that has come from everybody, as network
cards do. Packets, timers and answers are late by at most `REST_S`; a gateway with few publishers never rests. Measured
by benchmarks/receive.py.
"""

import asyncio
import selectors
import time

REST_S = 0.02
BUSY_EVENTS = 300  # a second: about four publishers


class CoalescingSelector(selectors.EpollSelector):
    """Rests before it looks while there is much to see, unless there is work already."""

    def __init__(self) -> None:
        super().__init__()
        self._busy = False
        self._events = 0
        self._counted_s = time.monotonic()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As EpollSelector. `timeout` in seconds: 0 while callbacks wait, None until something happens."""
        if self._busy and timeout != 0:
            time.sleep(REST_S)
            timeout = None if timeout is None else max(0.0, timeout - REST_S)
        ready = super().select(timeout)
        self._events += len(ready)
        now_s = time.monotonic()
        if now_s - self._counted_s >= 1:
            self._busy = self._events > BUSY_EVENTS * (now_s - self._counted_s)
            self._events, self._counted_s = 0, now_s
        return ready


def make_loop() -> asyncio.AbstractEventLoop:
    """An event loop that coalesces."""
    return asyncio.SelectorEventLoop(CoalescingSelector())
