"""What a survey lacks and what was changed of it, in words for the curator: voids, shadows, pieces left out."""

from __future__ import annotations

import numpy as np

from carreau.air.airborne.extent import Extent, covers
from carreau.air.airborne.lattice import Lattice
from carreau.air.airborne.survey_data import AirborneModel, AirbornePoints
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import DoubleArray

VOID_CELL_M = 5.0
"""Edge of the cells that are void where no point lies in them, of whatever class."""

WORTH_TELLING_M2 = 100.0
"""Interpolated area from which the curator is warned."""


def void_areas(points: AirbornePoints, cells: DoubleArray, extent: Extent) -> tuple[float, float]:
    """Return the m² of an extent without any point: those filled from a raster, and those interpolated from around.

    cells : (n, 3) of the terrain raster that stand in
    """
    lattice = Lattice.over(extent.bounds, VOID_CELL_M)
    measured, filled = np.zeros(lattice.shape, bool), np.zeros(lattice.shape, bool)
    for seen, places in ((measured, points.positions), (filled, cells)):
        if len(places):
            seen[lattice.cells(places)] = True
    x, y = lattice.centers()
    middles = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    own = covers(extent, middles).reshape(lattice.shape)
    cell_m2 = extent.area / max(int(own.sum()), 1)
    void = own & ~measured
    return cell_m2 * np.count_nonzero(void & filled), cell_m2 * np.count_nonzero(void & ~filled)


def change_messages(model: AirborneModel) -> list[Message]:
    """Return what was done to the photograph, and what became of the leaves: a sentence each."""
    done, texts = model.changes, []
    if done.softened or done.filled:
        texts.append(
            message(
                "photograph: shadows made lighter on %(softened)s of it; on %(filled)s, below tree crowns, the ground "
                "has the tone of what lies around, which is supposed",
                softened=Number(done.softened, ".1%"),
                filled=Number(done.filled, ".1%"),
            )
        )
    if done.voids_m2:
        texts.append(message("the photograph shows nothing on %(area)s m²", area=Number(done.voids_m2, ",.0f")))
    if done.trees or done.shrubs:
        trees = plural_message("%(count)s tree", "%(count)s trees", done.trees)
        shrubs = plural_message("%(count)s shrub or hedge", "%(count)s shrubs or hedges", done.shrubs)
        dropped = plural_message("%(count)s piece", "%(count)s pieces", done.dropped)
        texts.append(
            message(
                "%(trees)s and %(shrubs)s; %(dropped)s of leaves, too small or carried by nothing, left out",
                trees=trees,
                shrubs=shrubs,
                dropped=dropped,
            )
        )
    return texts


def void_warnings(interpolated_m2: float, area_m2: float) -> list[Message]:
    """Return a warning of ground that nothing measured, if it is worth one."""
    if interpolated_m2 < WORTH_TELLING_M2:
        return []
    return [
        message(
            "no laser point lies on %(area)s m² (%(share)s); the ground there is interpolated from around it",
            area=Number(interpolated_m2, ",.0f"),
            share=Number(interpolated_m2 / area_m2, ".1%"),
        )
    ]
