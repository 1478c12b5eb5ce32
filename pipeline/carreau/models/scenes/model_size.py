"""The size of an authored model: glTF counts in metres, but notes of its own may state a unit or a real length."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.messages import Message, message
from carreau.base.model import Mesh, Scan
from carreau.base.units import UNITS_M
from carreau.formats.gltf_scene.prune import LIGHTS
from carreau.formats.gltf_scene.scene import Authored, scale_roots
from carreau.formats.location.scan_toml import own_notes, read_notes
from carreau.geometry.location.ground_plane import Motion
from carreau.geometry.location.placement import merge_placements, source_message
from carreau.geometry.location.scale import to_real_length
from carreau.geometry.triangles import transform

_VOLUME = "KHR_materials_volume"


@dataclass(frozen=True)
class ModelSize:
    """What the size of a file is multiplied by, about its origin.

    decisions : for the report, none where nothing is stated
    """

    factor: float = 1.0
    decisions: tuple[Message, ...] = ()

    @property
    def matrix(self) -> list[float]:
        """Return the (4, 4) matrix from the file's coordinates to the model's, row by row."""
        return [float(each) for each in _matrix(self.factor).ravel()]


AS_IN_FILE = ModelSize()


def stated_size(path: Path, scan: Scan) -> ModelSize:
    """Return the size that the notes beside a model state, `NAME.scan.toml`: those of a folder are about its scans.

    scan : the model at rest
    Raises FormatError for notes that are broken, and ScanError where the model has no length between their points.
    """
    notes = own_notes(path)
    if not notes.is_file():
        return AS_IN_FILE
    placement = merge_placements((read_notes(notes).placement,), 1)
    unit = UNITS_M[placement.unit] if placement.unit else 1.0
    motion, decisions = to_real_length(scan.mesh, Motion(np.eye(3) * unit, np.zeros(3), np.zeros(3)), placement)
    if placement.unit and not decisions:
        reason = source_message(placement.sources["unit"])
        decisions = [message("1 unit is 1 %(unit)s: %(reason)s", unit=placement.unit, reason=reason)]
    return ModelSize(float(motion.linear[0, 0]), tuple(decisions))


def sized_scene(scene: Authored, factor: float) -> Authored:
    """Return a scene multiplied by a factor: its nodes hang on one with a scale, and its shapes are as they were."""
    document = scene.document()
    scale_roots(document, factor)
    for material in document.get("materials", ()):
        _multiply(material.get("extensions", {}).get(_VOLUME, {}), "attenuationDistance", factor)
    for light in document.get("extensions", {}).get(LIGHTS, {}).get("lights", ()):
        _multiply(light, "range", factor)
        if light.get("type") != "directional":  # as bright as before, from so much farther
            light["intensity"] = light.get("intensity", 1.0) * factor**2
    shapes = tuple(replace(shape, scale=shape.scale * factor) for shape in scene.shapes)
    return replace(scene, text=json.dumps(document, ensure_ascii=False, separators=(",", ":")), shapes=shapes)


def sized_mesh(mesh: Mesh, factor: float) -> Mesh:
    """Return a mesh multiplied by a factor."""
    return transform(mesh, _matrix(factor))


def sized_scan(scan: Scan, factor: float) -> Scan:
    """Return a scan whose mesh is multiplied by a factor."""
    return replace(scan, mesh=sized_mesh(scan.mesh, factor))


def _matrix(factor: float) -> Any:
    return np.diag([factor, factor, factor, 1.0])


def _multiply(holder: dict[str, Any], key: str, factor: float) -> None:
    if key in holder:
        holder[key] *= factor
