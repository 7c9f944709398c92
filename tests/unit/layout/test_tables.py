"""The tables of the arrangements are whole: every number of views, every cell once."""

import pytest

from reelroom.layout.tables import LATTICES, Cells, Lattice
from reelroom.mix import MAX_VIEWS, LayoutMode

EVERY = [(mode, lattice) for mode, lattices in LATTICES.items() for lattice in lattices]


def units(cells: Cells) -> set[tuple[int, int]]:
    return {(column, row) for column in range(cells.left, cells.right) for row in range(cells.top, cells.bottom)}


def test_there_is_a_table_for_every_preset_up_to_all_views() -> None:
    assert set(LATTICES) == set(LayoutMode) - {LayoutMode.CUSTOM}
    for lattices in LATTICES.values():
        assert [lattice.views for lattice in lattices] == sorted({lattice.views for lattice in lattices})
        assert lattices[0].views == 1
        assert lattices[-1].views == MAX_VIEWS


@pytest.mark.parametrize(("mode", "lattice"), EVERY)
def test_a_lattice_has_a_cell_for_each_of_its_views_and_no_more(mode: LayoutMode, lattice: Lattice) -> None:
    assert len(lattice.cells()) == lattice.views


@pytest.mark.parametrize(("mode", "lattice"), EVERY)
def test_cells_are_taken_once_and_none_is_left(mode: LayoutMode, lattice: Lattice) -> None:
    every = units(Cells(0, 0, lattice.columns, lattice.rows))
    taken = [unit for cells in lattice.cells() for unit in units(cells)]
    assert set(taken) == every
    if mode is LayoutMode.FLOATING and lattice.big:
        taken = taken[len(units(lattice.big)) :]  # the others float above it
    assert len(taken) == len(set(taken))
