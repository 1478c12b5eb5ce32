"""Unlit, antialiased views of a mesh from many cameras, and which triangle a camera sees at each pixel.

A ray through each pixel would ask a hierarchy for its first hit; here each triangle is asked which pixels it covers. It
takes a third of the time for the pictures of a scan and needs no hierarchy. Edge functions after Pineda 1988
(doi:10.1145/54852.378457), in float64 and relative to the pixel, so that those of two triangles along their common edge
are each other's negative to the last bit: no pixel falls between them. 1/z is linear in the picture, whence depth and
barycentric coordinates (Blinn 1992, doi:10.1109/38.156011).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import LEVEL_CUTOFF, ByteArray, DoubleArray, FloatArray, IntArray, Mesh
from carreau.base.process import bands, in_threads
from carreau.geometry.render.camera import PinholeCamera, Screen
from carreau.geometry.render.opacity import has_holes, is_blended, surface_opacity
from carreau.geometry.render.raycasting import Scene, build_scene
from carreau.geometry.render.sampling import interpolate_vertices, surface_colors

RAYS_AT_ONCE = 1_500_000

MOST_LAYERS = 16
"""Surfaces that lie behind each other and are looked through, as the bars of a headframe; the last one is not."""

BEYOND = 1e-5
"""How far behind a hole a ray goes on, as a share of the way from the eye."""

_DITHER = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) + 0.5) / 16
"""Thresholds of ordered dithering (Bayer 1973), by the last bits of row and column."""


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
    first: tuple[int, int],
    columns: int,
) -> None:
    first_row, first_column = first
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
        # One row of the shrunk picture: its sums stay in the cache, and rays come in the order of their rows.
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
    # Points beside or behind the camera have no place in the picture: all of it is looked at.
    if depth.min() <= 0:
        return 0, camera.height, 0, camera.width
    scale = camera.height / 2 / np.tan(camera.field_rad / 2)
    columns = camera.width / 2 + offsets @ right / depth * scale
    rows = camera.height / 2 - offsets @ up / depth * scale
    # One step to spare on each side, for rounding; whole steps, so that shrunk pixels stay whole.
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
    _fill_rays(rays, screen.eye, corner, across, down, (rows.start, columns.start), len(columns))
    return rays


def bounds_corners(positions: FloatArray) -> FloatArray:
    """Return the (8, 3) corners of the box around positions."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    picks = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)])
    return np.asarray(np.where(picks == 1, high, low), np.float32)


def look(positions: FloatArray, faces: IntArray, camera: PinholeCamera, corners: FloatArray, step_px: int) -> Sight:
    """Return what a camera sees of triangles inside the box of `corners`, in a window of whole steps of pixels."""
    return see(positions, faces, camera.screen(), window(camera, corners, step_px))


def see(positions: FloatArray, faces: IntArray, screen: Screen, part: tuple[int, int, int, int] | None = None) -> Sight:
    """Return what is seen of triangles at the centres of pixels, by rays where one reaches past the camera's plane.

    part : rows and columns (top, bottom, left, right) to look at, all when None
    """
    part = part or (0, screen.height, 0, screen.width)
    sight = rasterize(positions, faces, screen, part)
    return _cast(build_scene(positions, faces), screen, part) if sight is None else sight


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
    return join_sights(sights)


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
    sights = [look_through(mesh, camera, corners, supersampling) for camera in cameras]
    faces = np.concatenate([sight.faces for sight in sights])
    colors = surface_colors(mesh, faces, np.concatenate([sight.barycentrics for sight in sights]))
    ends = np.cumsum([len(sight.faces) for sight in sights])
    parts = np.split(colors, ends[:-1])
    pictures = [picture(c, s, part, supersampling) for c, s, part in zip(cameras, sights, parts, strict=True)]
    return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))


def look_through(mesh: Mesh, camera: PinholeCamera, corners: FloatArray, step_px: int) -> Sight:
    """Return what a camera sees of a mesh, and through its holes; other arguments as those of `look`."""
    return see_through_mesh(mesh, camera.screen(), look(mesh.positions, mesh.faces, camera, corners, step_px))


def see_through_mesh(mesh: Mesh, screen: Screen, sight: Sight) -> Sight:
    """Return what is seen through the holes of a mesh; the sight itself where it has none."""
    if not has_holes(mesh):
        return sight

    def opacity_at(part: Sight) -> FloatArray:
        return surface_opacity(mesh, part.faces, part.barycentrics)

    return see_through(mesh.positions, mesh.faces, screen, sight, opacity_at, is_blended(mesh))


def see_through(
    positions: FloatArray,
    faces: IntArray,
    screen: Screen,
    sight: Sight,
    opacity_at: Callable[[Sight], FloatArray],
    is_dithered: bool,
) -> Sight:
    """Return a sight with what lies behind its holes in their place, for a mesh that is translucent or has holes.

    opacity_at : returns the opacity (k,) in 0..1 of what is seen
    is_dithered : whether an opacity shows as that share of the rays, whose mean is what blending shows, in whatever
        order surfaces lie; else what is at least `LEVEL_CUTOFF` is opaque
    """
    solid, rest = list[Sight](), sight
    for layer in range(MOST_LAYERS):
        row, column = np.divmod(rest.pixels, screen.width)
        # Other thresholds for each layer, or a pane behind a pane would not be seen.
        least = _DITHER[(row + layer) % 4, (column + 2 * layer) % 4] if is_dithered else np.float32(LEVEL_CUTOFF)
        is_open = opacity_at(rest) < least
        solid.append(choose_pixels(rest, ~is_open))
        if not is_open.any():
            break
        rest = _behind(positions, faces, screen.eye, choose_pixels(rest, is_open))
    whole = join_sights(solid)
    return choose_pixels(whole, np.argsort(whole.pixels, kind="stable"))


def choose_pixels(sight: Sight, which: NDArray[np.bool_] | NDArray[np.intp]) -> Sight:
    """Return some of the pixels of a sight."""
    return Sight(sight.pixels[which], sight.faces[which], sight.barycentrics[which])


def _behind(positions: FloatArray, faces: IntArray, eye: DoubleArray, sight: Sight) -> Sight:
    """Return what the same rays meet next."""
    points = interpolate_vertices(positions, faces, sight.faces, sight.barycentrics).astype(np.float64)
    ways = points - eye
    starts = points + BEYOND * ways
    ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-30)
    hits = build_scene(positions, faces).cast(np.concatenate([starts, ways], axis=1).astype(np.float32))
    met = np.flatnonzero(hits.faces >= 0)
    return Sight(sight.pixels[met], hits.faces[met], hits.barycentrics[met])


BAND_PX = 1 << 18
"""Pixels whose depths one thread holds: 3 MB."""

NEAREST = 1e-6
"""Depth, as a share of how far a corner is aside, up to which it counts as beside the camera, or behind it."""

WIDE_PX = 16
"""Columns of a triangle from which on each row is searched only between its edges."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What is seen at the pixels of one camera.

    pixels : (k,) int32, row * width + column of those that show something, in rows
    faces : (k,) int32
    barycentrics : (k, 2) float32, weights of each face's corners 1 and 2
    """

    pixels: IntArray
    faces: IntArray
    barycentrics: FloatArray


def rasterize(
    positions: FloatArray, faces: IntArray, screen: Screen, window: tuple[int, int, int, int] | None = None
) -> Sight | None:
    """Return the nearest of the triangles at each pixel, from whichever side, as rays from the eye would meet them.

    None where a triangle reaches past the camera's plane, for its picture has no end: rays can tell. A triangle with a
    corner that is not finite, or that is seen edge on, is not seen. Of two at the same depth the first is.

    window : rows and columns (top, bottom, left, right) to fill, all when None
    """
    window = window or (0, screen.height, 0, screen.width)
    corners, spans = np.empty((len(positions), 3), np.float64), np.empty((len(faces), 2), np.int32)
    placed = np.array([screen.left, screen.top, screen.step_x, screen.step_y])
    parts = bands(len(positions))
    in_threads(
        lambda b: _project(positions, screen.eye, screen.axes, placed, NEAREST, corners, (b.start, b.stop)), parts
    )
    # Threads over faces find the rows that each can touch; then each thread fills rows of its own, with faces in their
    # order, so that ties do not depend on the number of cores.
    if any(in_threads(lambda b: _cover(corners, faces, window, spans, b.start, b.stop), bands(len(faces)))):
        return None
    top, bottom, left, end = window
    rows = max(BAND_PX // max(end - left, 1), 1)

    def weigh_band(band: slice) -> Sight:
        low, high = top + band.start, top + band.stop
        owners = np.full((high - low, end - left), -1, np.int32)
        _fill(corners, faces, spans, low, left, np.zeros(owners.shape, np.float64), owners)
        return Sight(*_weigh(corners, faces, owners, low, left, screen.width))

    return join_sights(in_threads(weigh_band, bands(bottom - top, rows)))


def join_sights(parts: list[Sight]) -> Sight:
    """Return the sights of parts of one picture as one."""
    return Sight(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.faces for part in parts]),
        np.concatenate([part.barycentrics for part in parts]),
    )


@compiled
def _project(
    positions: FloatArray,
    eye: DoubleArray,
    axes: DoubleArray,
    placed: DoubleArray,
    nearest: float,
    corners: DoubleArray,
    band: tuple[int, int],
) -> None:
    """Fill corners (n, 3) with column, row and depth, 0 beside the camera; with NaN where a position is not finite."""
    left, top, step_x, step_y = placed
    for k in range(band[0], band[1]):
        x, y, z = positions[k, 0] - eye[0], positions[k, 1] - eye[1], positions[k, 2] - eye[2]
        depth = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
        right = axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z
        up = axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z
        if not np.isfinite(depth + right + up):
            depth = np.nan
        # Nearly beside the camera: dividing by such a depth would put the corner anywhere.
        elif depth <= nearest * (abs(right) + abs(up)):
            depth = min(depth, 0.0)
        corners[k, 2] = depth
        if depth > 0:
            corners[k, 0] = (right / depth - left) / step_x
            corners[k, 1] = (top - up / depth) / step_y
        else:
            corners[k, 0], corners[k, 1] = 0.0, 0.0


@compiled
def _cover(
    corners: DoubleArray,
    faces: IntArray,
    window: tuple[int, int, int, int],
    spans: IntArray,
    low: int,
    high: int,
) -> bool:
    """Fill spans (m, 2) with the first and behind the last row whose centres a face may cover; say if one crosses.

    A face that slips between the centres, as most of a fine scan do, has none.
    """
    top, bottom, left, end = window
    for f in range(low, high):
        spans[f, 0], spans[f, 1] = 0, 0
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        least = min(corners[a, 2], corners[b, 2], corners[c, 2])
        most = max(corners[a, 2], corners[b, 2], corners[c, 2])
        if np.isnan(corners[a, 2] + corners[b, 2] + corners[c, 2]) or most <= 0:
            continue
        if least <= 0:
            return True
        xs = min(corners[a, 0], corners[b, 0], corners[c, 0]), max(corners[a, 0], corners[b, 0], corners[c, 0])
        ys = min(corners[a, 1], corners[b, 1], corners[c, 1]), max(corners[a, 1], corners[b, 1], corners[c, 1])
        first, last = _centres(ys[0], ys[1], top, bottom)
        first_column, last_column = _centres(xs[0], xs[1], left, end)
        if first < last and first_column < last_column:
            spans[f, 0], spans[f, 1] = first, last
    return False


@compiled
def _centres(low: float, high: float, first: int, end: int) -> tuple[int, int]:
    """Return the first and behind the last of the pixels first..end whose centres lie in low..high."""
    start = max(np.ceil(low - 0.5), float(first))
    stop = min(np.floor(high - 0.5) + 1, float(end))
    return (int(start), int(stop)) if start < stop else (0, 0)


@compiled
def _fill(
    corners: DoubleArray,
    faces: IntArray,
    spans: IntArray,
    top: int,
    left: int,
    nearness: DoubleArray,
    owners: IntArray,
) -> None:
    """Write each face into the pixels (h, w) from row `top` and column `left` on where it is the nearest."""
    bottom, end = top + owners.shape[0], left + owners.shape[1]
    for f in range(len(faces)):
        first, last = max(spans[f, 0], top), min(spans[f, 1], bottom)
        if first >= last:
            continue
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by, cx, cy = (
            corners[a, 0],
            corners[a, 1],
            corners[b, 0],
            corners[b, 1],
            corners[c, 0],
            corners[c, 1],
        )
        near_a, near_b, near_c = 1 / corners[a, 2], 1 / corners[b, 2], 1 / corners[c, 2]
        # Either side of a triangle is seen: turn it so that its edge functions are positive inside.
        if (bx - ax) * (cy - ay) < (by - ay) * (cx - ax):
            bx, by, cx, cy, near_b, near_c = cx, cy, bx, by, near_c, near_b
        low, high = _centres(min(ax, bx, cx), max(ax, bx, cx), left, end)
        for row in range(first, last):
            y = row + 0.5
            start, stop = low, high
            if high - low > WIDE_PX:
                start, stop = _find_columns((ax, ay, bx, by, cx, cy), y, low, high)
            for column in range(start, stop):
                x = column + 0.5
                # Each edge function is the weight of the corner across, as seen in the picture; edges belong to both
                # sides, and the nearer or first face wins.
                of_a = (bx - x) * (cy - y) - (by - y) * (cx - x)
                of_b = (cx - x) * (ay - y) - (cy - y) * (ax - x)
                of_c = (ax - x) * (by - y) - (ay - y) * (bx - x)
                total = of_a + of_b + of_c
                if of_a >= 0 and of_b >= 0 and of_c >= 0 and total > 0:
                    # 1/z is what can be interpolated in the picture; the greatest is the nearest.
                    near = (of_a * near_a + of_b * near_b + of_c * near_c) / total
                    if near > nearness[row - top, column - left]:
                        nearness[row - top, column - left] = near
                        owners[row - top, column - left] = f


@compiled
def _find_columns(
    corners: tuple[float, float, float, float, float, float], y: float, low: int, high: int
) -> tuple[int, int]:
    """Return the columns of low..high in which a row at y may lie in a triangle, with one to spare at each end."""
    ax, ay, bx, by, cx, cy = corners
    least, most = np.inf, -np.inf
    for px, py, qx, qy in ((ax, ay, bx, by), (bx, by, cx, cy), (cx, cy, ax, ay)):
        if min(py, qy) <= y <= max(py, qy):
            if py == qy:
                least, most = min(least, px, qx), max(most, px, qx)
            else:
                x = px + (y - py) / (qy - py) * (qx - px)
                least, most = min(least, x), max(most, x)
    return _centres(least - 1, most + 1, low, high)


@compiled
def _weigh(
    corners: DoubleArray, faces: IntArray, owners: IntArray, top: int, left: int, width: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return pixels (k,) that have an owner, the owners, and where on their faces (k, 2) the centres lie, in space.

    owners : (h, w) face of each pixel from row `top` and column `left` on of a picture `width` wide, -1 for none
    """
    count = 0
    for row in range(owners.shape[0]):
        for column in range(owners.shape[1]):
            count += owners[row, column] >= 0
    pixels, owner, barycentrics = np.empty(count, np.int32), np.empty(count, np.int32), np.empty((count, 2), np.float32)
    k = 0
    for row in range(owners.shape[0]):
        y = top + row + 0.5
        for column in range(owners.shape[1]):
            if owners[row, column] < 0:
                continue
            face, x = owners[row, column], left + column + 0.5
            a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
            ax, ay, bx, by = corners[a, 0] - x, corners[a, 1] - y, corners[b, 0] - x, corners[b, 1] - y
            cx, cy = corners[c, 0] - x, corners[c, 1] - y
            # Weights in the picture divided by depth are weights in space.
            of_a = (bx * cy - by * cx) / corners[a, 2]
            of_b = (cx * ay - cy * ax) / corners[b, 2]
            of_c = (ax * by - ay * bx) / corners[c, 2]
            total = of_a + of_b + of_c
            pixels[k], owner[k] = (top + row) * width + left + column, face
            barycentrics[k, 0], barycentrics[k, 1] = of_b / total, of_c / total
            k += 1
    return pixels, owner, barycentrics
