"""Simulate an earlier state of the sample: the yard whole, its sheaves turning and its cages moving."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assets.demonstration import winding, yard
from assets.demonstration.atlas import Atlas, pack
from assets.demonstration.bake import bake, developed
from assets.demonstration.charts import Charts, cut
from assets.demonstration.earlier_masonry import build_masonry, named_faces
from assets.demonstration.glb import ModelWriter
from assets.demonstration.headframe import CENTER_X, SHEAVE_Y, SHEAVES_Z
from assets.demonstration.light import Daylight, illumination
from assets.demonstration.painting import paint
from assets.demonstration.replacing import replace_file
from assets.demonstration.solids import joined, moved
from assets.demonstration.surface import Surface
from carreau.base.model import FloatArray, IntArray
from carreau.geometry.render.sampling import to_linear

NAME = "headframe-1930-simulated"
VERSION = 1
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class EarlierOptions:
    """What to simulate.

    step_m : distance between the points of the masonry's grid
    triangles : of masonry and ground, about
    atlas_px : edge of their texture
    seed : of everything left to chance
    """

    step_m: float = 0.14
    triangles: int = 42_000
    atlas_px: int = 2048
    seed: int = 30

    @property
    def version(self) -> str:
        """Name the exact model, so that another one in its place is noticed."""
        return f"{VERSION}, step {self.step_m:g}, triangles {self.triangles}, atlas {self.atlas_px}, seed {self.seed}"


def make_earlier(folder: Path, progress: Progress | None = None, options: EarlierOptions | None = None) -> Path:
    """Write the model into a folder unless it is there already, and return its GLB.

    progress : called with what is being done and the share done, 0..1
    """
    options, tell = options or EarlierOptions(), progress or (lambda _message, _share: None)
    path, note = folder / f"{NAME}.glb", folder / f"{NAME}.json"
    if not _is_current(path, note, options.version):
        content = build_earlier(options, tell)
        folder.mkdir(parents=True, exist_ok=True)
        note.unlink(missing_ok=True)
        replace_file(path, content)
        replace_file(note, json.dumps({"version": options.version, "bytes": len(content)}).encode())
        tell("Done", 1.0)
    return path


def _is_current(path: Path, note: Path, version: str) -> bool:
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        return bool(said == {"version": version, "bytes": path.stat().st_size})
    except (OSError, ValueError):
        return False


def build_earlier(options: EarlierOptions, progress: Progress) -> bytes:
    """Return the GLB: the same options give the same bytes."""
    progress("Building the yard as it may have been", 0.0)
    masonry = build_masonry(options.step_m, options.triangles, options.seed)
    still = {
        "chevalement": yard.steelwork(),
        "recette-des-molettes": joined([yard.deck(), yard.canopy(), yard.axle()]),
        "cables-de-la-machine": yard.engine_ropes(),
        "berline": yard.cart(),
    }
    progress("Painting it in the afternoon sun", 0.3)
    charts = cut(masonry)
    atlas = pack(charts, options.atlas_px)
    whole = joined([masonry, *still.values()])
    picture = bake(whole, atlas, charts.labels, options.seed)
    light = Daylight(whole)
    writer = ModelWriter(picture)
    for name, faces in named_faces(masonry).items():
        writer.textured(name, *_with_seams(masonry, charts, atlas, faces))
    for name, surface in still.items():
        writer.colored(name, surface, _colors(surface, light, options.seed))
    progress("Setting it in motion", 0.8)
    _add_motion(writer, light, options.seed)
    return writer.to_bytes()


def _with_seams(
    surface: Surface, charts: Charts, atlas: Atlas, faces: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Return positions, normals and texture coordinates with a vertex for each chart that uses it, and faces."""
    corners = surface.faces[faces]
    keys = (charts.labels[faces, None].astype(np.int64) << 32 | corners).reshape(-1)
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    sides = surface.positions[corners]
    flat = np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])
    normals = np.stack([np.bincount(index, np.repeat(flat[:, axis], 3)) for axis in range(3)], axis=1)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > 1e-12, normals / np.maximum(length, 1e-12), [[0.0, 1.0, 0.0]])
    positions = surface.positions[corners.reshape(-1)[first]]
    coordinates = atlas.corners[faces].reshape(-1, 2)[first] / np.float32(atlas.size)
    return positions, normals.astype(np.float32), coordinates.astype(np.float32), index.reshape(-1, 3).astype(np.int32)


def _colors(surface: Surface, light: Daylight, seed: int) -> FloatArray:
    """Return (n, 3) linear colours of vertices, with the afternoon's light in them as the texture has it."""
    rng = np.random.default_rng([seed, 7])
    sky = light.openness(surface.positions, surface.normals, rng)
    sun = light.sunlight(surface.positions, surface.normals, rng)
    lit = paint(surface.places, surface.normals, surface.owners) * illumination(sun, sky, surface.normals)
    return to_linear(developed(lit))


def _add_motion(writer: ModelWriter, light: Daylight, seed: int) -> None:
    """Add both sheaves with their cages and ropes, and the clip that moves them against each other."""
    times = writer.times(winding.times())
    for number, z in enumerate(SHEAVES_Z, 1):
        is_first = number == 1
        heights = winding.heights(is_first)
        hub, floor = np.array([CENTER_X, SHEAVE_Y, z]), np.array([CENTER_X, 0.0, z])
        rope_end = np.array([CENTER_X, yard.WHEEL_BOTTOM_Y, z])
        parts = {
            f"molette-{number}": (yard.wheel(z), hub, hub),
            f"cage-{number}": (yard.cage(z, 0.0), floor, np.array([CENTER_X, heights[0], z])),
            f"cable-{number}": (yard.hanging_rope(z), rope_end, rope_end),
        }
        for name, (surface, origin, stands) in parts.items():
            there = replace(surface, positions=(surface.positions + (stands - origin)).astype(np.float32))
            colors = _colors(replace(there, places=there.positions), light, seed)
            writer.colored(name, moved(surface, origin), colors, stands)
        lengths = yard.WHEEL_BOTTOM_Y - (heights + yard.CAGE_SIZE[1] + 0.15)
        writer.animated(f"molette-{number}", "rotation", times, winding.turns(is_first))
        around = np.repeat(floor[None], len(heights), axis=0)
        around[:, 1] = heights
        writer.animated(f"cage-{number}", "translation", times, around)
        writer.animated(
            f"cable-{number}", "scale", times, np.stack([lengths * 0 + 1, lengths, lengths * 0 + 1], axis=1)
        )
