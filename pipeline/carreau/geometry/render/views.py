"""Unlit, antialiased views of a mesh on black, from many cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Mesh
from carreau.base.process import bands
from carreau.geometry.render.camera import PinholeCamera, Screen
from carreau.geometry.render.rasterizer import Sight, joined, rasterized
from carreau.geometry.render.raycasting import Scene, scene_of
from carreau.geometry.render.sampling import surface_colors

RAYS_AT_ONCE = 1_500_000


@dataclass(frozen=True, eq=False)
class Views:
    """What cameras saw.

    colors : (views, h, w, 3) uint8 sRGB, black where nothing was hit
    masks : (views, h, w) bool, True where any ray of a pixel hit
    """

    colors: ByteArray
    masks: NDArray[np.bool_]


@compiled
def _fill_rays(
    rays: FloatArray,
    eye: DoubleArray,
    corner: DoubleArray,
    right: DoubleArray,
    down: DoubleArray,
    first_row: int,
    first_column: int,
    columns: int,
) -> None:
    for k in range(len(rays)):
        row, column = first_row + k // columns + 0.5, first_column + k % columns + 0.5
        for d in range(3):
            rays[k, d] = eye[d]
            rays[k, 3 + d] = corner[d] + column * right[d] + row * down[d]


@compiled
def pool(
    colors: FloatArray, pixels: IntArray, width: int, factor: int, out: ByteArray, mask: NDArray[np.bool_]
) -> None:
    """Fill pixels (h, w, 3) with the means of rays' colours (k, 3), in rows, black where none is; mask where one is."""
    sums, first = np.zeros((out.shape[1], 3), np.float32), 0
    share = np.float32(1) / np.float32(factor * factor)
    while first < len(pixels):
        row, k = pixels[first] // (width * factor), first
        sums[:] = 0
        start, end = pixels[first] // width * width, (row + 1) * factor * width
        while k < len(pixels) and pixels[k] < end:
            while pixels[k] >= start + width:  # dividing takes longer than all else
                start += width
            place = np.uint32(pixels[k] - start) // np.uint32(factor)
            mask[row, place] = True
            for c in range(3):
                sums[place, c] += colors[k, c]
            k += 1
        for column in range(len(sums)):
            for c in range(3):
                out[row, column, c] = np.uint8(np.rint(sums[column, c] * share))
        first = k


def window(camera: PinholeCamera, points: FloatArray, step_px: int) -> tuple[int, int, int, int]:
    """Return rows and columns (top, bottom, left, right) that hold all points, in multiples of step_px.

    A statue fills a third of a square picture: the rays beside it need not be cast.
    """
    right, up, forward = camera.basis()
    offsets = np.asarray(points, float) - camera.eye
    depth = offsets @ forward
    if depth.min() <= 0:
        return 0, camera.height, 0, camera.width
    scale = camera.height / 2 / np.tan(camera.field_rad / 2)
    columns = camera.width / 2 + offsets @ right / depth * scale
    rows = camera.height / 2 - offsets @ up / depth * scale
    low = np.floor(np.array([rows.min(), columns.min()]) / step_px - 1) * step_px
    high = np.ceil(np.array([rows.max(), columns.max()]) / step_px + 1) * step_px
    top, left = np.maximum(low, 0).astype(int)
    bottom, end = np.minimum(high, [camera.height, camera.width]).astype(int)
    return int(top), int(max(bottom, top)), int(left), int(max(end, left))


def _rays(screen: Screen, rows: range, columns: range) -> FloatArray:
    """Return the rays (k, 6) through some pixels, row by row, directions not normalised."""
    right, up, forward = screen.axes
    corner = forward + screen.left * right + screen.top * up
    across, down = screen.step_x * right, -screen.step_y * up
    rays = np.empty((len(rows) * len(columns), 6), np.float32)
    _fill_rays(rays, screen.eye, corner, across, down, rows.start, columns.start, len(columns))
    return rays


def bounds_corners(positions: FloatArray) -> FloatArray:
    """Return the (8, 3) corners of the box around positions."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    picks = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)])
    return np.asarray(np.where(picks == 1, high, low), np.float32)


def look(positions: FloatArray, faces: IntArray, camera: PinholeCamera, corners: FloatArray, step_px: int) -> Sight:
    """Return what a camera sees of triangles inside the box of `corners`, in a window of whole steps of pixels."""
    return seen(positions, faces, camera.screen(), window(camera, corners, step_px))


def seen(
    positions: FloatArray, faces: IntArray, screen: Screen, part: tuple[int, int, int, int] | None = None
) -> Sight:
    """Return what is seen of triangles at the centres of pixels, by rays where one reaches past the camera's plane.

    part : rows and columns (top, bottom, left, right) to look at, all when None
    """
    part = part or (0, screen.height, 0, screen.width)
    sight = rasterized(positions, faces, screen, part)
    return _cast(scene_of(positions, faces), screen, part) if sight is None else sight


def _cast(scene: Scene, screen: Screen, part: tuple[int, int, int, int]) -> Sight:
    top, bottom, left, end = part
    columns = range(left, max(end, left + 1))
    sights = []
    for band in bands(bottom - top, max(RAYS_AT_ONCE // len(columns), 1)):
        rows = range(top + band.start, top + band.stop)
        hits = scene.cast(_rays(screen, rows, columns))
        met = np.flatnonzero(hits.faces >= 0)
        pixels = (rows.start + met // len(columns)) * screen.width + left + met % len(columns)
        sights.append(Sight(pixels.astype(np.int32), hits.faces[met], hits.barycentrics[met]))
    return joined(sights)


def picture(
    camera: PinholeCamera, sight: Sight, colors: FloatArray, factor: int
) -> tuple[ByteArray, NDArray[np.bool_]]:
    """Return a sight's colours (k, 3) as (h, w, 3) sRGB shrunk by `factor` on black, and where anything shows."""
    shape = camera.height // factor, camera.width // factor
    shrunk, mask = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.bool_)
    pool(colors, sight.pixels, camera.width, factor, shrunk, mask)
    return shrunk, mask


def render_views(mesh: Mesh, cameras: Sequence[PinholeCamera], supersampling: int = 2) -> Views:
    """Render a mesh from cameras of one size, whose pictures shrink by `supersampling` each way.

    All views are looked at first and coloured together, so that each texture is decoded once.
    """
    corners = bounds_corners(mesh.positions)
    sights = [look(mesh.positions, mesh.faces, camera, corners, supersampling) for camera in cameras]
    faces = np.concatenate([sight.faces for sight in sights])
    colors = surface_colors(mesh, faces, np.concatenate([sight.barycentrics for sight in sights]))
    ends = np.cumsum([len(sight.faces) for sight in sights])
    parts = np.split(colors, ends[:-1])
    pictures = [picture(c, s, part, supersampling) for c, s, part in zip(cameras, sights, parts, strict=True)]
    return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))
