"""Pictures at the size of their tiles."""

import av
import numpy as np
import pytest

from reelroom.compose.canvas import planes_of
from reelroom.compose.colour import BLACK, to_yuv
from reelroom.compose.scaler import TileScaler, contain, cover
from reelroom.mix import Area, Fit

WHOLE = Area(0, 0, 1280, 720)


@pytest.mark.parametrize(
    ("width", "height", "area", "wanted"),
    [
        (1280, 720, Area(0, 0, 640, 360), WHOLE),
        (1280, 720, Area(0, 0, 640, 720), Area(320, 0, 960, 720)),
        (1280, 720, Area(100, 100, 900, 300), Area(0, 200, 1280, 520)),
        (640, 480, Area(0, 0, 1280, 720), Area(0, 60, 640, 420)),
        (333, 555, Area(0, 0, 100, 100), Area(0, 110, 333, 442)),
    ],
)
def test_cover_cuts_the_middle_out(width: int, height: int, area: Area, wanted: Area) -> None:
    assert cover(width, height, area) == wanted


@pytest.mark.parametrize(
    ("width", "height", "area", "wanted"),
    [
        (1280, 720, Area(0, 0, 640, 360), Area(0, 0, 640, 360)),
        (1280, 720, Area(0, 0, 640, 720), Area(0, 180, 640, 540)),
        (640, 480, Area(100, 40, 740, 400), Area(180, 40, 660, 400)),
        (4000, 2, Area(0, 0, 64, 64), Area(0, 30, 64, 32)),
    ],
)
def test_contain_lies_in_the_middle(width: int, height: int, area: Area, wanted: Area) -> None:
    assert contain(width, height, area) == wanted


def test_every_shape_gives_even_areas_within_bounds() -> None:
    random = np.random.default_rng(3)
    for _ in range(2000):
        width, height = (int(x) for x in random.integers(2, 2000, 2))
        left, top = (int(2 * x) for x in random.integers(0, 400, 2))
        area = Area(left, top, left + int(2 * random.integers(1, 500)), top + int(2 * random.integers(1, 500)))
        cut, placed = cover(width, height, area), contain(width, height, area)
        assert 0 <= cut.left < cut.right <= width
        assert 0 <= cut.top < cut.bottom <= height
        assert cut.left % 2 == cut.top % 2 == 0
        assert area.left <= placed.left < placed.right <= area.right
        assert area.top <= placed.top < placed.bottom <= area.bottom
        assert all(edge % 2 == 0 for edge in (placed.left, placed.top, placed.right, placed.bottom))


def striped(width: int, height: int, pixels: str = "yuv420p") -> av.VideoFrame:
    """Left third red, the rest green."""
    colours = np.zeros((height, width, 3), np.uint8)
    colours[:, : width // 3] = (255, 0, 0)
    colours[:, width // 3 :] = (0, 255, 0)
    frame = av.VideoFrame.from_ndarray(colours, "rgb24")
    return frame.reformat(format=pixels, dst_colorspace="ITU709", dst_color_range="MPEG")


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "nv12"])
@pytest.mark.parametrize("size", [(640, 360), (320, 180), (81, 45)])
def test_any_picture_comes_to_the_size_of_its_tile(pixels: str, size: tuple[int, int]) -> None:
    picture = TileScaler(Area(0, 0, 160, 90), Fit.CROP).scale(striped(*size, pixels))
    assert [plane.shape for plane in picture.planes] == [(90, 160), (45, 80), (45, 80)]
    for x, colour in ((20, 0xFF000000), (120, 0x00FF0000)):
        seen = [int(picture.planes.y[45, x]), int(picture.planes.u[22, x // 2]), int(picture.planes.v[22, x // 2])]
        assert seen == pytest.approx(list(to_yuv(colour)), abs=3)


def test_colours_of_another_matrix_are_converted() -> None:
    frame = striped(320, 180).reformat(src_colorspace="ITU709", dst_colorspace="ITU601")
    assert int(planes_of(frame).y[90, 20]) > 75  # red is brighter there
    picture = TileScaler(Area(0, 0, 160, 90), Fit.CROP).scale(frame)
    assert int(picture.planes.y[45, 20]) == pytest.approx(to_yuv(0xFF000000).y, abs=2)


def test_full_range_is_brought_to_limited() -> None:
    frame = av.VideoFrame(64, 64, "yuvj420p")
    for plane, value in zip(planes_of(frame), (0, 128, 128), strict=True):
        plane[:] = value
    frame.color_range = 2
    picture = TileScaler(Area(0, 0, 32, 32), Fit.CROP).scale(frame)
    assert int(picture.planes.y[16, 16]) == BLACK.y


def test_the_same_frame_gives_the_same_object() -> None:
    scaler, frame = TileScaler(Area(0, 0, 160, 90), Fit.CROP), striped(320, 180)
    assert scaler.scale(frame) is scaler.scale(frame)
    assert scaler.scale(frame) is not scaler.scale(striped(320, 180))


def test_a_size_may_change_at_any_frame() -> None:
    scaler = TileScaler(Area(0, 0, 160, 90), Fit.CONTAIN)
    for size in ((320, 180), (640, 480), (160, 90), (90, 160)):
        area = scaler.scale(striped(*size)).area
        assert area == contain(*size, Area(0, 0, 160, 90))
