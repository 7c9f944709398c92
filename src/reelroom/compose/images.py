"""Still pictures of callers, JPG, PNG, the first frame of a GIF, or SVG, to planes at the size they are seen in."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from reelroom.compose.colour import Plane, Planes, rgb_planes
from reelroom.compose.scaler import TilePicture
from reelroom.compose.stamp import Stamp
from reelroom.compose.svg import looks_like_svg, svg_to_png
from reelroom.errors import MediaError
from reelroom.mix import Area

_FORMATS: Final = ("JPEG", "PNG", "GIF")
_OPAQUE: Final = 255


class Still:
    """One picture, decoded once. Stretched to whatever it is asked for, as the contract wants all images."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    @classmethod
    def read(cls, path: Path, max_pixels: int) -> "Still":
        """Read a file. Raises MediaError if it is no such picture, broken, or has too many pixels; OSError."""
        body = path.read_bytes()
        if looks_like_svg(body):
            body = svg_to_png(body)
        with _translated(path), Image.open(BytesIO(body), formats=_FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise MediaError(f"an image of {image.width}x{image.height} pixels is too large")
            return cls(ImageOps.exif_transpose(image.convert("RGBA")))

    def planes(self, width: int, height: int, behind: int = 0) -> Planes:
        """The picture at an even size; what is transparent shows the colour `behind`, 0xRRGGBB00."""
        below = Image.new("RGBA", (width, height), (behind >> 24 & 0xFF, behind >> 16 & 0xFF, behind >> 8 & 0xFF, 255))
        below.alpha_composite(self._stretched(width, height))
        return rgb_planes(np.asarray(below.convert("RGB")))

    def tile(self, area: Area, behind: int = 0) -> TilePicture:
        """The picture for a tile."""
        return TilePicture(self.planes(area.width, area.height, behind), area)

    def stamp(self, area: Area) -> Stamp:
        """The picture with its transparency, to be laid over others; odd edges grow to even ones, unseen."""
        outer = Area(area.left & ~1, area.top & ~1, area.right + (area.right & 1), area.bottom + (area.bottom & 1))
        sheet = Image.new("RGBA", (outer.width, outer.height))
        sheet.paste(self._stretched(area.width, area.height), (area.left - outer.left, area.top - outer.top))
        pixels = np.asarray(sheet)
        return Stamp(outer, rgb_planes(pixels[..., :3]), pixels[..., 3])

    def _stretched(self, width: int, height: int) -> Image.Image:
        return self._image.resize((width, height), Image.Resampling.LANCZOS)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit of pixels warns before ours refuses
            yield
    except MediaError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError, OverflowError) as error:
        raise MediaError(f"{path.name} is no picture we read: {type(error).__name__}") from error


def grey_planes(luma: Plane) -> Planes:
    """A picture without colour."""
    rows, columns = luma.shape
    return Planes(luma, *(np.full((rows // 2, columns // 2), 128, np.uint8) for _ in range(2)))
