"""The published GLB and glTF scans read as their descriptions say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from carreau.formats.gltf.gltf import read


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("venus_glb", "venus.glb"),
        ("whale_cranium_glb", "whale_cranium.glb"),
        ("venus_statue_gltf_draco", "venus.gltf"),
    ],
)
def test_counts_are_as_described(scans: Path, folder: str, file: str) -> None:
    about = json.loads((scans / folder / "about.json").read_text(encoding="utf-8"))
    scan = read(scans / folder / file)
    assert len(scan.mesh.faces) == about["triangles"]
    assert np.isfinite(scan.mesh.positions).all()
    assert scan.mesh.normals is not None
    lengths = np.linalg.norm(scan.mesh.normals, axis=2)
    assert np.abs(lengths - 1).max() < 1e-3
    assert scan.facts.warnings == ()


def test_venus_has_no_colour_but_relief_and_shade(scans: Path) -> None:
    (material,) = read(scans / "venus_glb" / "venus.glb").mesh.materials
    assert material.base is None
    assert material.normal is not None
    assert material.occlusion is not None
    assert material.is_green_down
    assert material.normal.texture.width == material.occlusion.texture.width == 2048


def test_the_draco_statue_is_textured_but_for_its_plug(scans: Path) -> None:
    scan = read(scans / "venus_statue_gltf_draco" / "venus.gltf")
    assert "Draco" in scan.facts.detail
    assert [material.base is not None for material in scan.mesh.materials] == [True, False]
    (texcoords,) = scan.mesh.texcoords
    assert (np.isnan(texcoords).any(axis=(1, 2)) == (scan.mesh.face_materials == 1)).all()
    assert len(scan.files) == 3
