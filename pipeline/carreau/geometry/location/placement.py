"""The placement of a scan, merged from all sources that state it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from carreau.base.errors import CarreauError, OptionError, ScanError
from carreau.base.messages import Message, Number, message
from carreau.formats.location.cameras import NO_CAMERAS, CamerasBeside
from carreau.formats.location.metadata import NOT_LOCATED, PlacementMetadata, Triple
from carreau.geometry.location.georeference import ELLIPSOID, LINEAR_M, Grid, OnEarth

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
