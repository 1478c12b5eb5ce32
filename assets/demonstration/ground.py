"""The ground: a cobbled yard and street, grass, and the foot of a spoil heap."""

from __future__ import annotations

import numpy as np

from assets.demonstration.field import Field
from assets.demonstration.noise import smooth_noise
from assets.demonstration.parts import GROUND
from carreau.base.model import FloatArray

HEAP_X, HEAP_Z, HEAP_TOP, HEAP_SLOPE = 19.0, -20.0, 13.4, 0.83
KERB_Z, KERB_RISE = 6.6, 0.13
TRACK_Z, GAUGE = 8.6, 0.75


def _plan(x: FloatArray, z: FloatArray) -> FloatArray:
    x, z = np.broadcast_arrays(x, z)
    return np.stack([x.reshape(-1), np.zeros(x.size), z.reshape(-1)], axis=1).astype(np.float32)


def heap_height(x: FloatArray, z: FloatArray) -> FloatArray:
    """Return the height of the heap alone, with gullies that run down it."""
    dx, dz = x - HEAP_X, z - HEAP_Z
    reach, turn = np.hypot(dx, dz), np.arctan2(dx, dz)
    polar = np.stack([turn * 9, reach * 0.12, np.zeros_like(reach)], axis=-1).reshape(-1, 3)
    gully = smooth_noise(polar, 1.0, 71, 3).reshape(reach.shape) - 0.5
    height = HEAP_TOP - HEAP_SLOPE * reach + 1.5 * gully * np.clip(reach / 6, 0, 1)
    values: FloatArray = np.log1p(np.exp(np.clip(height * 2.2, -30, 30))) / 2.2
    return values


def heights(x: FloatArray, z: FloatArray) -> FloatArray:
    """Return (k,) metres: the ground at places (x, z), both (k,)."""
    plan = _plan(x, z)
    rough = 0.22 * (smooth_noise(plan, 0.12, 7, 2) - 0.5) + 0.05 * (smooth_noise(plan, 1.1, 8, 3) - 0.5)
    paved = paving(x, z)
    camber = 0.10 * np.cos(np.clip((z - 9.6) / 3.2, -1, 1) * np.pi / 2)
    lumps = 0.16 * (smooth_noise(plan, 1.7, 9, 3) - 0.5) * np.clip(heap_height(x, z), 0, 1)
    path = KERB_RISE * ((z < KERB_Z) & (z > 4.0) & (x > 5.4) & (x < 30.9))
    values: FloatArray = rough * (1 - 0.8 * paved) + paved * camber + heap_height(x, z) + lumps + path
    return values


def paving(x: FloatArray, z: FloatArray) -> FloatArray:
    """Return (k,) 0..1: how much the ground is cobbled at places (x, z)."""
    ragged = 1.9 * (smooth_noise(_plan(x, z), 0.5, 11, 4) - 0.5)
    street = np.minimum(13.2 - z, z - 4.2) + ragged
    yard = np.minimum(np.minimum(z + 9.8, 13.2 - z), np.minimum(x + 14.5, 5.6 - x)) + ragged
    values: FloatArray = np.clip(np.maximum(street, yard) * 1.6, 0, 1)
    return values


def within_survey(x: FloatArray, z: FloatArray) -> FloatArray:
    """Return (k,): positive where the photographs covered the ground, metres from the ragged rim."""
    ragged = 2.6 * (smooth_noise(_plan(x, z), 0.35, 13, 4) - 0.5)
    dx, dz = np.maximum(np.abs(x - 4.6) - 19.5, 0), np.maximum(np.abs(z - 0.4) - 7.5, 0)
    values: FloatArray = 8.2 - np.hypot(dx, dz) + ragged
    return values


def build_ground(space: Field) -> None:
    """Fill the field below the ground."""
    whole = (space.low, space.low + space.step * (np.array(space.distances.shape) - 1))
    _, (x, y, z) = space.coordinates(whole)
    flat_x, flat_z = np.broadcast_arrays(x[:, 0, :], z[:, 0, :])
    height = heights(flat_x.reshape(-1), flat_z.reshape(-1)).reshape(flat_x.shape).astype(np.float32)
    layers = int((height.max() - space.low[1]) / space.step) + 4
    space.distances[:, :layers] = (y[:, :layers] - height[:, None, :]) * np.float32(0.85)
    space.owners[:, :layers] = GROUND
