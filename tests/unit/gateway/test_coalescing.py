import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from reelroom.gateway import coalescing
from reelroom.gateway.coalescing import BUSY_EVENTS, REST_S, CoalescingSelector


@dataclass
class Clock:
    now_s: float = 0.0
    rests: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(coalescing, "time", clock)
    return clock


@pytest.fixture
def selector(clock: Clock) -> Iterator[CoalescingSelector]:
    """One that watches a socket with something to read."""
    ours, theirs = socket.socketpair()
    with ours, theirs, CoalescingSelector() as selector:
        theirs.send(b"x")
        selector.register(ours, selectors.EVENT_READ)
        yield selector


def look(selector: CoalescingSelector, times: int) -> None:
    for _ in range(times):
        assert selector.select(0.1)


def test_a_quiet_loop_never_rests(selector: CoalescingSelector, clock: Clock) -> None:
    for _ in range(5):
        look(selector, BUSY_EVENTS // 2)
        clock.now_s += 1
    assert clock.rests == []


def test_a_busy_loop_rests_before_it_looks(selector: CoalescingSelector, clock: Clock) -> None:
    look(selector, BUSY_EVENTS)
    clock.now_s += 1
    look(selector, 1)
    look(selector, 2)
    assert clock.rests == [REST_S, REST_S]


def test_a_busy_loop_does_not_rest_while_callbacks_wait(selector: CoalescingSelector, clock: Clock) -> None:
    look(selector, BUSY_EVENTS)
    clock.now_s += 1
    look(selector, 1)
    assert selector.select(0)
    assert clock.rests == []


def test_it_stops_resting_once_it_is_quiet_again(selector: CoalescingSelector, clock: Clock) -> None:
    look(selector, BUSY_EVENTS)
    clock.now_s += 1
    look(selector, 2)
    clock.now_s += 1
    look(selector, 3)
    assert len(clock.rests) == 2  # the rest that ended the busy second, and the one before it was known to be over
