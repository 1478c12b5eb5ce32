"""Find in the tree of an E57 file what its scans and images are, before any point is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pye57 import libe57

from pipeline.errors import FormatError
from pipeline.formats.io.file_errors import EXPORT_AGAIN
from pipeline.messages import Message, message
from pipeline.model import DoubleArray

_CARTESIAN = {"cartesianX", "cartesianY", "cartesianZ"}
_SPHERICAL = {"sphericalRange", "sphericalAzimuth", "sphericalElevation"}
_MOST_SCANS = 100_000
_PICTURES = ("pinhole", "spherical", "cylindrical", "visualReference")


@dataclass(frozen=True, eq=False)
class Station:
    """One scan of the file.

    points : the library's own vector of points
    fields : names of what is known of each
    rotation, translation : (3, 3) and (3,) float64, from the scanner's coordinates to the file's
    stands : whether `translation` is the place of a scanner; what programs merge has no such place
    color_low, color_span : what black is written as, and how far above it white
    """

    name: str
    points: Any
    fields: frozenset[str]
    count: int
    rotation: DoubleArray
    translation: DoubleArray
    stands: bool
    color_low: float
    color_span: float


def stations_of(path: Path, root: Any) -> list[Station]:
    """Return the scans that hold points; FormatError names one that has no coordinates."""
    if not root.isDefined("data3D"):
        raise FormatError(path, "", message("it contains no scans"), EXPORT_AGAIN)
    nodes = root["data3D"]
    count = nodes.childCount()
    if count > _MOST_SCANS:
        cause = message("it declares %(count)s scans, more than the %(most)s allowed", count=count, most=_MOST_SCANS)
        raise FormatError(path, "", cause, EXPORT_AGAIN)
    found = [
        _station(path, message("scan %(number)s of %(count)s", number=number + 1, count=count), nodes[number])
        for number in range(count)
    ]
    stations = [station for station in found if station is not None]
    if not stations:
        raise FormatError(path, "", message("none of its scans contains points"), EXPORT_AGAIN)
    return stations


def _station(path: Path, place: Message, node: Any) -> Station | None:
    if not node.isDefined("points"):
        return None
    points = node["points"]
    prototype = libe57.StructureNode(points.prototype())
    fields = frozenset(prototype.get(field).elementName() for field in range(prototype.childCount()))
    if not (fields >= _CARTESIAN or fields >= _SPHERICAL):
        raise FormatError(path, place, message("its points have no coordinates"), EXPORT_AGAIN)
    count = points.childCount()
    if not count:
        return None
    rotation, translation = _pose(path, place, node)
    structured = bool(fields & {"rowIndex", "columnIndex"}) or not fields >= _CARTESIAN
    low, high = _color_limits(node, prototype)
    name = text_of(node, "name") or text_of(node, "guid")
    stands = structured or node.isDefined("sphericalBounds") or bool(translation.any())
    return Station(name, points, fields, count, rotation, translation, stands, low, high - low)


def _pose(path: Path, place: Message, node: Any) -> tuple[DoubleArray, DoubleArray]:
    """Return a scan's rotation and translation; nothing is turned or moved where it has none."""
    if not node.isDefined("pose"):
        return np.eye(3), np.zeros(3)
    pose = node["pose"]
    rotation, translation = np.array([1.0, 0, 0, 0]), np.zeros(3)
    if pose.isDefined("rotation"):
        rotation = np.array([number_of(pose["rotation"], axis) for axis in "wxyz"])
    if pose.isDefined("translation"):
        translation = np.array([number_of(pose["translation"], axis) for axis in "xyz"])
    size = float(np.linalg.norm(rotation))
    if not (np.isfinite(translation).all() and np.isfinite(size) and size > 0):
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
    """Return what black and white are written as: what the scan says, else the range of the field, else bytes."""
    low, high = 0.0, 255.0
    if node.isDefined("colorLimits") and node["colorLimits"].isDefined("colorRedMaximum"):
        limits = node["colorLimits"]
        low = number_of(limits, "colorRedMinimum") if limits.isDefined("colorRedMinimum") else 0.0
        high = number_of(limits, "colorRedMaximum")
    elif prototype.isDefined("colorRed") and isinstance(field := prototype["colorRed"], libe57.IntegerNode):
        low, high = float(field.minimum()), float(field.maximum())
    return (low, high) if high > low else (0.0, 255.0)


def images_of(root: Any) -> tuple[str, ...]:
    """Return the name and kind of each embedded image."""
    if not root.isDefined("images2D"):
        return ()
    nodes = root["images2D"]
    names = []
    for number in range(min(nodes.childCount(), _MOST_SCANS)):
        node = nodes[number]
        kind = next((kind for kind in _PICTURES if node.isDefined(f"{kind}Representation")), "unknown")
        names.append(f"{text_of(node, 'name') or number + 1} ({kind})")
    return tuple(names)


def text_of(node: Any, name: str) -> str:
    """Return a text of a node on one line, empty when there is none."""
    found = node[name] if node.isDefined(name) else None
    return " ".join(str(found.value()).split()) if isinstance(found, libe57.StringNode) else ""


def number_of(node: Any, name: str) -> float:
    """Return a number of a node, however it is written."""
    found = node[name]
    return float(found.scaledValue() if isinstance(found, libe57.ScaledIntegerNode) else found.value())
