"""Colours as video has them: BT.709 in limited range, as every mixed picture is tagged (ITU-R BT.709 section 3)."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]  # of rows, columns

_RED, _BLUE = 0.2126, 0.0722  # shares of luma
_GREEN: Final = 1 - _RED - _BLUE
_LUMA, _CHROMA = 219 / 255, 224 / 255  # limited range


class Yuv(NamedTuple):
    """One colour."""

    y: int
    u: int
    v: int


BLACK: Final = Yuv(16, 128, 128)


class Planes(NamedTuple):
    """One 4:2:0 picture: luma, and both chromas of half its width and height."""

    y: Plane
    u: Plane
    v: Plane


def to_yuv(colour: int) -> Yuv:
    """A colour of the control API, 0xRRGGBB00."""
    planes = rgb_planes(np.full((2, 2, 3), [colour >> 24 & 0xFF, colour >> 16 & 0xFF, colour >> 8 & 0xFF], np.uint8))
    return Yuv(*(int(plane[0, 0]) for plane in planes))


def rgb_planes(pixels: npt.NDArray[np.uint8]) -> Planes:
    """A picture of (rows, columns, 3) red, green and blue, of even size. Not for the hot path."""
    red, green, blue = (pixels[..., n].astype(np.float32) for n in range(3))
    luma = _RED * red + _GREEN * green + _BLUE * blue
    u = 128 + _CHROMA * (blue - luma) / (2 * (1 - _BLUE))
    v = 128 + _CHROMA * (red - luma) / (2 * (1 - _RED))
    return Planes(_rounded(16 + _LUMA * luma), _rounded(halved(u)), _rounded(halved(v)))


def halved(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean of each 2x2 points."""
    rows, columns = plane.shape
    means: npt.NDArray[np.float32] = plane.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    return means


def _rounded(plane: npt.NDArray[np.float32]) -> Plane:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
