"""Read 3MF, a ZIP with meshes in XML, with trimesh.

trimesh unpacks the whole archive and lists every path from the build to a mesh. So sizes, names, entities and instances
are checked first. 1.3 million triangles take 5.5 s of a processor and 2 GB.
"""

from __future__ import annotations

import io
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.errors import FormatError, UnsafePathError
from carreau.base.files import MOST_RATIO, member_limit, most_unpacked_bytes
from carreau.base.messages import Message, message
from carreau.base.model import Material, Scan, ScanFacts
from carreau.formats.meshes.trimesh_parts import (
    EXPORT_AGAIN,
    MOST_REPEATED,
    SAFE,
    PlacedMesh,
    load_parts,
    merge,
    one_line,
    refuse_doctype,
    too_many_instances,
)

UNITS_M = {
    "micron": 1e-6, "millimeter": 1e-3, "centimeter": 1e-2, "inch": 0.0254, "foot": 0.3048, "meter": 1.0,
}  # fmt: skip
"""The units of 3MF Core 1.3, 3.4; a file that names none is in millimetres."""
MOST_ENTRIES = 10_000
MOST_BYTES = 1 << 30
"""Of all entries, unpacked. trimesh leaves larger archives out in part."""
_MOST_INSTANCES = 100_000
_MOST_DEPTH = 32
_MODEL = "3d/3dmodel.model"
_UNPACKING = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, ValueError, RuntimeError, EOFError,
)  # fmt: skip
"""What `zipfile` raises for damaged archives, and for methods that it does not know."""
_LEFT_OUT = ("basematerials", "colorgroup", "texture2dgroup", "compositematerials", "multiproperties")


@dataclass
class _Object:
    """Number of vertices and triangles of an object, and the ids of its components."""

    vertices: int = 0
    triangles: int = 0
    components: list[str] = field(default_factory=list)


@dataclass
class _Summary:
    """Structure of the models, without their coordinates."""

    unit: str = "millimeter"
    objects: dict[str, _Object] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    components: set[str] = field(default_factory=set)


def read(path: Path) -> Scan:
    """Read the meshes in the build of a 3MF, one copy for each instance; the standard defines z as the up axis.

    Raises FormatError for damaged archives or XML, for archives that unpack to too much, and for cyclic objects;
    UnsafePathError for an entry outside the archive.
    """
    data = path.read_bytes()
    with _archive(path, data) as archive:
        summary = _summary(path, archive)
    warnings = list[Message]()
    _check_instances(path, summary)
    from trimesh.exchange.threemf import load_3MF

    result = load_parts(path, partial(load_3MF, io.BytesIO(data), postprocess=False))
    mesh = merge(path, list(_parts(path, result)), (Material(),))
    read_triangles = sum(len(each["faces"]) for each in result["geometry"].values())
    if read_triangles != sum(each.triangles for each in summary.objects.values()):
        raise FormatError(path, "", message("some of its triangles cannot be read"), EXPORT_AGAIN)
    unit_m = UNITS_M.get(summary.unit)
    if unit_m is None:
        warnings.append(message("'%(unit)s' is an unknown unit", unit=summary.unit[:40]))
    if summary.left_out:
        warnings.append(message("colours and textures are left out: only geometry is read from 3MF"))
    facts = ScanFacts("3MF", "", tuple(map(str, result["geometry"])), "z", unit_m, warnings=tuple(warnings))
    return Scan(path.stem, mesh, facts, (path,))


def _archive(path: Path, data: bytes) -> zipfile.ZipFile:
    """Open the archive; raises FormatError where it would unpack to too much, UnsafePathError for a path outside."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except _UNPACKING as error:
        cause = message("it is not a ZIP archive (%(reason)s)", reason=one_line(error))
        raise FormatError(path, "", cause, EXPORT_AGAIN) from error
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or size > min(MOST_BYTES, most_unpacked_bytes(len(data))):
        cause = message(
            "it unpacks from %(packed)s bytes to %(size)s bytes (files: %(count)s), too much for a scan",
            packed=len(data),
            size=size,
            count=len(entries),
        )
        raise FormatError(path, "", cause, message("export it as GLB or PLY"))
    for entry in entries:
        place = message("entry '%(name)s'", name=entry.filename[:80])
        if entry.filename.startswith(("/", "\\")) or ".." in entry.filename.replace("\\", "/").split("/"):
            cause = message("its path leads out of the archive")
            raise UnsafePathError(path, place, cause, message("export it again"))
        if entry.file_size > member_limit(entry, len(data)):
            cause = message("it unpacks to over %(ratio)s times its size", ratio=MOST_RATIO)
            raise FormatError(path, place, cause, message("export it as GLB or PLY"))
        if entry.flag_bits & 1:
            raise FormatError(path, place, message("it is encrypted"), message("export it without a password"))
    return archive


def _summary(path: Path, archive: zipfile.ZipFile) -> _Summary:
    """Return the structure of the main model and of the models that it refers to; raises FormatError."""
    names = archive.namelist()
    # As trimesh looks for it.
    main = next((name for name in names if _MODEL in name.lower()), None)
    if main is None:
        cause = message("it contains no file %(name)s", name=_MODEL)
        cure = message("use a 3MF file, or unpack the archive and use the mesh inside")
        raise FormatError(path, "", cause, cure)
    if len(set(names)) != len(names):
        raise FormatError(path, "", message("two of its entries have the same name"), EXPORT_AGAIN)
    summary = _Summary()
    waiting, done = [main], set[str]()
    while waiting:
        name = waiting.pop()
        if name in done or name not in names:
            continue
        done.add(name)
        try:
            content = archive.read(name)
        except _UNPACKING as error:
            cause = message("it cannot be unpacked (%(reason)s)", reason=one_line(error))
            raise FormatError(path, name, cause, EXPORT_AGAIN) from error
        refuse_doctype(path, content, name)
        before = set(summary.components)
        _read_model(path, name, content, summary, is_main=name == main)
        waiting += summary.components - before
    return summary


def _read_model(path: Path, name: str, content: bytes, summary: _Summary, *, is_main: bool) -> None:
    from lxml import etree

    try:
        for event, element in etree.iterparse(io.BytesIO(content), events=("start", "end"), tag=_TAGS, **SAFE):
            local = element.tag.rpartition("}")[2]  # lxml's own parser of names refuses some that it reads
            if event == "start":
                if local == "model" and is_main:
                    summary.unit = element.get("unit", summary.unit).strip().lower()
                continue
            if local == "object":
                _add_object(path, name, element, summary)
                element.clear()
            elif local == "item" and is_main:
                summary.items.append(element.get("objectid", ""))
            elif local in _LEFT_OUT:
                summary.left_out.add(local)
    except etree.XMLSyntaxError as error:
        place = message("%(file)s, line %(line)s", file=name, line=error.lineno or 1)
        cause = message("the XML is not well formed (%(reason)s)", reason=one_line(error))
        raise FormatError(path, place, cause, EXPORT_AGAIN) from error


_TAGS = tuple(f"{{*}}{name}" for name in ("model", "object", "item", *_LEFT_OUT))


def _add_object(path: Path, name: str, element: Any, summary: _Summary) -> None:
    place = message("%(file)s, line %(line)s", file=name, line=element.sourceline)
    if "id" not in element.attrib:
        raise FormatError(path, place, message("an object has no id"), EXPORT_AGAIN)
    number = element.attrib["id"]
    if number in summary.objects:  # in several models too, where 3MF allows it: trimesh would join them
        cause = message("two objects have the id %(id)s", id=number[:40])
        raise FormatError(path, place, cause, message("export it as a single model"))
    own = summary.objects[number] = _Object()
    for vertices in element.iterfind("{*}mesh/{*}vertices"):
        own.vertices += sum(1 for _ in vertices.iterchildren("{*}vertex"))
    for triangles in element.iterfind("{*}mesh/{*}triangles"):
        own.triangles += sum(1 for _ in triangles.iterchildren("{*}triangle"))
    for component in element.iterfind("{*}components/{*}component"):
        own.components.append(component.get("objectid", ""))
        summary.components |= {value.strip("/") for key, value in component.attrib.items() if key.endswith("path")}


def _check_instances(path: Path, summary: _Summary) -> None:
    """Raise FormatError for cyclic objects, or instances that repeat far more triangles than the file contains."""
    totals = dict[str, tuple[int, int, int]]()  # of triangles, instances and levels
    state = dict[str, bool]()
    for start in summary.items:
        waiting = [start]
        while waiting:
            name = waiting[-1]
            own = summary.objects.get(name)
            if own is None or name in totals:
                totals.setdefault(name, (0, 0, 0))
                waiting.pop()
                continue
            missing = [each for each in own.components if each not in totals]
            if missing and any(state.get(each) for each in missing):
                place = message("object %(name)s", name=name)
                raise FormatError(path, place, message("it contains itself"), message("export it without components"))
            if missing:
                state[name] = True
                waiting += missing
                continue
            parts = [totals[each] for each in own.components]
            triangles, instances = (sum(each[axis] for each in parts) for axis in (0, 1))
            totals[name] = (own.triangles + triangles, 1 + instances, 1 + max((each[2] for each in parts), default=0))
            state[name] = False
            waiting.pop()
    distinct = sum(each.triangles for each in summary.objects.values())
    repeated = sum(totals[name][0] for name in summary.items)
    instances = sum(totals[name][1] for name in summary.items)
    if max((totals[name][2] for name in summary.items), default=0) > _MOST_DEPTH:
        cause = message("its objects are nested more than %(count)s levels deep", count=_MOST_DEPTH)
        raise FormatError(path, "", cause, message("export it without components"))
    if repeated > max(MOST_REPEATED, distinct) or instances > _MOST_INSTANCES:
        raise FormatError(
            path, "", too_many_instances(distinct, repeated, instances), message("export it without instances")
        )
    if not repeated:
        raise FormatError(path, "", message("its build has no triangles"), message("export it as a mesh"))


def _parts(path: Path, result: Mapping[str, Any]) -> Iterator[PlacedMesh]:
    for number, placed in enumerate(result["graph"], 1):
        mesh = result["geometry"].get(placed["geometry"])
        if mesh is None:  # an object of components alone
            continue
        matrix = np.asarray(placed["matrix"], np.float64)
        if matrix.shape != (4, 4) or not math.isfinite(float(matrix.sum())):
            place = message("instance %(number)s", number=number)
            raise FormatError(path, place, message("the transform is not finite"), EXPORT_AGAIN)
        yield PlacedMesh(np.asarray(mesh["vertices"], np.float64), np.asarray(mesh["faces"], np.int64), matrix)
