"""Every change of a mesh is found, and named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base.model import Material, Mesh, Texture, TextureSlot, Wrap
from carreau.geometry.triangles import mesh_differences, vertex_normals


def slot(data: bytes = b"texels", wrap: Wrap = Wrap.CLAMP) -> TextureSlot:
    return TextureSlot(Texture("base.jpg", data, 8, 8), 0, wrap, wrap)


@pytest.fixture
def mesh(bumpy_sheet: Mesh) -> Mesh:
    normals = vertex_normals(bumpy_sheet.positions, bumpy_sheet.faces)[bumpy_sheet.faces]
    colors = np.full((len(bumpy_sheet.positions), 3), 200, np.uint8)
    return replace(bumpy_sheet, normals=normals, colors=colors, materials=(Material("stone", base=slot()),))


def with_one(values: NDArray[Any], index: int, by: float) -> NDArray[Any]:
    changed = values.copy()
    changed[index] = (changed[index] + by).astype(values.dtype)
    return changed


def test_a_mesh_is_itself_whatever_its_names_and_origin(mesh: Mesh) -> None:
    assert mesh_differences(mesh, mesh) == ()
    named = replace(mesh, materials=(replace(mesh.materials[0], name="brick"),))
    assert mesh_differences(mesh, named) == ()
    away = replace(mesh, origin=np.array([1, 2, 3.0]), positions=mesh.positions - np.array([1, 2, 3], np.float32))
    assert mesh_differences(mesh, away) == ()


def test_what_moves_is_found(mesh: Mesh) -> None:
    assert mesh.normals is not None
    assert mesh_differences(mesh, replace(mesh, positions=with_one(mesh.positions, 7, 1e-4))) == ("positions",)
    assert mesh_differences(mesh, replace(mesh, positions=with_one(mesh.positions, 7, 1e-8))) == ()
    assert mesh_differences(mesh, replace(mesh, normals=with_one(mesh.normals, 7, 0.1))) == ("normals",)
    assert mesh_differences(mesh, replace(mesh, normals=None)) == ("normals",)
    assert mesh_differences(mesh, replace(mesh, texcoords=(with_one(mesh.texcoords[0], 7, 1e-3),))) == ("texcoords",)
    mirrored = mesh.texcoords[0] * np.array([-1, 1], np.float32)
    assert mesh_differences(mesh, replace(mesh, texcoords=(mirrored,))) == ("texcoords",)
    broken = with_one(mesh.positions, 7, np.nan)
    assert mesh_differences(mesh, replace(mesh, positions=broken)) == ("positions",)


def test_other_faces_are_found(mesh: Mesh) -> None:
    assert mesh.normals is not None
    fewer = replace(mesh, faces=mesh.faces[1:], normals=mesh.normals[1:], texcoords=(mesh.texcoords[0][1:],))
    assert mesh_differences(mesh, fewer) == ("faces",)
    turned = mesh.faces.copy()
    turned[9] = turned[9, ::-1]
    assert "positions" in mesh_differences(mesh, replace(mesh, faces=turned))
    empty = Mesh(mesh.positions, np.zeros((0, 3), np.int32))
    assert mesh_differences(empty, empty) == ("faces",)


def test_other_colors_are_found(mesh: Mesh) -> None:
    assert mesh.colors is not None
    assert mesh_differences(mesh, replace(mesh, colors=None)) == ("colors",)
    assert mesh_differences(mesh, replace(mesh, colors=with_one(mesh.colors, 7, 1))) == ("colors",)


@pytest.mark.parametrize(
    "material",
    [
        Material("stone", base=slot(b"others")),
        Material("stone", base=slot(wrap=Wrap.REPEAT)),
        Material("stone"),
        Material("stone", base=slot(), normal=slot()),
        Material("stone", base=slot(), roughness=0.5),
        Material("stone", base=slot(), metallic=1.0),
        Material("stone", (1, 1, 0.9), base=slot()),
        Material("stone", base=slot(), emissive_color=(0, 0, 0.5)),
    ],
)
def test_other_materials_are_found(material: Material, mesh: Mesh) -> None:
    assert mesh_differences(mesh, replace(mesh, materials=(material,))) == ("materials",)


def test_parts_that_exchange_their_materials_are_found(mesh: Mesh) -> None:
    numbers = np.arange(len(mesh.faces), dtype=np.int32) % 2
    pair = mesh.materials[0], Material("plain", (0.5, 0.5, 0.5))
    one, other = (replace(mesh, face_materials=numbers, materials=each) for each in (pair, pair[::-1]))
    assert mesh_differences(one, other) == ("materials",)
    assert mesh_differences(one, replace(other, face_materials=1 - numbers)) == ()
