"""Test of the shade of places and of cells."""

import numpy as np

from carreau.air.airborne.extent import Lattice
from carreau.air.airborne.reconstruction.drape import DEPTH, shade, shade_of_cells


def test_cells_have_the_shade_of_their_middles() -> None:
    """The fast way is the same as asking for each place, but for the cells along the border."""
    lattice = Lattice(-20.0, 5.0, 0.2, 160, 180)
    heights = np.zeros(lattice.shape, np.float32)
    heights[70:90, 60:120] = 6.0
    heights[5, 5] = np.nan
    cells = shade_of_cells(heights, lattice, 0.05)
    x, y = lattice.centers()
    places = np.nan_to_num(np.stack([*np.meshgrid(x, y), heights + 0.05], axis=-1).reshape(-1, 3))
    asked = shade(heights, lattice, places).reshape(lattice.shape)
    assert cells.dtype == np.float32
    assert np.abs(cells - asked)[10:].max() < 1e-3
    assert cells[80, 90] == 1
    assert 1 - DEPTH < cells[69, 90] < 0.8
