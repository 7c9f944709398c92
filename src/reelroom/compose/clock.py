"""The clock in the top right corner. Each character is drawn once; a second's text is put together from them."""

from datetime import datetime, tzinfo
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reelroom.compose.colour import Plane
from reelroom.compose.images import grey_planes
from reelroom.compose.stamp import Stamp
from reelroom.mix import Area
from reelroom.units import NS, Size

WITH_SECONDS: Final = "%Y-%m-%d %H:%M:%S"  # as of the contract's revision R1
WITHOUT_SECONDS: Final = "%Y-%m-%d %H:%M"  # as of R2, 2025-11-13
_BLACK, _WHITE = 16, 235  # luma
_OUTLINE: Final = 14  # part of the font size that the dark outline is wide


class _Glyph(NamedTuple):
    """One character in its cell. ink: 255 where it is white. cover: 255 where it or its outline is."""

    ink: Plane
    cover: Plane


class ClockFace:
    """White digits with a dark outline, readable on anything. One stamp for each text, the last one kept."""

    def __init__(self, pixels: int, canvas: Size, text_format: str, zone: tzinfo) -> None:
        """pixels: font size. text_format: of `datetime.strftime`."""
        self._pixels, self._canvas, self._format, self._zone = pixels, canvas, text_format, zone
        self._text = ""
        self._stamp: Stamp | None = None

    def stamp(self, at_ns: int) -> Stamp | None:
        """The clock at an instant; the same object while its text is the same. None if the canvas has no room."""
        text = datetime.fromtimestamp(at_ns // NS, self._zone).strftime(self._format)
        if text != self._text:
            self._text, self._stamp = text, self._make(text)
        return self._stamp

    def _make(self, text: str) -> Stamp | None:
        glyphs = [_glyph(character, self._pixels) for character in text]
        ink = np.concatenate([glyph.ink for glyph in glyphs], axis=1)
        cover = np.concatenate([glyph.cover for glyph in glyphs], axis=1)
        margin = self._pixels // 2 & ~1
        width = min(ink.shape[1], self._canvas.width - 2 * margin) & ~1
        height = min(ink.shape[0], self._canvas.height - 2 * margin) & ~1
        if width <= 0 or height <= 0:
            return None
        right = self._canvas.width - margin & ~1
        area = Area(right - width, margin, right, margin + height)
        luma = (_BLACK + ink[:height, :width].astype(np.uint16) * (_WHITE - _BLACK) // 255).astype(np.uint8)
        return Stamp(area, grey_planes(luma), cover[:height, :width])


@cache
def _glyph(character: str, pixels: int) -> _Glyph:
    """Digits have cells of one width, so that the clock doesn't tremble."""
    font = ImageFont.load_default(pixels)  # Aileron, which Pillow brings with it (CC0)
    widest = max((font.getlength(digit) for digit in "0123456789"), default=0.0)
    length = font.getlength(character)
    outline = max(1, pixels // _OUTLINE)
    width = round(max(widest, length) if character.isdigit() else length) + 1
    ascent, descent = font.getmetrics() if isinstance(font, ImageFont.FreeTypeFont) else (pixels, pixels // 4)
    size = width + width % 2, ascent + descent + 2 * outline
    at = ((size[0] - length) / 2, outline)
    sheets = []
    for stroke in (0, outline):
        sheet = Image.new("L", size)
        ImageDraw.Draw(sheet).text(at, character, fill=255, font=font, stroke_width=stroke)
        sheets.append(np.asarray(sheet).copy())
    return _Glyph(*sheets)
