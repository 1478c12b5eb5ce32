"""Coordinate systems by name, resolved by PROJ without network access, and what a source states of a location."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carreau.base.messages import Message, message

if TYPE_CHECKING:
    from pyproj import CRS

LONGEST = 20_000
"""Most characters of a WKT; real ones have 3,000."""

_CODE = re.compile(r"(?:(?P<authority>EPSG|IGNF|ESRI|OGC)::?)?(?P<code>[\w.]+)(?:\+(?:EPSG:)?(?P<vertical>\d+))?", re.I)
_WKT = re.compile(r"[A-Za-z_]+\s*[\[(]")
_ENU = re.compile(r"ENU:\s*([-+.\deE]+)\s*,\s*([-+.\deE]+)\s*(?:,\s*([-+.\deE]+)\s*)?")
_FILES = re.compile(r"\+(?:nadgrids|geoidgrids|grids|init|catalog|file)\b|GRIDSHIFT|PARAMETERFILE", re.IGNORECASE)


class CrsError(ValueError):
    """A name that does not stand for a coordinate system on the Earth.

    reason : a clause for a sentence
    """

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason)


def normal_crs(text: str) -> str:
    """Return the normal form of a coordinate system's name: "2154" becomes "EPSG:2154".

    >>> normal_crs("2154+5720"), normal_crs("ENU: 50.46, 3.51")
    ('EPSG:2154+5720', 'ENU:50.46,3.51')

    Raises CrsError if it is unknown, or not tied to a position on the Earth.
    """
    text = text.strip().removeprefix("\ufeff").strip("\"'").strip()
    if text.upper().startswith("ENU"):
        return "ENU:" + ",".join(f"{number:.15g}" for number in enu_anchor(text))
    if _WKT.match(text) or text.startswith("+"):
        parsed_crs(text)
        return text
    match = _CODE.fullmatch(text)
    if match is None:
        raise CrsError(message("'%(name)s' is not an EPSG code", name=_shorten(text)))
    authority = (match["authority"] or "EPSG").upper()
    name = f"{authority}:{match['code']}" + (f"+{match['vertical']}" if match["vertical"] else "")
    parsed_crs(name)
    return name


def enu_anchor(text: str) -> tuple[float, ...]:
    """Return latitude, longitude and, if given, height of the origin of "ENU:…", in metres east, north and up.

    ContextCapture and Metashape write it for a local system. Raises CrsError.
    """
    match = _ENU.fullmatch(text.strip())
    try:
        numbers = tuple(float(number) for number in match.groups() if number) if match else ()
    except ValueError:
        numbers = ()
    if len(numbers) < 2 or not all(math.isfinite(number) for number in numbers):
        raise CrsError(message("'%(name)s' does not have the form ENU:latitude,longitude", name=_shorten(text)))
    if abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
        raise CrsError(message("'%(name)s' is not a latitude and longitude in degrees", name=_shorten(text)))
    return numbers


def parsed_crs(name: str) -> CRS:
    """Return the coordinate system of a name from `normal_crs`, or of a WKT or PROJ string.

    Raises CrsError if PROJ does not know it, if it needs a file, or if it is not tied to the Earth.
    """
    # Imported here: a second run, which only looks for sidecars, would take a third longer.
    from pyproj import CRS
    from pyproj.exceptions import CRSError, ProjError
    from pyproj.network import set_network_enabled  # type: ignore[attr-defined]

    set_network_enabled(False)  # for this thread, whatever the environment says
    if len(name) > LONGEST:
        raise CrsError(message("the definition is too long (%(length)s characters)", length=len(name)))
    if _FILES.search(name):
        raise CrsError(message("'%(name)s' refers to a grid shift file, which is not read", name=_shorten(name)))
    head, _, vertical = name.partition("+") if ":" in name and not name.startswith("+") else (name, "", "")
    is_name = not _WKT.match(name)
    try:
        crs = CRS.from_user_input(f"{head}+{vertical}" if vertical and is_name else name)
    except (CRSError, ProjError, UnicodeError) as error:
        raise CrsError(message("'%(name)s' is unknown to PROJ", name=_shorten(name))) from error
    if horizontal(crs).type_name not in _GEOREFERENCED:
        raise CrsError(
            message(
                "'%(name)s' (%(type)s) is not tied to a position on the Earth",
                name=_shorten(name),
                type=crs.type_name,
            )
        )
    return crs


_GEOREFERENCED = {"Projected CRS", "Geographic 2D CRS", "Geographic 3D CRS", "Geocentric CRS", "Derived Projected CRS"}


def horizontal(crs: CRS) -> CRS:
    """Return the horizontal part of a coordinate system."""
    while crs.is_compound:
        crs = crs.sub_crs_list[0]
    return crs.source_crs if crs.is_bound and crs.source_crs is not None else crs


def vertical_part(crs: CRS) -> CRS | None:
    """Return the vertical part of a compound coordinate system, else None."""
    return crs.sub_crs_list[1] if crs.is_compound and len(crs.sub_crs_list) > 1 else None


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


Triple = tuple[float, float, float]

UP_AXES = ("x", "y", "z", "-x", "-y", "-z")
"""Axes of a scan that can point up."""


@dataclass(frozen=True)
class PlacementMetadata:
    """What one source states; None, empty or zero for the rest.

    source : its name for a person: "scan.toml", "metadata.xml", "--epsg"
    unit : key of `carreau.base.options.UNITS_M`
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
