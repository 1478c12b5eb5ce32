"""The colour of every place, by the part it belongs to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assets.demonstration import engine_house, hall, houses, masonry, metal, roofs, soil
from assets.demonstration.colors import mixed, ramp, srgb
from assets.demonstration.noise import smooth_noise
from assets.demonstration.parts import (
    BEAMS,
    CAGE,
    CANOPY,
    CART,
    CONCRETE,
    DECK,
    ENGINE,
    FRAGMENT,
    GROUND,
    HALL,
    HOUSES,
    ROPE,
    SHEAVE,
    STEEL,
    STONE,
    WHEEL,
    ZINC,
)
from carreau.base.model import FloatArray

SATURATION = 0.84
Painter = Callable[[FloatArray, FloatArray], FloatArray]


def _plain(color: FloatArray, stain: FloatArray, seed: int) -> Painter:
    """Return a painter of one material with stains."""

    def paint(places: FloatArray, normals: FloatArray) -> FloatArray:  # noqa: ARG001
        tone = 0.8 + 0.4 * smooth_noise(places, 7.0, seed, 4)
        spots = ramp(smooth_noise(places, 1.1, seed + 1, 4), 0.5, 0.75)
        return mixed(color * tone[:, None], stain, 0.6 * spots)

    return paint


def _canopy(places: FloatArray, normals: FloatArray) -> FloatArray:  # noqa: ARG001
    return roofs.corrugated(places, places[:, 0])


def _ground(places: FloatArray, normals: FloatArray) -> FloatArray:  # noqa: ARG001
    return soil.ground(places)


PAINTERS: dict[int, Painter] = {
    GROUND: _ground,
    HALL: masonry.hall_colors,
    HOUSES: masonry.house_colors,
    CONCRETE: _plain(srgb(158, 152, 140), srgb(92, 84, 72), 201),
    STONE: _plain(srgb(166, 164, 158), srgb(96, 94, 88), 203),
    ZINC: _plain(srgb(122, 130, 136), srgb(86, 90, 92), 205),
    CART: metal.plate,
    SHEAVE: metal.sheave,
    DECK: metal.plate,
    CANOPY: _canopy,
    FRAGMENT: _plain(srgb(168, 184, 200), srgb(110, 112, 108), 207),
    ENGINE: engine_house.colors,
    STEEL: _plain(metal.PAINT, metal.FADED, 209),
    WHEEL: _plain(metal.OXIDE, metal.RUST_DARK, 211),
    ROPE: _plain(srgb(52, 50, 48), srgb(34, 32, 30), 213),
    CAGE: _plain(srgb(196, 164, 84), srgb(120, 96, 58), 215),
}


def settled(places: FloatArray, normals: FloatArray, owners: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the part of each place, set right where a coarse grid let sills, gutters and kerbs spill over."""
    y, z, owners = places[:, 1], places[:, 2], owners.copy()
    trim = np.isin(owners, (STONE, ZINC)) & (y > 0.3)
    row = (places[:, 0] > houses.LEFT - 0.1) & (places[:, 0] < houses.RIGHT + 0.1)
    flush = np.abs(z - (houses.FRONT + houses.BACK) / 2) < (houses.FRONT - houses.BACK) / 2 + 0.035
    owners[trim & row & (flush | (y > houses.EAVES - 0.1))] = HOUSES
    front = np.where(np.abs(places[:, 0] - hall.MIDDLE) < 3.85, hall.TOWER_FRONT, hall.FRONT)
    owners[trim & ~row & (y < hall.EAVES) & (z < front + 0.035)] = HALL
    wall = np.abs(normals[:, 1]) < 0.5
    owners[(owners == GROUND) & wall & (y > 0.14) & row & (np.abs(z - 0.8) < 3.8)] = HOUSES
    owners[np.isin(owners, (HOUSES, HALL, ZINC)) & (normals[:, 1] > 0.75) & (y < 0.35)] = GROUND
    return owners


def paint(places: FloatArray, normals: FloatArray, owners: NDArray[np.int16]) -> FloatArray:
    """Return (k, 3) linear reflectance at places (k, 3) with normals (k, 3) of parts owners (k,)."""
    colors, owners = np.zeros((len(places), 3), np.float32), settled(places, normals, owners)
    for part in np.unique(np.minimum(owners, BEAMS)):
        chosen = np.flatnonzero(np.minimum(owners, BEAMS) == part)
        if part == BEAMS:
            colors[chosen] = metal.steel(places[chosen], normals[chosen], owners[chosen])
        else:
            colors[chosen] = PAINTERS[int(part)](places[chosen], normals[chosen])
    grey = colors @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return np.clip(mixed(grey[:, None], colors, np.full(len(colors), SATURATION, np.float32)), 0.004, 0.95)
