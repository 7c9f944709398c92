"""The geometry of the four preset arrangements, as tables (docs/design/layouts.md).

The canvas is cut into a lattice of equal cells. A table row says, up to a number of views, how many cells there are,
which of them the big view takes and in which order the small views take theirs. No proportions are published in
numbers: to correct one is to edit a line here.
"""

from typing import Final, NamedTuple

from reelroom.mix import LayoutMode


class Cells(NamedTuple):
    """A rectangle of the lattice, in cells; right and bottom are outside it."""

    left: int
    top: int
    right: int
    bottom: int


class Run(NamedTuple):
    """Cells in a line: the first one, the step to the next, and how many."""

    column: int
    row: int
    across: int
    down: int
    length: int

    def cells(self) -> list[Cells]:
        """One after the other."""
        starts = [(self.column + i * self.across, self.row + i * self.down) for i in range(self.length)]
        return [Cells(column, row, column + 1, row + 1) for column, row in starts]


class Lattice(NamedTuple):
    """How up to `views` views lie: the big one if there is one, then the small ones, run after run."""

    views: int
    columns: int
    rows: int
    big: Cells | None
    runs: tuple[Run, ...] = ()

    def cells(self) -> list[Cells]:
        """The cells of each view, in the order of the views."""
        big = [] if self.big is None else [self.big]
        return big + [cells for run in self.runs for cells in run.cells()]


def _grid(views: int, columns: int, rows: int) -> Lattice:
    return Lattice(views, columns, rows, None, tuple(Run(0, row, 1, 0, columns) for row in range(rows)))


_ALONE = Lattice(1, 1, 1, Cells(0, 0, 1, 1))

LATTICES: Final[dict[LayoutMode, tuple[Lattice, ...]]] = {
    LayoutMode.GRID: (
        _grid(1, 1, 1),
        _grid(2, 2, 1),
        _grid(4, 2, 2),
        _grid(6, 3, 2),
        _grid(9, 3, 3),
        _grid(12, 4, 3),
        _grid(16, 4, 4),
        _grid(20, 5, 4),
        _grid(25, 5, 5),
    ),
    LayoutMode.HORIZONTAL: (  # rows along the top, left to right; then down the right edge
        _ALONE,
        Lattice(5, 4, 4, Cells(0, 1, 4, 4), (Run(0, 0, 1, 0, 4),)),
        Lattice(9, 8, 8, Cells(0, 1, 8, 8), (Run(0, 0, 1, 0, 8),)),
        Lattice(17, 8, 8, Cells(0, 2, 8, 8), (Run(0, 0, 1, 0, 8), Run(0, 1, 1, 0, 8))),
        Lattice(25, 8, 10, Cells(0, 2, 7, 10), (Run(0, 0, 1, 0, 8), Run(0, 1, 1, 0, 8), Run(7, 2, 0, 1, 8))),
    ),
    LayoutMode.VERTICAL: (  # columns along the right, top to bottom, the outer one first; then along the bottom edge
        _ALONE,
        Lattice(5, 4, 4, Cells(0, 0, 3, 4), (Run(3, 0, 0, 1, 4),)),
        Lattice(9, 8, 8, Cells(0, 0, 7, 8), (Run(7, 0, 0, 1, 8),)),
        Lattice(17, 8, 8, Cells(0, 0, 6, 8), (Run(7, 0, 0, 1, 8), Run(6, 0, 0, 1, 8))),
        Lattice(25, 10, 8, Cells(0, 0, 8, 7), (Run(9, 0, 0, 1, 8), Run(8, 0, 0, 1, 8), Run(0, 7, 1, 0, 8))),
    ),
    LayoutMode.FLOATING: (  # rows along the bottom, right to left, each above the one before; the big view under all
        _ALONE,
        Lattice(5, 4, 4, Cells(0, 0, 4, 4), (Run(3, 3, -1, 0, 4),)),
        Lattice(9, 8, 8, Cells(0, 0, 8, 8), (Run(7, 7, -1, 0, 8),)),
        Lattice(17, 8, 8, Cells(0, 0, 8, 8), (Run(7, 7, -1, 0, 8), Run(7, 6, -1, 0, 8))),
        Lattice(25, 8, 8, Cells(0, 0, 8, 8), (Run(7, 7, -1, 0, 8), Run(7, 6, -1, 0, 8), Run(7, 5, -1, 0, 8))),
    ),
}
