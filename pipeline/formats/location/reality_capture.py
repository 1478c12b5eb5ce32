"""Read the info file that RealityCapture and RealityScan write beside a model.

`mill.obj.rcInfo`, since RealityScan `mill.obj.rsInfo`, "contains important information about the internal coordinate
system and relations to the coordinate system in which the models coordinates are exported" (RealityCapture Help, "Model
Export", Export an info file):

    <Model globalCoordinateSystemName="epsg:2154 - RGF93 / Lambert-93" exportCoordinateSystemType="1"
       transformToModel="1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1">…</Model><ModelExport …/>

The name is the project's system, and the vertices are in it where `transformToModel` is the identity. What the matrix
means otherwise (grid plane, same as XMP, shifted) is written nowhere, and readings of real ones disagree: nothing is
made of it then, and a warning says so. Vertices that stand 6,400 km from zero are geocentric, whatever the name says.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from pipeline.errors import FormatError
from pipeline.formats.location.crs import CrsError, normal_crs
from pipeline.formats.location.metadata import PlacementMetadata, not_located
from pipeline.formats.location.sidecar_text import EXPORT_OR_DELETE, first_text, in_folder, sidecar_text, xml_tree
from pipeline.messages import message

_EPSG = re.compile(r"epsg:\s*(\d+)", re.IGNORECASE)
_IDENTITY = tuple(float(row == column) for row in range(4) for column in range(4))


def find(scan: Path) -> list[Path]:
    """Return the info file of a scan, or of the first tile in a folder that has one."""
    if scan.is_dir():
        infos = (path for path in sorted(scan.iterdir()) if path.suffix.lower() in (".rcinfo", ".rsinfo"))
        return [path for path in infos if path.is_file()][:1]
    endings = [f"{name}.{kind}info" for name in (scan.name, scan.stem) for kind in ("rs", "rc")]
    return in_folder(scan.parent, endings)[:1]


def read(paths: list[Path]) -> PlacementMetadata:
    """Return what an info file says; a model that is not in its project's system is a warning.

    Raises FormatError naming the line or the attribute.
    """
    path = paths[0]
    tree = xml_tree(path, sidecar_text(path))
    model = next((element for element in tree.iter() if element.tag == "Model"), None)
    if model is None:
        raise FormatError(path, "", message("it has no <%(element)s> element", element="Model"), EXPORT_OR_DELETE)
    name = model.get("globalCoordinateSystemName", "") or first_text(model, "globalCoordinateSystemName")
    code = _EPSG.match(name.strip())
    if code is None:  # "local:1 - Euclidean": the project is nowhere on the Earth
        return PlacementMetadata(path.name)
    if not _is_identity(path, model):
        reason = message("the model has its own coordinate system, whose transformation is not documented")
        cure = message("export it in the project's output coordinate system, or set offset in scan.toml")
        return PlacementMetadata(path.name, warnings=(not_located(path.name, reason, cure),))
    try:
        return PlacementMetadata(path.name, crs=normal_crs(code[1]))
    except CrsError as error:
        cure = message("export it again in a known coordinate system")
        raise FormatError(path, "globalCoordinateSystemName", error.reason, cure) from error


def _is_identity(path: Path, model: Element) -> bool:
    text = model.get("transformToModel") or first_text(model, "transformToModel")
    try:
        numbers = tuple(float(word) for word in text.split())
    except ValueError:
        numbers = (0.0,)
    if numbers and len(numbers) != 16:
        raise FormatError(path, "transformToModel", message("it is not 16 numbers"), EXPORT_OR_DELETE)
    return not numbers or all(abs(one - other) < 1e-9 for one, other in zip(numbers, _IDENTITY, strict=True))
