"""Read what OpenDroneMap says of the place of `odm_textured_model_geo.obj`.

`odm_georeferencing/coords.txt`, and `odm_georeferencing_model_geo.txt` of older versions, hold the system and what was
taken off eastings and northings; heights are whole. Each photograph follows, a line each:

    WGS84 UTM 16N
    367257 4759982

WebODM's own viewer reads the second line of either (`loadGeoreferencingOffset`). `proj.txt` holds the system as a PROJ
string, for when the first line names no UTM zone. The GLB is Z up as the OBJ is, against glTF.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.location.crs import CrsError, normal_crs
from pipeline.formats.location.metadata import PlacementMetadata
from pipeline.formats.location.sidecar_text import in_folder, lines_of, sidecar_text, triple_of
from pipeline.messages import message

FOLDER = "odm_georeferencing"
COORDS = ("coords.txt", "odm_georeferencing_model_geo.txt")
PROJ = "proj.txt"
_UTM = re.compile(r"WGS\s*84\s+UTM\s+(?:zone\s+)?(\d{1,2})\s*([NS])", re.IGNORECASE)


def find(scan: Path) -> list[Path]:
    """Return the coordinates' file and, when it is there, that of the system; none for a model that is not "…_geo"."""
    if "_geo" not in scan.stem.lower() or scan.is_dir():
        return []
    for folder in (scan.parent, scan.parent / FOLDER, scan.parent.parent / FOLDER):
        coords = in_folder(folder, COORDS)[:1]
        if coords:
            return [*coords, *in_folder(folder, [PROJ])]
    return []


def read(paths: list[Path]) -> PlacementMetadata:
    """Return what OpenDroneMap says. Raises FormatError naming the line."""
    path = paths[0]
    lines = list(lines_of(sidecar_text(path)))[:2]
    if len(lines) < 2:
        cause = message("it does not contain a coordinate system and an offset")
        raise FormatError(path, "", cause, message("copy coords.txt from odm_georeferencing again, or delete the file"))
    offset = triple_of(path, message("line %(line)s", line=lines[1][0]), lines[1][1], (2, 3))
    return PlacementMetadata(f"{FOLDER}/{path.name}", up="z", crs=_system(path, *lines[0], paths[1:]), offset=offset)


def _system(path: Path, number: int, line: str, others: list[Path]) -> str:
    if match := _UTM.fullmatch(line):
        zone = int(match[1])
        if not 1 <= zone <= 60:
            cause = message("UTM zone %(zone)s does not exist", zone=str(zone))
            raise FormatError(path, message("line %(line)s", line=number), cause, message("copy the file again"))
        return f"EPSG:{(326 if match[2].upper() == 'N' else 327) * 100 + zone}"
    proj = [text for _, text in lines_of(sidecar_text(others[0]))][:1] if others else []
    try:
        return normal_crs(line)
    except CrsError as error:
        if proj:
            return _proj(others[0], proj[0])
        cure = message("write WGS84 UTM 31N, an EPSG code or a PROJ string")
        raise FormatError(path, message("line %(line)s", line=number), error.reason, cure) from error


def _proj(path: Path, text: str) -> str:
    try:
        return normal_crs(text)
    except CrsError as error:
        cure = message("write a PROJ string, or delete the file")
        raise FormatError(path, message("line %(line)s", line=1), error.reason, cure) from error
