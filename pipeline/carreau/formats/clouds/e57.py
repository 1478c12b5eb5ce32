"""E57 files: several scans, each with its pose, read into one cloud.

pye57's libE57Format reads the file; the checks before it are ours, since it trusts the XML (see `e57_xml`).
"""

from __future__ import annotations

import os
import struct
import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pye57 import libe57

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message, plural_message
from carreau.base.model import DoubleArray, Scan, ScanFacts
from carreau.formats.clouds.cloud import FARTHEST, Batch, CloudBuilder, cloud_scan
from carreau.formats.clouds.las import CoordinateSystem, system_of_text
from carreau.formats.clouds.thinning import MOST_POINTS
from carreau.formats.safe_paths import DAMAGED, EXPORT_AGAIN, native_errors, too_few_points

_MOST_SCANS = 100_000
_PICTURES = ("pinhole", "spherical", "cylindrical", "visualReference")
BATCH_POINTS = 500_000
_UNREADABLE = message("the points cannot be read")
_CARTESIAN = ("cartesianX", "cartesianY", "cartesianZ")
_SPHERICAL = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
_COLORS = ("colorRed", "colorGreen", "colorBlue")
_NORMALS = ("nor:normalX", "nor:normalY", "nor:normalZ")
_STATES = ("cartesianInvalidState", "sphericalInvalidState")


@dataclass(frozen=True, eq=False)
class Station:
    """One scan of the file.

    points : the library's vector of points
    fields : names of the fields of a point
    rotation, translation : (3, 3) and (3,) float64, from the scanner's coordinates to the file's
    has_scanner : whether `translation` is a scanner position; merged scans have none
    color_low, color_span : value of black, and difference from it to white
    """

    name: str
    points: Any
    fields: frozenset[str]
    count: int
    rotation: DoubleArray
    translation: DoubleArray
    has_scanner: bool
    color_low: float
    color_span: float


def list_stations(path: Path, root: Any) -> list[Station]:
    """Return the scans that contain points. Raises FormatError naming one without coordinates."""
    if not root.isDefined("data3D"):
        raise FormatError(path, "", message("it contains no scans"), EXPORT_AGAIN)
    nodes = root["data3D"]
    count = nodes.childCount()
    if count > _MOST_SCANS:
        cause = message("it declares %(count)s scans, more than the %(most)s allowed", count=count, most=_MOST_SCANS)
        raise FormatError(path, "", cause, EXPORT_AGAIN)
    nodes_read = [
        _station(path, message("scan %(number)s of %(count)s", number=number + 1, count=count), nodes[number])
        for number in range(count)
    ]
    stations = [station for station in nodes_read if station is not None]
    if not stations:
        raise FormatError(path, "", message("none of its scans contains points"), EXPORT_AGAIN)
    return stations


def _station(path: Path, place: Message, node: Any) -> Station | None:
    if not node.isDefined("points"):
        return None
    points = node["points"]
    prototype = libe57.StructureNode(points.prototype())
    fields = frozenset(prototype.get(field).elementName() for field in range(prototype.childCount()))
    if not (fields >= set(_CARTESIAN) or fields >= set(_SPHERICAL)):
        raise FormatError(path, place, message("its points have no coordinates"), EXPORT_AGAIN)
    count = points.childCount()
    if not count:
        return None
    rotation, translation = _pose(path, place, node)
    structured = bool(fields & {"rowIndex", "columnIndex"}) or not fields >= set(_CARTESIAN)
    low, high = _color_limits(node, prototype)
    name = read_text(node, "name") or read_text(node, "guid")
    has_scanner = structured or node.isDefined("sphericalBounds") or bool(translation.any())
    return Station(name, points, fields, count, rotation, translation, has_scanner, low, high - low)


def _pose(path: Path, place: Message, node: Any) -> tuple[DoubleArray, DoubleArray]:
    """Return the rotation and translation of a scan; identity and zero without a pose."""
    if not node.isDefined("pose"):
        return np.eye(3), np.zeros(3)
    pose = node["pose"]
    rotation, translation = np.array([1.0, 0, 0, 0]), np.zeros(3)
    if pose.isDefined("rotation"):
        rotation = np.array([read_number(pose["rotation"], axis) for axis in "wxyz"])
    if pose.isDefined("translation"):
        translation = np.array([read_number(pose["translation"], axis) for axis in "xyz"])
    size = float(np.linalg.norm(rotation))
    if not ((np.abs(translation) < FARTHEST).all() and np.isfinite(size) and size > 0):
        raise FormatError(path, place, message("its pose is not a valid rotation and translation"), EXPORT_AGAIN)
    return _matrix(rotation / size), translation


def _matrix(quaternion: DoubleArray) -> DoubleArray:
    """Return the (3, 3) rotation of a unit quaternion (w, x, y, z)."""
    w, x, y, z = quaternion.tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _color_limits(node: Any, prototype: Any) -> tuple[float, float]:
    """Return the values of black and white: the limits of the scan, else the range of the field, else 0 and 255."""
    low, high = 0.0, 255.0
    if node.isDefined("colorLimits") and node["colorLimits"].isDefined("colorRedMaximum"):
        limits = node["colorLimits"]
        low = read_number(limits, "colorRedMinimum") if limits.isDefined("colorRedMinimum") else 0.0
        high = read_number(limits, "colorRedMaximum")
    elif prototype.isDefined("colorRed") and isinstance(field := prototype["colorRed"], libe57.IntegerNode):
        low, high = float(field.minimum()), float(field.maximum())
    return (low, high) if high > low else (0.0, 255.0)


def list_images(root: Any) -> tuple[str, ...]:
    """Return the name and kind of each embedded image."""
    if not root.isDefined("images2D"):
        return ()
    nodes = root["images2D"]
    names = []
    for number in range(min(nodes.childCount(), _MOST_SCANS)):
        node = nodes[number]
        kind = next((kind for kind in _PICTURES if node.isDefined(f"{kind}Representation")), "unknown")
        names.append(f"{read_text(node, 'name') or number + 1} ({kind})")
    return tuple(names)


def read_text(node: Any, name: str) -> str:
    """Return a string of a node on one line; empty if it is missing."""
    child = node[name] if node.isDefined(name) else None
    return " ".join(str(child.value()).split()) if isinstance(child, libe57.StringNode) else ""


def read_number(node: Any, name: str) -> float:
    """Return a number of a node, whatever its type."""
    child = node[name]
    return float(child.scaledValue() if isinstance(child, libe57.ScaledIntegerNode) else child.value())


def read(path: Path, most: int = MOST_POINTS) -> Scan:
    """Read an E57 file, thinned by voxel to at most `most` points; images are listed, not read.

    Points flagged as invalid are skipped. Lengths are metres and Z is up, as the standard (ASTM E2807) defines. The
    pose of a scan transforms its points, and gives the scanner position.

    Raises FormatError for broken checksums, structure or points, naming the scan.
    """
    check_xml(path)
    with native_errors(path, "", message("the E57 file cannot be opened"), DAMAGED):
        image = libe57.ImageFile(str(path), "r")
    try:
        with native_errors(path, "", message("its structure cannot be read"), DAMAGED):
            root = image.root()
            scans, images = list_stations(path, root), list_images(root)
            system = system_of_text(text) if (text := read_text(root, "coordinateMetadata")) else CoordinateSystem()
        return _assemble(path, image, scans, images, system, most)
    finally:
        image.close()


def _assemble(
    path: Path, image: Any, scans: list[Station], images: tuple[str, ...], system: CoordinateSystem, most: int
) -> Scan:
    fields = [scan.fields for scan in scans]
    has = {
        "colors": any(names >= set(_COLORS) for names in fields),
        "intensity": any("intensity" in names for names in fields),
        "normals": any(names >= set(_NORMALS) for names in fields),
    }
    builder = CloudBuilder(path, **has, most=most)
    scanner_positions = [scan.translation for scan in scans if scan.has_scanner]
    invalid = station = 0
    for number, scan in enumerate(scans, 1):
        place = message("scan %(number)s of %(count)s", number=number, count=len(scans))
        for batch, dropped in _batches(path, place, image, scan, station if scan.has_scanner else -1):
            invalid += dropped
            builder.add(batch, dropped)
        station += scan.has_scanner
    cloud = builder.finish(np.array(scanner_positions) if scanner_positions else None)
    warnings = []
    if invalid:
        warnings.append(
            plural_message(
                "%(count)s point flagged as invalid was skipped",
                "%(count)s points flagged as invalid were skipped",
                invalid,
            )
        )
    names = tuple(scan.name for scan in scans)
    facts = ScanFacts("E57", _detail(len(scans), images), names, "z", 1.0, warnings=system.warnings, crs=system.crs)
    return cloud_scan(path, builder, cloud, facts, warnings)


def _detail(scan_count: int, images: tuple[str, ...]) -> Message:
    scans = plural_message("%(count)s scan", "%(count)s scans", scan_count)
    if not images:
        return scans
    return plural_message(
        "%(scans)s, %(count)s embedded image: %(names)s",
        "%(scans)s, %(count)s embedded images: %(names)s",
        len(images),
        scans=scans,
        names=(*images[:6], *(["…"] if len(images) > 6 else [])),
    )


def _batches(path: Path, place: Message, image: Any, scan: Station, station: int) -> Iterator[tuple[Batch, int]]:
    """Yield the points of a scan in the file's coordinates, and the number of invalid points skipped among them."""
    names = [*(_CARTESIAN if scan.fields >= set(_CARTESIAN) else _SPHERICAL)]
    names += [name for name in (*_COLORS, "intensity", *_NORMALS, *_STATES) if name in scan.fields]
    capacity = max(1, min(BATCH_POINTS, scan.count))
    with native_errors(path, place, _UNREADABLE, DAMAGED):
        arrays = {name: np.zeros(capacity, np.float64) for name in names}
        buffers = libe57.VectorSourceDestBuffer()
        for name, array in arrays.items():
            buffers.append(libe57.SourceDestBuffer(image, name, array, capacity, True, True))
        source = scan.points.reader(buffers)
    done = 0
    try:
        while True:
            at = message("%(place)s, point %(number)s", place=place, number=done)
            with native_errors(path, at, _UNREADABLE, DAMAGED):
                count = source.read()
            if not count:
                break
            done += count
            yield _batch({name: array[:count] for name, array in arrays.items()}, scan, station)
    finally:
        source.close()
    if done < scan.count:
        raise too_few_points(path, place, scan.count, done)


def _batch(columns: dict[str, DoubleArray], scan: Station, station: int) -> tuple[Batch, int]:
    """Return the valid points, transformed by the pose, and the number of invalid ones."""
    count = len(next(iter(columns.values())))
    valid = np.ones(count, bool)
    for name in _STATES:
        if name in columns:
            valid &= columns[name] == 0
    columns = {name: column[valid] for name, column in columns.items()}
    colors = _stack(columns, _COLORS)
    normals = _stack(columns, _NORMALS)
    with np.errstate(over="ignore", invalid="ignore"):
        if colors is not None:
            colors = np.nan_to_num((colors - scan.color_low) * (255.0 / scan.color_span))
        if normals is not None:
            normals = normals @ scan.rotation.T
        positions = _local_positions(columns) @ scan.rotation.T + scan.translation
    rgb = None if colors is None else np.rint(np.clip(colors, 0, 255)).astype(np.uint8)
    return Batch(positions, rgb, columns.get("intensity"), normals, station), count - int(np.count_nonzero(valid))


def _stack(columns: dict[str, DoubleArray], names: tuple[str, ...]) -> DoubleArray | None:
    return np.column_stack([columns[name] for name in names]) if all(name in columns for name in names) else None


def _local_positions(columns: dict[str, DoubleArray]) -> DoubleArray:
    """Return (n, 3) positions about the scanner; azimuth turns from X to Y, elevation from the XY plane to Z."""
    cartesian = _stack(columns, _CARTESIAN)
    if cartesian is not None:
        return cartesian
    reach, azimuth, elevation = (columns[name] for name in _SPHERICAL)
    level = reach * np.cos(elevation)
    return np.column_stack([level * np.cos(azimuth), level * np.sin(azimuth), reach * np.sin(elevation)])


DEEPEST = 64
"""Greatest depth of elements; real files have 8. The library is recursive, and overflows its stack."""

MOST_SIBLINGS = 5000
"""Most elements with one parent, such as scans: the library takes quadratic time, 20 s for 20,000."""

_PAGE, _CHECKSUM = 1024, 4
_LONGEST_BYTES = 256 << 20


def check_xml(path: Path) -> None:
    """Raise FormatError unless the XML lies inside the file, is well formed, and has a plausible shape.

    A document type declaration is refused, since entities can name other files and expand without limit.

    Source: ASTM E2807-11, sections 8.2 and 8.3: pages of 1020 bytes with a checksum each.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(48)
        if len(head) < 48 or head[:8] != b"ASTM-E57":
            raise FormatError(path, message("header"), message("it is not an E57 file"), DAMAGED)
        start, length, page = struct.unpack_from("<QQQ", head, 24)
        if page != _PAGE or start + length > size or not 0 < length <= _LONGEST_BYTES:
            cause = message(
                "its XML section (%(length)s bytes at byte %(start)s) does not fit in the file (%(size)s bytes)",
                length=length,
                start=start,
                size=size,
            )
            raise FormatError(path, message("header"), cause, DAMAGED)
        first = start // _PAGE * _PAGE
        file.seek(first)
        pages = file.read(length + length // (_PAGE - _CHECKSUM) * _CHECKSUM + 3 * _PAGE)
    body = b"".join(pages[at : at + _PAGE - _CHECKSUM] for at in range(0, len(pages), _PAGE))
    _check(path, body[start - first : start - first + length])


def _check(path: Path, text: bytes) -> None:
    siblings = [0]

    def error_here(cause: Message) -> FormatError:
        return FormatError(path, message("XML, line %(line)s", line=parser.CurrentLineNumber), cause, DAMAGED)

    def begin(*_: object) -> None:
        siblings[-1] += 1
        if len(siblings) > DEEPEST or siblings[-1] > MOST_SIBLINGS:
            raise error_here(message("it has too many XML elements, or nests them too deeply"))
        siblings.append(0)

    def end(_: str) -> None:
        siblings.pop()

    def doctype(*_: object) -> None:
        raise error_here(message("it has a document type declaration, which is not allowed"))

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as error:
        cause = message("the XML is not well formed (%(reason)s)", reason=xml.parsers.expat.ErrorString(error.code))
        raise FormatError(path, message("XML, line %(line)s", line=error.lineno), cause, DAMAGED) from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know, or that is not one of texts
        raise error_here(message("the XML is not well formed (%(reason)s)", reason=str(error))) from error
