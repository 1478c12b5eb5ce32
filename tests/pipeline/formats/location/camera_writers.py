"""Files of camera poses, written as each program documents them.

All take (n, 3, 3) axes, whose rows are right, up and forward of a picture, and (n, 3) centres.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from carreau.base.model import DoubleArray

MOVE = (Rotation.from_euler("xyz", [20, 30, 40], degrees=True).as_matrix(), np.array([5.0, -2.0, 1.0]), 2.5)
"""Rotation, translation and scale from Metashape's internal system to that of the chunk."""


def _vision(axes: DoubleArray, centers: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return rotations and translations from the world to cameras with x right, y down, z forward."""
    turns = np.stack([axes[:, 0], -axes[:, 1], axes[:, 2]], axis=1)
    return turns, -np.einsum("nij,nj->ni", turns, centers)


def colmap_text(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `images.txt`; one image has no points."""
    turns, shifts = _vision(axes, centers)
    lines = [
        "# Image list with two lines of data per image:",
        "#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME",
    ]
    for number, (turn, shift) in enumerate(zip(turns, shifts, strict=True), 1):
        x, y, z, w = Rotation.from_matrix(turn).as_quat()
        lines.append(" ".join(map(repr, map(float, [w, x, y, z, *shift]))))
        lines[-1] = f"{number} {lines[-1]} 1 fosse {number}.jpg"
        lines.append("" if number == 2 else "12.5 7.5 -1 " * 1500)
    return "\n".join([*lines, ""]).encode()


def colmap_binary(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `images.bin`."""
    parts = [struct.pack("<Q", len(centers))]
    for number, (turn, shift) in enumerate(zip(*_vision(axes, centers), strict=True), 1):
        x, y, z, w = Rotation.from_matrix(turn).as_quat()
        name = f"fosse {number}.jpg".encode() + b"\0"
        parts.append(struct.pack("<I7dI", number, w, x, y, z, *shift, 1) + name + struct.pack("<Q", number))
        parts.append(struct.pack("<2dq", 12.5, 7.5, -1) * number)
    return b"".join(parts)


def openmvg(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `sfm_data.json`."""
    poses = [
        {"key": number, "value": {"rotation": turn.tolist(), "center": center.tolist()}}
        for number, (turn, center) in enumerate(zip(_vision(axes, centers)[0], centers, strict=True))
    ]
    return json.dumps({"sfm_data_version": "0.3", "views": [], "extrinsics": poses, "structure": []}).encode()


def opensfm(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `reconstruction.json`, with a small reconstruction before the large one."""
    shots = {
        f"{number}.jpg": {"rotation": Rotation.from_matrix(turn).as_rotvec().tolist(), "translation": shift.tolist()}
        for number, (turn, shift) in enumerate(zip(*_vision(axes, centers), strict=True))
    }
    small = {"a.jpg": {"rotation": [0, 0, 0], "translation": [0, 0, 0]}}
    return json.dumps([{"shots": small, "points": {}}, {"shots": shots, "points": {}}]).encode()


def bundler(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `bundle.out`; its first picture has no pose."""
    lines = ["# Bundle file v0.3", f"{len(centers) + 1} 1", "0 0 0", *["0 0 0"] * 4]
    for axis, center in zip(axes, centers, strict=True):
        turn = np.stack([axis[0], axis[1], -axis[2]])
        rows = [[1200.0, 0.0, 0.0], *turn, -turn @ center]
        lines += [" ".join(repr(float(number)) for number in row) for row in rows]
    return "\n".join([*lines, "1 2 3", "255 255 255", "2 0 0 1.5 2.5 1 0 1.5 2.5", ""]).encode()


def metashape(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `cameras.xml`, whose chunk is moved; one camera is not aligned."""
    turn, shift, scale = MOVE
    cameras = []
    for number, (axis, center) in enumerate(zip(_vision(axes, centers)[0], centers, strict=True)):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = turn.T @ axis.T, turn.T @ (center - shift) / scale
        numbers = " ".join(repr(float(each)) for each in matrix.ravel())
        cameras.append(
            f'<camera id="{number}" sensor_id="0" component_id="0" label="fosse {number}">'
            f"<transform>{numbers}</transform><orientation>1</orientation></camera>"
        )
    words = [" ".join(repr(float(each)) for each in numbers) for numbers in (turn.ravel(), shift)]
    inner = f"<rotation>{words[0]}</rotation><translation>{words[1]}</translation><scale>{scale}</scale>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document version="2.0.0"><chunk label="Chunk 1" enabled="true">'
        f'<components next_id="1"><component id="0" label="Component 1"><transform>{inner}</transform></component>'
        f'</components><cameras next_id="9"><group id="0">{"".join(cameras)}</group><camera id="8" label="lost"/>'
        "</cameras></chunk></document>"
    ).encode()


def nerf(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `transforms.json` of Nerfstudio, which has swapped the axes of the scan."""
    applied = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0]])
    frames = []
    for number, (axis, center) in enumerate(zip(axes, centers, strict=True)):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = np.stack([axis[0], axis[1], -axis[2]], axis=1), center
        moved = np.vstack([applied, [0, 0, 0, 1]]) @ matrix
        frames.append({"file_path": f"images/{number}.jpg", "transform_matrix": moved.tolist()})
    return json.dumps({"fl_x": 1200.0, "applied_transform": applied.tolist(), "frames": frames}).encode()


def odm(axes: DoubleArray, centers: DoubleArray) -> bytes:
    """Return `shots.geojson`."""
    features = []
    for number, (turn, center) in enumerate(zip(_vision(axes, centers)[0], centers, strict=True)):
        own = {"filename": f"{number}.jpg", "translation": center.tolist()}
        own["rotation"] = Rotation.from_matrix(turn).as_rotvec().tolist()
        place = {"type": "Point", "coordinates": [3.5, 50.4, 80.0]}
        features.append({"type": "Feature", "properties": own, "geometry": place})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def openmvs(axes: DoubleArray, centers: DoubleArray, version: int = 7) -> bytes:
    """Return `scene.mvs`: a rig of two cameras, the second of which is turned and shifted; one image has no pose."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    def placed(turn: DoubleArray, center: DoubleArray) -> bytes:
        return struct.pack("<12d", *turn.ravel(), *center)

    rig = Rotation.from_euler("xyz", [5, 80, -3], degrees=True).as_matrix(), np.array([0.1, 0.0, -0.2])
    mounted = [(np.eye(3), np.zeros(3)), rig]
    cameras = b""
    for turn, center in mounted:
        cameras += text("camera") + (text("") if version > 3 else b"") + (bytes(8) if version > 0 else b"")
        cameras += bytes(72) + placed(turn, center)
    poses, images = b"", b""
    for number, (turn, center) in enumerate(zip(_vision(axes, centers)[0], centers, strict=True)):
        own_turn, own_center = mounted[number % 2]
        base = own_turn.T @ turn
        poses += placed(base, center - base.T @ own_center)
    for number in range(len(centers) + 1):
        pose = number if number < len(centers) else 2**32 - 1
        images += text(f"fosse {number}.jpg") + (text("") if version > 4 else b"")
        images += struct.pack("<3I", 0, number % 2, pose) + (bytes(4) if version > 2 else b"")
        images += bytes(12) + struct.pack("<Q", 1) + bytes(24) if version > 6 else b""
    platform = text("rig") + struct.pack("<Q", 2) + cameras + struct.pack("<Q", len(centers)) + poses
    head = b"MVSI" + struct.pack("<2IQ", version, 0, 1)
    return head + platform + struct.pack("<Q", len(centers) + 1) + images + struct.pack("<5Q", 0, 0, 0, 0, 0)


WRITERS: dict[str, Callable[[DoubleArray, DoubleArray], bytes]] = {
    "images.txt": colmap_text, "images.bin": colmap_binary, "sfm_data.json": openmvg, "reconstruction.json": opensfm,
    "bundle.out": bundler, "cameras.xml": metashape, "transforms.json": nerf,
    "scene.mvs": openmvs, "shots.geojson": odm,
}  # fmt: skip
"""What writes each file, by its name."""
