"""From a layout, a canvas and a number of views to rectangles."""

from typing import NamedTuple

from reelroom.layout.tables import LATTICES, Cells, Lattice
from reelroom.mix import MAX_VIEWS, Area, Fit, Layout, LayoutMode, View
from reelroom.units import Size

_BEHIND, _FRONT = 0, 1  # layers of the big view and of the small ones


class Place(NamedTuple):
    """Where a view lies, how a picture comes into it, and its layer: larger stands in front."""

    area: Area  # even coordinates, on the canvas; without a pixel where the canvas is too small for it
    fit: Fit
    layer: int


def arrange(layout: Layout, canvas: Size, count: int) -> tuple[Place, ...]:
    """The places of the views, in the order of the views.

    canvas: pixels; an odd last row or column stays free, since a picture with a quarter of its colours (4:2:0) has
    none. count: views in use, at most 25; the first one of modes 3 to 5 is the big one. CUSTOM has the views it names,
    whatever `count` says. Raises ValueError when there are too many. Source: control API, mixed-stream layout.
    """
    if layout.mode is LayoutMode.CUSTOM:
        return tuple(_custom(view, canvas) for view in layout.views)
    if count > MAX_VIEWS:
        raise ValueError(f"{count} views, at most {MAX_VIEWS}")
    lattice = next(lattice for lattice in LATTICES[layout.mode] if count <= lattice.views)
    return tuple(_place(lattice, index, cells, layout, canvas) for index, cells in enumerate(lattice.cells()[:count]))


def in_drawing_order(places: tuple[Place, ...]) -> list[int]:
    """Indices of places from the back to the front; equal layers keep the order of the views."""
    return sorted(range(len(places)), key=lambda index: places[index].layer)


def edge(index: int, length: int, parts: int) -> int:
    """Where part number `index` of a length cut into equal parts begins, in pixels, rounded down to an even number."""
    return 2 * (index * length // (2 * parts))


def _place(lattice: Lattice, index: int, cells: Cells, layout: Layout, canvas: Size) -> Place:
    area = Area(
        left=edge(cells.left, canvas.width, lattice.columns),
        top=edge(cells.top, canvas.height, lattice.rows),
        right=edge(cells.right, canvas.width, lattice.columns),
        bottom=edge(cells.bottom, canvas.height, lattice.rows),
    )
    is_big = lattice.big is not None and index == 0
    usual = Fit.CONTAIN if is_big else Fit.CROP
    return Place(area, layout.fit or usual, _BEHIND if is_big else _FRONT)


def _custom(view: View, canvas: Size) -> Place:
    area = Area(
        left=_even(view.area.left, canvas.width),
        top=_even(view.area.top, canvas.height),
        right=_even(view.area.right, canvas.width),
        bottom=_even(view.area.bottom, canvas.height),
    )
    return Place(area, view.fit, view.layer)


def _even(coordinate: int, length: int) -> int:
    """Rounded down alike on all sides, so that views that touched still do; kept on the canvas."""
    return 2 * (min(max(coordinate, 0), length) // 2)
