"""The factors of a GLB's materials as they are written, for comparison with those of another file."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from carreau.base.model import Material, Mesh


def with_written_factors(mesh: Mesh, glb: bytes) -> Mesh:
    """Return a mesh read from a GLB with metallic and roughness as the file has them.

    The reader of scans takes materials that are not metal for rough, whatever their factors say.
    """
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    written = document.get("materials", [])
    names = [each.get("name", f"materials[{number}]") for number, each in enumerate(written)]
    return dataclasses.replace(
        mesh,
        materials=tuple(
            _with_factors(material, written[names.index(material.name)])
            if names.count(material.name) == 1
            else material
            for material in mesh.materials
        ),
    )


def _with_factors(material: Material, written: dict[str, Any]) -> Material:
    rough = written.get("pbrMetallicRoughness", {})
    if "metallicRoughnessTexture" in rough:
        return material
    metallic, roughness = (float(rough.get(name, 1.0)) for name in ("metallicFactor", "roughnessFactor"))
    return dataclasses.replace(material, metallic=metallic, roughness=roughness)
