"""The placement of a scan, merged from all sources that state it, and its likely unit where none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from carreau.base.errors import CarreauError, OptionError, ScanError
from carreau.base.messages import Message, Number, message
from carreau.base.model import Mesh
from carreau.base.options import UNITS_M
from carreau.formats.location.crs import NOT_LOCATED, PlacementMetadata, Triple
from carreau.formats.location.poses import NO_CAMERAS, CamerasBeside
from carreau.geometry.location.georeference import ELLIPSOID, LINEAR_M, Grid, OnEarth
from carreau.geometry.location.ground_plane import Motion, move_mesh
from carreau.geometry.location.land import find_land, is_slab
from carreau.geometry.location.up_axis import projected_up
from carreau.geometry.mesh_parts import find_body

KEYS = {"crs": "epsg", "height_m": "height"}
"""Keys of fields in scan.toml, if different from the field's name."""


@dataclass(frozen=True)
class Placement:
    """The location, orientation and size of a scan, with the source of each value; file and guesses come after them.

    unit, up, crs, offset, height_m, height_between, crop, ground : as in `PlacementMetadata`
    sources : source of each value, by the field's name
    set_by_person : fields set by a person, with an option or in scan.toml
    decisions, warnings : one sentence each, for the report
    cameras : of the photographs, from files beside the scan; evidence for a guess of `up`
    """

    unit: str | None = None
    up: str | None = None
    crs: str = ""
    offset: Triple | None = None
    height_m: float | None = None
    height_between: tuple[Triple, Triple] | None = None
    crop: tuple[Triple, Triple] | None = None
    ground: tuple[float, ...] | None = None
    sources: dict[str, str] = field(default_factory=dict)
    set_by_person: tuple[str, ...] = ()
    decisions: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    cameras: CamerasBeside = NO_CAMERAS

    def error_about(self, name: str, cause: Message, cure: Message) -> CarreauError:
        """Return the error about a field, which names its source."""
        source = self.sources.get(name, "scan")
        if source.startswith("--"):
            return OptionError(message("%(option)s: %(cause)s; %(cure)s", option=source, cause=cause, cure=cure))
        return ScanError(source, KEYS.get(name, name), cause, cure)


NO_PLACEMENT = Placement()
"""The placement without any source."""

FIELDS = ("unit", "up", "crs", "height_m", "crop", "ground")
"""Fields merged independently; an offset belongs to its system, two points to their height."""


def merge_placements(metadata: Sequence[PlacementMetadata], by_person: int = 0) -> Placement:
    """Return, for each field, the value of the first source that states it.

    An offset counts only for the coordinate system of its source, or if its source has none.
    by_person : number of sources, from the first, that come from a person
    """
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    from_person: list[str] = []
    for name in FIELDS:
        source = next((each for each in metadata if getattr(each, name) not in (None, "")), None)
        if source is not None:
            values[name], sources[name] = getattr(source, name), source.source
            if name == "height_m":
                values["height_between"] = source.height_between
            if any(source is each for each in metadata[:by_person]):
                from_person.append(name)
    offset, decisions = _offset(metadata, str(values.get("crs", "")))
    if offset is not None:
        values["offset"], sources["offset"] = offset.offset, offset.source
        from_person += ["offset"] if any(offset is each for each in metadata[:by_person]) else []
    warnings = tuple(warning for each in metadata for warning in each.warnings)
    if "crs" in from_person or "offset" in from_person:  # a person stated what the sidecar could not
        warnings = tuple(warning for warning in warnings if warning.msgid != NOT_LOCATED)
    return Placement(
        **values,  # type: ignore[arg-type]
        sources=sources,
        set_by_person=tuple(from_person),
        decisions=decisions,
        warnings=warnings,
    )


def _offset(metadata: Sequence[PlacementMetadata], crs: str) -> tuple[PlacementMetadata | None, tuple[Message, ...]]:
    decisions: list[Message] = []
    for each in metadata:
        if each.offset is None:
            continue
        if not each.crs or not crs or each.crs == crs:
            return each, tuple(decisions)
        decisions.append(
            message(
                "the offset of %(source)s is ignored: it belongs to %(own)s, not to %(crs)s",
                source=each.source,
                own=each.crs[:40],
                crs=crs[:40],
            )
        )
    return None, tuple(decisions)


def source_message(source: str) -> Message:
    """Return the clause that names a source; for an option without a source, that it was requested."""
    return message("according to %(source)s", source=source) if source else message("as requested")


def unit_message(placement: Placement, unit_m: float | None, grid: Grid) -> Message:
    """Return the message about the unit, with its source.

    unit_m : metres in the file's unit, None for the unit of the coordinate system
    """
    if placement.unit:
        return message(
            "1 unit is 1 %(unit)s: %(reason)s", unit=placement.unit, reason=source_message(placement.sources["unit"])
        )
    if unit_m is not None:
        return message("1 unit is %(size)s m: defined by the format", size=Number(unit_m, "g"))
    if grid.unit_m is None:
        return message("1 unit is 1 degree (1 m for heights): its coordinates are longitudes and latitudes")
    return message("1 unit is %(size)s m: defined by its coordinate system", size=Number(grid.unit_m, "g"))


def placement_messages(placement: Placement, grid: Grid, on_earth: OnEarth) -> tuple[Message, ...]:
    """Return the messages about the coordinate system, the offset, the origin, the corrections and the error."""
    reason = source_message(placement.sources["crs"])
    messages = [message("its coordinate system is %(system)s: %(reason)s", system=grid.title, reason=reason)]
    if placement.offset is not None:
        numbers = tuple(f"{number:.12g}" for number in placement.offset)
        reason = source_message(placement.sources["offset"])
        messages.append(
            message("offset added to its coordinates: %(offset)s (%(reason)s)", offset=numbers, reason=reason)
        )
    messages.append(_origin_words(grid, on_earth))
    if grid.unit_m is not None and not grid.is_geocentric and grid.anchor is None:
        messages.append(
            message(
                "the grid convergence, %(angle)s°, and the projection's scale factor, %(scale)s, are removed",
                angle=Number(float(np.degrees(on_earth.local.convergence)), ".4f"),
                scale=Number(grid.unit_m / on_earth.local.scale, ".6f"),
            )
        )
    messages.append(_error_words(on_earth))
    return tuple(messages)


def _error_words(on_earth: OnEarth) -> Message:
    residual = on_earth.local.residual_m * 1000
    if on_earth.motion.exact is not None:
        return message(
            "each vertex is transformed individually, because one matrix would be off by %(error)s mm",
            error=Number(residual, ",.1f"),
        )
    return message(
        "one matrix transforms all vertices; its error is at most %(error)s mm (limit: %(limit)s mm)",
        error=Number(residual, ".2f"),
        limit=Number(LINEAR_M * 1000, "g"),
    )


def _origin_words(grid: Grid, on_earth: OnEarth) -> Message:
    lat, lon = f"{on_earth.pose.lat:.8f}", f"{on_earth.pose.lon:.8f}"
    height = Number(on_earth.pose.height, ".3f")
    if grid.height_above == ELLIPSOID:
        return message(
            "the model's origin is at %(lat)s, %(lon)s (WGS 84 latitude, longitude), %(height)s m above the ellipsoid",
            lat=lat,
            lon=lon,
            height=height,
        )
    return message(
        "the model's origin is at %(lat)s, %(lon)s (WGS 84 latitude, longitude), %(height)s m above %(datum)s, "
        "as given; no geoid model is applied",
        lat=lat,
        lon=lon,
        height=height,
        datum=grid.height_above,
    )


LARGEST_M = 500.0
"""Greatest length of an object in metres, as opposed to land; whole pit heads are shorter."""

LARGEST_LAND_M = 50_000.0
"""Greatest length of land in metres, about that of a map sheet or of a whole coalfield."""

SMALLEST_M = 0.02
"""Least length of a scan in metres, the lower end of close-range photogrammetry."""

_TILE_STEP = 100.0
"""Sides of tiles are multiples of it in metres, as agencies and programs cut them."""

_TILE_TOLERANCE = 0.005


@dataclass(frozen=True)
class LikelyUnit:
    """The likely unit of a scan.

    unit : a key of `UNITS_M`, or None if no unit fits
    plausible : whether the unit in the file, if any, is plausible
    reason : a clause for a sentence
    longest : side of the scan in its own unit, where nothing but this length tells the unit; else None
    """

    unit: str | None
    plausible: bool
    reason: Message
    longest: float | None = None


def likely_unit(
    longest: float,
    unit_m: float | None,
    format_name: str = "",
    projected: bool = False,
    land: tuple[float, float] | None = None,
    wide_and_low: bool = False,
) -> LikelyUnit:
    """Return the likely unit, from the longest side of the scan in its own unit and the unit in the file.

    It is for messages only: no scan is scaled by a guess.

    land : sides of the footprint of a scan that may be land, see `footprint_of_land`
    wide_and_low : whether it may be land in blocks with a surface all round, see `is_slab`

    >>> likely_unit(2118.9, 1.0, "GLB").unit
    'mm'
    >>> likely_unit(1000.0, None, "OBJ", land=(1000.0, 1000.0)).unit
    'm'
    """
    if projected:
        return LikelyUnit("m", True, message("its coordinates look like eastings and northings, which are in metres"))
    if land is not None and LARGEST_M < longest * (unit_m or 1.0) <= LARGEST_LAND_M:
        return _of_land(longest, unit_m, format_name, land)
    if unit_m is not None:
        stated = _state_unit(longest, unit_m, format_name)
        return replace(stated, unit=None) if wide_and_low and not stated.plausible else stated
    if wide_and_low and LARGEST_M < longest <= LARGEST_LAND_M:
        return LikelyUnit(None, True, _land_or_relief(longest))
    if longest > LARGEST_M:
        unit = "mm" if longest * UNITS_M["mm"] <= LARGEST_M else None
        length = Number(longest, ",.0f")
        return LikelyUnit(
            unit, True, message("its longest side, %(length)s, would be too long in metres", length=length)
        )
    if longest < SMALLEST_M:
        length = Number(longest, ".3g")
        return LikelyUnit(None, True, message("its longest side, %(length)s, fits no common unit", length=length))
    if format_name == "STL" and longest > 10:
        return LikelyUnit("mm", True, message("STL files are usually in millimetres"))
    typical = message(
        "its longest side, %(length)s, is typical in metres, but the scale may differ", length=Number(longest, ".3g")
    )
    return LikelyUnit("m", True, typical, longest)


def unit_warning(guess: LikelyUnit, unit_m: float | None) -> Message | None:
    """Return the warning about a unit that the file does not state, or states implausibly; None if it is plausible.

    unit_m : metres in the file's unit, None where the file states none
    """
    parts = {"reason": guess.reason, "unit": guess.unit or "", "option": f"--unit {guess.unit}"}
    if guess.unit in (None, "m"):
        parts["option"] = "--unit"
    if unit_m is not None and guess.plausible:
        return None
    if unit_m is not None and guess.unit:
        return message(
            "%(reason)s; the unit is probably %(unit)s; the size is left unchanged, correct it with %(option)s", **parts
        )
    if unit_m is not None:
        return message("%(reason)s; the size is left unchanged, correct it with %(option)s", **parts)
    if guess.longest is not None:
        return _size_question(guess.longest)
    if parts["option"] == "--unit":
        return message(
            "the scan does not state its unit, and 1 unit is taken as 1 m (%(reason)s); set it with %(option)s",
            **parts,
        )
    return message(
        "the scan does not state its unit, and 1 unit is taken as 1 m; it is probably %(unit)s (%(reason)s); set it "
        "with %(option)s",
        **parts,
    )


def _size_question(longest: float) -> Message:
    """Return the warning about a scan that would be of a usual size in several units, with the option for each."""
    parts: dict[str, str | Number] = {unit: f"--unit {unit}" for unit in ("m", "cm", "mm")}
    parts["length"] = Number(longest, ",.3g")
    if longest * UNITS_M["mm"] >= SMALLEST_M:
        return message(
            "the scan does not state its unit: 1 unit is taken as 1 m, so it becomes %(length)s m long; build it with "
            "%(mm)s if it is %(length)s mm long, with %(cm)s if %(length)s cm, and with %(m)s if metres are right",
            **parts,
        )
    if longest * UNITS_M["cm"] >= SMALLEST_M:
        return message(
            "the scan does not state its unit: 1 unit is taken as 1 m, so it becomes %(length)s m long; build it with "
            "%(cm)s if it is %(length)s cm long, and with %(m)s if metres are right",
            **parts,
        )
    return message(
        "the scan does not state its unit: 1 unit is taken as 1 m, so it becomes %(length)s m long; build it with "
        "%(m)s if that is right, else with another --unit",
        **parts,
    )


def guess_unit(mesh: Mesh, unit_m: float | None, format_name: str) -> LikelyUnit:
    """Return the likely unit of a mesh; see `likely_unit`.

    unit_m : metres in the file's unit, None where the file states none
    """
    sides = find_body(mesh).sides
    longest = float(sides.max())
    is_long = longest * (unit_m or 1.0) > LARGEST_M
    projected = (unit_m is None or (unit_m == 1.0 and is_long)) and projected_up(mesh) is not None
    land = find_land(mesh) if is_long else None
    footprint = None if land is None else (land.width, land.length)
    return likely_unit(longest, unit_m, format_name, projected, footprint, is_slab(sides))


def _of_land(longest: float, unit_m: float | None, format_name: str, land: tuple[float, float]) -> LikelyUnit:
    """Return the unit of a scan that is too long in metres for an object, but not for land."""
    length = Number(longest, ",.0f")
    if unit_m is not None:
        name = next((name for name, size in UNITS_M.items() if size == unit_m), None)
        return LikelyUnit(name, True, message("according to %(source)s", source=format_name or message("the file")))
    width, depth = land
    tiles = round(depth / _TILE_STEP) * _TILE_STEP
    if abs(width - depth) <= _TILE_TOLERANCE * depth and abs(depth - tiles) <= _TILE_TOLERANCE * depth:
        reason = message("it is a square of land with sides of %(length)s, as tiles in metres have", length=length)
        return LikelyUnit("m", True, reason)
    return LikelyUnit(None, True, _land_or_relief(longest))


def _land_or_relief(longest: float) -> Message:
    return message(
        "its longest side is %(length)s, and it is wide and low, as land in metres is, or a relief in millimetres",
        length=Number(longest, ",.0f"),
    )


def _state_unit(longest: float, unit_m: float, format_name: str) -> LikelyUnit:
    length = longest * unit_m
    name = next((name for name, size in UNITS_M.items() if size == unit_m), None)
    if length <= LARGEST_M:
        return LikelyUnit(name, True, message("according to %(source)s", source=format_name or message("the file")))
    smaller = [(unit, UNITS_M[unit]) for unit in ("mm", "cm") if UNITS_M[unit] < unit_m]
    fitting = [unit for unit, size in smaller if SMALLEST_M <= longest * size <= LARGEST_M / 10]
    reason = message(
        "according to %(source)s the unit is %(unit)s, which would make the scan %(length)s m long",
        source=format_name or message("the file"),
        unit=name or message("%(size)s m", size=Number(unit_m, "g")),
        length=Number(length, ",.0f"),
    )
    return LikelyUnit(fitting[0] if fitting else None, False, reason)


def to_real_length(mesh: Mesh, motion: Motion, placement: Placement) -> tuple[Motion, list[Message]]:
    """Return the motion to the size that was measured, and the decision about it.

    Raises ScanError or OptionError when the scan has no length there.
    """
    if placement.height_m is None:
        return motion, []
    if placement.height_between is not None:
        ends = motion.place(np.array(placement.height_between))
        length = float(np.linalg.norm(ends[1] - ends[0]))
    else:
        length = float(find_body(move_mesh(mesh, motion)).sides[1])
    if not (np.isfinite(length) and length > 0):
        cause = message("the corresponding length of the scan is %(length)s", length=Number(length, "g"))
        raise placement.error_about("height_m", cause, message("measure a length greater than zero"))
    factor = placement.height_m / length
    size, times, reason = (
        Number(placement.height_m, "g"),
        Number(factor, ".6g"),
        source_message(placement.sources["height_m"]),
    )
    if placement.height_between is not None:
        decision = message(
            "scaled by %(factor)s to %(size)s m between two points: %(reason)s", factor=times, size=size, reason=reason
        )
    else:
        decision = message(
            "scaled by %(factor)s to %(size)s m high: %(reason)s", factor=times, size=size, reason=reason
        )
    return motion.scale(factor), [decision]
