"""Where views lie, for any number of views on any canvas."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.layout import Place, arrange, in_drawing_order
from reelroom.mix import Area, Fit, Layout, LayoutMode, View
from reelroom.units import Size

PRESETS = [LayoutMode.GRID, LayoutMode.HORIZONTAL, LayoutMode.VERTICAL, LayoutMode.FLOATING]
WITH_BIG = PRESETS[1:]
HD = Size(1280, 720)
modes, counts = st.sampled_from(PRESETS), st.integers(1, 25)
canvases = st.builds(Size, st.integers(1, 1920), st.integers(1, 1920))
sensible = st.builds(Size, st.integers(64, 1920), st.integers(64, 1920))  # worth looking at


def places(mode: LayoutMode, count: int, canvas: Size = HD) -> tuple[Place, ...]:
    return arrange(Layout(mode=mode), canvas, count)


def corners(mode: LayoutMode, count: int) -> list[tuple[int, int]]:
    return [(place.area.left, place.area.top) for place in places(mode, count)]


def overlap(one: Area, other: Area) -> bool:
    return (
        max(one.left, other.left) < min(one.right, other.right)
        and max(one.top, other.top) < min(one.bottom, other.bottom)
    )  # fmt: skip


@given(modes, counts, canvases)
def test_every_view_has_even_coordinates_on_the_canvas(mode, count, canvas) -> None:
    areas = [place.area for place in places(mode, count, canvas)]
    assert len(areas) == count
    for area in areas:
        assert 0 <= area.left <= area.right <= canvas.width
        assert 0 <= area.top <= area.bottom <= canvas.height
        assert not any(edge % 2 for edge in (area.left, area.top, area.right, area.bottom))


@given(modes, counts, canvases)
def test_small_views_are_equal_up_to_the_rounding(mode, count, canvas) -> None:
    small = [place.area for place in places(mode, count, canvas)[mode in WITH_BIG :]]
    for one, other in combinations(small, 2):
        assert abs(one.width - other.width) <= 2
        assert abs(one.height - other.height) <= 2


@given(modes, counts, canvases)
def test_views_overlap_only_where_they_float(mode, count, canvas) -> None:
    areas = [place.area for place in places(mode, count, canvas)]
    assert not any(overlap(*pair) for pair in combinations(areas[mode is LayoutMode.FLOATING :], 2))


@given(canvases, st.sampled_from(
    [(LayoutMode.GRID, n) for n in (1, 2, 4, 6, 9, 12, 16, 20, 25)]
    + [(mode, n) for mode in (LayoutMode.HORIZONTAL, LayoutMode.VERTICAL) for n in (1, 5, 9, 17, 25)]
))  # fmt: skip
def test_full_figures_leave_no_gap(canvas, figure) -> None:
    areas = [place.area for place in places(*figure, canvas)]
    assert sum(area.width * area.height for area in areas) == (canvas.width & ~1) * (canvas.height & ~1)


@given(modes, counts, sensible)
def test_no_view_vanishes_on_a_sensible_canvas(mode, count, canvas) -> None:
    assert all(place.area.width > 0 and place.area.height > 0 for place in places(mode, count, canvas))


@pytest.mark.parametrize(
    ("count", "width", "height"),
    [(1, 1280, 720), (2, 640, 720), (3, 640, 360), (4, 640, 360), (5, 426, 360), (6, 426, 360), (7, 426, 240),
     (9, 426, 240), (10, 320, 240), (12, 320, 240), (13, 320, 180), (16, 320, 180), (17, 256, 180), (20, 256, 180),
     (21, 256, 144), (25, 256, 144)],
)  # fmt: skip
def test_a_grid_adds_columns_before_rows(count, width, height) -> None:
    first = places(LayoutMode.GRID, count)[0].area
    assert (first.left, first.top, first.width, first.height) == (0, 0, width, height)


@given(counts, sensible)
def test_a_grid_goes_row_by_row_from_left_to_right(count, canvas) -> None:
    areas = [place.area for place in places(LayoutMode.GRID, count, canvas)]
    assert [(area.top, area.left) for area in areas] == sorted((area.top, area.left) for area in areas)


@pytest.mark.parametrize("mode", WITH_BIG)
def test_a_big_view_alone_has_the_canvas(mode) -> None:
    assert [place.area for place in places(mode, 1)] == [Area(0, 0, 1280, 720)]


@pytest.mark.parametrize(
    ("mode", "count", "big", "small"),
    [
        (LayoutMode.HORIZONTAL, 5, Area(0, 180, 1280, 720), (320, 180)),
        (LayoutMode.HORIZONTAL, 9, Area(0, 90, 1280, 720), (160, 90)),
        (LayoutMode.HORIZONTAL, 17, Area(0, 180, 1280, 720), (160, 90)),
        (LayoutMode.HORIZONTAL, 25, Area(0, 144, 1120, 720), (160, 72)),
        (LayoutMode.VERTICAL, 5, Area(0, 0, 960, 720), (320, 180)),
        (LayoutMode.VERTICAL, 9, Area(0, 0, 1120, 720), (160, 90)),
        (LayoutMode.VERTICAL, 17, Area(0, 0, 960, 720), (160, 90)),
        (LayoutMode.VERTICAL, 25, Area(0, 0, 1024, 630), (128, 90)),
        (LayoutMode.FLOATING, 5, Area(0, 0, 1280, 720), (320, 180)),
        (LayoutMode.FLOATING, 9, Area(0, 0, 1280, 720), (160, 90)),
        (LayoutMode.FLOATING, 17, Area(0, 0, 1280, 720), (160, 90)),
        (LayoutMode.FLOATING, 25, Area(0, 0, 1280, 720), (160, 90)),
    ],
)
def test_the_published_figures(mode, count, big, small) -> None:
    first, *others = (place.area for place in places(mode, count))
    assert first == big
    assert {(area.width, area.height) for area in others} == {small}


@pytest.mark.parametrize(("mode", "least"), [(mode, least) for mode in WITH_BIG for least in (2, 6, 10, 18)])
def test_a_figure_holds_from_the_first_view_more_than_the_last_one_had(mode, least) -> None:
    most = {2: 5, 6: 9, 10: 17, 18: 25}[least]
    assert places(mode, least) == places(mode, most)[:least]
    assert places(mode, least - 1)[0] != places(mode, least)[0] or mode is LayoutMode.FLOATING


def test_horizontal_has_two_rows_from_left_to_right_then_the_right_edge_down() -> None:
    _, *small = corners(LayoutMode.HORIZONTAL, 25)
    columns = range(0, 1280, 160)
    assert small[:16] == [(x, 0) for x in columns] + [(x, 72) for x in columns]
    assert small[16:] == [(1120, y) for y in range(144, 720, 72)]


def test_vertical_has_two_columns_down_the_outer_first_then_the_bottom_edge() -> None:
    _, *small = corners(LayoutMode.VERTICAL, 25)
    rows = range(0, 720, 90)
    assert small[:16] == [(1152, y) for y in rows] + [(1024, y) for y in rows]
    assert small[16:] == [(x, 630) for x in range(0, 1024, 128)]


def test_floating_goes_from_right_to_left_and_up() -> None:
    _, *small = corners(LayoutMode.FLOATING, 25)
    columns = range(1120, -1, -160)
    assert small == [(x, y) for y in (630, 540, 450) for x in columns]


@pytest.mark.parametrize("mode", WITH_BIG)
def test_the_big_view_is_seen_whole_and_lies_behind_the_others(mode) -> None:
    first, *others = places(mode, 25)
    assert first.fit is Fit.CONTAIN
    assert {place.fit for place in others} == {Fit.CROP}
    assert in_drawing_order(places(mode, 25))[0] == 0
    assert first.layer < min(place.layer for place in others)


def test_a_grid_is_cropped() -> None:
    assert {place.fit for place in places(LayoutMode.GRID, 9)} == {Fit.CROP}


@pytest.mark.parametrize("mode", PRESETS)
@pytest.mark.parametrize("fit", Fit)
def test_a_fit_that_is_given_is_every_views(mode, fit) -> None:
    assert {place.fit for place in arrange(Layout(mode=mode, fit=fit), HD, 9)} == {fit}


@pytest.mark.parametrize("mode", PRESETS)
def test_there_is_no_place_for_more_than_25(mode) -> None:
    assert places(mode, 0) == ()
    with pytest.raises(ValueError, match="26 views"):
        places(mode, 26)


def custom(*views: View, canvas: Size = HD) -> tuple[Place, ...]:
    return arrange(Layout(mode=LayoutMode.CUSTOM, views=views, fit=Fit.CONTAIN), canvas, 0)


def test_custom_views_lie_as_given() -> None:
    views = [View(area=Area(10, 20, 110, 220), layer=3, fit=fit) for fit in Fit]
    assert custom(*views) == tuple(Place(Area(10, 20, 110, 220), fit, 3) for fit in Fit)


def test_custom_coordinates_are_rounded_alike_so_that_neighbours_still_touch() -> None:
    left, right = custom(View(area=Area(1, 1, 641, 719), layer=0), View(area=Area(641, 1, 1279, 719), layer=0))
    assert (left.area, right.area) == (Area(0, 0, 640, 718), Area(640, 0, 1278, 718))


@given(canvases, st.lists(st.builds(Area, *[st.integers(0, 1920)] * 4), max_size=25))
def test_custom_views_are_kept_on_the_canvas(canvas, areas) -> None:
    for place in custom(*(View(area=area, layer=0) for area in areas), canvas=canvas):
        edges = (place.area.left, place.area.top, place.area.right, place.area.bottom)
        assert not any(edge % 2 for edge in edges)
        assert min(edges) >= 0
        assert max(place.area.left, place.area.right) <= canvas.width
        assert max(place.area.top, place.area.bottom) <= canvas.height


def test_a_larger_layer_stands_in_front_and_equal_layers_keep_their_order() -> None:
    area = Area(0, 0, 100, 100)
    layers = [2, 0, 1, 0, 2]
    assert in_drawing_order(custom(*(View(area=area, layer=layer) for layer in layers))) == [1, 3, 2, 0, 4]
