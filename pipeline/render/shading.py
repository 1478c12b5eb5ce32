"""Soft light for pictures: smooth normals, and how open each place is to the sky around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.model import FloatArray, IntArray, Mesh
from pipeline.render.camera import GOLDEN_ANGLE_RAD, Frustum, PinholeCamera
from pipeline.render.rasterizer import Sight
from pipeline.render.raycasting import Scene
from pipeline.render.sampling import interpolate_corners
from pipeline.render.views import Views, bounds_corners, look, picture

RAYS_AT_ONCE = 2_000_000
UP, SIDE = np.array([[0, 1, 0]], np.float32), np.array([[1, 0, 0]], np.float32)


def face_normals(mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    """Return (m, 3) float32 unit normals, zero for faces without area, and (m,) areas."""
    corners = mesh.positions[mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(cross, axis=1)
    return cross / np.maximum(length, 1e-30)[:, None], length / 2


def corner_normals(mesh: Mesh) -> FloatArray:
    """Return (n, 3) float32 unit normals of positions, weighted by area; equal positions share one.

    Without sharing, every seam of a GLB (where vertices are split) shows as a line in the shading.
    """
    normals, areas = face_normals(mesh)
    keys = np.ascontiguousarray(mesh.positions + np.float32(0)).view(np.dtype((np.void, 12))).reshape(-1)
    _, place = np.unique(keys, return_inverse=True)
    weighted = normals * areas[:, None]
    total = np.stack(
        [
            np.bincount(place[mesh.faces].reshape(-1), np.repeat(weighted[:, axis], 3), int(place.max()) + 1)
            for axis in range(3)
        ],
        axis=1,
    )[place]
    values: FloatArray = (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-30)).astype(np.float32)
    return values


def openness(
    scene: Scene, points: FloatArray, normals: FloatArray, reach: float, rays: int, phase: IntArray
) -> FloatArray:
    """Return (k,) float32 in 0..1: cosine-weighted share of the half space that is free within reach.

    A neighbour at a third of the reach darkens less than one that touches. phase (k,) in 0..15 turns each place's
    rays, so that a 4 x 4 blur sees 16 times as many directions.
    """
    total = np.zeros(len(points), np.float32)
    step = max(RAYS_AT_ONCE // rays, 1)
    for start in range(0, len(points), step):
        part = slice(start, start + step)
        for ray in range(rays):
            sine = np.sqrt((ray + (phase[part] * 7 % 16 + 0.5) / 16) / rays).astype(np.float32)
            turns = (ray * GOLDEN_ANGLE_RAD + phase[part] * (np.pi / 8)).astype(np.float32)
            directions = _leaning(normals[part], sine, turns)
            met = scene.cast(np.concatenate([points[part], directions], axis=1)).distances
            total[part] += np.minimum(met / np.float32(reach), 1) ** 0.7
    return total / np.float32(rays)


def _leaning(normals: FloatArray, sine: FloatArray, turns: FloatArray) -> FloatArray:
    """Return directions that lean away from normals by an arcsine each, turned about them."""
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, UP, SIDE)
    across = np.cross(helper, normals)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    flat = np.cos(turns)[:, None] * across + np.sin(turns)[:, None] * np.cross(normals, across)
    values: FloatArray = (sine[:, None] * flat + np.sqrt(1 - sine * sine)[:, None] * normals).astype(np.float32)
    return values


@dataclass(frozen=True, eq=False)
class Spots:
    """Places of a mesh that are seen in a picture.

    pixels : (k,) int32, flat index of the pixel that shows each
    points : (k, 3) float32
    normals : (k, 3) float32 unit, towards the eye
    """

    pixels: IntArray
    points: FloatArray
    normals: FloatArray


def first_of_each(pixels: IntArray) -> IntArray:
    """Return the index of the first entry of every pixel, in the pixels' order (`np.unique` takes 5x longer)."""
    first = np.full(int(pixels.max(initial=0)) + 1, -1, np.int32)
    first[pixels[::-1]] = np.arange(len(pixels) - 1, -1, -1, dtype=np.int32)
    return first[first >= 0]


def facing(normals: FloatArray, toward: FloatArray) -> FloatArray:
    """Return normals (k, 3) turned to the side that toward (k, 3) points to: scans are seen from inside too."""
    away = np.sum(toward * normals, axis=1, keepdims=True) < 0
    return (normals * np.where(away, -1, 1)).astype(np.float32)


def sky_light(scene: Scene, frame: Frustum, spots: Spots, radius: float, rays: int) -> FloatArray:
    """Return (h * w,) float32 in 0..1: how open each pixel is, asked once a pixel and blurred among like neighbours."""
    first = first_of_each(spots.pixels)
    used = spots.pixels[first]
    row, column = np.divmod(used, frame.width)
    phase = ((row % 4) * 4 + column % 4).astype(np.int32)
    points, normals = spots.points[first], spots.normals[first]
    shares = openness(scene, points + np.float32(2e-3 * radius) * normals, normals, 0.35 * radius, rays, phase)
    guide = np.zeros((frame.height * frame.width, 4), np.float32)
    guide[used, :3] = normals
    guide[used, 3] = (points @ frame.axes[2].astype(np.float32)) / np.float32(0.03 * radius)
    sky, weight = np.zeros((2, frame.height * frame.width), np.float32)
    sky[used], weight[used] = shares, 1
    shape = (frame.height, frame.width)
    return _blurred(sky.reshape(shape), weight.reshape(shape), guide.reshape(*shape, 4)).reshape(-1)


def _blurred(values: FloatArray, weights: FloatArray, guide: FloatArray, reach: int = 3) -> FloatArray:
    """Return values (h, w) averaged over neighbours of like normal and depth (a cross-bilateral filter)."""
    total, share = np.zeros_like(values), np.zeros_like(values)
    height, width = values.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            here = np.s_[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
            there = np.s_[max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)]
            apart = guide[here] - guide[there]
            alike = np.exp(-2.5 * np.einsum("hwc,hwc->hw", apart, apart)) * weights[there]
            total[here] += alike * values[there]
            share[here] += alike
    return (total / np.maximum(share, 1e-9)).astype(np.float32)


CLAY = np.array([222, 216, 206], np.float32)
DARKEST = 0.25


def is_colorless(mesh: Mesh) -> bool:
    """Say whether a mesh has neither texture, vertex colours nor coloured materials."""
    is_painted = any(material.base or material.base_color != (1.0, 1.0, 1.0) for material in mesh.materials)
    return mesh.colors is None and not is_painted


def clay_views(mesh: Mesh, cameras: Sequence[PinholeCamera], supersampling: int = 2) -> Views:
    """Render a mesh as `render_views` does, lit from up on the left, by its shape and without any normal map."""
    corners = bounds_corners(mesh.positions)
    normals = corner_normals(mesh)[mesh.faces]
    pictures = []
    for camera in cameras:
        sight = look(mesh.positions, mesh.faces, camera, corners, supersampling)
        pictures.append(picture(camera, sight, _lit(normals, camera, sight), supersampling))
    return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))


def _lit(normals: FloatArray, camera: PinholeCamera, sight: Sight) -> FloatArray:
    """Return (k, 3) colours of the hits; scans are seen from inside too, so either face of a triangle is lit."""
    right, up, forward = camera.basis()
    lamp = -0.5 * right + 0.6 * up - 0.7 * forward
    toward = np.broadcast_to((-forward).astype(np.float32), (len(sight.faces), 3))
    turned = facing(interpolate_corners(normals, sight.faces, sight.barycentrics), toward)
    length = np.maximum(np.linalg.norm(turned, axis=1), 1e-9)
    cosine = np.clip((turned @ (lamp / np.linalg.norm(lamp)).astype(np.float32)) / length, 0, 1)
    shade = DARKEST + (1 - DARKEST) * cosine
    return np.asarray(CLAY * shade[:, None], np.float32)
