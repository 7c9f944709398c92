"""The picture that is drawn on again and again, as numpy views of one frame's planes: no copy is made to encode it."""

from typing import Final

import numpy as np
from av import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc

from reelroom.compose.colour import Planes, Yuv
from reelroom.mix import Area

PIXELS: Final = "yuv420p"
BT709: Final = 1  # ITU-T H.273 matrix, primaries and transfer alike


class Canvas:
    """A yuv420p picture of even size. Areas have even coordinates and lie on it.

    frame: what an encoder takes; it must be done with it, or have copied it, before the next drawing.
    """

    def __init__(self, width: int, height: int) -> None:
        self.area = Area(0, 0, width, height)
        self.frame = VideoFrame(width, height, PIXELS)
        self.frame.colorspace = BT709
        self.frame.color_range = ColorRange.MPEG
        self.frame.color_primaries, self.frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        self.planes = planes_of(self.frame)

    def views(self, area: Area) -> Planes:
        """Views of a part, to be written to."""
        return cut(self.planes, area)

    def copy(self) -> VideoFrame:
        """A frame of its own with the present picture."""
        other = Canvas(self.area.width, self.area.height)
        put(other.planes, self.planes)
        return other.frame


def planes_of(frame: VideoFrame) -> Planes:
    """Views of a yuv420p frame's planes."""
    width, height = frame.width, frame.height
    y, u, v = (np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes)
    rows, columns = (height + 1) // 2, (width + 1) // 2
    return Planes(y[:height, :width], u[:rows, :columns], v[:rows, :columns])


def cut(planes: Planes, area: Area) -> Planes:
    """Views of a part of a picture."""
    left, top, right, bottom = area.left // 2, area.top // 2, area.right // 2, area.bottom // 2
    return Planes(
        planes.y[area.top : area.bottom, area.left : area.right],
        planes.u[top:bottom, left:right],
        planes.v[top:bottom, left:right],
    )


def put(target: Planes, source: Planes) -> None:
    """Copy a picture over one of the same size."""
    for to, plane in zip(target, source, strict=True):
        np.copyto(to, plane)


def fill(target: Planes, colour: Yuv) -> None:
    """Paint a picture in one colour."""
    for to, value in zip(target, colour, strict=True):
        to.fill(value)
