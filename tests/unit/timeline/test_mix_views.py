"""Who is seen in which view, and whose sound is heard."""

from string import ascii_letters

import pytest
from tests.unit.timeline.mixed_room import AUDIO, BOTH, GRID, VIDEO, MixedRoom, big, custom, mixed, view

from reelroom.mix import Area, Canvas, Layout, LayoutMode, StreamUse, View
from reelroom.scene import Shows
from reelroom.spec import BoardSpec, Tracks
from reelroom.timeline.mix_decisions import SourceBegins
from reelroom.units import StreamId

WITH_BIG = [LayoutMode.HORIZONTAL, LayoutMode.VERTICAL, LayoutMode.FLOATING]
IMAGE = "https://images.example/a.png"


def test_streams_are_seen_in_the_order_of_joining_and_later_ones_move_up() -> None:
    room = MixedRoom()
    room.publish(1, "a", "b", "c")
    room.leave(2, "a")
    room.publish(3, "a")
    assert [room.shown(at) for at in (1, 2, 3)] == [["a", "b", "c"], ["b", "c"], ["b", "c", "a"]]


@pytest.mark.parametrize(("back_s", "shown"), [(2, ["a", "b"]), (3, ["a", "b"]), (3.1, ["b", "a"])])
def test_a_publisher_that_replaces_itself_at_once_keeps_its_place(back_s, shown) -> None:
    room = MixedRoom()
    room.publish(1, "a", "b")
    room.leave(2, "a", reason="replaced")
    room.publish(back_s, "a")
    assert room.shown(back_s) == shown


def test_a_stream_taken_over_by_another_publication_keeps_its_place() -> None:
    room = MixedRoom()
    room.publish(1, "a", "b")
    room.publish(2, "a")
    assert room.shown(2) == ["a", "b"]


@pytest.mark.parametrize("mode", WITH_BIG)
def test_the_earliest_stream_is_big_unless_one_is_named(mode) -> None:
    room = MixedRoom(mixed(layout=big(mode)))
    room.publish(1, "a", "b", "c")
    room.layout(2, big(mode, "c"))
    assert [room.shown(at) for at in (1, 2)] == [["a", "b", "c"], ["c", "a", "b"]]
    room.leave(3, "a")
    assert room.shown(3) == ["c", "b"]


@pytest.mark.parametrize("mode", WITH_BIG)
def test_the_big_view_waits_for_the_stream_it_is_named_after(mode) -> None:
    room = MixedRoom(mixed(layout=big(mode, "z")))
    room.publish(1, "a")
    (small,) = room.scene(1).tiles
    room.publish(2, "z")
    assert room.shown(2) == ["z", "a"]
    assert room.scene(2).tiles[1] == small


def test_a_grid_has_no_big_view() -> None:
    room = MixedRoom(mixed(layout=big(LayoutMode.GRID, "b")))
    room.publish(1, "a", "b")
    assert room.shown(1) == ["a", "b"]


@pytest.mark.parametrize("mode", [LayoutMode.GRID, *WITH_BIG])
def test_the_26th_stream_waits_for_a_free_view_unseen_and_unheard(mode) -> None:
    room = MixedRoom(mixed(layout=big(mode)))
    room.publish(1, *ascii_letters[:26])
    assert room.shown(1) == list(ascii_letters[:25])
    assert room.heard(1) == ascii_letters[:25]
    room.leave(2, "c")
    assert room.shown(2) == list("ab" + ascii_letters[3:26])


def test_the_stream_named_for_the_big_view_never_waits() -> None:
    room = MixedRoom(mixed(layout=big(LayoutMode.FLOATING, "z")))
    room.publish(1, *ascii_letters[:26])
    assert room.shown(1) == ["z", *ascii_letters[:24]]


def test_custom_views_take_the_stream_they_name_and_the_others_in_order() -> None:
    room = MixedRoom(mixed(layout=custom(view(0), view(1, "b"), view(2), view(3, "z"))))
    room.publish(1, "a", "b", "c", "d")
    assert room.columns(1) == {0: "a", 1: "b", 2: "c"}
    assert room.heard(1) == "abc"


def test_a_custom_view_keeps_its_place_for_the_stream_it_names() -> None:
    room = MixedRoom(mixed(layout=custom(view(0, "a"), view(1), view(2))))
    room.publish(1, "a", "b", "c")
    room.leave(2, "a", "b")
    room.publish(3, "a")
    assert [room.columns(at) for at in (2, 3)] == [{1: "c"}, {0: "a", 1: "c"}]


def test_a_custom_view_shows_its_image_while_the_stream_it_names_is_missing() -> None:
    room = MixedRoom(mixed(always=True, layout=custom(view(0, "a", image=IMAGE), view(1, image=IMAGE))))
    room.publish(1, "a")
    room.leave(2, "a")
    assert [room.columns(at) for at in (0, 1, 2)] == [{0: IMAGE}, {0: "a"}, {0: IMAGE}]
    (tile,) = room.scene(1).tiles
    assert (tile.shows, tile.image) == (Shows.LIVE, IMAGE)


def test_a_stream_named_twice_is_in_the_first_view() -> None:
    room = MixedRoom(mixed(layout=custom(view(0), view(1, "a"), view(2, "a"))))
    room.publish(1, "a")
    assert room.columns(1) == {1: "a"}


def test_custom_views_are_drawn_by_layer() -> None:
    area = Area(0, 0, 100, 100)
    views = [View(area=area, layer=layer, stream=StreamId(name)) for layer, name in ((2, "a"), (0, "b"), (2, "c"))]
    room = MixedRoom(mixed(layout=custom(*views)))
    room.publish(1, "a", "b", "c")
    assert room.shown(1) == ["b", "a", "c"]


@pytest.mark.parametrize("area", [Area(10, 10, 10, 90), Area(10, 10, 90, 10), Area(10, 720, 90, 900)])
def test_a_view_without_a_pixel_is_heard_and_not_drawn(area) -> None:
    room = MixedRoom(mixed(layout=custom(View(area=area, layer=0))))
    room.publish(1, "a")
    assert room.shown(1) == []
    assert room.heard(1) == "a"


def test_a_view_for_a_whiteboard_is_kept_free_for_it() -> None:
    layout = custom(view(0, whiteboard=True), view(1))
    with_board = MixedRoom(mixed(layout=layout), board=BoardSpec(horizontal_ratio=16, vertical_ratio=9))
    without = MixedRoom(mixed(layout=layout))
    for room in (with_board, without):
        room.publish(1, "a")
    assert with_board.columns(1) == {1: "a"}
    assert without.columns(1) == {0: "a"}


def test_a_view_for_a_whiteboard_shows_the_stream_it_names_while_there_is_no_board() -> None:
    layout = custom(view(0, "b", whiteboard=True), view(1))
    room = MixedRoom(mixed(layout=layout), board=BoardSpec(horizontal_ratio=16, vertical_ratio=9))
    room.publish(1, "a", "b")
    assert room.columns(1) == {0: "b", 1: "a"}


def test_a_stream_without_video_has_a_view() -> None:
    room = MixedRoom()
    room.publish(1, "a", kinds=AUDIO)
    room.publish(1, "b")
    assert room.shown(1) == ["a", "b"]


USES = ((StreamId("a"), StreamUse.AUDIO), (StreamId("b"), StreamUse.VIDEO), (StreamId(""), StreamUse.AUDIO),
        (StreamId("c"), StreamUse.BOTH))  # fmt: skip


@pytest.mark.parametrize("tracks", [Tracks.TOGETHER, Tracks.SEPARATE])
def test_what_enters_the_mix_can_be_chosen_by_stream_and_every_one_keeps_a_view(tracks) -> None:
    room = MixedRoom(mixed(uses=USES), tracks=tracks)
    room.publish(1, "a", "b", "c", "d")
    assert room.shown(1) == ["a", "b", "c", "d"]
    assert room.heard(1) == "acd"
    assert {b.stream: b.kinds for b in room.of(SourceBegins)} == {"a": AUDIO, "b": VIDEO, "c": BOTH, "d": AUDIO}


@pytest.mark.parametrize(("tracks", "kinds"), [(Tracks.AUDIO, AUDIO), (Tracks.VIDEO, VIDEO)])
def test_the_choice_by_stream_has_no_effect_when_one_kind_alone_is_recorded(tracks, kinds) -> None:
    room = MixedRoom(mixed(uses=USES), tracks=tracks)
    room.publish(1, "a", "b")
    room.tick(1)
    assert {b.kinds for b in room.of(SourceBegins)} == {kinds}


def test_sound_alone_has_no_tiles() -> None:
    room = MixedRoom(mixed(canvas=None, layout=GRID), tracks=Tracks.AUDIO)
    room.publish(1, *ascii_letters[:26])
    assert room.shown(1) == []
    assert room.heard(1) == ascii_letters[:25]


def test_pictures_alone_are_not_heard() -> None:
    room = MixedRoom(tracks=Tracks.VIDEO)
    room.publish(1, "a")
    assert (room.shown(1), room.heard(1)) == (["a"], "")


def test_a_canvas_of_odd_size_is_filled_but_for_the_odd_row_and_column() -> None:
    room = MixedRoom(mixed(layout=Layout(), canvas=Canvas(width=333, height=201, fps=15, bitrate_bps=1)))
    room.publish(1, "a")
    assert room.scene(1).tiles[0].area == Area(0, 0, 332, 200)
