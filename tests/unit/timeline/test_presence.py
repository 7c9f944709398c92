"""Idleness, age and notices in virtual time."""

import pytest

from reelroom.events import Captured, Event, Joined, Lost, Published, Unpublished
from reelroom.spec import RecordSpec
from reelroom.task import QuitReason
from reelroom.timeline.decisions import NO_STREAM, STREAM_MISSING, Announces, Decision, EndDue, FileOpens
from reelroom.timeline.fold import Timeline
from reelroom.units import NS, AppId, CaptureId, MediaKind, PublicationId, RoomId, StreamId, UserId


def seen(at_s: float, name: str, stream: str = "s") -> Event:
    """A publication that nobody records."""
    return Published(int(at_s * NS), PublicationId(name), StreamId(stream), UserId("u"), "User", (MediaKind.AUDIO,))


def gone(at_s: float, name: str) -> Event:
    return Unpublished(int(at_s * NS), PublicationId(name), "left")


def spec(max_idle_s: int = 30, max_record_s: int = 86_400, streams: tuple[str, ...] = ()) -> RecordSpec:
    return RecordSpec(
        app=AppId(1), room=RoomId("r"), max_idle_s=max_idle_s, max_record_s=max_record_s,
        streams=tuple(StreamId(s) for s in streams),
    )  # fmt: skip


def run(what: RecordSpec, *events: Event, until_s: float) -> list[Decision]:
    timeline = Timeline(what, 0)
    return [d for event in (Joined(0, "g"), *events) for d in timeline.event(event)] + timeline.tick(int(until_s * NS))


def ends(decisions: list[Decision]) -> list[tuple[float, QuitReason]]:
    return [(d.at / NS, d.reason) for d in decisions if isinstance(d, EndDue)]


def said(decisions: list[Decision], event_type: int) -> list[float]:
    return [d.at / NS for d in decisions if isinstance(d, Announces) and d.event_type == event_type]


@pytest.mark.parametrize(
    ("events", "until_s", "expected"),
    [
        ((), 29.9, []),
        ((), 30, [(30, QuitReason.IDLE)]),
        ((), 500, [(30, QuitReason.IDLE)]),
        ((seen(29, "a"),), 500, []),
        ((seen(29, "a"), gone(40, "a")), 69.9, []),
        ((seen(29, "a"), gone(40, "a")), 70, [(70, QuitReason.IDLE)]),
        ((seen(1, "a"), seen(2, "b"), gone(3, "a")), 500, []),
        ((seen(1, "a"), gone(3, "zzz")), 500, []),
        # while nobody listens, nobody is known to be away; publishers have the whole time again
        ((seen(1, "a"), Lost(5 * NS)), 500, []),
        ((seen(1, "a"), Lost(5 * NS), Joined(400 * NS, "g")), 429, []),
        ((seen(1, "a"), Lost(5 * NS), Joined(400 * NS, "g")), 430, [(430, QuitReason.IDLE)]),
        ((seen(1, "a"), Lost(5 * NS), Joined(6 * NS, "g"), seen(7, "b")), 500, []),
    ],
)
def test_a_room_without_publications_ends_the_task_after_max_idle(events, until_s, expected) -> None:
    assert ends(run(spec(), *events, until_s=until_s)) == expected


@pytest.mark.parametrize(("max_idle_s", "at_s"), [(5, 30), (45, 45)])
def test_a_room_that_nobody_could_join_fails_the_task_and_is_not_called_empty(max_idle_s: int, at_s: float) -> None:
    decisions = Timeline(spec(max_idle_s, streams=("x",)), 0).tick(500 * NS)
    assert decisions == [EndDue(at_s * NS, QuitReason.LOGIN_FAILED)]


def test_a_room_joined_late_has_its_whole_idle_time() -> None:
    timeline = Timeline(spec(5), 0)
    assert timeline.event(Joined(20 * NS, "g")) == []
    assert ends(timeline.tick(500 * NS)) == [(25, QuitReason.IDLE)]


def test_max_record_time_ends_the_task_whoever_is_there() -> None:
    assert ends(run(spec(max_record_s=300), seen(1, "a"), until_s=1000)) == [(300, QuitReason.MAX_TIME)]


def test_nothing_is_due_after_the_end_and_later_arrivals_are_not_recorded() -> None:
    timeline = Timeline(spec(), 0)
    events = [Joined(0, "g"), seen(500, "a"), Captured(500 * NS, PublicationId("a"), CaptureId("c"), {})]
    decisions = [d for event in events for d in timeline.event(event)] + timeline.tick(2000 * NS)
    assert ends(decisions) == [(30, QuitReason.IDLE)]
    assert not [d for d in decisions if isinstance(d, FileOpens)]
    assert said(decisions, NO_STREAM) == [15]


def test_an_empty_room_is_announced_after_15_s_and_then_every_30_s() -> None:
    decisions = run(spec(max_idle_s=100), seen(20, "a"), gone(50, "a"), until_s=130)
    assert said(decisions, NO_STREAM) == [15, 65, 95, 125]
    assert len({d.key for d in decisions}) == 4


def test_a_lost_gateway_leaves_an_empty_room_behind() -> None:
    assert said(run(spec(), seen(1, "a"), Lost(5 * NS), until_s=60), NO_STREAM) == [20, 50]


def test_listed_streams_that_do_not_come_are_announced_once_each() -> None:
    decisions = run(spec(streams=("x", "y", "z", "x")), seen(4, "a", "y"), gone(6, "a"), until_s=25)
    missing = [d for d in decisions if isinstance(d, Announces) and d.event_type == STREAM_MISSING]
    assert [(d.at / NS, d.detail, d.key) for d in missing] == [
        (10, {"stream_id": "x"}, "missing-x"),
        (10, {"stream_id": "z"}, "missing-z"),
    ]


def test_a_stop_before_a_limit_voids_the_limit() -> None:
    timeline = Timeline(spec(), 0)
    timeline.stop(29 * NS)
    assert ends(timeline.tick(100 * NS)) == []
