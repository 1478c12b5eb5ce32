"""Hold what one source says of where a scan lies and how large it is."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.messages import Message, message

Triple = tuple[float, float, float]

UPS = ("x", "y", "z", "-x", "-y", "-z")
"""Directions of a scan's axes that can be up."""


@dataclass(frozen=True)
class PlacementMetadata:
    """What one source says; None, empty or zero where it says nothing.

    source : its name for a person: "scan.toml", "metadata.xml", "--epsg"
    unit : key of `pipeline.units.UNITS_M`
    up : one of `UPS`
    crs : "EPSG:2154", "EPSG:2154+5720", WKT, a PROJ string, or "ENU:lat,lon[,height]"
    offset : what is added to the scan's coordinates to find the place in `crs`, in the units of `crs`
    height_m : real length, in metres, of the whole scan along up, or between two points
    height_between : those points, in the scan's coordinates
    crop : least and greatest corner of what is kept, in the scan's coordinates; infinite where nothing bounds it
    ground : () finds the ground plane; a point of a level one; a point and the normal of it; or three points of it
    warnings : one sentence each, for the report
    """

    source: str
    unit: str | None = None
    up: str | None = None
    crs: str = ""
    offset: Triple | None = None
    height_m: float | None = None
    height_between: tuple[Triple, Triple] | None = None
    crop: tuple[Triple, Triple] | None = None
    ground: tuple[float, ...] | None = None
    warnings: tuple[Message, ...] = ()


NOT_LOCATED = "%(file)s does not locate the scan: %(reason)s; %(cure)s"
"""Id of the warning of a sidecar that should say where a scan lies, and cannot."""


def not_located(file: str, reason: Message, cure: Message) -> Message:
    """Return the warning that a sidecar does not locate its scan."""
    return message("%(file)s does not locate the scan: %(reason)s; %(cure)s", file=file, reason=reason, cure=cure)
