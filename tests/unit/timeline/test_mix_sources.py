"""Which captures a mix is made from."""

from tests.unit.timeline.mixed_room import AUDIO, BOTH, MixedRoom, custom, mixed, ns, view

from reelroom.events import Captured, Published
from reelroom.spec import Tracks
from reelroom.timeline.mix_decisions import SourceBegins, SourceEnds
from reelroom.units import CaptureId, MediaKind, PublicationId, StreamId, UserId


def sources(room: MixedRoom, until_s: float) -> list[tuple[int, str, str]]:
    """What begins (its capture) and ends (its publication), in order."""
    room.tick(until_s)
    found = []
    for decision in room.decisions:
        match decision:
            case SourceBegins(at=at, capture=capture):
                found.append((at // ns(1), "begins", capture))
            case SourceEnds(at=at, publication=publication):
                found.append((at // ns(1), "ends", publication))
    return found


def test_a_source_says_who_it_is_and_where_its_frames_are() -> None:
    room = MixedRoom(tracks=Tracks.AUDIO)
    room.event(Published(ns(1), PublicationId("p"), StreamId("s"), UserId("u"), "User", BOTH))
    room.event(Captured(ns(2), PublicationId("p"), CaptureId("c"), {MediaKind.AUDIO: 5, MediaKind.VIDEO: 6}))
    room.tick(3)
    assert room.of(SourceBegins) == [
        SourceBegins(
            at=ns(2), publication=PublicationId("p"), stream=StreamId("s"), user=UserId("u"), user_name="User",
            capture=CaptureId("c"), kinds=AUDIO, after={MediaKind.AUDIO: 5},
        )
    ]  # fmt: skip


def test_streams_that_nobody_sees_are_sources_too_for_they_may_be_seen() -> None:
    room = MixedRoom(mixed(layout=custom(view(0, "z"))))
    room.publish(1, "a")
    assert sources(room, 2) == [(1, "begins", "c1")]


def test_a_source_ends_with_its_publication_and_all_that_is_on_disk() -> None:
    room = MixedRoom()
    room.publish(1, "a", "b")
    room.leave(3, "a")
    room.publish(5, "a")
    assert sources(room, 6) == [(1, "begins", "c1"), (1, "begins", "c2"), (3, "ends", "p1"), (5, "begins", "c3")]
    assert [(end.upto, end.cut) for end in room.of(SourceEnds)] == [(None, False)]


def test_a_capture_that_starts_again_ends_the_one_before() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.event(Captured(ns(4), PublicationId("p1"), CaptureId("again"), {}))
    assert sources(room, 5) == [(1, "begins", "c1"), (4, "ends", "p1"), (4, "begins", "again")]


def test_another_publication_of_a_stream_ends_the_one_before() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    first = room.publications["a"]
    room.publish(2, "a")
    room.event(Captured(ns(3), first, CaptureId("late"), {}))  # nobody's any more
    assert sources(room, 4) == [(1, "begins", "c1"), (2, "ends", "p1"), (2, "begins", "c2")]


def test_a_gateways_death_ends_every_source_and_its_return_begins_others() -> None:
    room = MixedRoom()
    room.publish(1, "a", "b")
    room.crash(3, back_s=4)
    room.event(Captured(ns(4), PublicationId("p2"), CaptureId("dead"), {}))  # nobody's any more
    room.publish(5, "a")
    ends = [(3, "ends", "p1"), (3, "ends", "p2")]
    assert sources(room, 6) == [(1, "begins", "c1"), (1, "begins", "c2"), *ends, (5, "begins", "c3")]


def test_a_publication_that_is_not_captured_has_a_view_and_no_source() -> None:
    room = MixedRoom()
    room.event(Published(ns(1), PublicationId("p"), StreamId("a"), UserId("u"), "n", BOTH))
    assert room.shown(1) == ["a"]
    assert sources(room, 2) == []
