"""What is laid over the finished picture: alpha-blended from planes that were made once."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from reelroom.compose.canvas import Canvas, put
from reelroom.compose.colour import Plane, Planes, halved
from reelroom.mix import Area

_Wide = npt.NDArray[np.uint16]
_OPAQUE: Final = 255


class _Layer(NamedTuple):
    """One plane of a stamp: what is added, what is left of the picture below, and room to work in."""

    added: _Wide  # colour times alpha
    left: _Wide  # 255 - alpha
    work: _Wide
    spare: _Wide


class Stamp:
    """A picture with alpha and its place. `area` has even coordinates."""

    def __init__(self, area: Area, planes: Planes, alpha: Plane) -> None:
        """planes: the colours. alpha: of luma's size, 255 is opaque."""
        self.area = area
        small = np.rint(halved(alpha.astype(np.float32))).astype(np.uint8)
        pairs = zip(planes, (alpha, small, small), strict=True)
        self._layers = [_layer(plane, opacity) for plane, opacity in pairs]

    def blend(self, target: Planes) -> None:
        """Lay it over a picture of its size, in place and without new memory."""
        for plane, layer in zip(target, self._layers, strict=True):
            work, spare = layer.work, layer.spare
            np.multiply(plane, layer.left, out=work)
            np.add(work, layer.added, out=work)  # holds the half for rounding
            np.right_shift(work, 8, out=spare)
            np.add(work, spare, out=work)  # (x + x / 256) / 256 is x / 255 for all that can be
            np.right_shift(work, 8, out=work)
            np.copyto(plane, work, casting="unsafe")


class Stamped:
    """Stamps on a canvas, which can be lifted again: the picture below them is kept."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._kept: list[tuple[Planes, Planes]] = []  # a part of the canvas, and what was there

    def lift(self) -> None:
        """Take all stamps off, in the order opposite to that of laying."""
        while self._kept:
            put(*self._kept.pop())

    def lay(self, stamps: list[Stamp]) -> None:
        """Lay stamps over what is drawn."""
        for stamp in stamps:
            below = self._canvas.views(stamp.area)
            self._kept.append((below, Planes(*(plane.copy() for plane in below))))
            stamp.blend(below)


def _layer(plane: Plane, alpha: Plane) -> _Layer:
    wide = alpha.astype(np.uint16)
    half = np.uint16(128)
    left = _OPAQUE - wide
    return _Layer(plane * wide + half, left, np.empty_like(wide), np.empty_like(wide))
