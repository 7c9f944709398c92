"""Who has the last word on the end of a task."""

import pytest

from reelroom.events import Joined, Published
from reelroom.spec import RecordSpec
from reelroom.task import QuitReason
from reelroom.timeline.decisions import EndDue
from reelroom.timeline.limits import Limits
from reelroom.units import NS, AppId, MediaKind, PublicationId, RoomId, StreamId, UserId

LIMIT_S = 300


def overdue() -> Limits:
    """A task whose limit has just been reached."""
    limits = Limits(RecordSpec(app=AppId(1), room=RoomId("r"), max_idle_s=3600, max_record_s=LIMIT_S), 0)
    limits.observe(Joined(0, "g"))
    assert list(limits.advance(301 * NS))[-1] == EndDue(LIMIT_S * NS, QuitReason.MAX_TIME)
    return limits


def arrival(at_s: int) -> Published:
    return Published(at_s * NS, PublicationId("p"), StreamId("s"), UserId("u"), "n", (MediaKind.AUDIO,))


def test_a_limit_is_the_end_until_the_database_says_otherwise() -> None:
    limits = overdue()
    assert (limits.end_ns, limits.is_limited) == (LIMIT_S * NS, True)
    assert limits.is_over(arrival(301))
    assert not limits.is_over(arrival(300))


@pytest.mark.parametrize(("stop_s", "limited"), [(299, False), (300, True), (302, False)])
def test_a_limit_that_a_stop_overruled_is_none(stop_s, limited) -> None:
    limits = overdue()
    limits.stop(stop_s * NS)
    assert (limits.end_ns, limits.is_limited) == (stop_s * NS, limited)
    assert limits.is_over(arrival(301)) == limited


@pytest.mark.parametrize(("stop_s", "limited"), [(299, False), (300, True), (302, False)])
def test_it_is_the_same_when_the_stop_was_known_first(stop_s, limited) -> None:
    limits = Limits(RecordSpec(app=AppId(1), room=RoomId("r"), max_idle_s=3600, max_record_s=LIMIT_S), 0)
    limits.stop(stop_s * NS)
    limits.observe(Joined(0, "g"))
    list(limits.advance(400 * NS))
    assert (limits.end_ns, limits.is_limited) == (stop_s * NS, limited)
