"""What a mixed picture must look like, computed apart from the program: places and colours in, a colour for each point.

Publishers show the test page with a `colour`: rows 2 to 5 of 8 are of this colour, with white cells at both ends;
the rows above and below hold the counter, which says nothing of colours.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reelroom.mix import Area, Fit

Colour = tuple[int, int, int]
Picture = npt.NDArray[np.uint8]  # (height, width, 3)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
NEAR = 48  # of each component: encoded twice, a quarter of the colours
_EDGE = 1 / 16  # of the width: the white cells
_ROWS = (0.25, 0.75)  # between them stands the colour
_MARGIN = 0.035  # of a source: points so close to an edge say nothing
_GRID = 9  # points along each side of a tile


@dataclass(frozen=True)
class Shown:
    """One tile, from the back to the front: a publisher's colour, fitted into its area."""

    area: Area
    fit: Fit
    colour: Colour


def disagreements(
    picture: Picture,
    tiles: Sequence[Shown],
    aspect: float,
    background: Colour = BLACK,
    plain: Collection[Colour] = (),
) -> list[str]:
    """Points of a picture whose colour is not the one that must be there.

    aspect: of every publisher's picture. plain: colours that fill their whole tile and are no publisher's.
    """
    height, width = picture.shape[:2]
    found = []
    for x, y in _points(tiles, width, height):
        expected = _expected(x, y, tiles, aspect=aspect, background=background, plain=plain)
        seen = picture[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).mean(0)
        if expected is not None and np.abs(seen - expected).max() > NEAR:
            found.append(f"({x}, {y}): {expected} expected, {tuple(int(c) for c in seen)} seen")
    return found


def _points(tiles: Sequence[Shown], width: int, height: int) -> Iterator[tuple[int, int]]:
    """A grid on each tile, corners and centre among them, and one on the whole canvas for what shows between."""
    for area in [*[tile.area for tile in tiles], Area(0, 0, width, height)]:
        for row in range(_GRID):
            for column in range(_GRID):
                x = area.left + 4 + round(column * (area.width - 9) / (_GRID - 1))
                y = area.top + 4 + round(row * (area.height - 9) / (_GRID - 1))
                yield min(x, width - 2), min(y, height - 2)


def _expected(
    x: int, y: int, tiles: Sequence[Shown], *, aspect: float, background: Colour, plain: Collection[Colour]
) -> Colour | None:
    """The colour of a point; None where it can't be told."""
    for tile in reversed(tiles):
        area = tile.area
        if area.left - 3 <= x < area.right + 3 and area.top - 3 <= y < area.bottom + 3:
            if not (area.left + 3 <= x < area.right - 3 and area.top + 3 <= y < area.bottom - 3):
                return None  # at the edge of a tile
            return tile.colour if tile.colour in plain else _of_tile(x, y, tile, aspect)
    return background


def _of_tile(x: int, y: int, tile: Shown, aspect: float) -> Colour | None:
    area = tile.area
    wider = aspect > area.width / area.height
    by_height = wider is (tile.fit is Fit.CROP)
    scaled_height = area.height if by_height else area.width / aspect
    scaled_width = scaled_height * aspect
    u = 0.5 + (x + 0.5 - area.left - area.width / 2) / scaled_width
    v = 0.5 + (y + 0.5 - area.top - area.height / 2) / scaled_height
    edges = (0, _EDGE, 1 - _EDGE, 1)
    if any(abs(u - edge) < _MARGIN for edge in edges) or any(abs(v - edge) < _MARGIN for edge in (0, *_ROWS, 1)):
        return None
    if not (0 < u < 1 and 0 < v < 1):
        return BLACK  # a bar
    if not _ROWS[0] < v < _ROWS[1]:
        return None  # the counter
    return tile.colour if _EDGE < u < 1 - _EDGE else WHITE
