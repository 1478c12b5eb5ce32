"""Read the poses of the images in a scene of OpenMVS, in its interface format (`MVSI`).

Source: OpenMVS, `libs/MVS/Interface.h`. Numbers are little-endian; a count of 8 bytes comes before each list and text.
A scene that OpenMVS compressed for itself has another signature, and is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import DoubleArray
from carreau.formats.location.text_files import EXPORT_OR_DELETE, unreadable

SIGNATURE = b"MVSI"
NEWEST_VERSION = 7
MOST_TEXT_BYTES = 1 << 16
MOST_ITEMS = 100_000
"""Most platforms, cameras, poses and images that are read."""

_POSE = np.dtype([("turn", "<f8", (3, 3)), ("center", "<f8", 3)])
_SCORE_BYTES = 24

Placed = tuple[DoubleArray, DoubleArray]
"""(n, 3, 3) float64 rotations from the system around to the own one, and (n, 3) float64 places."""


def read_image_poses(path: Path) -> Placed:
    """Return the rotation from the world to the camera, and its centre, of each image that has a pose.

    x is right, y down, z forward. Raises FormatError for a file that is cut short or of another kind, and ScanError for
    one that cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _Reader(path, file).images()
    except OSError as error:
        raise unreadable(path, error) from error


class _Reader:
    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        if file.read(4) != SIGNATURE:
            cause = message("it is not a scene in OpenMVS's interface format")
            raise FormatError(path, "", cause, EXPORT_OR_DELETE)
        self._version = self._integer(4)
        if self._version > NEWEST_VERSION:
            cause = message("version %(version)s of OpenMVS's format is not known", version=self._version)
            raise FormatError(path, "", cause, EXPORT_OR_DELETE)
        self._integer(4)  # reserved

    def images(self) -> Placed:
        platforms = [self._platform() for _ in range(self._count())]
        turns, centers = list[DoubleArray](), list[DoubleArray]()
        for _ in range(self._count()):
            platform, camera, pose = self._image()
            if platform >= len(platforms):
                continue
            cameras, poses = platforms[platform]
            if camera < len(cameras[0]) and pose < len(poses[0]):  # an image without a pose has the largest number
                turn, center = poses[0][pose], poses[1][pose]
                turns.append(cameras[0][camera] @ turn)
                centers.append(turn.T @ cameras[1][camera] + center)
        return np.array(turns).reshape(-1, 3, 3), np.array(centers).reshape(-1, 3)

    def _platform(self) -> tuple[Placed, Placed]:
        """Return the cameras in the system of a platform, and the platform in that of the world."""
        self._skip_text()
        cameras = [self._camera() for _ in range(self._count())]
        poses = [self._pose() for _ in range(self._count())]
        return _stack(cameras), _stack(poses)

    def _camera(self) -> np.void:
        self._skip_text()
        if self._version > 3:
            self._skip_text()  # the band
        if self._version > 0:
            self._bytes(8)  # width and height
        self._bytes(72)  # intrinsics
        return self._pose()

    def _image(self) -> tuple[int, int, int]:
        """Return the numbers of the platform, the camera and the pose."""
        self._skip_text()
        if self._version > 4:
            self._skip_text()  # the mask
        platform, camera, pose = (self._integer(4) for _ in range(3))
        if self._version > 2:
            self._integer(4)
        if self._version > 6:
            self._bytes(12)  # depths
            self._bytes(_SCORE_BYTES * self._count())
        return platform, camera, pose

    def _pose(self) -> np.void:
        value: np.void = np.frombuffer(self._bytes(_POSE.itemsize), _POSE)[0]
        return value

    def _count(self) -> int:
        count = self._integer(8)
        if count > MOST_ITEMS:
            raise self._cut_short()
        return count

    def _skip_text(self) -> None:
        length = self._integer(8)
        if length > MOST_TEXT_BYTES:
            raise self._cut_short()
        self._bytes(length)

    def _integer(self, size: int) -> int:
        return int.from_bytes(self._bytes(size), "little")

    def _bytes(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise self._cut_short()
        return data

    def _cut_short(self) -> FormatError:
        return FormatError(self._path, "", message("the file ends in the middle of a camera"), EXPORT_OR_DELETE)


def _stack(values: list[np.void]) -> Placed:
    rows = np.array(values, _POSE)
    return rows["turn"].astype(np.float64), rows["center"].astype(np.float64)
