"""Make what all levels of a scan start from, and refuse a scan that no level can be made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.builders.input_files import place_files
from pipeline.builders.placement_options import parse_placement
from pipeline.cache.cache import Cache, InputFiles, Task
from pipeline.errors import ScanError
from pipeline.messages import Number, message
from pipeline.model import Mesh, Scan
from pipeline.options import ModelOptions

SHORTEST_M, LONGEST_M = 1e-6, 1e9
"""Between these, squares of squares of lengths are float32 numbers. At 1e-30 m a ray took a thousand times as long."""


@dataclass(frozen=True)
class ScanContext:
    """What all levels of a scan start from.

    scan : as it was read
    oriented : upright, in metres, as it was before cleaning; of a point cloud, its surface
    reference : what levels are measured against: the oriented mesh, or the points as small tiles
    cleaned : what levels are made from
    surface : of a point cloud, None for a mesh
    cloud : the points where the model stands, None for a mesh
    looks : what it wears
    seen, sighting : how it looks, for judging and for measuring
    about : what is known once these are made: the matrix from the scan's coordinates to the
        models', and the GeoPose or None
    """

    scan: Task[Any]
    oriented: Task[Any]
    reference: Any
    cleaned: Task[Any]
    looks: Task[Any]
    seen: Task[Any]
    sighting: Task[Any]
    about: dict[str, Any]
    surface: Task[Any] | None = None
    cloud: Task[Any] | None = None


def scan_of(files: InputFiles, cache: Cache) -> Task[Any]:
    """Return the step that reads a scan."""
    return cache.step("pipeline.stages.read:read", files)


def create_context(files: InputFiles, options: ModelOptions, cache: Cache) -> ScanContext:
    """Return the steps that all levels start from; only the scan is read for it, since a cloud goes another way."""
    from pipeline.stages.clean import CleanOptions
    from pipeline.stages.orient import OrientOptions

    scan = scan_of(files, cache)
    placed = cache.step(
        "pipeline.stages.resolve_placement:resolve_placement",
        place_files(files.path, cache),
        parse_placement(options),
        label="place",
    )
    surface = _surface(scan, placed, options, cache) if scan.value().cloud is not None else None
    shape = scan if surface is None else surface.part("scan")
    oriented = cache.step("pipeline.stages.orient:orient", shape, OrientOptions(options.unit, options.up), placed)
    # What is loose of a cloud's surface was dropped with its points: foliage is many pieces.
    cleaning = CleanOptions() if surface is None else CleanOptions(loose_share=0)
    cleaned = cache.step("pipeline.stages.clean:clean", oriented.part("mesh"), cleaning)
    reference: Any = oriented.part("mesh")
    sighting = cache.step("pipeline.stages.measure:sight", reference, label="sight scan")
    cloud = None
    if surface is not None:
        matrix = oriented.part("scan_to_model")
        reference = cache.step(
            "pipeline.stages.apply_transform:apply_transform", surface.part("points"), matrix, label="align points"
        )
        cloud = cache.step(
            "pipeline.stages.apply_transform:apply_transform_to_cloud",
            surface.part("cloud"),
            matrix,
            label="align cloud",
        )
        body = oriented.part("mesh")
        sighting = cache.step("pipeline.stages.measure:sight_points", reference, body, label="sight scan")
    return ScanContext(
        scan=scan,
        oriented=oriented,
        reference=reference,
        cleaned=cleaned,
        looks=cache.step("pipeline.stages.texture_needs:appearance_of", cleaned.part("mesh"), label="look"),
        seen=cache.step("pipeline.stages.score:render_reference", reference, label="see scan"),
        sighting=sighting,
        about={},
        surface=surface,
        cloud=cloud,
    )


def as_measured(files: InputFiles, cache: Cache) -> tuple[Scan, Mesh | None]:
    """Return a scan as levels are compared with it, in its own coordinates, and the surface of a point cloud.

    That is what is in the crop box of `scan.toml`, and of a point cloud the points as small tiles.
    """
    step = scan_of(files, cache)
    placed = cache.step(
        "pipeline.stages.resolve_placement:resolve_placement", place_files(files.path, cache), (), label="place"
    )
    scan: Scan = step.value()
    if scan.cloud is not None:
        surface = _surface(step, placed, ModelOptions(Path()), cache).value()
        return replace(scan, mesh=surface.points), surface.scan.mesh
    if placed.value().crop is not None:
        scan = cache.step("pipeline.stages.orient:crop", step, placed).value()
    return scan, None


def _surface(scan: Task[Any], placed: Task[Any], options: ModelOptions, cache: Cache) -> Task[Any]:
    from pipeline.stages.surface import SurfaceOptions

    cropped = cache.step("pipeline.stages.orient:crop", scan, placed)
    return cache.step("pipeline.stages.surface:surface", cropped, SurfaceOptions(options.up))


def about(ground: ScanContext) -> dict[str, Any]:
    """Return what every model says of itself: the way from the scan's coordinates, and its place on the Earth."""
    from pipeline.formats.location.geopose import geopose_json

    oriented = ground.oriented.value()
    matrix = [float(number) for number in np.asarray(oriented.scan_to_model).ravel()]
    return {"matrix": matrix, "geopose": geopose_json(oriented.geopose) if oriented.geopose else None}


def refuse_empty(scan: Path, triangles: int) -> None:
    """Raise ScanError where no triangle is left."""
    if not triangles:
        cause = message("no triangles are left after cleaning")
        raise ScanError(scan, "", cause, message("export the scan again with its surface"))


def refuse_odd_size(scan: Path, mesh: Mesh) -> None:
    """Raise ScanError for a mesh whose lengths single precision cannot square, or without any length."""
    from pipeline.geometry.extent import box_of

    longest_m = float(box_of(mesh.positions, mesh.faces).sides.max())
    if longest_m == 0:
        refuse_empty(scan, 0)
    if not SHORTEST_M <= longest_m <= LONGEST_M:
        cause = message(
            "it is %(length)s m long, outside the range from %(shortest)s to %(longest)s m",
            length=Number(longest_m, ".3g"),
            shortest=Number(SHORTEST_M, "g"),
            longest=Number(LONGEST_M, "g"),
        )
        raise ScanError(scan, "", cause, message("set its unit with --unit, or remove points that lie far away"))
