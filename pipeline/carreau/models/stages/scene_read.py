"""Reading of authored glTF scenes without loss."""

from __future__ import annotations

from pathlib import Path

from carreau.formats.gltf_scene import scene_reader
from carreau.formats.gltf_scene.scene import Authored


def read_authored(path: Path) -> Authored:
    """Return the scene of a .glb or .gltf with its animations; see `carreau.formats.gltf_scene.scene_reader.read`."""
    return scene_reader.read(path)
