"""Images of callers, the clock, and pictures as JPG. Files are real; SVG is drawn in its own process."""

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from reelroom.compose.canvas import Canvas, fill
from reelroom.compose.clock import WITH_SECONDS, WITHOUT_SECONDS, ClockFace
from reelroom.compose.colour import Planes, Yuv, to_yuv
from reelroom.compose.images import Still
from reelroom.compose.still import encode_still
from reelroom.compose.svg import check_svg, svg_to_png
from reelroom.errors import MediaError
from reelroom.mix import Area
from reelroom.units import NS, Size

LIMIT = 1_000_000
RED = (255, 0, 0)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#f00"/>{}</svg>'
)


def at(planes: Planes, x: int, y: int) -> Yuv:
    return Yuv(int(planes.y[y, x]), int(planes.u[y // 2, x // 2]), int(planes.v[y // 2, x // 2]))


def save(path: Path, image: Image.Image, format_: str, **words: object) -> Path:
    image.save(path, format_, **words)
    return path


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF"])
def test_each_format_is_read_and_stretched(tmp_path: Path, format_: str) -> None:
    planes = Still.read(save(tmp_path / "image", Image.new("RGB", (30, 90), RED), format_), LIMIT).planes(64, 36)
    assert planes.y.shape == (36, 64)
    assert at(planes, 30, 18) == pytest.approx(to_yuv(0xFF000000), abs=2)


def test_of_a_moving_gif_the_first_frame_is_taken(tmp_path: Path) -> None:
    more = [Image.new("RGB", (20, 20), (0, 0, 255))]
    path = save(tmp_path / "a", Image.new("RGB", (20, 20), RED), "GIF", save_all=True, append_images=more)
    assert at(Still.read(path, LIMIT).planes(20, 20), 10, 10) == pytest.approx(to_yuv(0xFF000000), abs=2)


def test_a_photograph_stands_upright(tmp_path: Path) -> None:
    """Orientation 6: the top of the picture is at its right side."""
    image = Image.new("RGB", (40, 20), (0, 0, 255))
    image.paste(RED, (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    planes = Still.read(save(tmp_path / "a", image, "JPEG", exif=exif, quality=95), LIMIT).planes(20, 40)
    assert at(planes, 10, 4) == pytest.approx(to_yuv(0xFF000000), abs=6)


def test_transparency_shows_the_colour_behind(tmp_path: Path) -> None:
    path = save(tmp_path / "a", Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG")
    assert at(Still.read(path, LIMIT).planes(8, 8, 0x00FF0000), 4, 4) == to_yuv(0x00FF0000)


@pytest.mark.parametrize("body", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(50), b"RIFF0000WEBPVP8 "])
def test_what_is_no_picture_of_ours_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "image"
    path.write_bytes(body)
    with pytest.raises(MediaError):
        Still.read(path, LIMIT)


def test_a_torn_picture_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a", Image.effect_noise((300, 300), 90), "PNG")
    path.write_bytes(path.read_bytes()[:-20_000])
    with pytest.raises(MediaError):
        Still.read(path, LIMIT)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = save(tmp_path / "a", Image.new("1", (10_000, 9_000)), "PNG")
    assert path.stat().st_size < 50_000
    with pytest.raises(MediaError, match="10000x9000"):
        Still.read(path, LIMIT)


def test_a_stamp_keeps_to_odd_edges(tmp_path: Path) -> None:
    still = Still.read(save(tmp_path / "a", Image.new("RGB", (9, 9), (255, 255, 255)), "PNG"), LIMIT)
    stamp = still.stamp(Area(3, 5, 10, 9))
    assert stamp.area == Area(2, 4, 10, 10)
    canvas = Canvas(16, 16)
    fill(canvas.planes, Yuv(16, 128, 128))
    stamp.blend(canvas.views(stamp.area))
    white = np.argwhere(canvas.planes.y == 235)
    assert white.min(axis=0).tolist() == [5, 3]
    assert white.max(axis=0).tolist() == [8, 9]


# --- SVG --------------------------------------------------------------------------------------------------------


def test_an_svg_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(SVG.format(""))
    assert at(Still.read(path, 4_000_000).planes(40, 20), 20, 10) == to_yuv(0xFF000000)
    assert Image.open(io.BytesIO(svg_to_png(path.read_bytes()))).size == (1920, 960)


@pytest.mark.parametrize(
    "inner",
    [
        '<image href="/etc/passwd" width="9" height="9"/>',
        '<image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="&#102;ile:///a.png" width="9" height="9"/>',
        '<image href="http://127.0.0.1/a.png" width="9" height="9"/>',
        '<image href="data:image/svg+xml;base64,AAAA" width="9" height="9"/>',
        '<filter id="f"><feImage href="secret.svg"/></filter>',
    ],
)
def test_an_svg_that_names_other_files_is_refused(inner: str) -> None:
    with pytest.raises(MediaError, match="other files"):
        check_svg(SVG.format(inner).encode())


@pytest.mark.parametrize(
    "body", [b"<html", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', b"<a/>", "<svg/>".encode("utf-16")]
)
def test_an_odd_svg_is_refused(body: bytes) -> None:
    with pytest.raises(MediaError):
        svg_to_png(body)


def test_an_svg_that_takes_too_much_is_given_up() -> None:
    """Each level uses the one before ten times."""
    levels = "".join(f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 12))
    with pytest.raises(MediaError):
        svg_to_png(SVG.format(f'<rect id="g0" width="1" height="1"/>{levels}').encode())


# --- the clock --------------------------------------------------------------------------------------------------

INSTANT = int(datetime(2026, 3, 4, 15, 6, 7, tzinfo=UTC).timestamp()) * NS


def test_the_clock_stands_in_the_top_right_corner() -> None:
    stamp = ClockFace(24, Size(640, 360), WITH_SECONDS, ZoneInfo("UTC")).stamp(INSTANT)
    assert stamp is not None
    assert stamp.area.right == 640 - 12
    assert stamp.area.top == 12
    assert 24 <= stamp.area.height <= 40


def test_one_text_is_one_stamp() -> None:
    face = ClockFace(24, Size(640, 360), WITH_SECONDS, ZoneInfo("UTC"))
    assert face.stamp(INSTANT) is face.stamp(INSTANT + NS - 1)
    assert face.stamp(INSTANT) is not face.stamp(INSTANT + NS)
    minutes = ClockFace(24, Size(640, 360), WITHOUT_SECONDS, ZoneInfo("UTC"))
    assert minutes.stamp(INSTANT) is minutes.stamp(INSTANT + 50 * NS)


def test_the_clock_shows_its_zone() -> None:
    def draw(zone: str, instant: int) -> np.ndarray:
        canvas = Canvas(640, 360)
        fill(canvas.planes, Yuv(16, 128, 128))
        stamp = ClockFace(24, Size(640, 360), WITH_SECONDS, ZoneInfo(zone)).stamp(instant)
        assert stamp is not None
        stamp.blend(canvas.views(stamp.area))
        return canvas.planes.y

    shifted = draw("Asia/Shanghai", INSTANT)
    assert np.array_equal(shifted, draw("UTC", INSTANT + 8 * 3600 * NS))
    assert not np.array_equal(shifted, draw("UTC", INSTANT))


@pytest.mark.parametrize("pixels", [12, 100])
def test_the_clock_fits_any_canvas_or_is_left_out(pixels: int) -> None:
    for size in (Size(2, 2), Size(64, 36), Size(1920, 1080)):
        stamp = ClockFace(pixels, size, WITH_SECONDS, ZoneInfo("UTC")).stamp(INSTANT)
        if stamp is not None:
            assert 0 <= stamp.area.left < stamp.area.right <= size.width
            assert 0 <= stamp.area.top < stamp.area.bottom <= size.height


def test_a_jpeg_has_the_colours_of_the_canvas(tmp_path: Path) -> None:
    canvas = Canvas(64, 48)
    fill(canvas.planes, to_yuv(0x20C04000))
    (tmp_path / "a.jpg").write_bytes(encode_still(canvas.frame))
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "JPEG"
        assert image.getpixel((30, 20)) == pytest.approx((0x20, 0xC0, 0x40), abs=4)
