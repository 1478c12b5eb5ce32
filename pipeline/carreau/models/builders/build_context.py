"""The tasks that all levels of a scan or of an authored model share, and the checks of either."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.errors import OptionError, ScanError, ValidationError
from carreau.base.messages import Message, Number, message
from carreau.base.model import Cloud, Mesh, Scan
from carreau.base.options import AUTO, ModelOptions
from carreau.formats.gltf.gltf import NO_ANIMATIONS, NO_MORPH_TARGETS, NO_SKINS
from carreau.formats.gltf.scene import Authored
from carreau.formats.gltf.scene_reader import is_animated
from carreau.formats.location.poses import CamerasBeside, geopose_json, read_cameras
from carreau.formats.location.scan_toml import own_notes
from carreau.formats.location.sidecars import camera_files
from carreau.formats.registry import list_suffixes
from carreau.formats.tiles import find_tiles
from carreau.geometry.location.placement import Placement
from carreau.geometry.mesh_parts import bounding_box, without_strays
from carreau.geometry.render.image_metrics import ReferenceViews
from carreau.models.builders.inputs import parse_placement, place_files
from carreau.models.stages.authored_levels import AS_IN_FILE, ModelSize, sized_scan, sized_scene, stated_size
from carreau.models.stages.check import check_plain
from carreau.models.stages.clean import Cleaned, CleanOptions, clean
from carreau.models.stages.inspect import AnyInspection
from carreau.models.stages.measure import Sighting, render_reference, sight, sight_points
from carreau.models.stages.orient import (
    Oriented,
    OrientOptions,
    apply_transform,
    apply_transform_to_cloud,
    crop,
    cropping_decision,
    orient,
)
from carreau.models.stages.pack import pack_bare
from carreau.models.stages.read import read, read_as_one, read_authored, resolve_placement
from carreau.models.stages.simplify import (
    DivideOptions,
    SimplifiedScan,
    SimplifyTileOptions,
    divide,
    join_tiles,
    simplify_tile,
)
from carreau.models.stages.surface import ReconstructedSurface, SurfaceOptions, surface
from carreau.models.stages.unwrap import Appearance, examine_appearance
from carreau.runs.cache import Cache, InputFiles, Later, Task
from carreau.runs.tasks import in_sequence

SHORTEST_M, LONGEST_M = 1e-6, 1e9
"""In this range, the fourth power of a length is a float32 number. At 1e-30 m a ray took a thousand times as long."""

NOTABLE_LOSS, MOST_LOST = 0.01, 0.2
"""Shares of the surface from whose loss on a scan has a warning, and is refused."""

CLOUD_LABELS = ("align points", "align cloud")
"""Labels of the steps that only a point cloud has, after its surface."""


@dataclass(frozen=True, eq=False)
class LargeScan:
    """A scan, simplified tile by tile.

    simplified : what of it lies in the crop box
    placement : without the crop box
    cropping : how much that has left, for the report
    """

    simplified: Task[SimplifiedScan]
    placement: Placement
    cropping: tuple[Message, ...]

    @property
    def decisions(self) -> tuple[Message, ...]:
        """Return what was done to the scan, for the report."""
        return (*self.cropping, self.simplified.value().decision)


@dataclass(frozen=True)
class ScanContext:
    """The tasks that all levels of a scan share.

    scan : as read
    oriented : upright and in metres, before cleaning; of a point cloud, its surface
    reference : mesh that levels are measured against: the oriented one, or the points as small tiles
    cleaned : mesh that levels are built from
    surface : of a point cloud, None for a mesh
    large : of a mesh with too many triangles, None for any other scan
    cloud : points in the coordinates of the model, None for a mesh
    appearance : of its textures and colours
    reference_views, sighting : renderings of the reference, for choosing a strategy and for measuring
    about : metadata of every level, see the function `about`; empty until the scan is oriented
    """

    scan: Task[Scan]
    oriented: Task[Oriented]
    reference: Later[Mesh]
    cleaned: Task[Cleaned]
    appearance: Task[Appearance]
    reference_views: Task[ReferenceViews]
    sighting: Task[Sighting]
    about: dict[str, Any]
    surface: Task[ReconstructedSurface] | None = None
    large: LargeScan | None = None
    cloud: Task[Cloud] | None = None

    @property
    def mesh(self) -> Later[Mesh]:
        """Return the cleaned mesh."""
        return self.cleaned.part(lambda cleaned: cleaned.mesh)


def read_scan_task(files: InputFiles, cache: Cache, variant: str = "") -> Task[Scan]:
    """Return the task that reads a scan, in a variant of its materials if one is given."""
    if variant:
        return cache.step(read, files, variant)
    is_as_one = files.path.is_dir() and find_tiles(files.path) is None
    return cache.step(read_as_one if is_as_one else read, files, label="read")


def cameras_beside(scan: Path, cache: Cache) -> tuple[Task[CamerasBeside], ...]:
    """Return the task that reads the cameras beside a scan; none where no file has any."""
    if not camera_files(scan):
        return ()
    return (cache.step(read_cameras, place_files(scan, cache), label="read cameras"),)


def create_context(files: InputFiles, options: ModelOptions, cache: Cache) -> ScanContext:
    """Return the shared tasks; only the scan is read, because a point cloud or a large mesh needs other ones."""
    scan = read_scan_task(files, cache, options.variant)
    placed = cache.step(resolve_placement, place_files(files.path, cache), parse_placement(options), label="place")
    meshed = _surface(scan, placed, options, cache) if scan.value().cloud is not None else None
    large = large_scan(scan, placed, cache)
    shape: Later[Scan] = scan if meshed is None else meshed.part(lambda surface: surface.scan)
    if large is not None:
        shape = large.simplified.part(lambda simplified: simplified.scan)
    placement = placed if large is None else large.placement
    oriented = cache.step(orient, shape, OrientOptions(options.unit, options.up), placement)
    mesh = oriented.part(lambda oriented: oriented.mesh)
    # Loose parts of a point cloud were removed with its points, and foliage is many pieces.
    cleaning = CleanOptions() if meshed is None else CleanOptions(loose_share=0)
    cleaned = cache.step(clean, mesh, cleaning)
    cleaned_mesh = cleaned.part(lambda cleaned: cleaned.mesh)
    reference: Later[Mesh] = mesh
    cloud = None
    if meshed is None:
        sighting = cache.step(sight, reference, label="sight scan")
    else:
        matrix = oriented.part(lambda oriented: oriented.scan_to_model)
        points = meshed.part(lambda surface: surface.points)
        reference = cache.step(apply_transform, points, matrix, label=CLOUD_LABELS[0])
        cloud = cache.step(
            apply_transform_to_cloud, meshed.part(lambda surface: surface.cloud), matrix, label=CLOUD_LABELS[1]
        )
        sighting = cache.step(sight_points, reference, mesh, label="sight scan")
    return ScanContext(
        scan=scan,
        oriented=oriented,
        reference=reference,
        cleaned=cleaned,
        appearance=cache.step(examine_appearance, cleaned_mesh, label="look"),
        reference_views=cache.step(render_reference, reference, label="see scan"),
        sighting=sighting,
        about={},
        surface=meshed,
        large=large,
        cloud=cloud,
    )


def as_measured(files: InputFiles, cache: Cache) -> tuple[Scan, Mesh | None]:
    """Return a scan as levels are compared with it, in its own coordinates, and the surface of a point cloud.

    That is what is in the crop box of `scan.toml`, of a point cloud the points as small tiles, and of a scan with too
    many triangles what its levels are made of.
    """
    step = read_scan_task(files, cache)
    placed = cache.step(resolve_placement, place_files(files.path, cache), (), label="place")
    scan = step.value()
    if scan.cloud is not None:
        meshed = _surface(step, placed, ModelOptions(Path()), cache).value()
        return replace(scan, mesh=meshed.points), meshed.scan.mesh
    if (large := large_scan(step, placed, cache)) is not None:
        scan = large.simplified.value().scan
    elif placed.value().crop is not None:
        scan = cache.step(crop, step, placed).value()
    return replace(scan, mesh=without_strays(scan.mesh)[0]), None


def _surface(
    scan: Task[Scan], placed: Task[Placement], options: ModelOptions, cache: Cache
) -> Task[ReconstructedSurface]:
    return cache.step(surface, cache.step(crop, scan, placed), SurfaceOptions(options.up))


def about(context: ScanContext) -> dict[str, Any]:
    """Return the metadata of every level: the matrix from the scan's coordinates, and the GeoPose."""
    oriented = context.oriented.value()
    matrix = [float(number) for number in np.asarray(oriented.scan_to_model).ravel()]
    return {"matrix": matrix, "geopose": geopose_json(oriented.geopose) if oriented.geopose else None}


def lost_share(context: ScanContext) -> float:
    """Return the share of a scan's surface, 0..1, that reading and cleaning have lost; cropping is no loss.

    The reference that levels are measured against shares what reading does to a scan, not what cleaning does. So both
    are counted: what rounding to float32 changed, measured in double precision on the coordinates of the file; the
    triangles that the file's own float32 has left without an area; and what cleaning dropped.
    """
    fidelity = context.scan.value().mesh.fidelity
    cleaned = context.cleaned.value().findings.lost_share if context.surface is None else 0.0
    return 1 - (1 - fidelity.changed) * (1 - fidelity.collapsed) * (1 - cleaned)


def refuse_loss(scan: Path, context: ScanContext, options: ModelOptions) -> None:
    """Raise ScanError if too much of the surface is lost, unless the options allow it."""
    share = lost_share(context)
    if share <= MOST_LOST or options.allow_loss:
        return
    fidelity = context.scan.value().mesh.fidelity
    figures = {"share": Number(share, ".1%"), "most": Number(MOST_LOST, ".0%")}
    if fidelity.step and fidelity.collapsed >= share / 2:
        cause = message(
            "%(share)s of its surface is lost, and at most %(most)s may be, because its coordinates are float32: near "
            "%(near)s they have steps of %(step)s units, and edges of triangles have %(edge)s",
            **figures,
            near=Number(fidelity.near, ",.0f"),
            step=Number(fidelity.step, ".3g"),
            edge=Number(fidelity.edge, ".3g"),
        )
        cure = message(
            "export it with a local shift of its coordinates or as float64 (double), or build what is left with "
            "--allow-loss"
        )
        raise ScanError(scan, "", cause, cure)
    cause = message("%(share)s of its surface is lost in reading and cleaning; at most %(most)s may be", **figures)
    cure = message("look at it with carreau inspect and export it again, or build what is left with --allow-loss")
    raise ScanError(scan, "", cause, cure)


def loss_warnings(context: ScanContext) -> tuple[Message, ...]:
    """Return the warning about a surface of which more than 1 % is lost, with what cleaning counted."""
    share, findings = lost_share(context), context.cleaned.value().findings
    if share <= NOTABLE_LOSS:
        return ()
    return (
        message(
            "%(share)s of the surface is lost in reading and cleaning (triangles that are not finite: %(non_finite)s, "
            "without area: %(degenerate)s; loose pieces: %(loose)s)",
            share=Number(share, ".1%"),
            non_finite=findings.non_finite,
            degenerate=findings.degenerate,
            loose=findings.loose,
        ),
    )


def refuse_empty(scan: Path, triangles: int) -> None:
    """Raise ScanError if no triangles are left."""
    if not triangles:
        cause = message("no triangles are left after cleaning")
        raise ScanError(scan, "", cause, message("export the scan again with its surface"))


def refuse_odd_size(scan: Path, mesh: Mesh) -> None:
    """Raise ScanError for a mesh without extent, or too large or small for single precision."""
    longest_m = float(bounding_box(mesh.positions, mesh.faces).sides.max())
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


@dataclass(frozen=True)
class Limits:
    """When and how a scan is divided, in triangles.

    most : a scan may have as it is
    tile : most of a tile
    left : about how many of all tiles stay; the largest level has 300,000
    """

    most: int
    tile: int
    left: int


LIMITS = Limits(20_000_000, 2_000_000, 8_000_000)
"""A scan of 5.4 million triangles takes 3.6 GB."""


def large_scan(scan: Task[Scan], placed: Task[Placement], cache: Cache) -> LargeScan | None:
    """Return a scan of more triangles than are worked on at once, simplified; None for any other."""
    placement, total = placed.value(), len(scan.value().mesh.faces)
    if total <= LIMITS.most:
        return None
    cropping: tuple[Message, ...] = ()
    if placement.crop is not None:
        scan = cache.step(crop, scan, placed)
        count = len(scan.value().mesh.faces)
        if count <= LIMITS.most:
            return None
        cropping = (cropping_decision(count, total, placement),)
        total = count
    mesh = scan.part(lambda scan: scan.mesh)
    division = cache.step(divide, mesh, DivideOptions(LIMITS.tile), label="divide")
    labels, share = division.part(lambda division: division.labels), LIMITS.left / total
    tiles = [
        cache.step(simplify_tile, mesh, labels, SimplifyTileOptions(tile, share), label=f"simplify tile {tile + 1}")
        for tile in range(division.value().count)
    ]
    joined = cache.step(join_tiles, scan, labels, in_sequence(tiles), label="join tiles")
    return LargeScan(joined, replace(placement, crop=None), cropping)


REQUESTED = message("read as an authored model, as requested: its nodes, materials and animations are kept")
ANIMATED = message("read as an authored model, because it has animations, skins or morph targets: they are kept")
INSPECTION_NOTE = message(
    "it is animated: `carreau model` keeps its animations and reads it as an authored model, unless given --as scan"
)
ANIMATION_WARNINGS = (NO_ANIMATIONS, NO_SKINS, NO_MORPH_TARGETS)
"""Warnings of the scan reader that do not apply to an authored model."""

_SCAN_OPTIONS = ("epsg", "offset", "height", "crop", "ground")


@dataclass(frozen=True)
class SceneContext:
    """The tasks that all levels of an authored model share.

    scene : the complete scene
    is_one_surface : whether its shapes share their rims, and are simplified together so that no gap opens
    scan : its mesh at rest, from the scan reader
    mesh : of the scan; levels are measured against it
    sighting : renderings of the mesh
    bare : the scene as a plain GLB without textures
    reason : decision to read the file as an authored model
    step_m : of the positions in all levels, a power of two; 0 for one that suits the size of a level
    size : what the scene and the mesh were multiplied by
    solid : what of the mesh one cannot look through, where the poster shows the rest translucent, and all faces flat
    subject : what of the mesh fills the poster; None for all of it
    side : azimuth and elevation of the poster that the file itself has; None for the one that shows most
    """

    scene: Task[Authored]
    scan: Task[Scan]
    mesh: Later[Mesh]
    sighting: Task[Sighting]
    bare: Task[bytes]
    reason: Message
    is_one_surface: bool = False
    step_m: float = 0.0
    size: ModelSize = AS_IN_FILE
    solid: Later[Mesh] | None = None
    subject: Later[Mesh] | None = None
    side: Later[tuple[float, float] | None] | None = None


def is_authored(files: InputFiles, options: ModelOptions, cache: Cache) -> bool:
    """Return whether a file is built as an authored model: if requested, else if it is an animated glTF.

    Raises OptionError if this was requested for another format, or with options that apply to scans only.
    """
    path = files.path
    is_gltf = path.is_file() and _is_gltf(path)
    if options.taken_as == "authored" and not is_gltf:
        raise OptionError(
            message(
                "--as authored: '%(file)s' is neither GLB nor glTF; export it as one of them, or use --as scan",
                file=path.name,
            )
        )
    if not is_gltf or options.taken_as == "scan":
        return False
    authored = options.taken_as == "authored" or bool(cache.file_fact(path, "moves", is_animated))
    if authored:
        _refuse_options(options, path)
    return authored


def with_animation_note(inspection: AnyInspection, path: Path, cache: Cache) -> AnyInspection:
    """Return an inspection whose warnings say that the animations of a glTF are kept."""
    if not path.is_file() or not _is_gltf(path) or not cache.file_fact(path, "moves", is_animated):
        return inspection
    others = [text for text in inspection.warnings if text not in ANIMATION_WARNINGS]
    return replace(inspection, warnings=(INSPECTION_NOTE, *others))


def _is_gltf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"glTF" or path.suffix.lower() in list_suffixes("gltf")


def _refuse_options(options: ModelOptions, path: Path) -> None:
    given = [name for name in _SCAN_OPTIONS if getattr(options, name) not in ("", None)]
    given += [name for name, own in (("unit", "m"), ("up", "y")) if getattr(options, name) not in (AUTO, own)]
    if given:
        raise OptionError(
            message(
                "%(option)s: '%(file)s' is read as an authored model, whose unit, axes and origin are fixed; remove "
                "the option, or add --as scan",
                option=f"--{given[0]}",
                file=path.name,
            )
        )


def read_scene_context(files: InputFiles, options: ModelOptions, cache: Cache) -> SceneContext:
    """Return the shared tasks of an authored file; nothing runs yet, unless notes beside the file state its size."""
    scene = cache.step(read_authored, files, options.variant, label="read authored")
    scan = read_scan_task(files, cache, options.variant)
    reason = REQUESTED if options.taken_as == "authored" else ANIMATED
    if not own_notes(files.path).is_file():
        return create_scene_context(scene, scan, reason, cache)
    size = cache.step(stated_size, place_files(files.path, cache), scan, label="size").value()
    if size.factor != 1:
        scene = cache.step(sized_scene, scene, size.factor, label="size authored")
        scan = cache.step(sized_scan, scan, size.factor, label="size scan")
    return replace(create_scene_context(scene, scan, reason, cache), size=size)


def create_scene_context(scene: Task[Authored], scan: Task[Scan], reason: Message, cache: Cache) -> SceneContext:
    """Return the tasks that follow from a scene and its mesh at rest."""
    mesh = scan.part(lambda scan: scan.mesh)
    return SceneContext(
        scene=scene,
        scan=scan,
        mesh=mesh,
        sighting=cache.step(sight, mesh, label="sight scan"),
        bare=cache.step(pack_bare, scene, label="pack bare"),
        reason=reason,
    )


def refuse_invalid(context: SceneContext, files: InputFiles, cache: Cache) -> None:
    """Check the scene with the Khronos validator before anything is built from it.

    Raises ScanError for an invalid file.
    """
    try:
        cache.step(check_plain, context.bare, files.path.name, label="check authored").value()
    except ValidationError as error:
        cure = message("export the model again from its original program")
        raise ScanError(files.path, "", error.message, cure) from error
