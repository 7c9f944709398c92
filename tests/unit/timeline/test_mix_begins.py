"""When recorded time begins and ends."""

import pytest
from tests.unit.timeline.mixed_room import AUDIO, BOTH, VIDEO, MixedRoom, big, custom, mixed, ns, task, view

from reelroom.events import Published
from reelroom.mix import Layout, LayoutMode
from reelroom.scene import Scene
from reelroom.spec import Tracks
from reelroom.task import CommandKind, QuitReason
from reelroom.timeline.decisions import NO_STREAM, STREAM_MISSING, Announces, EndDue
from reelroom.timeline.mix import MixTimeline
from reelroom.timeline.mix_decisions import MixCloses, MixOpens, SceneChanges, SourceBegins, SourceEnds
from reelroom.units import PublicationId, StreamId, UserId


def test_it_begins_with_the_first_stream_and_shows_it_at_once() -> None:
    room = MixedRoom()
    room.publish(3, "a")
    room.tick(4)
    opens, changes, begins = room.decisions
    assert opens == MixOpens(ns(3))
    assert isinstance(changes, SceneChanges)
    assert (changes.at, [tile.stream for tile in changes.scene.tiles]) == (ns(3), ["a"])
    assert isinstance(begins, SourceBegins)


def test_nothing_of_the_picture_is_decided_before_both_logs_are_known() -> None:
    room = MixedRoom()
    room.publish(3, "a")
    room.tick(2.9)
    assert room.decisions == []


def test_it_waits_for_further_streams() -> None:
    room = MixedRoom(mixed(wait_ms=1500))
    room.publish(3, "a")
    room.publish(4, "b")
    room.tick(4.4)
    assert [type(d) for d in room.decisions] == [SourceBegins, SourceBegins]
    room.tick(4.5)
    assert room.of(MixOpens) == [MixOpens(ns(4.5))]
    assert [(change.at, len(change.scene.tiles)) for change in room.of(SceneChanges)] == [(ns(4.5), 2)]


def test_it_begins_after_the_wait_although_the_first_stream_left_again() -> None:
    room = MixedRoom(mixed(wait_ms=1500, hold_views=True))
    room.publish(3, "a")
    room.leave(4, "a")
    assert room.scene(5) == Scene()
    assert room.of(MixOpens) == [MixOpens(ns(4.5))]


def test_always_begins_with_the_task_and_an_empty_picture() -> None:
    room = MixedRoom(mixed(always=True, wait_ms=1500))
    room.publish(3, "a")
    room.tick(4)
    assert room.decisions[:2] == [MixOpens(0), SceneChanges(0, Scene())]


def test_a_stream_that_offers_nothing_to_record_begins_nothing() -> None:
    room = MixedRoom(tracks=Tracks.VIDEO)
    room.publish(3, "a", kinds=AUDIO)
    room.tick(4)
    assert room.decisions == []
    room.publish(5, "b", kinds=VIDEO)
    room.tick(5)
    assert room.of(MixOpens) == [MixOpens(ns(5))]
    assert room.shown(5) == ["b"]


def test_it_ends_every_source_and_then_itself() -> None:
    room = MixedRoom()
    room.publish(1, "a", "b")
    room.end(9, {"c1": dict.fromkeys(BOTH, 7)})
    assert room.decisions[-3:] == [
        SourceEnds(ns(9), PublicationId("p1"), dict.fromkeys(BOTH, 7), cut=False),
        SourceEnds(ns(9), PublicationId("p2"), None, cut=True),
        MixCloses(ns(9)),
    ]
    assert room.timeline.closed


def test_nothing_is_decided_after_the_end() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    decided = len(room.end(9))
    room.publish(10, "b")
    room.tick(20)
    assert len(room.decisions) == decided
    assert room.timeline.abandon() == []


def test_what_never_began_does_not_end() -> None:
    assert MixedRoom().end(9) == []


def test_what_comes_after_the_stop_is_not_in_the_picture() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.publish(9.5, "b")
    room.end(9)
    assert all(decision.at <= ns(9) for decision in room.decisions)
    assert [begins.stream for begins in room.of(SourceBegins)] == ["a"]


def test_without_a_gateway_it_ends_at_the_stop_with_what_is_on_disk() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.timeline.stop(ns(9))
    decisions = room.timeline.abandon()
    assert decisions[-2:] == [SourceEnds(ns(9), PublicationId("p1"), None, cut=True), MixCloses(ns(9))]
    assert decisions[0] == MixOpens(ns(1))


@pytest.mark.parametrize("paused", [False, True])
def test_an_empty_room_ends_the_task_as_with_single_streams(paused) -> None:
    room = MixedRoom(max_idle_s=20)
    room.publish(1, "a")
    if paused:
        room.command(2, CommandKind.PAUSE)
    room.leave(10, "a")
    room.tick(40)
    assert room.of(EndDue) == [EndDue(ns(30), QuitReason.IDLE)]
    assert [n.at for n in room.of(Announces) if n.event_type == NO_STREAM] == [ns(25)]


def test_a_limit_is_kept_to_the_instant() -> None:
    room = MixedRoom(max_record_s=300)
    room.publish(1, "a")
    room.tick(400)
    room.publish(401, "b")
    room.end(300, {"c1": dict.fromkeys(BOTH, 7)})  # the gateway left later than the limit says
    assert room.of(EndDue) == [EndDue(ns(300), QuitReason.MAX_TIME)]
    assert room.decisions[-2:] == [SourceEnds(ns(300), PublicationId("p1"), None, cut=True), MixCloses(ns(300))]
    assert [change.at for change in room.of(SceneChanges)] == [ns(1)]


def test_notices_and_limits_follow_the_clock_while_the_picture_waits_for_a_dead_gateway() -> None:
    room = MixedRoom(max_record_s=300)
    room.publish(1, "a")
    room.decisions += room.timeline.tick(ns(310), known_ns=ns(0.5))
    assert room.decisions == [EndDue(ns(300), QuitReason.MAX_TIME)]


@pytest.mark.parametrize(
    ("layout", "missing"),
    [
        (custom(view(0, "a"), view(1), view(2, "b"), view(3, "b")), ["a", "b"]),
        (big(LayoutMode.FLOATING, "a"), []),
        (Layout(views=(view(0, "a"),)), []),
    ],
)
def test_streams_named_in_custom_views_are_missed(layout, missing) -> None:
    room = MixedRoom(mixed(layout=layout), streams=(StreamId("z"),))
    room.tick(14)
    assert [n.detail["stream_id"] for n in room.of(Announces) if n.event_type == STREAM_MISSING] == missing
    assert all(n.at == ns(10) for n in room.of(Announces))


def test_a_task_of_single_streams_is_refused() -> None:
    with pytest.raises(ValueError, match="single streams"):
        MixTimeline(task(None), 0)


def test_a_line_dated_before_what_was_played_counts_from_there() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.tick(5)
    room.event(Published(ns(4), PublicationId("x"), StreamId("x"), UserId("u"), "n", BOTH))
    room.tick(6)
    assert room.of(SceneChanges)[-1].at == ns(5)
