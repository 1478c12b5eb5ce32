"""Every OBJ and PLY among the real scans is read whole, and what is no mesh is refused for what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.models.stages.read import read


def test_column_obj(scans: Path) -> None:
    scan = read(scans / "column_obj" / "column03.obj")
    mesh = scan.mesh
    assert (len(mesh.positions), len(mesh.faces)) == (7414, 13980)
    (material,) = mesh.materials
    assert material.base is not None
    assert material.normal is not None
    assert material.base.texture.name == "Column03_occlusion.png"
    assert material.normal.texture.name == "Column03_normals.png"
    assert (material.base.texture.width, material.base.texture.height) == (2048, 2048)
    assert mesh.normals is not None
    assert np.allclose(np.linalg.norm(mesh.normals, axis=2), 1, atol=1e-5)
    assert scan.facts.warnings == ()
    assert len(scan.files) == 4


def test_venus_statue_obj(scans: Path) -> None:
    scan = read(scans / "venus_statue_obj" / "venus_statue.obj")
    mesh = scan.mesh
    assert (len(mesh.positions), len(mesh.faces)) == (383791, 597703)
    assert scan.facts.parts == ("part0", "part1")
    statue, untextured = mesh.materials
    assert statue.base is not None
    assert statue.base.texture.width == 4096
    assert untextured.base is None
    assert np.bincount(mesh.face_materials).tolist() == [573044, 24659]
    bare = np.isnan(mesh.texcoords[0]).all(axis=(1, 2))
    assert np.array_equal(bare, mesh.face_materials == 1)
    assert np.ptp(mesh.positions, axis=0).max() == pytest.approx(21.7, abs=0.1)
    assert not mesh.origin.any()
    assert scan.facts.warnings == ()


def test_vertexcolour_ply(scans: Path) -> None:
    scan = read(scans / "vertexcolour_ply" / "ankylosaurus_mesh.ply")
    mesh = scan.mesh
    assert (len(mesh.positions), len(mesh.faces)) == (34820, 69636)
    assert scan.facts.detail == "ascii"
    assert mesh.colors is not None
    assert mesh.colors[0].tolist() == [90, 96, 102]
    assert mesh.normals is not None
    assert mesh.texcoords == ()
    assert scan.facts.warnings == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("house_splat/fourth_st_3dgs.ply", "Gaussian splat"),
        ("house_splat/fourth_st.spz", "Gaussian splat"),
        ("column_obj/column03.mtl", "material library"),
        ("column_obj/Column03_normals.png", "an image"),
        ("column_obj/about.json", "unknown"),
    ],
)
def test_what_is_no_mesh(scans: Path, name: str, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        read(scans / name)
    assert "\n" not in str(caught.value)
