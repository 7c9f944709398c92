"""Drawing: what is copied to the canvas, in which order, and what isn't touched."""

import numpy as np
import pytest

from reelroom.compose.canvas import Canvas, cut
from reelroom.compose.colour import BLACK, Plane, Planes, Yuv, to_yuv
from reelroom.compose.painter import Content, Painter
from reelroom.compose.scaler import TilePicture
from reelroom.compose.stamp import Stamp
from reelroom.mix import Area

GREY = Yuv(128, 128, 128)
RED, BLUE, GREEN = Yuv(81, 90, 240), Yuv(41, 240, 110), Yuv(145, 54, 34)


def plain(colour: Yuv, width: int, height: int) -> Planes:
    shapes = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    return Planes(*(np.full(shape, value, np.uint8) for shape, value in zip(shapes, colour, strict=True)))


def picture(colour: Yuv, area: Area) -> TilePicture:
    return TilePicture(plain(colour, area.width, area.height), area)


def colour_at(canvas: Canvas, x: int, y: int) -> Yuv:
    planes = canvas.planes
    return Yuv(int(planes.y[y, x]), int(planes.u[y // 2, x // 2]), int(planes.v[y // 2, x // 2]))


def half(area: Area, colour: Yuv = BLUE) -> Stamp:
    return Stamp(area, plain(colour, area.width, area.height), np.full((area.height, area.width), 128, np.uint8))


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(64, 48)


@pytest.fixture
def painter(canvas: Canvas) -> Painter:
    return Painter(canvas, GREY)


def test_tiles_lie_on_the_background_from_back_to_front(canvas: Canvas, painter: Painter) -> None:
    back, front = Area(0, 0, 32, 32), Area(16, 16, 48, 48)
    painter.arrange([back, front])
    assert painter.draw([picture(RED, back), picture(BLUE, front)], [])
    assert [colour_at(canvas, *at) for at in ((4, 4), (20, 20), (60, 4))] == [RED, BLUE, GREY]


def test_what_did_not_change_is_not_drawn(canvas: Canvas, painter: Painter) -> None:
    area = Area(0, 0, 32, 32)
    painter.arrange([area])
    same = picture(RED, area)
    painter.draw([same], [])
    canvas.planes.y[:] = 99
    assert not painter.draw([same], [])
    assert np.all(canvas.planes.y == 99)


def test_a_changed_tile_behind_does_not_cover_those_in_front(canvas: Canvas, painter: Painter) -> None:
    areas = [Area(0, 0, 40, 40), Area(20, 0, 60, 20), Area(50, 10, 64, 40)]
    painter.arrange(areas)
    front = [picture(BLUE, areas[1]), picture(GREEN, areas[2])]
    painter.draw([picture(RED, areas[0]), *front], [])
    painter.draw([picture(GREY, areas[0]), *front], [])
    assert colour_at(canvas, 4, 4) == GREY
    assert colour_at(canvas, 30, 10) == BLUE
    assert colour_at(canvas, 54, 14) == GREEN


def test_a_tile_without_content_shows_what_is_behind_it(canvas: Canvas, painter: Painter) -> None:
    areas = [Area(0, 0, 40, 40), Area(20, 20, 60, 40)]
    painter.arrange(areas)
    back = picture(RED, areas[0])
    painter.draw([back, BLUE], [])
    painter.draw([back, None], [])
    assert colour_at(canvas, 30, 30) == RED
    assert colour_at(canvas, 50, 30) == GREY


def test_a_contained_picture_has_black_bars(canvas: Canvas, painter: Painter) -> None:
    area = Area(0, 0, 64, 48)
    painter.arrange([area])
    painter.draw([picture(RED, Area(0, 8, 64, 40))], [])
    assert [colour_at(canvas, 30, y) for y in (2, 20, 46)] == [BLACK, RED, BLACK]


def test_a_background_may_be_a_picture(canvas: Canvas) -> None:
    painter = Painter(canvas, plain(GREEN, 64, 48))
    painter.arrange([])
    painter.draw([], [])
    assert colour_at(canvas, 63, 47) == GREEN


def test_a_stamp_is_blended_once_however_often_is_drawn(canvas: Canvas, painter: Painter) -> None:
    areas = [Area(0, 0, 32, 48), Area(32, 0, 64, 48)]
    stamp = half(Area(24, 10, 40, 20))
    painter.arrange(areas)
    still = picture(RED, areas[1])
    for _ in range(3):
        painter.draw([picture(RED, areas[0]), still], [stamp])
        assert colour_at(canvas, 26, 12) == colour_at(canvas, 36, 12) == mixed(RED, BLUE)
    painter.draw([picture(GREEN, areas[0]), still], [])
    assert colour_at(canvas, 26, 12) == GREEN
    assert colour_at(canvas, 36, 12) == RED


def test_stamps_that_overlap_keep_their_order(canvas: Canvas, painter: Painter) -> None:
    area = Area(0, 0, 64, 48)
    painter.arrange([area])
    one, two = half(Area(0, 0, 20, 20), BLUE), half(Area(10, 10, 30, 30), GREEN)
    for _ in range(2):
        painter.draw([picture(RED, area)], [one, two])
        assert colour_at(canvas, 14, 14) == mixed(mixed(RED, BLUE), GREEN)


def mixed(below: Yuv, above: Yuv) -> Yuv:
    return Yuv(*(round((b * 127 + a * 128) / 255) for b, a in zip(below, above, strict=True)))


def test_blending_is_exact_to_a_rounding() -> None:
    random = np.random.default_rng(1)
    below = Planes(*(random.integers(0, 256, s, np.uint8) for s in ((16, 16), (8, 8), (8, 8))))
    above = Planes(*(random.integers(0, 256, s, np.uint8) for s in ((16, 16), (8, 8), (8, 8))))
    alpha = random.integers(0, 256, (16, 16), np.uint8)
    wanted = (below.y.astype(float) * (255 - alpha) + above.y.astype(float) * alpha) / 255
    Stamp(Area(0, 0, 16, 16), above, alpha).blend(below)
    assert np.abs(below.y - wanted).max() <= 0.51


def test_random_scenes_look_as_if_drawn_anew(canvas: Canvas, painter: Painter) -> None:
    """The short way against the long way, for many random changes."""
    random = np.random.default_rng(5)
    areas = [Area(*sorted_area(random)) for _ in range(6)]
    painter.arrange(areas)
    contents: list[Content] = [None] * 6
    stamps = [half(Area(8, 8, 40, 24)), half(Area(30, 16, 60, 40), GREEN)]
    for _ in range(200):
        for number in range(6):
            if random.random() < 0.3:
                colour = Yuv(*(int(value) for value in random.integers(0, 256, 3)))
                contents[number] = (None, colour, picture(colour, areas[number]))[random.integers(3)]
        laid = stamps[: random.integers(3)]
        painter.draw(list(contents), laid)
        other = Canvas(64, 48)
        again = Painter(other, GREY)
        again.arrange(areas)
        again.draw(list(contents), laid)
        assert all(np.array_equal(a, b) for a, b in zip(canvas.planes, other.planes, strict=True))


def sorted_area(random: np.random.Generator) -> tuple[int, int, int, int]:
    left, right = sorted(int(2 * x) for x in random.choice(32, 2, replace=False))
    top, bottom = sorted(int(2 * y) for y in random.choice(24, 2, replace=False))
    return left, top, right, bottom


@pytest.mark.parametrize(
    ("colour", "wanted"),
    [
        (0, BLACK),
        (0xFFFFFF00, Yuv(235, 128, 128)),
        (0xFF000000, Yuv(63, 102, 240)),
        (0x00FF0000, Yuv(173, 42, 26)),
        (0x0000FF00, Yuv(32, 240, 118)),
    ],
)
def test_colours_are_of_bt709_in_limited_range(colour: int, wanted: Yuv) -> None:
    assert to_yuv(colour) == wanted


def test_views_are_parts_of_the_canvas(canvas: Canvas) -> None:
    view: Plane = cut(canvas.planes, Area(2, 4, 10, 8)).u
    view[:] = 7
    assert np.all(canvas.planes.u[2:4, 1:5] == 7)
    assert np.count_nonzero(canvas.planes.u == 7) >= 8
