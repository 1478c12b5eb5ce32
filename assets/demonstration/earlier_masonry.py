"""The masonry of the earlier state: what the scan has too, whole, and what is gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assets.demonstration import yard
from assets.demonstration.capture import simplified, without_unused
from assets.demonstration.engine_house import BACK as ENGINE_BACK
from assets.demonstration.engine_house import build_engine_house
from assets.demonstration.field import Field
from assets.demonstration.ground import build_ground
from assets.demonstration.hall import build_hall
from assets.demonstration.headframe import RAKE_FOOT, RAKE_Z
from assets.demonstration.houses import build_houses
from assets.demonstration.parts import CONCRETE, ENGINE, GROUND
from assets.demonstration.shapes import Box
from assets.demonstration.solids import joined
from assets.demonstration.surface import Surface, skin

LOW, HIGH = (-37.6, -1.2, -15.6), (32.6, 14.2, 16.4)
EDGE = ((-37.2, 32.2), (-15.2, 16.0))
"""How far the ground goes, in x and z."""


def build_masonry(step_m: float, triangles: int, seed: int) -> Surface:
    """Return ground, hall, houses, engine house, plinths and chimney, without any capture's flaws."""
    space = Field(np.array(LOW), np.array(HIGH), step_m)
    for build in (build_ground, build_hall, build_houses, build_engine_house):
        build(space)
    for _, z in RAKE_Z:
        space.add(Box((RAKE_FOOT[0] - 1.3, -1, z - 1.1), (RAKE_FOOT[0] + 1.1, 1.05, z + 1.1)), CONCRETE)
    surface = skin(space, np.random.default_rng(seed))
    return joined([simplified(_trimmed(surface), triangles), yard.chimney()])


def _trimmed(surface: Surface) -> Surface:
    """Return the surface within the edge, without the underside."""
    centers = surface.places[surface.faces].mean(axis=1)
    (x0, x1), (z0, z1) = EDGE
    inside = (centers[:, 0] > x0) & (centers[:, 0] < x1) & (centers[:, 2] > z0) & (centers[:, 2] < z1)
    return without_unused(replace(surface, faces=surface.faces[inside & (centers[:, 1] > -1.0)]))


def named_faces(masonry: Surface) -> dict[str, NDArray[np.intp]]:
    """Return the faces of each building by its name."""
    owners = masonry.owners[masonry.faces]
    x, z = (masonry.places[masonry.faces].mean(axis=1)[:, axis] for axis in (0, 2))
    is_ground = (owners == GROUND).sum(axis=1) >= 2
    is_engine = (owners == ENGINE).any(axis=1) & ~is_ground
    is_base = is_engine & (z < ENGINE_BACK - 0.6)
    is_plinth = ~is_ground & ~is_engine & (x < -14)
    masks = {
        "sol": is_ground,
        "batiment-de-la-machine": (is_engine & ~is_base) | (is_plinth & (x < -22)),
        "cheminee": is_base,
        "massifs-du-chevalement": is_plinth & (x >= -22),
        "batiment-du-puits": ~is_ground & ~is_engine & ~is_plinth & (x < 4.7),
        "coron": ~is_ground & ~is_engine & (x >= 4.7),
    }
    return {name: np.flatnonzero(mask) for name, mask in masks.items()}
