"""What one source states about the location and the size of a scan."""

from __future__ import annotations

from dataclasses import dataclass

from carreau.base.messages import Message, message

Triple = tuple[float, float, float]

UP_AXES = ("x", "y", "z", "-x", "-y", "-z")
"""Axes of a scan that can point up."""


@dataclass(frozen=True)
class PlacementMetadata:
    """What one source states; None, empty or zero for the rest.

    source : its name for a person: "scan.toml", "metadata.xml", "--epsg"
    unit : key of `carreau.base.units.UNITS_M`
    up : one of `UP_AXES`
    crs : "EPSG:2154", "EPSG:2154+5720", WKT, a PROJ string, or "ENU:lat,lon[,height]"
    offset : what is added to the scan's coordinates to get those in `crs`, in the units of `crs`
    height_m : real length, metres, of the scan along up, or between two points
    height_between : those points, in the scan's coordinates
    crop : lowest and highest corner of the part to keep, in the scan's coordinates; infinite on an open side
    ground : () to find the ground plane; a point of a level one; a point and its normal; or three points of it
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
"""Id of the warning about a sidecar that should locate a scan, and cannot."""


def not_located(file: str, reason: Message, cure: Message) -> Message:
    """Return the warning that a sidecar does not locate its scan."""
    return message("%(file)s does not locate the scan: %(reason)s; %(cure)s", file=file, reason=reason, cure=cure)
