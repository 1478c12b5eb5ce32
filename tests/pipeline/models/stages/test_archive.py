"""A whole scan as one GLB keeps every triangle, material and texture as it was, and any validator passes it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import BudgetError
from carreau.base.model import AlphaMode, ByteArray, Material, Mesh, Texture, TextureSlot, Wrap
from carreau.formats.gltf import gltf
from carreau.formats.images.image import decode, decode_opacity
from carreau.models.stages import pack
from carreau.models.stages.check import check_packed
from carreau.models.stages.pack import ArchiveAbout, pack_archive
from tests.pipeline.lattices import lattice

ABOUT = ArchiveAbout("Fosse 1", "Jeanne, CC0-1.0", "Carreau", {"origin": [700123.123456789, 7070456.987654321, 31.25]})


def texture(name: str, kind: str = "PNG") -> Texture:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (8, 8, 3)).astype(np.uint8)).save(stream, kind)
    return Texture(name, stream.getvalue(), 8, 8)


@pytest.fixture
def clad(bumpy_sheet: Mesh) -> Mesh:
    """The sheet in three materials: a texture with a normal map, a plain colour, and a texture half without layout."""
    one, other = texture("one.png"), texture("two.jpg", "JPEG")
    materials = (
        Material("brick", base=TextureSlot(one, 0, Wrap.MIRROR, Wrap.CLAMP), normal=TextureSlot(other, 1)),
        Material("red", (0.5, 0.25, 0.125)),
        Material("slate", (1.0, 0.5, 0.25), base=TextureSlot(other)),
    )
    count = len(bumpy_sheet.faces)
    first = bumpy_sheet.texcoords[0].copy()
    second = (3 * first + 1).astype(np.float32)
    first[-100:] = np.nan
    parts = np.repeat(np.arange(3, dtype=np.int32), [300, 200, count - 500])
    return replace(bumpy_sheet, texcoords=(first, second), materials=materials, face_materials=parts)


def document(glb: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    return found


def read_back(glb: bytes, folder: Path) -> Mesh:
    path = folder / "archive.glb"
    path.write_bytes(glb)
    return gltf.read(path).mesh


def test_every_triangle_and_material_is_there(clad: Mesh, tmp_path: Path) -> None:
    made = pack_archive(clad, ABOUT)
    found = read_back(made.glb, tmp_path)
    corners = {tuple(map(tuple, face)) for face in (found.positions[found.faces] + found.origin).tolist()}
    assert corners == {tuple(map(tuple, face)) for face in clad.positions[clad.faces].tolist()}
    assert (made.triangles, len(found.faces)) == (len(clad.faces), len(clad.faces))
    assert [material.name for material in found.materials] == ["brick", "red", "slate", "slate"]
    assert np.bincount(found.face_materials).tolist() == [300, 200, 200, 100]
    bare = found.materials[3]
    assert (bare.base, bare.base_color) == (None, (1.0, 0.5, 0.25))
    check_packed(made.glb)


def test_textures_are_the_scan_s_own_bytes(clad: Mesh, tmp_path: Path) -> None:
    made = pack_archive(clad, ABOUT)
    brick = read_back(made.glb, tmp_path).materials[0]
    assert brick.base is not None
    assert brick.normal is not None
    assert clad.materials[0].base is not None
    assert clad.materials[0].normal is not None
    assert brick.base.texture.data == clad.materials[0].base.texture.data
    assert brick.normal.texture.data == clad.materials[0].normal.texture.data
    assert (brick.base.wrap_u, brick.base.wrap_v) == (Wrap.MIRROR, Wrap.CLAMP)
    assert brick.base.texcoord_set != brick.normal.texcoord_set
    assert [(each.name, each.is_untouched) for each in made.textures] == [("one.png", True), ("two.jpg", True)]
    assert len(document(made.glb)["images"]) == 2
    assert not made.notes


def test_one_image_in_two_materials_is_there_once(clad: Mesh) -> None:
    brick = clad.materials[0]
    assert brick.base is not None
    again = replace(brick.base, texture=replace(brick.base.texture))
    made = pack_archive(replace(clad, materials=(brick, clad.materials[1], Material("slate", base=again))), ABOUT)
    assert len(document(made.glb)["images"]) == 2


def test_what_gltf_cannot_carry_is_said(clad: Mesh) -> None:
    slot = TextureSlot(texture("old.tif", "TIFF"))
    made = pack_archive(replace(clad, materials=(Material(base=slot), *clad.materials[1:])), ABOUT)
    assert made.notes == (
        "the texture 'old.tif' is stored as PNG with 8 bits per channel, because glTF does not support its type",
    )
    assert [each.is_untouched for each in made.textures] == [False, True]


@pytest.mark.parametrize("has_normals", [True, False])
def test_a_normal_map_as_directx_has_it_stays_as_it_is(clad: Mesh, has_normals: bool, tmp_path: Path) -> None:
    normals = np.tile(np.array([0, 1, 0], np.float32), (len(clad.faces), 3, 1))
    brick = replace(clad.materials[0], is_green_down=True)
    told = replace(clad, materials=(brick, *clad.materials[1:]), normals=normals if has_normals else None)
    made = pack_archive(told, ABOUT)
    found = read_back(made.glb, tmp_path).materials
    assert [material.is_green_down for material in found] == [True, False, False, False]
    assert found[0].normal is not None
    assert brick.normal is not None
    assert found[0].normal.texture.data == brick.normal.texture.data
    check_packed(made.glb)


def test_it_uses_no_extension_and_names_its_place_in_full_precision(clad: Mesh) -> None:
    found = document(pack_archive(clad, ABOUT).glb)
    assert "extensionsUsed" not in found
    assert found["asset"]["extras"] == dict(ABOUT.extras)
    assert found["asset"]["copyright"] == "Jeanne, CC0-1.0"


def test_vertex_colours_come_back_exactly(tetrahedron: Mesh, tmp_path: Path) -> None:
    colors = np.array([[0, 1, 2], [3, 128, 255], [250, 20, 7], [13, 14, 15]], np.uint8)
    made = pack_archive(replace(tetrahedron, colors=colors), ABOUT)
    found = read_back(made.glb, tmp_path)
    assert found.colors is not None
    seen = {
        tuple(place): tuple(color) for place, color in zip(found.positions.tolist(), found.colors.tolist(), strict=True)
    }
    told = {
        tuple(place): tuple(color) for place, color in zip(tetrahedron.positions.tolist(), colors.tolist(), strict=True)
    }
    assert seen == told
    check_packed(made.glb)


def test_the_same_scan_gives_the_same_bytes(clad: Mesh) -> None:
    assert pack_archive(clad, ABOUT).glb == pack_archive(clad, ABOUT).glb


def test_more_than_a_glb_can_count_is_refused(clad: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "MOST_BYTES", 1000)
    with pytest.raises(BudgetError, match="exceeds the 4 GB"):
        pack_archive(clad, ABOUT)


def test_metal_roughness_and_emission_stay_the_scan_s_own(clad: Mesh, tmp_path: Path) -> None:
    surface, glow = TextureSlot(texture("surface.png")), TextureSlot(Texture("glow.png", gray(200, 8), 8, 8))
    bronze = replace(
        clad.materials[0],
        metallic=0.8,
        roughness=0.5,
        metallic_map=surface,
        roughness_map=TextureSlot(surface.texture),
        emissive_color=(1.0, 0.5, 0.0),
        emissive=glow,
        occlusion_strength=0.5,
        occlusion=surface,
    )
    made = pack_archive(replace(clad, materials=(bronze, *clad.materials[1:])), ABOUT)
    check_packed(made.glb)
    found = read_back(made.glb, tmp_path).materials[0]
    assert (found.metallic, found.roughness, found.emissive_color) == (0.8, 0.5, (1.0, 0.5, 0.0))
    assert found.occlusion_strength == 0.5
    assert found.roughness_map is not None
    assert found.emissive is not None
    assert found.roughness_map.texture.data == surface.texture.data
    assert found.emissive.texture.data == glow.texture.data
    assert not made.notes


def test_separate_images_of_metal_and_roughness_are_joined(clad: Mesh, tmp_path: Path) -> None:
    rough, metal = (TextureSlot(Texture(name, gray(level, edge), edge, edge)) for name, level, edge in SEPARATE)
    bronze = replace(clad.materials[0], metallic=1.0, metallic_map=metal, roughness_map=rough)
    made = pack_archive(replace(clad, materials=(bronze, *clad.materials[1:])), ABOUT)
    check_packed(made.glb)
    found = read_back(made.glb, tmp_path).materials[0].roughness_map
    assert found is not None
    assert (decode(found.texture) == (255, 90, 240)).all()
    assert decode(found.texture).shape == (8, 8, 3)
    assert [note.split(":")[0] for note in made.notes] == ["'rough.png + metal.png'"]
    assert [each.is_untouched for each in made.textures if "metal" in each.name] == [False]


SEPARATE = (("rough.png", 90, 4), ("metal.png", 240, 8))


def gray(level: int, edge: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (edge, edge), level).save(stream, "PNG")
    return stream.getvalue()


def encoded(picture: ByteArray, kind: str) -> Texture:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
    return Texture(f"lattice.{kind.lower()}", stream.getvalue(), picture.shape[1], picture.shape[0])


@pytest.mark.parametrize("has_base", [True, False])
def test_a_map_of_opacity_is_joined_with_the_colours(clad: Mesh, tmp_path: Path, has_base: bool) -> None:
    mask = np.array([[255, 0], [0, 255]], np.uint8)
    grey, base = encoded(mask, "PNG"), encoded(np.full((2, 2, 3), 90, np.uint8), "BMP")
    bars = replace(
        clad.materials[0],
        base=TextureSlot(base) if has_base else None,
        normal=None,
        alpha_mode=AlphaMode.MASK,
        alpha_cutoff=0.25,
        opacity_map=TextureSlot(grey),
    )
    made = pack_archive(replace(clad, materials=(bars, *clad.materials[1:])), ABOUT)
    check_packed(made.glb)
    back = read_back(made.glb, tmp_path).materials[0]
    assert (back.alpha_mode, back.alpha_cutoff) == (AlphaMode.MASK, 0.25)
    assert back.opacity_map is not None
    assert back.base is not None
    assert np.array_equal(decode_opacity(back.opacity_map.texture), mask)
    assert (decode(back.base.texture) == (90 if has_base else 255)).all()
    assert "colour and opacity are stored as one PNG" in str(made.notes[0])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_the_alpha_of_the_colours_is_kept_whatever_their_type(clad: Mesh, tmp_path: Path, kind: str) -> None:
    picture = lattice(16, 8, 2)
    slot = TextureSlot(encoded(picture, kind))
    bars = replace(clad.materials[0], base=slot, normal=None, alpha_mode=AlphaMode.MASK, opacity_map=slot)
    made = pack_archive(replace(clad, materials=(bars, *clad.materials[1:])), ABOUT)
    check_packed(made.glb)
    back = read_back(made.glb, tmp_path).materials[0]
    assert back.opacity_map is not None
    assert np.array_equal(decode_opacity(back.opacity_map.texture), picture[..., 3])
    assert made.textures[0].is_untouched == (kind == "PNG")


@pytest.mark.parametrize("mode", [AlphaMode.OPAQUE, AlphaMode.MASK])
def test_what_levels_cut_stays_translucent(clad: Mesh, tmp_path: Path, mode: AlphaMode) -> None:
    glass = replace(clad.materials[1], alpha_mode=mode, kept_mode=AlphaMode.BLEND, opacity=0.3)
    made = pack_archive(replace(clad, materials=(clad.materials[0], glass, clad.materials[2])), ABOUT)
    back = read_back(made.glb, tmp_path).materials[1]
    assert back.alpha_mode == AlphaMode.BLEND
    assert back.opacity == pytest.approx(0.3)
