"""Where a picture from above shows nothing, because the service has no data there."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from carreau.air.airborne.survey_data import BoolArray
from carreau.base.model import ByteArray

WHITE, BLACK = 252, 3
"""Least and most value of all channels in a void."""

CELL_M = 0.5
"""Cells that are looked at; one is blank where all its pixels are."""

AT_EDGE_M2, INSIDE_M2 = 400.0, 10_000.0
"""Area from which white or black is a void where it goes on beyond the picture, as data end along long lines, and where
it does not: white roofs of halls are less."""

RIM_CELLS = 2
"""Around a void: JPEG blurs its edge over the width of a block."""


def unshown_pixels(pixels: ByteArray, pixel_m: float) -> BoolArray:
    """Return where (h, w) a picture shows nothing.

    pixels : (h, w) or (h, w, 3) uint8
    pixel_m : size of one on the ground
    """
    height, width = pixels.shape[:2]
    step = max(1, round(CELL_M / pixel_m))
    cell_m2 = (step * pixel_m) ** 2
    void = np.zeros((math.ceil(height / step), math.ceil(width / step)), np.bool_)
    for plain in (pixels >= WHITE, pixels <= BLACK):
        blank = _whole_cells(np.asarray(plain if plain.ndim == 2 else plain.all(axis=2)), step)
        labels, count = ndimage.label(blank)
        sizes = np.bincount(labels.ravel(), minlength=count + 1) * cell_m2
        least = np.full(count + 1, INSIDE_M2)
        least[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = AT_EDGE_M2
        # A place may be smaller than that, and all of it void.
        least = np.minimum(least, blank.size * cell_m2 / 2)
        is_void = sizes >= least
        is_void[0] = False
        void |= is_void[labels]
    if not void.any():
        return np.zeros((height, width), np.bool_)
    wide = ndimage.binary_dilation(void, iterations=RIM_CELLS)
    unshown: BoolArray = np.repeat(np.repeat(wide, step, axis=0), step, axis=1)[:height, :width]
    return unshown


def _whole_cells(plain: BoolArray, step: int) -> BoolArray:
    """Return the cells (h / step, w / step) all of whose pixels are plain; what is left over at an edge is a cell."""
    rows, columns = (np.arange(0, side, step) for side in plain.shape)
    return np.asarray(np.logical_and.reduceat(np.logical_and.reduceat(plain, rows, axis=0), columns, axis=1))
