"""Understand the name of a coordinate system, without ever asking the network."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from pipeline.messages import Message, message

if TYPE_CHECKING:
    from pyproj import CRS

LONGEST = 20_000
"""Most characters of a WKT: real ones have 3,000."""

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
    """Return a coordinate system's name as `Said.crs` has it: "2154" becomes "EPSG:2154".

    >>> normal_crs("2154+5720"), normal_crs("ENU: 50.46, 3.51")
    ('EPSG:2154+5720', 'ENU:50.46,3.51')

    Raises CrsError when there is none of that name, or it does not place anything on the Earth.
    """
    text = text.strip().removeprefix("\ufeff").strip("\"'").strip()
    if text.upper().startswith("ENU"):
        return "ENU:" + ",".join(f"{number:.15g}" for number in enu_anchor(text))
    if _WKT.match(text) or text.startswith("+"):
        parsed_crs(text)
        return text
    match = _CODE.fullmatch(text)
    if match is None:
        raise CrsError(message("'%(name)s' is not an EPSG code", name=_shortened(text)))
    authority = (match["authority"] or "EPSG").upper()
    name = f"{authority}:{match['code']}" + (f"+{match['vertical']}" if match["vertical"] else "")
    parsed_crs(name)
    return name


def enu_anchor(text: str) -> tuple[float, ...]:
    """Return latitude, longitude and, when it is said, height of the place that "ENU:…" counts east, north and up from.

    ContextCapture and Metashape write that for a local system. Raises CrsError.
    """
    match = _ENU.fullmatch(text.strip())
    try:
        numbers = tuple(float(number) for number in match.groups() if number) if match else ()
    except ValueError:
        numbers = ()
    if len(numbers) < 2 or not all(math.isfinite(number) for number in numbers):
        raise CrsError(message("'%(name)s' does not have the form ENU:latitude,longitude", name=_shortened(text)))
    if abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
        raise CrsError(message("'%(name)s' is not a latitude and longitude in degrees", name=_shortened(text)))
    return numbers


def parsed_crs(name: str) -> CRS:
    """Return the coordinate system of a name from `normal_crs`, or of a WKT or PROJ string.

    Raises CrsError when PROJ knows none, when it would read a file, or when it is not tied to the Earth.
    """
    # Imported here: a second run, which only asks what lies beside a scan, would take a third longer.
    from pyproj import CRS
    from pyproj.exceptions import CRSError, ProjError
    from pyproj.network import set_network_enabled  # type: ignore[attr-defined]

    set_network_enabled(False)  # of this thread; the environment may say otherwise
    if len(name) > LONGEST:
        raise CrsError(message("the definition is too long (%(length)s characters)", length=len(name)))
    if _FILES.search(name):
        raise CrsError(message("'%(name)s' refers to a grid shift file, which is not read", name=_shortened(name)))
    head, _, vertical = name.partition("+") if ":" in name and not name.startswith("+") else (name, "", "")
    plain = not _WKT.match(name)
    try:
        crs = CRS.from_user_input(f"{head}+{vertical}" if vertical and plain else name)
    except (CRSError, ProjError, UnicodeError) as error:
        raise CrsError(message("'%(name)s' is unknown to PROJ", name=_shortened(name))) from error
    if horizontal(crs).type_name not in _EARTHLY:
        raise CrsError(
            message(
                "'%(name)s' (%(type)s) is not tied to a position on the Earth",
                name=_shortened(name),
                type=crs.type_name,
            )
        )
    return crs


_EARTHLY = {"Projected CRS", "Geographic 2D CRS", "Geographic 3D CRS", "Geocentric CRS", "Derived Projected CRS"}


def horizontal(crs: CRS) -> CRS:
    """Return the part of a coordinate system that gives the place on the map."""
    while crs.is_compound:
        crs = crs.sub_crs_list[0]
    return crs.source_crs if crs.is_bound and crs.source_crs is not None else crs


def vertical_of(crs: CRS) -> CRS | None:
    """Return the part of a coordinate system that gives the height, or None when it has none of its own."""
    return crs.sub_crs_list[1] if crs.is_compound and len(crs.sub_crs_list) > 1 else None


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."
