"""Ambient occlusion maps of a level, cast from the scan's shape.

A grid of at most 512² samples is enough: occluders of a point also occlude its neighbours. The grid is smoothed and
enlarged within charts only; otherwise each chart would show its neighbours' occlusion along its border.
"""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Mesh
from carreau.geometry.render.correspondence import hits_at
from carreau.geometry.render.image_resampling import filled
from carreau.geometry.render.normal_map import REACH_PX, texels_on
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.render.sampling import interpolate_corners, interpolate_directions
from carreau.geometry.render.shading import openness
from carreau.geometry.render.tangent_space import corner_normals
from carreau.geometry.topology import components_of
from carreau.geometry.uv.rasterize import Texels

GRID_PX = 512
MOST_RAYS = 8_000_000
MOST_RAYS_EACH = 48
REACH_RADII = 0.5
LIFT_RADII = 2e-3
SMOOTHING_PX = 2.0


def cast_occlusion(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int) -> ByteArray:
    """Return (h, w) uint8: the cosine-weighted share of the sky that the scan leaves free, 255 for all of it."""
    charts = components_of(level.faces, len(level.positions)).labels
    grid = texels_on(level, min(edge_px, GRID_PX), REACH_PX)
    values = _openness(scan, scene, level, grid)
    coarse = np.zeros((grid.edge_px, grid.edge_px), np.float32)
    labels = np.full((grid.edge_px, grid.edge_px), -1, np.int32)
    coarse.ravel()[grid.places], labels.ravel()[grid.places] = values, charts[grid.faces]
    wanted = texels_on(level, edge_px, REACH_PX)
    found = np.zeros(len(wanted.places), np.float32)
    _smooth(coarse, labels, wanted.centres(grid.edge_px), charts[wanted.faces], found)
    image, is_known = np.zeros(edge_px**2, np.float32), np.zeros(edge_px**2, bool)
    image[wanted.places], is_known[wanted.places] = 255 * found, True
    return _image(image, is_known, edge_px)


def _openness(scan: Mesh, scene: Scene, level: LevelMesh, grid: Texels) -> FloatArray:
    """Return (k,) float32 in 0..1 for places on the scan; a hit on a sheet that looks away counts as the level does."""
    hits = hits_at(scene, level, grid)
    points = interpolate_corners(scan.positions[scan.faces], hits.faces, hits.barycentrics)
    normals = interpolate_directions(corner_normals(scan), hits.faces, hits.barycentrics)
    outwards = interpolate_corners(level.normals[level.faces], grid.faces, grid.barycentrics)
    normals *= np.where((normals * outwards).sum(axis=1, keepdims=True) < 0, np.float32(-1), np.float32(1))
    used = scan.positions[scan.faces.ravel()]
    radius = float(np.linalg.norm(used.max(axis=0) - used.min(axis=0))) / 2
    rays = int(np.clip(MOST_RAYS // max(len(points), 1), 8, MOST_RAYS_EACH))
    phase = (_hashed(grid.places) % np.uint32(16)).astype(np.int32)
    lifted = (points + np.float32(LIFT_RADII * radius) * normals).astype(np.float32)
    return openness(scene, lifted, normals, REACH_RADII * radius, rays, phase)


def _hashed(places: IntArray) -> np.ndarray:
    """Return (k,) uint32, scrambled (the finaliser of A. Appleby's MurmurHash3)."""
    bits = places.astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        bits = (bits ^ (bits >> np.uint32(shift))) * np.uint32(factor)
    return np.asarray(bits ^ (bits >> np.uint32(16)))


def _image(values: FloatArray, is_known: np.ndarray, edge_px: int) -> ByteArray:
    image = filled(values.reshape(edge_px, edge_px, 1), is_known.reshape(edge_px, edge_px))[..., 0]
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


@compiled
def _smooth(coarse: FloatArray, labels: IntArray, xy: FloatArray, charts: IntArray, out: FloatArray) -> None:
    """Fill out (k,) with means of the grid about xy (k, 2), in each place's chart; in any where that has none."""
    height, width = coarse.shape
    for k in range(len(xy)):
        x, y = xy[k, 0] - 0.5, xy[k, 1] - 0.5
        column, row = int(np.floor(x)), int(np.floor(y))
        own, own_share, every, every_share = 0.0, 0.0, 0.0, 0.0
        for r in range(max(row - 1, 0), min(row + 3, height)):
            for c in range(max(column - 1, 0), min(column + 3, width)):
                if labels[r, c] < 0:
                    continue
                share = (1 - abs(r - y) / SMOOTHING_PX) * (1 - abs(c - x) / SMOOTHING_PX)
                every, every_share = every + share * coarse[r, c], every_share + share
                if labels[r, c] == charts[k]:
                    own, own_share = own + share * coarse[r, c], own_share + share
        if own_share > 0:
            out[k] = own / own_share
        else:
            out[k] = every / every_share if every_share > 0 else 1.0
