"""The placement of a scan, merged from all sources that state it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from carreau.base.errors import CarreauError, OptionError, ScanError
from carreau.base.messages import Message, message
from carreau.formats.location.cameras import NO_CAMERAS, CamerasBeside
from carreau.formats.location.metadata import NOT_LOCATED, PlacementMetadata, Triple

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
