"""Sample the poses of skinned and morphed shapes, so that simplification keeps triangles that bend."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from carreau.base.model import EncodedImage, FloatArray
from carreau.formats.gltf.gltf_document import open_document
from carreau.formats.gltf.gltf_pose import Moment, ScenePose
from carreau.formats.gltf.gltf_primitives import read_primitive
from carreau.formats.gltf_scene.scene import Authored
from carreau.formats.gltf_scene.scene_writer import WriteOptions, write

SHARES = (0.25, 0.5, 0.75)
"""Shares of a clip's duration that are sampled."""

MOST_POSES = 8
"""Most poses in all; each takes three numbers a vertex."""


def is_deformed(scene: Authored) -> dict[int, FloatArray]:
    """Return (n, 3 k) float32 for each deformed shape: its vertices in k poses, in the unit of its positions.

    A morph target counts as a pose too, for a viewer may set it without any clip.
    """
    bending = [number for number, shape in enumerate(scene.shapes) if shape.targets or "JOINTS_0" in shape.attributes]
    if not bending:
        return {}
    poses_of: dict[int, list[FloatArray]] = {number: [] for number in bending}
    for number in bending:
        positions = scene.shapes[number].attributes["POSITION"]
        for target in scene.shapes[number].targets[:MOST_POSES]:
            if "POSITION" in target:
                poses_of[number].append(positions + target["POSITION"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.glb"
        nothing = EncodedImage(b"", "image/png")
        path.write_bytes(write(scene, [nothing] * len(scene.pictures), WriteOptions("plain")))
        for moment in moments(scene):
            _add_poses(scene, path, moment, poses_of)
    return {
        number: np.ascontiguousarray(np.column_stack(poses[-MOST_POSES:]), np.float32)
        for number, poses in poses_of.items()
        if poses
    }


def moments(scene: Authored) -> list[Moment]:
    """Return the moments to sample: `SHARES` of each clip, the longest clip first, at most `MOST_POSES`."""
    clips = scene.facts.clips
    order = sorted(range(len(clips)), key=lambda number: (-clips[number].duration_s, number))
    return [Moment(number, clips[number].duration_s * share) for share in SHARES for number in order][:MOST_POSES]


def _add_poses(scene: Authored, path: Path, moment: Moment, poses_of: dict[int, list[FloatArray]]) -> None:
    """Add the vertices of each deformed shape at a moment."""
    document = open_document(path)
    pose, numbers = ScenePose(document, moment), _numbers(scene)
    for placed in pose.placed():
        for element in placed.mesh.children("primitives"):
            number = numbers[element.place]
            if number in poses_of and pose.is_posed(placed):
                primitive = read_primitive(document, element, [], is_skinned=placed.node.has("skin"))
                posed, _ = pose.applied(primitive, element, placed)
                scale = scene.shapes[number].scale if placed.node.has("skin") else 1.0
                poses_of[number].append(posed.positions / np.float32(scale or 1.0))


def _numbers(scene: Authored) -> dict[str, int]:
    """Return the number of each shape by the place of its primitive."""
    return {
        f"meshes[{mesh}].primitives[{index}]": int(primitive["shape"])
        for mesh, element in enumerate(scene.document()["meshes"])
        for index, primitive in enumerate(element["primitives"])
    }
