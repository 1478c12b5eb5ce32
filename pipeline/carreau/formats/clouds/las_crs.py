"""The coordinate system of a LAS file, from its WKT or GeoTIFF records."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from carreau.base.messages import Message, message
from carreau.formats.clouds.las_header import PROJECTION
from carreau.formats.location.crs import CrsError, horizontal, parsed_crs

_KEYS, _WKT = 34735, 2112
_PROJECTED, _GEOGRAPHIC, _PROJECTION_CODE, _LINEAR_UNIT = 3072, 2048, 3074, 3076
_OWN = 32767
_UNITS_M = {9001: 1.0, 9002: 0.3048, 9003: 1200 / 3937}
_UTM = {
    4326: (32600, 32700),
    4322: (32200, 32300),
    4258: (25800, None),
    4269: (26900, None),
    4267: (26700, None),
}
"""EPSG codes of the UTM zones, north and south, of geographic systems that leave the zone to a projection code."""

_AUTHORITY = re.compile(r'(?:AUTHORITY|ID)\[\s*"EPSG"\s*,\s*"?(\d{1,7})"?\s*\]\s*\]\s*$', re.IGNORECASE)


@dataclass(frozen=True)
class CoordinateSystem:
    """The coordinate system of a file's positions.

    crs : "EPSG:nnnn" or WKT, empty if unknown
    unit_m : metres in one unit, None if unknown or an angle
    warnings : one sentence each
    """

    crs: str = ""
    unit_m: float | None = None
    warnings: tuple[Message, ...] = ()


def system_of(records: tuple[tuple[str, int, bytes], ...]) -> CoordinateSystem:
    """Return the coordinate system of the WKT record, else of the GeoTIFF keys.

    Source: LAS specification 1.4 R15, section 3 on coordinate reference systems; OGC GeoTIFF 1.1, annex B.
    """
    by_number = {number: data for user, number, data in reversed(records) if user == PROJECTION}
    if _WKT in by_number:
        wkt = by_number[_WKT].split(b"\0")[0].decode("utf-8", "replace").strip()
        if wkt:
            return system_of_text(wkt)
    return _of_keys(_keys(by_number.get(_KEYS, b"")))


def system_of_text(text: str) -> CoordinateSystem:
    """Return the coordinate system of WKT, or of a code such as "EPSG:2154"."""
    code = _AUTHORITY.search(text)
    crs = f"EPSG:{code.group(1)}" if code else " ".join(text.split())
    return _with_unit(crs, None)


def _keys(data: bytes) -> dict[int, int]:
    """Return the values that a GeoTIFF key directory stores inline."""
    words = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    count = min(words[3], len(words) // 4 - 1) if len(words) >= 4 else 0
    entries = (words[4 * entry : 4 * entry + 4] for entry in range(1, count + 1))
    return {key: value for key, tag, _, value in entries if tag == 0}


def _of_keys(keys: dict[int, int]) -> CoordinateSystem:
    unit_m = _UNITS_M.get(keys.get(_LINEAR_UNIT, 0))
    code = keys.get(_PROJECTED, 0)
    if code in (0, _OWN):
        code = _utm(keys.get(_GEOGRAPHIC, 0), keys.get(_PROJECTION_CODE, 0))
    if not code and keys.get(1024) == 2 and keys.get(_GEOGRAPHIC, _OWN) != _OWN:
        code = keys[_GEOGRAPHIC]
    return _with_unit(f"EPSG:{code}", unit_m) if code else CoordinateSystem(unit_m=unit_m)


def _utm(geographic: int, projection: int) -> int:
    """Return the EPSG code of a UTM zone given as a projection (16001 to 16060 north, 16101 to 16160 south)."""
    north, south = _UTM.get(geographic, (None, None))
    if north and 16001 <= projection <= 16060:
        return north + projection - 16000
    return south + projection - 16100 if south and 16101 <= projection <= 16160 else 0


def _with_unit(crs: str, unit_m: float | None) -> CoordinateSystem:
    """Add the unit of the coordinate system, unless the file states one."""
    try:
        system = horizontal(parsed_crs(crs))
    except CrsError as error:
        ignored = message("its coordinate system is ignored: %(reason)s", reason=error.reason)
        return CoordinateSystem(crs, unit_m, (ignored,))
    if system.is_geographic:
        return CoordinateSystem(crs, None)
    axes = system.axis_info
    return CoordinateSystem(crs, unit_m or (axes[0].unit_conversion_factor if axes else None))
