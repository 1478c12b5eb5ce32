"""Make what all levels of a scan start from, and refuse a scan that no level can be made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.asked import said_by
from pipeline.cache import Cache, Files, Step
from pipeline.errors import ScanError
from pipeline.model import Mesh
from pipeline.options import ModelOptions
from pipeline.sidefiles import place_files

SHORTEST_M, LONGEST_M = 1e-6, 1e9
"""Between these, squares of squares of lengths are float32 numbers. At 1e-30 m a ray took a thousand times as long."""


@dataclass(frozen=True)
class Ground:
    """What all levels of a scan start from.

    scan : as it was read
    oriented : upright, in metres, as it was before cleaning: what levels are measured against
    cleaned : what levels are made from
    looks : what it wears
    seen, sighting : how it looks, for judging and for measuring
    about : what is known once these are made: the matrix from the scan's coordinates to the
        models', and the GeoPose or None
    """

    scan: Step[Any]
    oriented: Step[Any]
    cleaned: Step[Any]
    looks: Step[Any]
    seen: Step[Any]
    sighting: Step[Any]
    about: dict[str, Any]


def ground_of(files: Files, options: ModelOptions, cache: Cache) -> Ground:
    """Return the steps that all levels start from; none of them runs yet."""
    from pipeline.stages.orient import OrientOptions

    scan = cache.step("pipeline.stages.read:read", files)
    placed = cache.step("pipeline.stages.place:place", place_files(files.path, cache), said_by(options))
    oriented = cache.step("pipeline.stages.orient:orient", scan, OrientOptions(options.unit, options.up), placed)
    mesh = oriented.part("mesh")
    cleaned = cache.step("pipeline.stages.clean:clean", mesh)
    return Ground(
        scan=scan,
        oriented=oriented,
        cleaned=cleaned,
        looks=cache.step("pipeline.stages.need:looks_of", cleaned.part("mesh"), label="look"),
        seen=cache.step("pipeline.stages.judge:see", mesh, label="see scan"),
        sighting=cache.step("pipeline.stages.measure:sight", mesh, label="sight scan"),
        about={},
    )


def about(ground: Ground) -> dict[str, Any]:
    """Return what every model says of itself: the way from the scan's coordinates, and its place on the Earth."""
    from pipeline.formats.geopose import geopose_json

    oriented = ground.oriented.value()
    matrix = [float(number) for number in np.asarray(oriented.scan_to_model).ravel()]
    return {"matrix": matrix, "geopose": geopose_json(oriented.geopose) if oriented.geopose else None}


def refuse_empty(scan: Path, triangles: int) -> None:
    """Raise ScanError where no triangle is left."""
    if not triangles:
        raise ScanError(scan, "", "no triangle is left after cleaning", "export the scan again with its surface")


def refuse_odd_size(scan: Path, mesh: Mesh) -> None:
    """Raise ScanError for a mesh whose lengths single precision cannot square, or without any length."""
    from pipeline.geometry.extent import box_of

    longest_m = float(box_of(mesh.positions, mesh.faces).sides.max())
    if longest_m == 0:
        refuse_empty(scan, 0)
    if not SHORTEST_M <= longest_m <= LONGEST_M:
        cause = f"it is {longest_m:.3g} m long, beyond {SHORTEST_M:g} to {LONGEST_M:g} m"
        raise ScanError(scan, "", cause, "say its unit with --unit, or remove the points that lie far off")
