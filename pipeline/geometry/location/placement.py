"""Choose, among what several sources say of a scan's place, what counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.errors import CarreauError, OptionError, ScanError
from pipeline.formats.location.metadata import NOT_LOCATED, PlacementMetadata, Triple
from pipeline.messages import Message, message

KEYS = {"crs": "epsg", "height_m": "height"}
"""What fields are called in scan.toml, where that is not their own name."""


@dataclass(frozen=True)
class Placement:
    """What was said of a scan's place and size, and by whom; the file itself and guesses come after it.

    unit, up, crs, offset, height_m, height_between, crop, ground : as in `Said`
    sources : who said each, by the field's name
    is_asked : which of these a person said, by an option or in scan.toml, by the field's name
    decisions, warnings : one sentence each, for the report
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
    is_asked: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def refusal(self, name: str, cause: str, cure: str) -> CarreauError:
        """Return the error that says what is wrong with a field, and where it was said."""
        source = self.sources.get(name, "scan")
        if source.startswith("--"):
            return OptionError(message("%(option)s: %(cause)s; %(cure)s", option=source, cause=cause, cure=cure))
        return ScanError(source, KEYS.get(name, name), cause, cure)


NOTHING_SAID = Placement()
"""Where nobody says anything."""

FIELDS = ("unit", "up", "crs", "height_m", "crop", "ground")
"""What is chosen alone; an offset belongs to its system, and the two ends of a length to the length."""


def chosen(said: Sequence[PlacementMetadata], asked: int = 0) -> Placement:
    """Return, for each field, what the first source that says it says.

    An offset counts only for the coordinate system that its source names, or where its source names none.
    asked : how many of the sources, from the first, are a person's
    """
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    by_person: list[str] = []
    for name in FIELDS:
        teller = next((each for each in said if getattr(each, name) not in (None, "")), None)
        if teller is not None:
            values[name], sources[name] = getattr(teller, name), teller.source
            if name == "height_m":
                values["height_between"] = teller.height_between
            if any(teller is each for each in said[:asked]):
                by_person.append(name)
    offset, left_out = _offset(said, str(values.get("crs", "")))
    if offset is not None:
        values["offset"], sources["offset"] = offset.offset, offset.source
        by_person += ["offset"] if any(offset is each for each in said[:asked]) else []
    warnings = tuple(warning for each in said for warning in each.warnings)
    if "crs" in by_person or "offset" in by_person:  # a person said what the sidecar could not
        warnings = tuple(warning for warning in warnings if warning.msgid != NOT_LOCATED)
    return Placement(
        **values,  # type: ignore[arg-type]
        sources=sources,
        is_asked=tuple(by_person),
        decisions=left_out,
        warnings=warnings,
    )


def _offset(said: Sequence[PlacementMetadata], crs: str) -> tuple[PlacementMetadata | None, tuple[Message, ...]]:
    left_out: list[Message] = []
    for each in said:
        if each.offset is None:
            continue
        if not each.crs or not crs or each.crs == crs:
            return each, tuple(left_out)
        left_out.append(
            message(
                "the offset of %(source)s is ignored: it belongs to %(own)s, not to %(crs)s",
                source=each.source,
                own=each.crs[:40],
                crs=crs[:40],
            )
        )
    return None, tuple(left_out)
