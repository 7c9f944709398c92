"""Streams that leave a mix and return, with views that are given up (FillBlank false) or held (true)."""

from string import ascii_letters

import pytest
from tests.unit.timeline.mixed_room import MixedRoom, big, custom, mixed, ns, view

from reelroom.mix import CameraOff, LayoutMode
from reelroom.timeline.mix_decisions import SceneChanges

IMAGE, OWN = "https://images.example/all.png", "https://images.example/own.png"


def held(**mix: object) -> MixedRoom:
    return MixedRoom(mixed(hold_views=True, **mix))


def test_a_held_view_shows_the_last_picture_until_the_stream_returns() -> None:
    room = held()
    room.publish(1, "a", "b")
    room.leave(2, "a")
    room.publish(3, "c")
    room.publish(4, "a")
    assert [room.shown(at) for at in (2, 3, 4)] == [["a!", "b"], ["a!", "b", "c"], ["a", "b", "c"]]
    assert [room.heard(at) for at in (2, 3, 4)] == ["b", "bc", "abc"]


def test_views_are_held_when_everybody_has_left() -> None:
    room = held()
    room.publish(1, "a", "b")
    room.leave(2, "b", "a")
    assert room.shown(2) == ["a!", "b!"]


@pytest.mark.parametrize("camera_off", CameraOff)
def test_a_held_view_shows_the_image_of_views_if_there_is_one(camera_off) -> None:
    room = held(view_image=IMAGE, camera_off=camera_off)
    room.publish(1, "a", "b")
    room.leave(2, "a")
    assert room.shown(2) == [IMAGE, "b"]
    assert {tile.image for tile in room.scene(1).tiles} == {IMAGE}  # stands in while there is no picture


def test_the_image_of_views_is_not_shown_where_views_are_not_held() -> None:
    room = MixedRoom(mixed(view_image=IMAGE, layout=custom(view(0, "a"), view(1))))
    room.publish(1, "a", "b")
    room.leave(2, "a")
    assert room.columns(2) == {1: "b"}
    assert {tile.image for tile in room.scene(1).tiles} == {""}


def test_a_views_own_image_wins() -> None:
    room = held(view_image=IMAGE, layout=custom(view(0, "a", image=OWN), view(1, image=OWN)))
    room.publish(1, "a", "b")
    room.leave(2, "a", "b")
    assert room.columns(2) == {0: OWN, 1: IMAGE}  # an image of its own is of a view that names its stream


def test_a_view_held_for_a_stream_that_never_came_shows_the_image_or_nothing() -> None:
    layout = custom(view(0, "z"), view(1))
    with_image, without = held(view_image=IMAGE, layout=layout), held(layout=layout)
    for room in (with_image, without):
        room.publish(1, "a")
    assert with_image.columns(1) == {0: IMAGE, 1: "a"}
    assert without.columns(1) == {1: "a"}


@pytest.mark.parametrize("mode", [LayoutMode.HORIZONTAL, LayoutMode.VERTICAL, LayoutMode.FLOATING])
def test_the_big_view_is_held_too(mode) -> None:
    room = held(layout=big(mode))
    room.publish(1, "a", "b")
    room.leave(2, "a")
    assert room.shown(2) == ["a!", "b"]


def test_nobody_present_waits_for_a_view_that_is_held_for_one_who_left() -> None:
    room = held()
    room.publish(1, *ascii_letters[:25])
    room.leave(2, "c")
    room.leave(3, "b")
    room.publish(4, "z")
    assert room.shown(4) == ["a", "b!", *ascii_letters[3:25], "z"]  # c left first
    room.publish(5, "c")
    assert room.shown(5) == ["a", *ascii_letters[2:25], "z"]


def test_a_stream_that_was_never_seen_leaves_nothing() -> None:
    room = held(layout=custom(view(0)))
    room.publish(1, "a", "b")
    room.leave(2, "b")
    room.layout(3, custom(view(0), view(1)))
    assert room.columns(3) == {0: "a"}


def test_a_stream_that_left_before_the_beginning_leaves_nothing() -> None:
    room = held(wait_ms=2000)
    room.publish(1, "a", "b")
    room.leave(2, "a")
    assert room.shown(3) == ["b"]


def test_a_new_layout_finds_those_who_left_in_their_order() -> None:
    room = held()
    room.publish(1, "a", "b", "c")
    room.leave(2, "b")
    room.layout(3, custom(view(0, "c"), view(1), view(2)))
    assert room.columns(3) == {0: "c", 1: "a", 2: "b!"}


@pytest.mark.parametrize(("hold", "meanwhile"), [(False, []), (True, ["a!", "b!", "c!"])])
def test_a_gateways_death_does_not_shuffle_views(hold, meanwhile) -> None:
    room = MixedRoom(mixed(hold_views=hold))
    room.publish(1, "a", "b", "c")
    room.crash(5, back_s=9)
    room.publish(11, "c")
    room.publish(12, "a", "d", "b")
    assert room.shown(5) == meanwhile
    assert [s for s in room.shown(11) if "!" not in s] == ["c"]
    assert room.shown(12) == ["a", "b", "c", "d"]


def test_who_is_late_after_a_gateways_death_joins_anew() -> None:
    room = MixedRoom(max_idle_s=20)
    room.publish(1, "a", "b")
    room.crash(5, back_s=9)
    room.publish(10, "b")
    room.publish(30, "a")
    assert room.shown(30) == ["b", "a"]


def test_two_deaths_do_not_shuffle_views_either() -> None:
    room = MixedRoom(max_idle_s=20)
    room.publish(1, "a", "b")
    room.crash(5, back_s=9)
    room.publish(10, "b")
    room.crash(20, back_s=29)
    room.publish(40, "b")
    room.publish(41, "a")
    assert room.shown(41) == ["a", "b"]


def test_who_was_late_after_one_death_is_late_after_another() -> None:
    room = MixedRoom(max_idle_s=20)
    room.publish(1, "a", "b")
    room.crash(5, back_s=9)
    room.publish(10, "b")
    room.crash(40, back_s=41)
    room.publish(42, "b")
    room.publish(43, "a")
    assert room.shown(43) == ["b", "a"]


def test_who_leaves_after_a_gateways_death_is_forgotten() -> None:
    room = MixedRoom()
    room.publish(1, "a", "b")
    room.crash(5, back_s=9)
    room.publish(10, "a", "b")
    room.leave(11, "a")
    room.publish(12, "a")
    assert room.shown(12) == ["b", "a"]


def test_a_death_is_dated_back_while_the_picture_waited_for_it() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.decisions += room.timeline.tick(ns(30), known_ns=ns(4))
    room.crash(5, back_s=31)
    room.tick(32)
    assert [change.at for change in room.of(SceneChanges)] == [ns(1), ns(5)]
