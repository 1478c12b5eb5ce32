"""Orientation of a scan: upright, in metres, on the ground, and georeferenced if its location is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from carreau.base.errors import OptionError
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import Cloud, DoubleArray, FloatArray, GeoPose, Mesh, Scan
from carreau.base.options import UNITS_M
from carreau.formats.location.crs import CrsError, normal_crs
from carreau.geometry.location.georeference import GEOCENTRIC, Grid, OutsideError, file_axes, looks_geocentric, on_earth
from carreau.geometry.location.ground_plane import TO_Y_UP, crop_mesh, cropped_cloud, move_mesh, stand_upright
from carreau.geometry.location.placement import (
    NO_PLACEMENT,
    Placement,
    guess_unit,
    placement_messages,
    source_message,
    to_real_length,
    unit_message,
    unit_warning,
)
from carreau.geometry.location.stated_up import contradiction, contradiction_warning
from carreau.geometry.location.up_axis import (
    UP_DIRECTIONS,
    LikelyUp,
    UpCandidate,
    likely_up,
    projected_up,
    weak_up_warning,
)
from carreau.geometry.mesh_parts import without_strays
from carreau.geometry.triangles import transform, transform_points

__all__ = ["TO_Y_UP", "OrientOptions", "Oriented", "crop", "orient"]


@dataclass(frozen=True)
class OrientOptions:
    """What the scan's axes and numbers mean; each goes before what a placement says.

    unit : "auto" (from the file, else 1 unit = 1 m), or a key of `UNITS_M`: mm, cm, dm, m, in, ft, km
    up : "auto" (from the file, else a certain guess, else y), or x, y, z, -x, -y, -z
    """

    unit: str = "auto"
    up: str = "auto"

    def __post_init__(self) -> None:
        """Refuse what is neither."""
        if self.unit not in ("auto", *UNITS_M):
            raise OptionError(
                message("unknown unit '%(unit)s'; use auto, %(units)s", unit=self.unit, units=tuple(UNITS_M))
            )
        if self.up not in ("auto", *UP_DIRECTIONS):
            raise OptionError(
                message("unknown up axis '%(up)s'; use auto, %(axes)s", up=self.up, axes=tuple(UP_DIRECTIONS))
            )


@dataclass(frozen=True, eq=False)
class Oriented:
    """A scan in metres with Y up, standing on y = 0 with x = z = 0 in the middle of its ground plan.

    mesh : positions about (0, 0, 0) of the model; its `origin` is zero
    scan_to_model : (4, 4) float64, takes a place in the scan's own coordinates, as a column, to the model's
    up : the axis of the scan that is up now
    up_sure : whether it is stated, or guessed on strong evidence, and nothing contradicts it
    up_candidates : where it is not sure, the directions that may be up, the most likely first
    unit_m : the metres that one unit of the scan became
    unit_known : whether the unit is stated and plausible; otherwise lengths are in scan units
    likely_unit : what the unit probably is, a key of `UNITS_M`, or None
    decisions, warnings : one message each, for the report
    geopose : where the model's origin stands on the Earth; x is east then, y up and -z north; None when nobody says
    matrix_error_m : most that `scan_to_model` is beside the truth: over 160 m, the Earth's curve is no matrix
    placement : the stated values, with their sources
    """

    mesh: Mesh
    scan_to_model: DoubleArray
    up: str
    unit_m: float
    unit_known: bool
    likely_unit: str | None
    decisions: tuple[Message, ...]
    warnings: tuple[Message, ...] = ()
    geopose: GeoPose | None = None
    matrix_error_m: float = 0.0
    placement: Placement = NO_PLACEMENT
    up_sure: bool = True
    up_candidates: tuple[UpCandidate, ...] = ()


@dataclass(frozen=True)
class _Unit:
    """The metres in a unit, whether they are certain, and the report's messages about them."""

    metres: float
    known: bool
    likely: str | None
    decision: Message
    warnings: tuple[Message, ...] = ()


def crop(scan: Scan, placement: Placement) -> Scan:
    """Return the scan without what lies outside the crop box, triangles and points alike.

    Raises ScanError or OptionError, depending on the source of the box, if no triangle is left.
    """
    if placement.crop is None:
        return scan
    mesh = crop_mesh(scan.mesh, placement.crop) if len(scan.mesh.faces) else scan.mesh
    cloud = None if scan.cloud is None else cropped_cloud(scan.cloud, placement.crop)
    if not len(mesh.faces) and (cloud is None or not len(cloud.positions)):
        cause = message("no part of the scan lies in the crop box")
        raise placement.error_about("crop", cause, message("give the box in the coordinates of the file"))
    return replace(scan, mesh=mesh, cloud=cloud)


def cropping_decision(left: int, total: int, placement: Placement) -> Message:
    """Return how many triangles the crop box has left."""
    return message(
        "cropped to %(kept)s of %(total)s triangles with the crop box of %(source)s",
        kept=left,
        total=total,
        source=placement.sources["crop"],
    )


def orient(scan: Scan, options: OrientOptions = OrientOptions(), placement: Placement = NO_PLACEMENT) -> Oriented:
    """Return the scan's mesh upright, in metres, on the ground; cropped first, and without stray triangles.

    A guess never scales a scan: without a unit, or with an implausible one, it stays at 1 unit = 1 m or at the stated
    unit, and a warning names the likely unit. A guess turns a scan only on evidence other than convention.
    Raises ScanError or OptionError for a stated placement that is impossible.
    """
    total = len(scan.mesh.faces)
    scan = crop(scan, placement)
    decisions = list(placement.decisions)
    if placement.crop is not None:
        decisions.append(cropping_decision(len(scan.mesh.faces), total, placement))
    mesh, strays = without_strays(scan.mesh)
    scan = replace(scan, mesh=mesh)
    placement = _merge(scan, options, placement)
    try:
        oriented = _with_or_without_offset(scan, placement)
    except OutsideError as error:
        if "crs" in placement.set_by_person:
            cure = message("give the offset of the scan's coordinates with --offset, or as offset in scan.toml")
            raise placement.error_about("crs", error.args[0], cure) from error
        warning = message(
            "the scan is not georeferenced: according to %(source)s, %(reason)s; give its offset in scan.toml",
            source=placement.sources["crs"],
            reason=error.args[0],
        )
        oriented = _local(scan, replace(placement, crs="", warnings=(*placement.warnings, warning)))
    warnings = (*oriented.warnings, *((_stray_warning(strays),) if strays else ()))
    return replace(oriented, decisions=(*oriented.decisions, *decisions), warnings=warnings, placement=placement)


def _stray_warning(count: int) -> Message:
    return plural_message(
        "%(count)s stray triangle dropped: it reaches far beyond the scan",
        "%(count)s stray triangles dropped: they reach far beyond the scan",
        count,
    )


def _merge(scan: Scan, options: OrientOptions, placement: Placement) -> Placement:
    """Return a placement with the options first, then its own values, then those of the scan file."""
    sources = dict(placement.sources)
    merged = placement
    for name in ("unit", "up"):
        value = getattr(options, name)
        if value != "auto":
            merged, sources[name] = replace(merged, **{name: value}), ""
    if scan.facts.crs and not merged.crs and len(scan.mesh.faces):
        try:
            merged = replace(merged, crs=normal_crs(scan.facts.crs))
            sources["crs"] = scan.facts.format
        except CrsError as error:
            warning = message(
                "the coordinate system in the %(format)s file is ignored: %(reason)s",
                format=scan.facts.format,
                reason=error.args[0],
            )
            merged = replace(merged, warnings=(*merged.warnings, warning))
    return replace(merged, sources=sources)


def _with_or_without_offset(scan: Scan, placement: Placement) -> Oriented:
    """Return the scan at its place; what a sidecar would add is left out where that alone brings it into its system.

    Raises OutsideError.
    """
    try:
        return _geographic(scan, placement)
    except OutsideError:
        if placement.offset is None or "offset" in placement.set_by_person:
            raise
        try:
            oriented = _geographic(scan, replace(placement, offset=None))
        except OutsideError:
            pass
        else:
            decision = message(
                "the offset of %(source)s is ignored: the coordinates are complete without it",
                source=placement.sources["offset"],
            )
            return replace(oriented, decisions=(*oriented.decisions, decision))
        raise


def _geographic(scan: Scan, placement: Placement) -> Oriented:
    """Return the scan at its place on the Earth, or upright when nobody says where that is."""
    if not placement.crs or not len(scan.mesh.faces):
        return _local(scan, placement)
    grid = Grid(placement.crs)
    if "crs" not in placement.set_by_person and not grid.is_geocentric and looks_geocentric(scan.mesh):
        placement = replace(
            placement,
            crs=GEOCENTRIC,
            sources={**placement.sources, "crs": message("the distance of its coordinates from the origin")},
        )
        grid = Grid(GEOCENTRIC)
    up, reason = _up_on_earth(scan, placement, grid)
    unit = UNITS_M[placement.unit] if placement.unit else _file_unit(scan, grid)
    axes = file_axes(grid, up, unit, np.array(placement.offset or (0.0, 0.0, 0.0)))
    location = on_earth(scan.mesh, grid, axes, placement.ground)
    motion, scaled = to_real_length(scan.mesh, location.motion, placement)
    decisions = (reason, unit_message(placement, unit, grid), *placement_messages(placement, grid, location), *scaled)
    metres = unit or grid.unit_m or abs(grid.height_unit_m)
    name = next((name for name, size in UNITS_M.items() if size == metres), None)
    beside = location.local.residual_m if location.motion.exact is not None else 0.0
    return Oriented(
        move_mesh(scan.mesh, motion),
        motion.matrix,
        up,
        metres,
        True,
        name,
        decisions,
        placement.warnings,
        location.pose,
        beside,
    )


def _up_on_earth(scan: Scan, placement: Placement, grid: Grid) -> tuple[str, Message]:
    if grid.is_geocentric:
        return "z", message("up is away from the centre of the Earth: the coordinates are geocentric")
    if placement.up:
        return placement.up, _up_message(placement.up, source_message(placement.sources["up"]))
    if scan.facts.up:
        return scan.facts.up, _up_message(scan.facts.up, source_message(scan.facts.format))
    up = (projected_up(scan.mesh) if placement.offset is None else None) or "z"
    return up, _up_message(up, message("the coordinates are eastings, northings and heights"))


def _up_message(axis: str, reason: Message) -> Message:
    return message("%(axis)s is up: %(reason)s", axis=axis, reason=reason)


def _file_unit(scan: Scan, grid: Grid) -> float | None:
    """Return the metres in the file's unit where its format fixes it and its system counts in another, else None."""
    stated = scan.facts.unit_m
    return stated if stated and grid.unit_m and scan.facts.format in ("GLB", "glTF", "E57") else None


def _local(scan: Scan, placement: Placement) -> Oriented:
    """Return the scan upright, wherever on the Earth it is."""
    up, doubts = _choose_up(scan, placement)
    unit = _choose_unit(scan, placement)
    motion, turned = stand_upright(scan.mesh, up.up, unit.metres, placement.ground)
    axis = turned.up or up.up
    motion, scaled = to_real_length(scan.mesh, motion, placement)
    decisions: list[Message] = [_up_message(axis, turned.reason or up.reason), unit.decision]
    is_sure = up.confident or turned.up is not None
    warnings = [*unit.warnings, *(() if is_sure else doubts), *placement.warnings, *turned.warnings]
    if placement.offset is not None and not placement.crs:
        warnings.append(
            message(
                "the offset of %(source)s is ignored: its coordinate system is unknown; give it with --epsg",
                source=placement.sources["offset"],
            )
        )
    # A known length measures the unit itself: what was guessed about it, with its warnings, no longer applies.
    if scaled:
        metres = float(np.cbrt(np.linalg.det(motion.linear)))
        near = next((name for name, size in UNITS_M.items() if abs(size - metres) < 0.02 * metres), None)
        unit, decisions[1:] = replace(unit, metres=metres, known=True, likely=near), scaled
        warnings = warnings[len(unit.warnings) :]
    decisions += [*up.cameras, *turned.decisions]
    mesh = move_mesh(scan.mesh, motion)
    return Oriented(
        mesh,
        motion.matrix,
        axis,
        unit.metres,
        unit.known,
        unit.likely,
        tuple(decisions),
        tuple(warnings),
        up_sure=is_sure,
        up_candidates=() if is_sure else up.candidates,
    )


def _choose_up(scan: Scan, placement: Placement) -> tuple[LikelyUp, tuple[Message, ...]]:
    """Return the up axis, and the warnings about it; it is stated, or guessed."""
    if placement.up:
        return LikelyUp(placement.up, True, source_message(placement.sources["up"])), ()
    stated = scan.facts.up
    if stated is None:
        guess = likely_up(scan.mesh, placement.cameras)
        warning = weak_up_warning(guess)
        return guess, () if warning is None else (warning,)
    reason = source_message(scan.facts.format)
    unit_m = UNITS_M[placement.unit] if placement.unit else scan.facts.unit_m
    doubt = contradiction(scan.mesh, stated, placement.cameras, unit_m) if len(scan.mesh.faces) else None
    if doubt is None:
        return LikelyUp(stated, True, reason), ()
    warning = contradiction_warning(stated, scan.facts.format, doubt)
    return LikelyUp(stated, False, reason, doubt.candidates, doubt.cameras), (warning,)


def _choose_unit(scan: Scan, placement: Placement) -> _Unit:
    """Return metres per unit, whether that is known, and the decision."""
    facts = scan.facts
    guess = guess_unit(scan.mesh, facts.unit_m, facts.format)
    warning = unit_warning(guess, facts.unit_m)
    warnings = () if warning is None else (warning,)
    if placement.unit:
        decision = message(
            "1 unit is 1 %(unit)s: %(reason)s", unit=placement.unit, reason=source_message(placement.sources["unit"])
        )
        return _Unit(UNITS_M[placement.unit], True, placement.unit, decision)
    if facts.unit_m is None:
        decision = message("1 unit is taken as 1 m: the file does not state its unit")
        return _Unit(1.0, False, guess.unit, decision, warnings)
    size = Number(facts.unit_m, "g")
    if not guess.plausible:
        decision = message(
            "1 unit is %(size)s m: %(reason)s, although this is implausible",
            size=size,
            reason=source_message(facts.format),
        )
        return _Unit(facts.unit_m, False, guess.unit, decision, warnings)
    decision = message("1 unit is %(size)s m: %(reason)s", size=size, reason=source_message(facts.format))
    return _Unit(facts.unit_m, True, guess.unit, decision)


def apply_transform(mesh: Mesh, scan_to_model: DoubleArray) -> Mesh:
    """Return a mesh of the scan's own coordinates in the model's, about (0, 0, 0).

    scan_to_model : (4, 4) float64, what `orient` says of the surface
    """
    moved = transform(mesh, scan_to_model)
    return replace(moved, positions=_about_zero(moved.positions, moved.origin), origin=np.zeros(3))


def apply_transform_to_cloud(cloud: Cloud, scan_to_model: DoubleArray) -> Cloud:
    """Return a cloud with its stations and normals in the model's coordinates, about (0, 0, 0)."""
    linear = np.asarray(scan_to_model, np.float64)[:3, :3]
    origin = transform_points(cloud.origin[None], scan_to_model)[0]
    normals = cloud.normals
    if normals is not None:
        turned = normals.astype(np.float64) @ np.linalg.inv(linear)
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        normals = (turned / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return replace(
        cloud,
        positions=_about_zero(cloud.positions.astype(np.float64) @ linear.T, origin),
        stations=_about_zero(cloud.stations.astype(np.float64) @ linear.T, origin),
        normals=normals,
        voxel=cloud.voxel * float(np.cbrt(abs(np.linalg.det(linear)))),
        origin=np.zeros(3),
    )


def _about_zero(positions: FloatArray | DoubleArray, origin: DoubleArray) -> FloatArray:
    return (positions.astype(np.float64) + origin).astype(np.float32)
