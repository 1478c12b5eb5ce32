"""A reader that is not ours finds the same surface in the scans, and in the models made of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from carreau.base.model import EncodedImage, LevelMesh, Mesh
from carreau.formats.writers.glb import FLOAT_BITS, Precision
from carreau.geometry.triangles import face_areas
from carreau.models.stages.pack import GltfPackOptions, pack
from carreau.models.stages.read import read

SCANS = (
    "column_obj/column03.obj",
    "venus_statue_obj/venus_statue.obj",
    "vertexcolour_ply/ankylosaurus_mesh.ply",
    "venus_glb/venus.glb",
    "whale_cranium_glb/whale_cranium.glb",
)


def by_trimesh(path: Path) -> trimesh.Trimesh:
    """Return the file's whole geometry in the scene's coordinates, vertices as they are."""
    mesh: trimesh.Trimesh = trimesh.load_scene(path, process=False, maintain_order=True).to_mesh()
    return mesh


def area(mesh: Mesh) -> float:
    return float(face_areas(mesh.positions, mesh.faces).sum(dtype=np.float64))


@pytest.mark.parametrize("name", SCANS)
def test_scans_have_the_same_surface(scans: Path, name: str) -> None:
    ours, theirs = read(scans / name).mesh, by_trimesh(scans / name)
    assert len(ours.faces) == len(theirs.faces)
    assert area(ours) == pytest.approx(theirs.area, rel=1e-4)
    positions = ours.positions[ours.faces.ravel()] + ours.origin
    size = np.ptp(positions, axis=0).max()
    assert np.abs(positions.min(axis=0) - theirs.bounds[0]).max() < 1e-5 * size
    assert np.abs(positions.max(axis=0) - theirs.bounds[1]).max() < 1e-5 * size


def test_stl_has_the_same_surface(tmp_path: Path, tetrahedron: Mesh) -> None:
    written = trimesh.Trimesh(tetrahedron.positions, tetrahedron.faces, process=False)
    for kind in ("stl", "stl_ascii"):
        path = tmp_path / f"{kind}.stl"
        written.export(path, file_type=kind)
        mesh = read(path).mesh
        assert len(mesh.faces) == 4
        assert area(mesh) == pytest.approx(written.area, rel=1e-6)


def test_a_plain_model_is_what_another_reader_finds(tmp_path: Path, bumpy_sheet: Mesh) -> None:
    texcoords = np.zeros((len(bumpy_sheet.positions), 2), np.float32)
    texcoords[bumpy_sheet.faces] = bumpy_sheet.texcoords[0]
    normals = np.tile(np.array([0, 1, 0], np.float32), (len(bumpy_sheet.positions), 1))
    level = LevelMesh(bumpy_sheet.positions, normals, bumpy_sheet.faces, texcoords)
    picture = BytesIO()
    Image.new("RGB", (8, 8), (200, 90, 40)).save(picture, "PNG")
    options = GltfPackOptions(flavour="plain", precision=Precision(FLOAT_BITS, 8, 16, 16))
    path = tmp_path / "plain.glb"
    path.write_bytes(pack(level, {"base": EncodedImage(picture.getvalue(), "image/png")}, options))
    theirs = by_trimesh(path)
    assert len(theirs.faces) == len(bumpy_sheet.faces)
    assert theirs.area == pytest.approx(area(bumpy_sheet), rel=1e-5)
    visual: Any = theirs.visual
    assert visual.material.baseColorTexture.getpixel((0, 0))[:3] == (200, 90, 40)
