"""Pictures of every layout for a reader to look at, drawn as recordings are.

`python -m reelroom.testing.golden [FOLDER]` writes them, to docs/design/pictures by default. Each publisher is a colour
with its number in the order of joining; its white frame shows what a crop cuts off.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from av import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from reelroom.compose.canvas import Canvas
from reelroom.compose.clock import WITH_SECONDS, ClockFace
from reelroom.compose.colour import to_yuv
from reelroom.compose.images import Still
from reelroom.compose.painter import Painter
from reelroom.compose.scaler import TilePicture, TileScaler
from reelroom.compose.stamp import Stamp
from reelroom.layout import Place, arrange, in_drawing_order
from reelroom.mix import Area, Fit, Layout, LayoutMode, View
from reelroom.units import NS, Size

FOLDER: Final = Path("docs/design/pictures")
VIEWS: Final = (1, 2, 5, 9, 17, 25)
_CANVAS: Final = Size(320, 180)
_GAP: Final = 8  # pixels between the pictures of a sheet
_BACKGROUND: Final = 0x30303000
_SOURCE: Final = Size(640, 360)
_INSTANT: Final = int(datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC).timestamp()) * NS
_CUSTOM: Final = (
    View(area=Area(0, 0, 240, 180), layer=0, fit=Fit.CONTAIN),
    View(area=Area(160, 60, 310, 150), layer=2),
    View(area=Area(20, 90, 200, 170), layer=1),
)


def draw_publisher(number: int) -> VideoFrame:
    """The picture of one publisher, 1 and up."""
    hue = number * 97 % 256
    image = Image.new("HSV", _SOURCE, (hue, 150, 190)).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, _SOURCE.width - 1, _SOURCE.height - 1), outline="white", width=24)
    font = ImageFont.load_default(220)
    pen.text((_SOURCE.width / 2, _SOURCE.height / 2), str(number), fill="black", font=font, anchor="mm")
    frame = VideoFrame.from_ndarray(np.asarray(image), "rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")


def draw_layout(layout: Layout, count: int, stamps: Sequence[Stamp] = ()) -> Image.Image:
    """One mixed picture."""
    places = arrange(layout, _CANVAS, count)
    ordered = in_drawing_order(places)
    canvas = Canvas(*_CANVAS)
    painter = Painter(canvas, to_yuv(_BACKGROUND))
    painter.arrange([places[index].area for index in ordered])
    painter.draw([_scale(places[index], index + 1) for index in ordered], list(stamps))
    pixels = canvas.frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG")
    return Image.fromarray(pixels.to_ndarray())


def _scale(place: Place, number: int) -> TilePicture:
    return TileScaler(place.area, place.fit).scale(draw_publisher(number))


def draw_stamps() -> list[Stamp]:
    """A half-transparent watermark, and the clock."""
    mark = Image.new("RGBA", (64, 64))
    ImageDraw.Draw(mark).ellipse((2, 2, 62, 62), fill=(255, 255, 255, 140), outline=(0, 0, 0, 200), width=4)
    clock = ClockFace(14, _CANVAS, WITH_SECONDS, UTC).stamp(_INSTANT)
    stamps = [Still(mark).stamp(Area(10, 130, 50, 170))]
    return stamps if clock is None else [*stamps, clock]


def make_sheet(pictures: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pictures side by side, row by row."""
    rows = -(-len(pictures) // columns)
    step = _CANVAS.width + _GAP, _CANVAS.height + _GAP
    sheet = Image.new("RGB", (columns * step[0] + _GAP, rows * step[1] + _GAP), "grey")
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (_GAP + number % columns * step[0], _GAP + number // columns * step[1]))
    return sheet


def write_all(folder: Path) -> list[Path]:
    """One sheet for each mode, for 1, 2, 5, 9, 17 and 25 views; one of custom views, watermark and clock."""
    folder.mkdir(parents=True, exist_ok=True)
    presets = (LayoutMode.GRID, LayoutMode.HORIZONTAL, LayoutMode.VERTICAL, LayoutMode.FLOATING)
    sheets = {
        f"layout-{mode.name.lower()}": make_sheet([draw_layout(Layout(mode=mode), count) for count in VIEWS], 3)
        for mode in presets
    }
    custom = Layout(mode=LayoutMode.CUSTOM, views=_CUSTOM)
    grid = Layout(mode=LayoutMode.GRID)
    sheets["custom-watermark-clock"] = make_sheet([draw_layout(custom, 3), draw_layout(grid, 4, draw_stamps())], 2)
    return [_save(sheet, folder / f"{name}.png") for name, sheet in sheets.items()]


def _save(sheet: Image.Image, path: Path) -> Path:
    sheet.quantize(64).save(path, optimize=True)
    return path


def main() -> None:
    """Write all pictures, and say where."""
    for path in write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(path)  # noqa: T201


if __name__ == "__main__":
    main()
