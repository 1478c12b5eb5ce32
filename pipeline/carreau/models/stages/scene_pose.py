"""Meshes of an animated model at a moment of a clip."""

from __future__ import annotations

import tempfile
from pathlib import Path

from carreau.base.model import Mesh
from carreau.formats.gltf import gltf
from carreau.formats.gltf.gltf_pose import Moment


def pose_file(path: Path, clip: int, time_s: float) -> Mesh:
    """Return what a .glb or .gltf shows at a time of one of its clips."""
    return gltf.read(path, Moment(clip, time_s)).mesh


def pose_level(glb: bytes, clip: int, time_s: float) -> Mesh:
    """Return the same of a level, read back from its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "level.glb"
        path.write_bytes(glb)
        return pose_file(path, clip, time_s)
