"""Poses of a scan's photographs, from files that photogrammetry programs leave beside it, and OGC GeoPoses.

Poses are evidence for which way is up: photographers hold cameras level, and drones look down. A file that has none, or
that is broken, is ignored with a decision: nothing else depends on it.

Each reader returns poses in one or more systems of coordinates; the first is the likeliest to be that of the mesh.
Limits hold for every size that a file claims. All readers raise ScanError, or FormatError naming the place, for a file
that has no poses.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

import numpy as np
from scipy.spatial.transform import Rotation

from carreau.base.errors import FormatError, ScanError
from carreau.base.messages import Message, message, printable
from carreau.base.model import DoubleArray, GeoPose
from carreau.formats.location.openmvs import read_image_poses
from carreau.formats.location.sidecars import camera_files
from carreau.formats.location.text_files import (
    EMPTY,
    EXPORT_OR_DELETE,
    FARTHEST,
    first_text,
    sidecar_text,
    too_large,
    unreadable,
    xml_tree,
)

MOST_KEPT = 512
"""Most poses of a file that are kept, evenly over the file: more say nothing new."""

MOST_BYTES = 1 << 25
"""Largest file that is read as a whole: XML and JSON take up to twenty times their size in memory."""

MOST_CAMERAS = 100_000
"""Most poses that are read of a file."""

MOST_LINE_BYTES = 1 << 29
"""Most bytes that are read of a file line by line; the observations between the poses of COLMAP are skipped."""
NOT_A_POSE = message("it is not the pose of an image")

NO_POSES = message("it has no camera poses")

Poses = tuple[DoubleArray, DoubleArray]
"""(n, 3, 3) axes, whose rows are right, up and forward of a picture, and (n, 3) centres."""

_LINE = 4096
_Y_DOWN = np.array([1.0, -1.0, 1.0])[:, None]
"""From right, down, forward (computer vision) to right, up, forward."""
_Z_BACK = np.array([1.0, 1.0, -1.0])[:, None]
"""From right, up, back (computer graphics) to right, up, forward."""


def _after_name(path: Path, file: BinaryIO) -> int:
    """Read a name and the count behind it, and return the count."""
    head = file.read(_LINE)
    end = head.find(b"\0")
    if end < 0 or len(head) < end + 9:
        raise _cut_short(path)
    file.seek(end + 9 - len(head), 1)
    return int.from_bytes(head[end + 1 : end + 9], "little")


def _colmap_row(path: Path, number: int, line: bytes) -> list[float]:
    words = line.split(None, 9)
    numbers = _floats(words[:9])
    if len(words) < 10 or len(numbers) < 9:
        raise FormatError(path, message("line %(line)s", line=number), NOT_A_POSE, EXPORT_OR_DELETE)
    return numbers[1:8]


def _cut_short(path: Path) -> FormatError:
    return FormatError(path, "", message("the file ends in the middle of a camera"), EXPORT_OR_DELETE)


def _floats(words: Iterable[str | bytes]) -> list[float]:
    """Return the numbers before the first word that is not a number."""
    numbers: list[float] = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError:
            break
    return numbers


def _from_camera(path: Path, systems: list[DoubleArray], signs: DoubleArray) -> list[Poses]:
    """Return the poses in each system of (n, 4, 4) matrices from the camera to the world, which may scale."""
    poses = [_filter(np.swapaxes(each[:, :3, :3], 1, 2) * signs, each[:, :3, 3]) for each in systems]
    usable = [each for each in poses if len(each[1])]
    if not usable:
        raise FormatError(path, "", NO_POSES, EXPORT_OR_DELETE)
    return usable


def _from_quaternions(path: Path, rows: list[list[float]]) -> Poses:
    values = np.array(rows, np.float64).reshape(-1, 7)
    values = values[np.isfinite(values).all(axis=1) & (np.abs(values[:, :4]).max(axis=1, initial=0) > 1e-6)]
    values = values[(np.abs(values) <= FARTHEST).all(axis=1)]
    if not len(values):
        raise FormatError(path, "", NO_POSES, EXPORT_OR_DELETE)
    turns = Rotation.from_quat(values[:, [1, 2, 3, 0]]).as_matrix()
    return _from_world(path, turns, values[:, 4:], _Y_DOWN)


def _from_world(path: Path, turns: DoubleArray, shifts: DoubleArray, signs: DoubleArray) -> Poses:
    """Return the poses of rotations and translations from the world to the camera."""
    with np.errstate(all="ignore"):
        centers = -np.einsum("nji,nj->ni", turns, shifts)
    return _valid(path, turns * signs, centers)


def _json(path: Path) -> Any:
    text = sidecar_text(path, MOST_BYTES)
    if not text.strip():
        raise FormatError(path, "", EMPTY, EXPORT_OR_DELETE)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "", _json_cause(error), EXPORT_OR_DELETE) from error


def _json_cause(error: Exception) -> Message:
    if isinstance(error, json.JSONDecodeError):
        return message("line %(line)s is not valid JSON", line=error.lineno)
    return message("it is not valid JSON")


def _filter(axes: DoubleArray, centers: DoubleArray) -> Poses:
    """Return the poses that are finite, and whose axes are at right angles and not mirrored."""
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(axes, axis=2, keepdims=True)
        axes = axes / lengths
        squares = axes @ np.swapaxes(axes, 1, 2)
        is_valid = (np.abs(squares - np.eye(3)) < 0.02).all(axis=(1, 2)) & (np.abs(centers) <= FARTHEST).all(axis=1)
        is_valid &= np.einsum("ni,ni->n", np.cross(axes[:, 0], axes[:, 1]), axes[:, 2]) < -0.9
    return axes[is_valid], centers[is_valid]


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers and the first `_LINE` bytes of all lines."""
    read = number = 0
    try:
        with path.open("rb") as file:
            while line := file.readline(_LINE):
                number += 1
                yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                read += len(line)
                while line and not line.endswith(b"\n") and read <= MOST_LINE_BYTES:
                    line = file.readline(1 << 16)
                    read += len(line)
                if read > MOST_LINE_BYTES:
                    raise too_large(path, MOST_LINE_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error


def _list(value: object) -> list[Any]:
    return value[:MOST_CAMERAS] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _similarity(element: Element) -> DoubleArray:
    """Return the (4, 4) matrix of the `<transform>` of a chunk or component; NaN without one."""
    transform = element.find("transform")
    if transform is None or transform.find("rotation") is None:
        return np.full((4, 4), np.nan)
    turn = _stack([_words(first_text(transform, "rotation"))], (3, 3))[0]
    shift = _stack([_words(first_text(transform, "translation"))], (3,))[0]
    scale = (_floats(first_text(transform, "scale").split()) or [1.0])[0]
    matrix = np.eye(4)
    with np.errstate(all="ignore"):
        matrix[:3, :3], matrix[:3, 3] = turn * scale, shift
    return matrix


def _stack(values: Iterable[object], shape: tuple[int, ...]) -> DoubleArray:
    """Return the (n, *shape) numbers of lists; NaN for a list that is missing or of another shape."""
    size = int(np.prod(shape))
    rows: list[DoubleArray] = []
    for value in values:
        try:
            row = np.array(value, np.float64)
        except (ValueError, TypeError, OverflowError):
            row = np.zeros(0)
        is_whole = row.size == size and row.shape in (shape, (size,))
        rows.append(row.reshape(shape) if is_whole else np.full(shape, np.nan))
    return np.array(rows, np.float64).reshape(-1, *shape)


def _valid(path: Path, axes: DoubleArray, centers: DoubleArray) -> Poses:
    poses = _filter(axes, centers)
    if not len(poses[1]):
        raise FormatError(path, "", NO_POSES, EXPORT_OR_DELETE)
    return poses


def _words(text: str) -> list[float]:
    return _floats(text.split())


def read_bundler(path: Path) -> list[Poses]:
    """Return the poses of `bundle.out`: a rotation and a translation from the world to each camera.

    Five lines for a camera: focal length and distortion, three rows of the rotation, the translation; zeros for a
    picture without a pose. x is right, y up, z back (Snavely, Bundler User's Manual).
    """
    turns: list[list[float]] = []
    count = None
    values: list[list[float]] = []
    for number, line in _lines(path):
        if line.startswith(b"#") or not line.strip():
            continue
        words = line.split()
        numbers = _floats(words)
        if len(numbers) != len(words) or len(words) != (2 if count is None else 3):
            raise FormatError(path, message("line %(line)s", line=number), NOT_A_POSE, EXPORT_OR_DELETE)
        if count is None:
            count = min(max(numbers[0], 0), MOST_CAMERAS)
        else:
            values.append(numbers)
            if len(values) == 5:
                turns.append([each for row in values[1:] for each in row])
                values = []
        if len(turns) >= count:
            break
    flat = np.array(turns, np.float64).reshape(-1, 4, 3)
    return [_from_world(path, flat[:, :3], flat[:, 3], _Z_BACK)]


def read_colmap_binary(path: Path) -> list[Poses]:
    """Return the poses of `images.bin`, whose records have the numbers of `images.txt` (little-endian).

    A record is an uint32, seven doubles, an uint32, a name that ends with zero, and the count of points of 24 bytes.
    """
    rows: list[list[float]] = []
    try:
        with path.open("rb") as file:
            count = int.from_bytes(file.read(8), "little")
            for _ in range(min(count, MOST_CAMERAS)):
                record = file.read(64)
                if len(record) < 64:
                    raise _cut_short(path)
                rows.append(list(struct.unpack("<4x7d4x", record)))
                points = _after_name(path, file)
                file.seek(24 * points, 1)
    except OSError as error:
        raise unreadable(path, error) from error
    except (OverflowError, ValueError) as error:  # a seek beyond 2^63
        raise _cut_short(path) from error
    return [_from_quaternions(path, rows)]


def read_colmap_text(path: Path) -> list[Poses]:
    """Return the poses of `images.txt`: every other line is `ID QW QX QY QZ TX TY TZ CAMERA NAME`.

    The quaternion and the translation go from the world to the camera; x is right, y down, z forward (COLMAP, "Output
    Format").
    """
    rows: list[list[float]] = []
    is_pose = True
    for number, line in _lines(path):
        if line.startswith(b"#"):
            continue
        if is_pose:
            if not line.strip():
                continue
            rows.append(_colmap_row(path, number, line))
            if len(rows) >= MOST_CAMERAS:
                break
        is_pose = not is_pose
    return [_from_quaternions(path, rows)]


def read_metashape(path: Path) -> list[Poses]:
    """Return the poses of `cameras.xml`, in the system of the chunk and in its internal one.

    The matrix of a `<camera>` goes from the camera to the internal system; x is right, y down, z forward. The
    `<transform>` of the chunk, or of the component of a camera, has a rotation, a translation and a scale, and goes on
    to the system of the chunk (Agisoft, Metashape Python Reference, `Camera.transform`, `Chunk.transform`).
    """
    tree = xml_tree(path, sidecar_text(path, MOST_BYTES))
    cameras = [element for element in tree.iter("camera") if element.find("transform") is not None]
    matrices = _stack((_words(first_text(camera, "transform")) for camera in cameras[:MOST_CAMERAS]), (4, 4))
    parts = {element.get("id", ""): _similarity(element) for element in tree.iter("component")}
    whole = next((_similarity(element) for element in tree.iter("chunk")), np.full((4, 4), np.nan))
    moves = [parts.get(camera.get("component_id", ""), whole) for camera in cameras[:MOST_CAMERAS]]
    with np.errstate(all="ignore"):
        moved = np.array(moves).reshape(-1, 4, 4) @ matrices
    return _from_camera(path, [moved, matrices], _Y_DOWN)


def read_openmvg(path: Path) -> list[Poses]:
    """Return the poses of `sfm_data.json`: `extrinsics` with a `rotation` from the world and a `center`.

    x is right, y down, z forward (openMVG, `geometry::Pose3`: a camera sees R (X - C)).
    """
    poses = [_mapping(_mapping(each).get("value")) for each in _list(_mapping(_json(path)).get("extrinsics"))]
    turns = _stack((pose.get("rotation") for pose in poses), (3, 3))
    centers = _stack((pose.get("center") for pose in poses), (3,))
    return [_valid(path, turns * _Y_DOWN, centers)]


def read_opensfm(path: Path) -> list[Poses]:
    """Return the poses of `reconstruction.json`: a rotation vector and a translation from the world to each camera.

    x is right, y down, z forward (OpenSfM, "Geometric Models"). Of several reconstructions, which lie in systems of
    their own, the one with the most shots is read.
    """
    data = _json(path)
    parts = [_mapping(_mapping(each).get("shots")) for each in (data if isinstance(data, list) else [data])]
    shots = [_mapping(each) for each in max(parts, key=len, default={}).values()][:MOST_CAMERAS]
    return [_from_world(path, *_from_vectors(shots), _Y_DOWN)]


def _from_vectors(shots: list[Mapping[str, Any]]) -> Poses:
    """Return the (n, 3, 3) rotations and (n, 3) translations of the shots that have a rotation vector."""
    vectors = _stack((shot.get("rotation") for shot in shots), (3,))
    vectors = np.where(np.abs(vectors) < 1e3, vectors, np.nan)
    is_there = np.isfinite(vectors).all(axis=1)
    turns = Rotation.from_rotvec(vectors[is_there].reshape(-1, 3)).as_matrix()
    return turns, _stack((shot.get("translation") for shot in shots), (3,))[is_there]


def read_odm(path: Path) -> list[Poses]:
    """Return the poses of `shots.geojson`, in plan about their middle and as they are.

    A shot has a rotation vector from the world, and a place, which is its `translation`; x is right, y down, z forward
    (OpenDroneMap, `opendm/shots.py`). Places are metres in a UTM zone. The model lies about the middle of the places
    that the photographs name in plan, which differs from that of the shots by less than a flight's errors of GPS.
    """
    features = _list(_mapping(_json(path)).get("features"))
    turns, centers = _from_vectors([_mapping(_mapping(each).get("properties")) for each in features])
    axes, places = _valid(path, turns * _Y_DOWN, centers)
    return [(axes, places - np.append(places[:, :2].mean(axis=0), 0.0)), (axes, places)]


def read_openmvs(path: Path) -> list[Poses]:
    """Return the poses of the images of `scene.mvs`; x is right, y down, z forward."""
    turns, centers = read_image_poses(path)
    return [_valid(path, turns * _Y_DOWN, centers)]


def read_transforms(path: Path) -> list[Poses]:
    """Return the poses of `transforms.json`, as they are and without the `applied_transform` of Nerfstudio.

    A `transform_matrix` goes from the camera to the world; x is right, y up, z back (Nerfstudio, "Data conventions").
    """
    data = _mapping(_json(path))
    frames = [_mapping(each) for each in _list(data.get("frames"))][:MOST_CAMERAS]
    matrices = _stack((frame.get("transform_matrix") for frame in frames), (4, 4))
    applied = np.eye(4)
    applied[:3] = _stack([data.get("applied_transform")], (3, 4))[0]
    if not (np.abs(applied) <= FARTHEST).all() or abs(np.linalg.det(applied)) < 1e-9:
        return _from_camera(path, [matrices], _Z_BACK)
    with np.errstate(all="ignore"):
        return _from_camera(path, [matrices, np.linalg.inv(applied) @ matrices], _Z_BACK)


READERS: dict[str, Callable[[Path], list[Poses]]] = {
    "images.bin": read_colmap_binary,
    "images.txt": read_colmap_text,
    "cameras.xml": read_metashape,
    "sfm_data.json": read_openmvg,
    "reconstruction.json": read_opensfm,
    "bundle.out": read_bundler,
    "transforms.json": read_transforms,
    "scene.mvs": read_openmvs,
    "shots.geojson": read_odm,
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
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_KEPT)).astype(np.int64))
    return CameraSet(name, count, centers[chosen], axes[chosen])


def geopose_json(pose: GeoPose) -> dict[str, Any]:
    """Return the Basic-Quaternion form (OGC 21-056r11, 7.4): degrees and metres, and the rotation to east, north, up.

    >>> geopose_json(GeoPose(3.31, 50.37, 30.0))["position"]
    {'lat': 50.37, 'lon': 3.31, 'h': 30.0}
    """
    x, y, z, w = pose.quaternion
    return {
        "position": {"lat": pose.lat, "lon": pose.lon, "h": pose.height},
        "quaternion": {"x": x, "y": y, "z": z, "w": w},
    }
