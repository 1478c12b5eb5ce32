"""What a photogrammetry program makes of the thing: noise, holes, uneven triangles."""

from __future__ import annotations

from dataclasses import replace

import meshoptimizer
import numpy as np
from numpy.typing import NDArray

from assets.demonstration.ground import within_survey
from assets.demonstration.light import START_M, Daylight
from assets.demonstration.noise import smooth_noise
from assets.demonstration.parts import CONCRETE, FRAGMENT, GROUND, STONE
from assets.demonstration.surface import Surface
from carreau.base.model import DoubleArray, FloatArray

TOP_M = 35.0
NOISE_LOW_M, NOISE_TOP_M = 0.006, 0.022


def cropped(surface: Surface) -> Surface:
    """Return the surface within the ragged rim that the photographs covered."""
    centers = surface.places[surface.faces].mean(axis=1)
    loose = np.isin(surface.owners[surface.faces[:, 0]], (GROUND, STONE, CONCRETE))
    inside = within_survey(centers[:, 0], centers[:, 2]) > 0
    return without_unused(replace(surface, faces=surface.faces[inside | ~loose]))


def without_unused(surface: Surface) -> Surface:
    """Return the surface without the vertices that no face names."""
    used, index = np.unique(surface.faces, return_inverse=True)
    return Surface(
        surface.positions[used],
        surface.places[used],
        surface.normals[used],
        surface.owners[used],
        index.reshape(-1, 3).astype(np.int32),
    )


def noise_level(heights: FloatArray) -> FloatArray:
    """Return metres of noise at heights: millimetres near the ground, centimetres where cameras stood far below."""
    share = np.clip(heights / TOP_M, 0, 1) ** 1.5
    values: FloatArray = (NOISE_LOW_M + (NOISE_TOP_M - NOISE_LOW_M) * share).astype(np.float32)
    return values


def noisy(surface: Surface, step: float, rng: np.random.Generator) -> Surface:
    """Return the surface as measured: wandering along itself, so that triangles lose their grid, and off itself."""
    normals, places = surface.normals, surface.places
    slide = rng.normal(0, 0.24 * step, places.shape).astype(np.float32)
    slide -= normals * np.sum(slide * normals, axis=1, keepdims=True)
    level = noise_level(places[:, 1])
    waves = (smooth_noise(places, 1.5, 21, 3) - 0.5) * 4
    off = level * (0.75 * waves + 0.40 * rng.standard_normal(len(places)).astype(np.float32))
    slid = places + slide
    return replace(surface, places=slid, positions=(slid + normals * off[:, None]).astype(np.float32))


def simplified(surface: Surface, triangles: int) -> Surface:
    """Return about as many triangles as asked, large on flat parts; vertices stay where they are."""
    indices = np.ascontiguousarray(surface.faces.reshape(-1), np.uint32)
    out = np.empty_like(indices)
    count = meshoptimizer.simplify(out, indices, surface.positions, target_index_count=3 * triangles, target_error=1.0)
    return without_unused(replace(surface, faces=out[:count].reshape(-1, 3).astype(np.int32)))


def stations() -> DoubleArray:
    """Return (k, 3) places of the camera: a walk along front and sides, and three flights around."""
    stops = []
    for height, reach, count, arc in ((1.7, 33, 22, 2.0), (13, 37, 14, np.pi), (29, 33, 14, np.pi), (50, 24, 8, np.pi)):
        turns = np.linspace(-arc, arc, count, endpoint=False) + 0.1
        stops.append(np.stack([3 + reach * np.sin(turns), np.full(count, height), reach * np.cos(turns)], axis=1))
    return np.concatenate(stops)


def views(surface: Surface, light: Daylight) -> NDArray[np.int32]:
    """Return (n,) how many stations saw each vertex at a useful slant."""
    counts = np.zeros(len(surface.positions), np.int32)
    origins = surface.positions + np.float32(START_M) * surface.normals
    for station in stations().astype(np.float32):
        toward = station - origins
        distance = np.linalg.norm(toward, axis=1)
        facing = np.flatnonzero(np.sum(toward * surface.normals, axis=1) > 0.2 * distance)
        # the ray is as long as the way to the camera: a reach of 1
        counts[facing[~light.blocked(origins[facing], toward[facing], 1.0)]] += 1
    return counts


def with_holes(surface: Surface, light: Daylight) -> Surface:
    """Return the surface without what fewer than about two photographs saw."""
    doubt = 2.4 * (smooth_noise(surface.places, 0.9, 31, 3) - 0.5)
    seen = views(surface, light) + doubt > 1.4
    kept = seen[surface.faces].sum(axis=1) >= 2
    return without_unused(replace(surface, faces=surface.faces[kept]))


def _joined(parts: list[Surface]) -> Surface:
    starts = np.cumsum([0] + [len(part.positions) for part in parts[:-1]])
    return Surface(
        np.concatenate([p.positions for p in parts]),
        np.concatenate([p.places for p in parts]),
        np.concatenate([p.normals for p in parts]),
        np.concatenate([p.owners for p in parts]),
        np.concatenate([p.faces + int(start) for p, start in zip(parts, starts, strict=True)]).astype(np.int32),
    )


def _fragment(center: FloatArray, size: float, rng: np.random.Generator) -> Surface:
    """Return a crumpled scrap of surface around a place."""
    side = int(rng.integers(3, 7))
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side)), axis=-1).reshape(-1, 2)
    axes = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    bent = np.concatenate([grid, 0.4 * rng.standard_normal((len(grid), 1))], axis=1)
    bent[:, :2] += 0.3 / side * rng.standard_normal((len(grid), 2))
    places = (center + size * bent @ axes.T).astype(np.float32)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).reshape(-1)
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + side], 1), np.stack([corner + 1, corner + side + 1, corner + side], 1)]
    )
    faces = faces[rng.random(len(faces)) < 0.85].astype(np.int32)
    normals = np.tile(axes[:, 2], (len(places), 1)).astype(np.float32)
    return Surface(places, places, normals, np.full(len(places), FRAGMENT, np.int16), faces)


def with_fragments(surface: Surface, count: int, rng: np.random.Generator) -> Surface:
    """Return the surface with scraps floating about the headframe and along its lost ropes."""
    high = np.flatnonzero(surface.places[:, 1] > 0.6 * surface.places[:, 1].max())
    parts = [surface]
    for number in range(count):
        if number % 3 == 0:
            t = rng.random()
            center = np.array([-6.8 - 12 * t, 31.5 - 20 * t, -3.3 + rng.choice([-1.05, 1.05])])
        else:
            center = surface.places[rng.choice(high)] + rng.normal(0, 0.9, 3)
        parts.append(_fragment(center.astype(np.float32), 0.05 + 0.12 * rng.random(), rng))
    return without_unused(_joined(parts))


def with_defects(surface: Surface, count: int, rng: np.random.Generator) -> Surface:
    """Return the surface with edges shared by three faces, faces twice, and faces without area."""
    faces = surface.faces
    stem = faces[rng.choice(len(faces), count, replace=False)]
    tips = surface.places[stem[:, 0]] + surface.normals[stem[:, 0]] * 0.06
    fins = np.stack([stem[:, 1], stem[:, 0], len(surface.places) + np.arange(count)], axis=1)
    twins = np.roll(faces[rng.choice(len(faces), 2 * count, replace=False)], 1, axis=1)
    flat = faces[rng.choice(len(faces), 2 * count, replace=False)].copy()
    flat[:, 2] = flat[:, rng.integers(0, 2)]
    order = stem[:, 0]
    return Surface(
        np.concatenate([surface.positions, tips]).astype(np.float32),
        np.concatenate([surface.places, tips]).astype(np.float32),
        np.concatenate([surface.normals, surface.normals[order]]),
        np.concatenate([surface.owners, surface.owners[order]]),
        np.concatenate([faces, fins, twins, flat]).astype(np.int32),
    )
