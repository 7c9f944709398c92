"""The programme's picture as numbers: drawn and read here as in `pages/barcode.js`. Keep the two alike.

The picture is 8 rows of 16 cells. Rows 0 and 1 hold 32 bits, most significant first, white for 1: a counter of 24 bits
and its CRC-8. Rows 6 and 7 hold them again, so that a picture broken anywhere disagrees with itself. The four rows
between show dark movement, or white during a flash. Pictures are luma planes: uint8 arrays of (height, width).
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

COUNTERS: Final = 1 << 24
COLUMNS: Final = 16
ROWS: Final = 8
BLACK: Final = 16  # luma, limited range
WHITE: Final = 235
FLASH_LUMA: Final = 150  # the middle of a picture is brighter than this in a flash only
_MIDDLE_LUMA: Final = (BLACK + WHITE) // 2
_STRIPS: Final = (0, ROWS - 2)  # first rows
_STRIP_ROWS: Final = 2

Luma = npt.NDArray[np.uint8]


class Reading(NamedTuple):
    """What a picture says. counter: None if it is broken."""

    counter: int | None
    flash: bool


def checksum(counter: int) -> int:
    """CRC-8, polynomial 0x07, starting at 0x5A so that neither a black nor a white picture is a valid one."""
    crc = 0x5A
    for byte in counter.to_bytes(3):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def draw_barcode(luma: Luma, counter: int) -> None:
    """Draw a counter (modulo `COUNTERS`) into both strips of a picture."""
    counter %= COUNTERS
    bits = np.unpackbits(np.frombuffer((counter << 8 | checksum(counter)).to_bytes(4), np.uint8))
    cells = np.where(bits, WHITE, BLACK).astype(np.uint8).reshape(_STRIP_ROWS, COLUMNS)
    height, width = luma.shape
    columns = np.diff([round(x * width / COLUMNS) for x in range(COLUMNS + 1)])
    for top in _STRIPS:
        edges = [round((top + y) * height / ROWS) for y in range(_STRIP_ROWS + 1)]
        luma[edges[0] : edges[-1]] = np.repeat(np.repeat(cells, columns, 1), np.diff(edges), 0)


def read_picture(luma: Luma) -> Reading:
    """Read a picture of any size from about 64x32 pixels up."""
    rows, columns, middle = _samples(*luma.shape)
    strips = [_read_strip(luma, strip, columns) for strip in rows]
    counter = strips[0] if strips[0] == strips[1] else None
    return Reading(counter, bool(luma[middle].mean() > FLASH_LUMA))


def _read_strip(luma: Luma, rows: "npt.NDArray[np.intp]", columns: "npt.NDArray[np.intp]") -> int | None:
    """Each cell is the mean of nine points in it, for a blocky encoder spoils some."""
    points = luma[np.ix_(rows, columns)].reshape(_STRIP_ROWS, 3, COLUMNS, 3)
    bits = points.mean(axis=(1, 3)) > _MIDDLE_LUMA
    word = int.from_bytes(np.packbits(bits).tobytes())
    counter = word >> 8
    return counter if checksum(counter) == word & 0xFF else None


@lru_cache(maxsize=16)
def _samples(height: int, width: int) -> "tuple[list[npt.NDArray[np.intp]], npt.NDArray[np.intp], tuple[slice, slice]]":
    """Rows of each strip and columns to look at, and the middle, for one picture size."""
    inside = np.array([0.3, 0.5, 0.7])
    columns = ((np.arange(COLUMNS)[:, None] + inside) * width / COLUMNS).astype(np.intp).ravel()
    rows = [((np.arange(top, top + 2)[:, None] + inside) * height / ROWS).astype(np.intp).ravel() for top in _STRIPS]
    middle = (slice(round(height * 2.5 / ROWS), round(height * 5.5 / ROWS), 4), slice(0, width, 4))
    return rows, columns, middle
