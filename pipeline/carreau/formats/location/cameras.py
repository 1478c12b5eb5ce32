"""Poses of the photographs of a scan, from the files that photogrammetry programs leave beside it.

They are evidence for which way is up: photographers hold cameras level, and drones look down. A file that has none, or
that is broken, is ignored with a decision: nothing else depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.base.errors import ScanError
from carreau.base.messages import Message, message
from carreau.base.model import DoubleArray
from carreau.base.text_encoding import printable
from carreau.formats.location.camera_formats import (
    Poses,
    read_bundler,
    read_colmap_binary,
    read_colmap_text,
    read_metashape,
    read_openmvg,
    read_opensfm,
    read_transforms,
)
from carreau.formats.location.sidecars import camera_files

MOST_KEPT = 512
"""Most poses of a file that are kept, evenly over the file: more say nothing new."""

READERS: dict[str, Callable[[Path], list[Poses]]] = {
    "images.bin": read_colmap_binary,
    "images.txt": read_colmap_text,
    "cameras.xml": read_metashape,
    "sfm_data.json": read_openmvg,
    "reconstruction.json": read_opensfm,
    "bundle.out": read_bundler,
    "transforms.json": read_transforms,
}
"""What reads each of `CAMERA_FILES`, by its name."""


@dataclass(frozen=True, eq=False)
class CameraSet:
    """Cameras of one file, in one system of coordinates.

    source : name of the file
    count : how many cameras the file has
    centers : (n, 3) float64 places of at most `MOST_KEPT` of them, in the scan's coordinates if they share a system
    axes : (n, 3, 3) float64, the rows are the directions right, up and forward of a picture
    """

    source: str
    count: int
    centers: DoubleArray
    axes: DoubleArray


@dataclass(frozen=True)
class CamerasBeside:
    """All cameras beside a scan.

    sets : one for each file and system of coordinates that its poses may be in
    decisions : one sentence for each file that is ignored
    """

    sets: tuple[CameraSet, ...] = ()
    decisions: tuple[Message, ...] = ()


NO_CAMERAS = CamerasBeside()
"""No file of cameras."""


def read_cameras(scan: Path) -> CamerasBeside:
    """Return the cameras beside a scan; what cannot be read is named in a decision."""
    sets: list[CameraSet] = []
    decisions: list[Message] = []
    for path in camera_files(scan):
        name = printable(path.name)
        try:
            frames = READERS[path.name.lower()](path)
        except ScanError as error:
            decisions.append(
                message("the cameras of %(file)s are ignored: %(reason)s", file=name, reason=_reason(error))
            )
            continue
        sets += [_camera_set(name, *poses) for poses in frames]
    return CamerasBeside(tuple(sets), tuple(decisions))


def _reason(error: ScanError) -> Message:
    if not error.place:
        return error.cause
    return message("%(place)s: %(cause)s", place=error.place, cause=error.cause)


def _camera_set(name: str, axes: DoubleArray, centers: DoubleArray) -> CameraSet:
    count = len(centers)
    kept = np.unique(np.linspace(0, count - 1, min(count, MOST_KEPT)).astype(np.int64))
    return CameraSet(name, count, centers[kept], axes[kept])
