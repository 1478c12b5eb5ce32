"""Read the files that hold nothing but what was taken off a scan's coordinates.

- Pix4D: `project_offset.xyz`, three numbers that are added, in the export's folder or `../../1_initial/params`, with
  the system as WKT in `project_wkt.prj` (Pix4D, "How to visualize the 3D textured mesh with georeference").
- Skycatch and others: `offset.txt`, "X axis: 656059.00" or three numbers, added likewise.
- 3D Survey Collection, for what goes between Metashape and Blender: `SHIFT.txt`, "EPSG::32633 372000 4999000 40"
  (3DSC documentation, "SHIFT.txt configuration").
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.location.crs import CrsError, normal_crs
from pipeline.formats.location.metadata import PlacementMetadata, Triple
from pipeline.formats.location.sidecar_text import EMPTY, WRITE_WKT, in_folder, lines_of, sidecar_text, triple_of
from pipeline.messages import message

_LABEL = re.compile(r"^\s*[XYZ](?:\s*axis)?\s*[:=]", re.IGNORECASE)


def find(scan: Path) -> list[Path]:
    """Return the offset of a scan, and the WKT that lies beside it under the same project's name."""
    folder = scan if scan.is_dir() else scan.parent
    params = [parent / "1_initial" / "params" for parent in list(folder.parents)[:2]]
    for place in (folder, *params):
        offset = _offset_in(place, scan.stem)
        if offset:
            project = offset[0].name.lower().removesuffix("offset.xyz")
            return [*offset, *in_folder(place, [f"{project}wkt.prj"] if offset[0].suffix.lower() == ".xyz" else [])]
    return []


def _offset_in(folder: Path, stem: str) -> list[Path]:
    """Return the offset in a folder: of the project that the scan is named after, or the only one."""
    plain = in_folder(folder, ["offset.xyz", "offset.txt", "SHIFT.txt"])
    try:
        named = [path for path in sorted(folder.iterdir()) if path.name.lower().endswith("_offset.xyz")]
    except OSError:
        return []
    own = [path for path in named if stem.lower().startswith(path.name.lower().removesuffix("_offset.xyz"))]
    only = named if len(named) == 1 else []
    return [path for path in (*own, *only, *plain) if path.is_file()][:1]


def read(paths: list[Path]) -> PlacementMetadata:
    """Return what an offset says. Raises FormatError naming the line."""
    path = paths[0]
    lines = list(lines_of(sidecar_text(path)))
    if not lines:
        raise FormatError(path, "", EMPTY, message("write three numbers into it, or delete it"))
    if path.name.lower() == "shift.txt":
        return _shift(path, *lines[0])
    crs = ""
    if len(paths) > 1:
        try:
            crs = normal_crs(sidecar_text(paths[1]))
        except CrsError as error:
            raise FormatError(paths[1], "", error.reason, WRITE_WKT) from error
    return PlacementMetadata(path.name, up="z", crs=crs, offset=_offset(path, lines))


def _offset(path: Path, lines: list[tuple[int, str]]) -> Triple:
    if _LABEL.match(lines[0][1]):
        text = " ".join(_LABEL.sub("", line) for _, line in lines[:3])
        return triple_of(path, message("line %(line)s", line=lines[0][0]), text)
    return triple_of(path, message("line %(line)s", line=lines[0][0]), lines[0][1])


def _shift(path: Path, number: int, line: str) -> PlacementMetadata:
    name, _, numbers = line.partition(" ")
    offset = triple_of(path, message("line %(line)s", line=number), numbers)
    if not re.search(r"\d", name):  # a keyword of 3DSC, for scans that are nowhere on the Earth
        return PlacementMetadata(path.name)
    try:
        return PlacementMetadata(path.name, crs=normal_crs(name), offset=offset)
    except CrsError as error:
        cure = message("write EPSG::2154 and three numbers, or delete the file")
        raise FormatError(path, message("line %(line)s", line=number), error.reason, cure) from error
