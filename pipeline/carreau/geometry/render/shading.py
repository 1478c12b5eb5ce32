"""Soft light for pictures: smooth normals, and how open each place is to the sky around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Mesh
from carreau.base.process import bands, in_threads
from carreau.geometry.render.camera import GOLDEN_ANGLE_RAD, Frustum, PinholeCamera
from carreau.geometry.render.image_resampling import fill_texels
from carreau.geometry.render.normal_map import REACH_PX, corner_normals, shading_normals, texels_on
from carreau.geometry.render.raycasting import Scene, hits_at
from carreau.geometry.render.reflectance import emission_at, metallic_roughness_at
from carreau.geometry.render.sampling import (
    interpolate_corners,
    interpolate_directions,
    interpolate_vertices,
    map_values,
    surface_albedo,
    to_srgb,
)
from carreau.geometry.render.views import Sight, Views, bounds_corners, join_sights, look_through, picture
from carreau.geometry.topology import find_components
from carreau.geometry.triangles import smooth_normals
from carreau.geometry.uv.layout import Texels

RAYS_AT_ONCE = 1 << 18
BLUR_PX = 3
FAR_APART = 4.0
"""Square of a distance from which on neighbours say nothing of each other: they would weigh less than 1 in 20,000."""


def face_normals(mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    """Return (m, 3) float32 unit normals, zero for faces without area, and (m,) areas."""
    corners = mesh.positions[mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(cross, axis=1)
    return cross / np.maximum(length, 1e-30)[:, None], length / 2


def openness(
    scene: Scene, points: FloatArray, normals: FloatArray, reach: float, rays: int, phase: IntArray
) -> FloatArray:
    """Return (k,) float32 in 0..1: cosine-weighted share of the half space that is free within reach.

    A neighbour at a third of the reach darkens less than one that touches. phase (k,) in 0..15 turns each place's
    rays, so that a 4 x 4 blur sees 16 times as many directions.
    """
    # One ray from all places at a time: neighbouring rays then lean alike, which suits Embree.
    total = np.zeros(len(points), np.float32)
    for part in bands(len(points), RAYS_AT_ONCE):
        for ray in range(rays):
            cast = np.empty((part.stop - part.start, 6), np.float32)
            _lean(points[part], normals[part], phase[part], ray, rays, cast)
            _add_free(scene.cast(cast).distances, reach, total[part])
    return total / np.float32(rays)


@compiled
def _lean(points: FloatArray, normals: FloatArray, phase: IntArray, ray: int, rays: int, cast: FloatArray) -> None:
    """Fill (k, 6) with one of the rays from points, which lean away from normals, turned about them by the phase."""
    for k in range(len(points)):
        # Even steps in sine squared weigh directions by their cosine (Malley's method), golden angles spread them about
        # the normal, and the phase shifts and turns those of 16 neighbours apart.
        sine = np.sqrt((ray + (phase[k] * 7 % 16 + 0.5) / 16) / rays)
        turn = ray * GOLDEN_ANGLE_RAD + phase[k] * (np.pi / 8)
        x, y, z = np.float64(normals[k, 0]), np.float64(normals[k, 1]), np.float64(normals[k, 2])
        # across lies square to the normal: it is up, or aside, crossed with it
        ax, ay, az = (z, 0.0, -x) if abs(y) < 0.9 else (0.0, -z, y)
        length = max(np.sqrt(ax * ax + ay * ay + az * az), 1e-12)
        ax, ay, az = ax / length, ay / length, az / length
        bx, by, bz = y * az - z * ay, z * ax - x * az, x * ay - y * ax
        # From the frame of the normal into space.
        along, aside, upright = sine * np.cos(turn), sine * np.sin(turn), np.sqrt(1 - sine * sine)
        cast[k, 0], cast[k, 1], cast[k, 2] = points[k, 0], points[k, 1], points[k, 2]
        cast[k, 3] = along * ax + aside * bx + upright * x
        cast[k, 4] = along * ay + aside * by + upright * y
        cast[k, 5] = along * az + aside * bz + upright * z


@compiled
def _add_free(distances: FloatArray, reach: float, total: FloatArray) -> None:
    for k in range(len(total)):
        # Below 1, the exponent lightens near occluders quickly: a soft falloff in place of a hard edge at `reach`.
        total[k] += min(distances[k] / reach, 1.0) ** 0.7 if distances[k] < reach else 1.0


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
    """Return normals (k, 3) as units, on the side that toward (k, 3) points to: scans are seen from inside too."""
    turned = np.empty((len(normals), 3), np.float32)
    _face(normals, toward, turned)
    return turned


@compiled
def _face(normals: FloatArray, toward: FloatArray, turned: FloatArray) -> None:
    for k in range(len(normals)):
        x, y, z = normals[k, 0], normals[k, 1], normals[k, 2]
        length = max(np.sqrt(x * x + y * y + z * z), np.float32(1e-20))
        if toward[k, 0] * x + toward[k, 1] * y + toward[k, 2] * z < 0:
            length = -length
        turned[k, 0], turned[k, 1], turned[k, 2] = x / length, y / length, z / length


def sky_light(scene: Scene, frame: Frustum, spots: Spots, radius: float, rays: int) -> FloatArray:
    """Return (h * w,) float32 in 0..1: how open each pixel is, blurred among neighbours of like normal and depth.

    Every other pixel is asked, as the black squares of a chessboard; and those that have no neighbours alike.
    """
    first = first_of_each(spots.pixels)
    used = spots.pixels[first]
    points, normals = spots.points[first], spots.normals[first]
    row, column = np.divmod(used, frame.width)
    phase = ((row % 4) * 4 + column % 4).astype(np.int32)

    def ask(which: NDArray[np.bool_]) -> FloatArray:
        # Off the surface a little, or rays would meet the triangle that they start on.
        lifted = points[which] + np.float32(2e-3 * radius) * normals[which]
        return openness(scene, lifted, normals[which], 0.35 * radius, rays, phase[which])

    # What says whether two pixels are alike: normals, and depth in parts of the radius.
    guide = np.full((frame.height, frame.width, 4), np.nan, np.float32)
    guide.reshape(-1, 4)[used, :3] = normals
    guide.reshape(-1, 4)[used, 3] = (points @ frame.axes[2].astype(np.float32)) / np.float32(0.03 * radius)
    # Half of the rays: the others take their light from neighbours alike, and are asked only where they have none.
    is_asked = (row + column) % 2 == 0
    sky = np.full((frame.height, frame.width), np.nan, np.float32)
    sky.reshape(-1)[used[is_asked]] = ask(is_asked)
    total, share = _alike(sky, guide)
    is_lonely = ~is_asked & (share.reshape(-1)[used] < 1)
    total.reshape(-1)[used[is_lonely]] += ask(is_lonely)
    share.reshape(-1)[used[is_lonely]] += 1
    return np.asarray(total / np.maximum(share, 1e-9), np.float32).reshape(-1)


def _alike(values: FloatArray, guide: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (h, w) sums of the values (h, w) around that are not NaN, and of their weights: a cross-bilateral filter.

    guide : (h, w, 4), NaN where nothing is seen; the further apart in it two are, the less the one says of the other
    """
    total, share = np.zeros_like(values), np.zeros_like(values)
    in_threads(lambda rows: _sum_alike(values, guide, total, share, rows.start, rows.stop), bands(len(values), 64))
    return total, share


@compiled
def _sum_alike(
    values: FloatArray, guide: FloatArray, total: FloatArray, share: FloatArray, low: int, high: int
) -> None:
    height, width = values.shape
    for row in range(low, high):
        for column in range(width):
            if np.isnan(guide[row, column, 0]):
                continue
            for i in range(max(row - BLUR_PX, 0), min(row + BLUR_PX + 1, height)):
                for j in range(max(column - BLUR_PX, 0), min(column + BLUR_PX + 1, width)):
                    if np.isnan(values[i, j]):
                        continue
                    apart = np.float32(0)
                    for c in range(4):
                        step = guide[row, column, c] - guide[i, j, c]
                        apart += step * step
                    # exp() is most of the time, so it is left out where the weight is next to nothing.
                    if apart < FAR_APART:
                        weight = np.exp(np.float32(-2.5) * apart)
                        total[row, column] += weight * values[i, j]
                        share[row, column] += weight


CLAY = np.array([222, 216, 206], np.float32)
DARKEST = 0.25


def is_colorless(mesh: Mesh) -> bool:
    """Return whether a mesh has neither textures, vertex colours nor coloured materials."""
    is_painted = any(material.base or material.base_color != (1.0, 1.0, 1.0) for material in mesh.materials)
    return mesh.colors is None and not is_painted


def clay_views(mesh: Mesh, cameras: Sequence[PinholeCamera], supersampling: int = 2) -> Views:
    """Render a mesh as `render_views` does, lit from up on the left, by its shape and without any normal map."""
    corners = bounds_corners(mesh.positions)
    normals = smooth_normals(mesh.positions, mesh.faces)
    pictures = []
    for camera in cameras:
        sight = look_through(mesh, camera, corners, supersampling)
        pictures.append(picture(camera, sight, _lit(mesh, normals, camera, sight), supersampling))
    return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))


def _lit(mesh: Mesh, normals: FloatArray, camera: PinholeCamera, sight: Sight) -> FloatArray:
    """Return (k, 3) colours of the hits; scans are seen from inside too, so either face of a triangle is lit."""
    right, up, forward = camera.basis()
    lamp = -0.5 * right + 0.6 * up - 0.7 * forward
    toward = np.broadcast_to((-forward).astype(np.float32), (len(sight.faces), 3))
    turned = facing(interpolate_vertices(normals, mesh.faces, sight.faces, sight.barycentrics), toward)
    length = np.maximum(np.linalg.norm(turned, axis=1), 1e-9)
    cosine = np.clip((turned @ (lamp / np.linalg.norm(lamp)).astype(np.float32)) / length, 0, 1)
    shade = DARKEST + (1 - DARKEST) * cosine
    return np.asarray(CLAY * shade[:, None], np.float32)


SKY, FLOOR = 0.85, 0.25
"""Light from straight above, and from below."""

LAMPS = ((0.6, 0.6, -0.5, 5.0, 24.0), (-0.8, 0.15, -0.25, 2.5, 12.0))
"""Right, up and forward of each lamp from the camera, its light, and its sharpness as a spherical Gaussian."""

LEAST_ROUGHNESS = 0.08
"""Below it, a reflection of a lamp is smaller than a pixel and sparkles."""


def lit_views(mesh: Mesh, cameras: Sequence[PinholeCamera], supersampling: int = 2) -> Views:
    """Render a mesh as `render_views` does, with light."""
    corners = bounds_corners(mesh.positions)
    sights = [look_through(mesh, camera, corners, supersampling) for camera in cameras]
    # The surface is asked for all views at once: textures are decoded and frames of normal maps made only once.
    return light_views(_surface(mesh, join_sights(sights)), cameras, sights, supersampling)


def light_views(
    surface: Surface, cameras: Sequence[PinholeCamera], sights: Sequence[Sight], supersampling: int = 2
) -> Views:
    """Return what cameras see of a surface under light, whose places are those of the sights, one after the other."""
    pictures, first = [], 0
    for camera, sight in zip(cameras, sights, strict=True):
        part = slice(first, first + len(sight.faces))
        first = part.stop
        light = np.empty((len(sight.faces), 3), np.float32)
        in_threads(partial(_light_band, surface, part.start, camera, light), bands(len(light), HITS_AT_ONCE))
        pictures.append(picture(camera, sight, to_srgb(light), supersampling))
    return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))


HITS_AT_ONCE = 1 << 14
"""Places that one thread lights, so that what it works with stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Surface:
    """What k places reflect: arrays of (k, 3) or (k, 1) float32, colours and emission as linear light."""

    points: FloatArray
    normals: FloatArray
    color: FloatArray
    metallic: FloatArray
    roughness: FloatArray
    openness: FloatArray
    emission: FloatArray


def _surface(mesh: Mesh, sight: Sight) -> Surface:
    places = sight.faces, sight.barycentrics
    metallic, roughness = (channel[:, None] for channel in metallic_roughness_at(mesh, *places).T)
    return Surface(
        interpolate_corners(mesh.positions[mesh.faces], *places),
        shading_normals(mesh, *places),
        surface_albedo(mesh, *places),
        metallic,
        np.maximum(roughness, LEAST_ROUGHNESS),
        _openness(mesh, sight),
        emission_at(mesh, *places),
    )


def _light_band(surface: Surface, first: int, camera: PinholeCamera, light: FloatArray, band: slice) -> None:
    """Fill a band of (k, 3) with the linear light of a camera's hits, the first of which is place `first`."""
    part = slice(first + band.start, first + band.stop)
    toward = np.asarray(camera.eye - surface.points[part], np.float32)
    toward /= np.maximum(np.linalg.norm(toward, axis=1, keepdims=True), 1e-12)
    normals, color = facing(surface.normals[part], toward), surface.color[part]
    metallic, roughness = surface.metallic[part], surface.roughness[part]
    facing_share = np.clip((normals * toward).sum(axis=1, keepdims=True), 0, 1)
    mirrored = 2 * facing_share * normals - toward
    axes = camera.basis()
    diffuse = color * (1 - metallic) * _irradiance(normals, axes)
    specular = _split_sum(0.04 * (1 - metallic) + color * metallic, roughness, facing_share)
    reflected = diffuse + specular * _reflect(mirrored, roughness, axes)
    light[band] = reflected * surface.openness[part] + surface.emission[part]


def _irradiance(normals: FloatArray, axes: tuple[np.ndarray, ...]) -> FloatArray:
    """Return (k, 1) diffuse light on surfaces, as a share of that on white paper."""
    light = FLOOR + (SKY - FLOOR) * (0.5 + 0.5 * normals[:, 1:2])
    for direction, strength, sharpness in _lamps(axes):
        # A spherical Gaussian of sharpness s holds 2 pi strength / s of light; divided by pi, that is
        # what white paper shows.
        light = light + 2 * strength / sharpness * np.clip(normals @ direction, 0, 1)[:, None]
    return np.asarray(light, np.float32)


def _reflect(directions: FloatArray, roughness: FloatArray, axes: tuple[np.ndarray, ...]) -> FloatArray:
    """Return (k, 1) light from directions, blurred by roughness."""
    width = 0.08 + 0.92 * roughness
    above = np.clip(0.5 + 0.5 * directions[:, 1:2] / width, 0, 1)
    light = FLOOR + (SKY - FLOOR) * above * above * (3 - 2 * above)
    lobe = 2 / (roughness**4 + 1e-4)
    for direction, strength, sharpness in _lamps(axes):
        # A Gaussian lamp seen in a Gaussian lobe is again one, wider and as bright in all.
        blurred = sharpness * lobe / (sharpness + lobe)
        light = light + strength * blurred / sharpness * np.exp(blurred * ((directions @ direction)[:, None] - 1))
    return np.asarray(light, np.float32)


def _lamps(axes: tuple[np.ndarray, ...]) -> list[tuple[FloatArray, float, float]]:
    """Return the unit direction towards each lamp, its light and its sharpness."""
    right, up, forward = axes
    lamps = []
    for x, y, z, strength, sharpness in LAMPS:
        direction = np.asarray(x * right + y * up + z * forward, np.float32)
        lamps.append((direction / np.linalg.norm(direction), strength, sharpness))
    return lamps


def _split_sum(straight: FloatArray, roughness: FloatArray, facing_share: FloatArray) -> FloatArray:
    """Return (k, 3) reflectance for reflectance (k, 3) at normal incidence."""
    x, y, z, w = (
        roughness * slope + start for slope, start in ((-1, 1), (-0.0275, 0.0425), (-0.572, 1.04), (0.022, -0.04))
    )
    # Fit of the integrated reflectance by B. Karis, "Physically based shading on mobile", 2014.
    edge = np.minimum(x * x, np.exp2(-9.28 * facing_share)) * x + y
    return np.asarray(straight * (z - 1.04 * edge) + (w + 1.04 * edge), np.float32)


def _openness(mesh: Mesh, sight: Sight) -> FloatArray:
    """Return (k, 1) of the mesh's occlusion maps."""
    if not any(material.occlusion for material in mesh.materials):
        return np.ones((len(sight.faces), 1), np.float32)
    values = map_values(mesh, lambda material: material.occlusion, sight.faces, sight.barycentrics)[:, :1]
    share = np.array([material.occlusion_strength for material in mesh.materials], np.float32)
    weight = share[mesh.face_materials[sight.faces]][:, None]
    return np.asarray(1 - weight * (1 - np.nan_to_num(values, nan=255.0) / 255), np.float32)


GRID_PX = 512
MOST_RAYS = 8_000_000
MOST_RAYS_EACH = 48
REACH_RADII = 0.5
LIFT_RADII = 2e-3
SMOOTHING_PX = 2.0


def cast_occlusion(scan: Mesh, scene: Scene, level: LevelMesh, edge_px: int) -> ByteArray:
    """Return (h, w) uint8: the cosine-weighted share of the sky that the scan leaves free, 255 for all of it."""
    charts = find_components(level.faces, len(level.positions)).labels
    # Occlusion is smooth: it is cast on a coarse grid, with more rays for each place, and read from there.
    grid = texels_on(level, min(edge_px, GRID_PX), REACH_PX)
    values = _texel_openness(scan, scene, level, grid)
    coarse = np.zeros((grid.edge_px, grid.edge_px), np.float32)
    # Neighbours in the atlas may lie far apart on the surface: only places of the same chart are mixed.
    labels = np.full((grid.edge_px, grid.edge_px), -1, np.int32)
    coarse.ravel()[grid.places], labels.ravel()[grid.places] = values, charts[grid.faces]
    wanted = texels_on(level, edge_px, REACH_PX)
    occlusion = np.zeros(len(wanted.places), np.float32)
    _smooth(coarse, labels, wanted.centres(grid.edge_px), charts[wanted.faces], occlusion)
    image, is_known = np.zeros(edge_px**2, np.float32), np.zeros(edge_px**2, bool)
    image[wanted.places], is_known[wanted.places] = 255 * occlusion, True
    return _image(image, is_known, edge_px)


def _texel_openness(scan: Mesh, scene: Scene, level: LevelMesh, grid: Texels) -> FloatArray:
    """Return (k,) float32 in 0..1 for places on the scan; a hit on a sheet that looks away counts as the level does."""
    hits = hits_at(scene, level, grid)
    points = interpolate_corners(scan.positions[scan.faces], hits.faces, hits.barycentrics)
    normals = interpolate_directions(corner_normals(scan), hits.faces, hits.barycentrics)
    outwards = interpolate_corners(level.normals[level.faces], grid.faces, grid.barycentrics)
    # Rays must leave on the side that the level shows.
    normals *= np.where((normals * outwards).sum(axis=1, keepdims=True) < 0, np.float32(-1), np.float32(1))
    used = scan.positions[scan.faces.ravel()]
    radius = float(np.linalg.norm(used.max(axis=0) - used.min(axis=0))) / 2
    rays = int(np.clip(MOST_RAYS // max(len(points), 1), 8, MOST_RAYS_EACH))
    # Hashed, as a regular pattern of directions would show as one in the map.
    phase = (_hash(grid.places) % np.uint32(16)).astype(np.int32)
    lifted = (points + np.float32(LIFT_RADII * radius) * normals).astype(np.float32)
    return openness(scene, lifted, normals, REACH_RADII * radius, rays, phase)


def _hash(places: IntArray) -> np.ndarray:
    """Return (k,) uint32, scrambled (the finaliser of A. Appleby's MurmurHash3)."""
    bits = places.astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        bits = (bits ^ (bits >> np.uint32(shift))) * np.uint32(factor)
    return np.asarray(bits ^ (bits >> np.uint32(16)))


def _image(values: FloatArray, is_known: np.ndarray, edge_px: int) -> ByteArray:
    image = fill_texels(values.reshape(edge_px, edge_px, 1), is_known.reshape(edge_px, edge_px))[..., 0]
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
                # A tent two texels of the grid wide each way.
                share = (1 - abs(r - y) / SMOOTHING_PX) * (1 - abs(c - x) / SMOOTHING_PX)
                every, every_share = every + share * coarse[r, c], every_share + share
                if labels[r, c] == charts[k]:
                    own, own_share = own + share * coarse[r, c], own_share + share
        if own_share > 0:
            out[k] = own / own_share
        else:
            out[k] = every / every_share if every_share > 0 else 1.0
