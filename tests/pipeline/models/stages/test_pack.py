"""What is packed reads back as what went in, to the promised bits, and always as the same bytes."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from carreau.base.errors import OptionError
from carreau.base.model import OCCLUSION_METALLIC_ROUGHNESS, EncodedImage, LevelMesh, Mesh, SurfaceFactors, Wrap
from carreau.formats.gltf.gltf import read
from carreau.formats.images.image import decode
from carreau.formats.writers.glb import Precision
from carreau.models.stages.check import check_packed
from carreau.models.stages.pack import SMALL_BASE, GltfPackOptions, pack

ROWS = 12


def sheet(rows: int = ROWS, seed: int = 1, *, has_texcoords: bool = True, has_colors: bool = False) -> LevelMesh:
    """Return a rumpled square sheet of rows * rows vertices."""
    random = np.random.default_rng(seed)
    v, u = np.mgrid[0:rows, 0:rows].reshape(2, -1) / (rows - 1)
    positions = np.column_stack([u * 3 + 100, random.random(len(u)) * 0.1, v]).astype(np.float32)
    normals = random.normal((0, 3, 0), 1.0, (len(u), 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    first = (np.arange(rows - 1)[:, None] * rows + np.arange(rows - 1)).reshape(-1)
    faces = np.stack([[first, first + rows, first + 1], [first + 1, first + rows, first + rows + 1]]).transpose(0, 2, 1)
    return LevelMesh(
        positions,
        normals.astype(np.float32),
        faces.reshape(-1, 3).astype(np.int32),
        np.column_stack([u, v]).astype(np.float32) if has_texcoords else None,
        random.integers(0, 256, (len(u), 3), np.uint8) if has_colors else None,
    )


def image(kind: str) -> EncodedImage:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 100, 50)).save(stream, kind)
    return EncodedImage(stream.getvalue(), f"image/{kind.lower()}")


def read_back(data: bytes, folder: Path) -> Mesh:
    path = folder / "model.glb"
    path.write_bytes(data)
    return read(path).mesh


def document(data: bytes) -> dict[str, Any]:
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length])  # type: ignore[no-any-return]


def matched(level: LevelMesh, mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the corners of a level with those read back, by the nearest centre of a triangle."""
    from scipy.spatial import cKDTree

    wanted, found = level.positions[level.faces].astype(np.float64), mesh.positions[mesh.faces] + mesh.origin
    distance, nearest = cKDTree(found.mean(axis=1)).query(wanted.mean(axis=1))
    assert np.max(distance) < 0.01
    face = np.asarray(nearest, np.int64)
    turn = np.argmin(np.linalg.norm(found[face] - wanted[:, :1], axis=2), axis=1)
    return face, np.asarray((turn[:, None] + np.arange(3)) % 3, np.int64)


def assert_same(level: LevelMesh, mesh: Mesh, precision: Precision) -> None:
    """Hold every attribute against the step that its bits promise."""
    face, corner = matched(level, mesh)
    assert sorted(face) == list(range(len(level.faces)))
    extent = float(np.ptp(level.positions, axis=0).max())
    step = extent / (2**precision.position_bits - 1)
    found = (mesh.positions.astype(np.float64) + mesh.origin)[mesh.faces[face[:, None], corner]]
    assert np.abs(found - level.positions[level.faces]).max() <= step * 0.5001 + 1e-5
    assert mesh.normals is not None
    cosines = np.einsum("mci,mci->mc", mesh.normals[face[:, None], corner], level.normals[level.faces])
    assert np.degrees(np.arccos(np.clip(cosines.min(), -1, 1))) < 180 / 2**precision.normal_bits * 3 + 0.1
    if level.texcoords is not None:
        texcoords = mesh.texcoords[0][face[:, None], corner]
        assert np.abs(texcoords - level.texcoords[level.faces]).max() <= 0.5001 / 2**precision.texcoord_bits + 2e-5
    if level.colors is not None:
        assert mesh.colors is not None
        colors = mesh.colors[mesh.faces[face[:, None], corner]].astype(int)
        assert np.abs(colors - level.colors[level.faces]).max() <= (1 if precision.color_bits >= 12 else 13)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(2, 20),
    seed=st.integers(0, 1000),
    position_bits=st.integers(12, 16),
    normal_bits=st.integers(5, 8),
    texcoord_bits=st.integers(10, 16),
    color_bits=st.sampled_from([8, 12, 16]),
    has_texcoords=st.booleans(),
    has_colors=st.booleans(),
)
def test_compressed_geometry_keeps_its_bits(
    tmp_path: Path, rows: int, seed: int, has_texcoords: bool, has_colors: bool, **bits: int
) -> None:
    level, precision = sheet(rows, seed, has_texcoords=has_texcoords, has_colors=has_colors), Precision(**bits)
    assert_same(level, read_back(pack(level, {}, GltfPackOptions(precision=precision)), tmp_path), precision)


def test_plain_geometry_is_exact(tmp_path: Path) -> None:
    level = sheet(has_colors=True)
    mesh = read_back(pack(level, {}, GltfPackOptions(flavour="plain")), tmp_path)
    assert (mesh.faces == level.faces).all()
    assert np.allclose(mesh.positions + mesh.origin, level.positions, rtol=0, atol=1e-6)
    assert level.texcoords is not None
    assert (mesh.texcoords[0] == level.texcoords[level.faces]).all()
    assert np.array_equal(mesh.colors, level.colors)  # type: ignore[arg-type]


def test_sixteen_bit_colours_come_back_exactly(tmp_path: Path) -> None:
    level = sheet(16)
    every = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    level = LevelMesh(level.positions, level.normals, level.faces, level.texcoords, every)
    mesh = read_back(pack(level, {}, GltfPackOptions(precision=Precision(color_bits=16))), tmp_path)
    face, corner = matched(level, mesh)
    assert mesh.colors is not None
    assert (mesh.colors[mesh.faces[face[:, None], corner]] == every[level.faces]).all()


@pytest.mark.parametrize("flavour", ["plain", "compressed"])
def test_the_same_level_gives_the_same_bytes(flavour: Any) -> None:
    first, second = ({"b": 1, "a": {"y": 2.5, "x": None}}, {"a": {"x": None, "y": 2.5}, "b": 1})
    images = {"base": image("PNG"), "normal": image("JPEG")}
    reordered = dict(reversed(images.items()))
    assert pack(sheet(), images, GltfPackOptions(flavour, extras=first)) == pack(
        sheet(), reordered, GltfPackOptions(flavour, extras=second)
    )


def test_large_meshes_take_wide_indices(tmp_path: Path) -> None:
    level = sheet(260)
    data = pack(level, {}, GltfPackOptions(precision=Precision(16)))
    assert document(data)["accessors"][-1]["componentType"] == 5125
    assert len(read_back(data, tmp_path).faces) == len(level.faces)


def test_equal_vertices_become_one_and_flat_triangles_go(tmp_path: Path) -> None:
    level = sheet(4)
    doubled = LevelMesh(
        np.concatenate([level.positions, level.positions]),
        np.concatenate([level.normals, level.normals]),
        np.concatenate([level.faces, level.faces[:1] + 16, [[0, 16, 1]]]).astype(np.int32),
        np.concatenate([level.texcoords, level.texcoords]),
    )
    mesh = read_back(pack(doubled, {}, GltfPackOptions()), tmp_path)
    assert len(mesh.positions) == 16
    assert len(mesh.faces) == len(level.faces) + 1


@pytest.mark.parametrize("wrap", list(Wrap))
def test_texture_coordinates_just_outside_coarsen_no_other(wrap: Wrap, tmp_path: Path) -> None:
    level = sheet()
    assert level.texcoords is not None
    texcoords = level.texcoords.copy()
    texcoords[0], texcoords[-1] = -3e-5, 1.00006
    level = LevelMesh(level.positions, level.normals, level.faces, texcoords)
    mesh = read_back(pack(level, {"base": image("WEBP")}, GltfPackOptions(wrap=wrap)), tmp_path)
    face, corner = matched(level, mesh)
    back = mesh.texcoords[0][face[:, None], corner]
    assert np.abs(back - np.clip(texcoords, 0, 1)[level.faces]).max() <= 0.5001 / 2**14 + 2e-5


def test_texture_coordinates_far_outside_keep_their_steps(tmp_path: Path) -> None:
    level = sheet()
    assert level.texcoords is not None
    texcoords = level.texcoords * 1.5
    level = LevelMesh(level.positions, level.normals, level.faces, texcoords)
    mesh = read_back(pack(level, {"base": image("WEBP")}, GltfPackOptions()), tmp_path)
    face, corner = matched(level, mesh)
    assert np.abs(mesh.texcoords[0][face[:, None], corner] - texcoords[level.faces]).max() <= 0.5001 / 2**14


def test_charts_over_a_texture_that_repeats_move_into_it(tmp_path: Path) -> None:
    level = sheet()
    assert level.texcoords is not None
    count = len(level.positions)
    level = LevelMesh(
        np.concatenate([level.positions, level.positions + np.float32(5)]),
        np.concatenate([level.normals, level.normals]),
        np.concatenate([level.faces, level.faces + count]).astype(np.int32),
        np.concatenate([level.texcoords * 0.9 + 3, level.texcoords * 0.9 - 7]).astype(np.float32),
    )
    data = pack(level, {"base": image("WEBP")}, GltfPackOptions(wrap=Wrap.REPEAT))
    texcoords = read_back(data, tmp_path).texcoords[0]
    assert (texcoords.min(), texcoords.max()) == pytest.approx((0, 0.9), abs=1e-3)
    assert b"EXPONENTIAL" not in data


def test_repeated_texture_coordinates_stay_floats(tmp_path: Path) -> None:
    level = sheet()
    assert level.texcoords is not None
    texcoords = level.texcoords * 5 - 2
    level = LevelMesh(level.positions, level.normals, level.faces, texcoords)
    data = pack(level, {"base": image("WEBP")}, GltfPackOptions(wrap=Wrap.REPEAT))
    mesh = read_back(data, tmp_path)
    face, corner = matched(level, mesh)
    assert np.abs(mesh.texcoords[0][face[:, None], corner] - texcoords[level.faces]).max() < 8 / 2**14
    base = mesh.materials[0].base
    assert base is not None
    assert base.wrap_u is Wrap.REPEAT


@pytest.mark.parametrize(("kind", "extension"), [("PNG", None), ("JPEG", None), ("WEBP", "EXT_texture_webp")])
def test_images_lie_in_their_slots(tmp_path: Path, kind: str, extension: str | None) -> None:
    images = {slot: image(kind) for slot in ("base", "normal", "occlusion")}
    data = pack(sheet(), images, GltfPackOptions(base_color=(0.5, 0.25, 1.0)))
    (material,) = read_back(data, tmp_path).materials
    assert material.base_color == (0.5, 0.25, 1.0)
    for slot in (material.base, material.normal, material.occlusion):
        assert slot is not None
        assert (slot.texcoord_set, slot.wrap_u, slot.wrap_v) == (0, Wrap.CLAMP, Wrap.CLAMP)
        assert np.abs(decode(slot.texture)[0, 0].astype(int) - [200, 100, 50]).max() <= 5
    assert (extension in document(data)["extensionsRequired"]) == (extension is not None)


def test_the_asset_says_where_it_comes_from(tmp_path: Path) -> None:
    extras = {"source": "fosse n° 9", "licence": "CC0", "error": {"decibel": 31.5}, "textures": []}
    data = pack(sheet(), {}, GltfPackOptions(copyright="© Zoé", generator="Carreau 1.2.3", extras=extras, name="fosse"))
    (tmp_path / "a.glb").write_bytes(data)
    scan = read(tmp_path / "a.glb")
    assert scan.facts.copyright == "© Zoé"
    assert scan.facts.parts == ("fosse",)
    assert document(data)["asset"]["extras"] == {key: value for key, value in extras.items() if value}
    assert document(data)["asset"]["generator"] == "Carreau 1.2.3"


def test_our_own_normal_maps_read_as_green_up(tmp_path: Path) -> None:
    for flavour in ("plain", "compressed"):
        mesh = read_back(pack(sheet(), {"normal": image("PNG")}, GltfPackOptions(flavour)), tmp_path)
        assert not mesh.materials[0].is_green_down


def test_a_plain_model_needs_no_extension_and_brings_tangents() -> None:
    root = document(pack(sheet(), {"normal": image("PNG")}, GltfPackOptions(flavour="plain")))
    assert "extensionsUsed" not in root
    assert len(root["buffers"]) == 1
    assert "TANGENT" in root["meshes"][0]["primitives"][0]["attributes"]


def test_the_compressed_layout_is_what_the_extension_demands() -> None:
    root = document(pack(sheet(has_colors=True), {"base": image("WEBP")}, GltfPackOptions()))
    real, fallback = root["buffers"]
    assert fallback["extensions"] == {"EXT_meshopt_compression": {"fallback": True}}
    assert "uri" not in fallback
    end = 0
    for view in root["bufferViews"][:-1]:
        packed = view["extensions"]["EXT_meshopt_compression"]
        assert (view["buffer"], packed["buffer"]) == (1, 0)
        assert view["byteLength"] == packed["count"] * packed["byteStride"]
        assert view["byteOffset"] >= end
        assert view["byteOffset"] % 4 == packed["byteOffset"] % 4 == 0
        assert packed["byteOffset"] + packed["byteLength"] <= real["byteLength"]
        assert view.get("byteStride", 4) % 4 == 0
        end = view["byteOffset"] + view["byteLength"]
    assert end <= fallback["byteLength"]
    assert {view.get("target") for view in root["bufferViews"][:-1]} == {34962, 34963}


@pytest.mark.parametrize("flavour", ["plain", "compressed"])
def test_images_come_last_where_brotli_stores_them(flavour: Any) -> None:
    root = document(pack(sheet(), {"base": image("PNG"), "normal": image("PNG")}, GltfPackOptions(flavour)))
    views = [view.get("extensions", {}).get("EXT_meshopt_compression", view) for view in root["bufferViews"]]
    starts = [view.get("byteOffset", 0) for view in views]
    assert starts == sorted(starts)
    assert [picture["bufferView"] for picture in root["images"]] == [len(views) - 2, len(views) - 1]


@pytest.mark.parametrize("flavour", ["plain", "compressed"])
def test_bounds_are_those_of_the_data(flavour: Any, tmp_path: Path) -> None:
    data = pack(sheet(), {}, GltfPackOptions(flavour))
    root = document(data)
    (node,) = root["nodes"]
    accessor = root["accessors"][root["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    scale, move = np.array(node.get("scale", [1, 1, 1])), np.array(node.get("translation", [0, 0, 0]))
    positions = read_back(data, tmp_path)
    places = positions.positions + positions.origin
    assert np.allclose(np.array(accessor["min"]) * scale + move, places.min(axis=0), rtol=0, atol=1e-5)
    assert np.allclose(np.array(accessor["max"]) * scale + move, places.max(axis=0), rtol=0, atol=1e-5)
    assert (np.array(node.get("scale", [1]), np.float32) == np.array(node.get("scale", [1]))).all()


def test_one_point_of_a_mesh_still_packs() -> None:
    dot = LevelMesh(np.ones((3, 3), np.float32), np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32))
    assert document(pack(dot, {}, GltfPackOptions()))["accessors"][0]["count"] == 1


def test_what_cannot_be_carried_is_refused() -> None:
    bare = sheet(has_texcoords=False)
    for level, images, options in (
        (sheet(), {"base": image("WEBP")}, GltfPackOptions("plain")),
        (sheet(), {"shine": image("PNG")}, GltfPackOptions()),
        (bare, {"base": image("PNG")}, GltfPackOptions()),
        (sheet(), {"base": EncodedImage(b"", "image/gif")}, GltfPackOptions()),
    ):
        with pytest.raises(OptionError, match="pack"):
            pack(level, images, options)


@pytest.mark.parametrize("flavour", ["plain", "compressed"])
def test_metal_and_roughness_share_an_image_with_occlusion(flavour: Any, tmp_path: Path) -> None:
    images = {"base": image("PNG"), OCCLUSION_METALLIC_ROUGHNESS: image("JPEG"), "emissive": image("PNG")}
    data = pack(sheet(), images, GltfPackOptions(flavour))
    (material,) = document(data)["materials"]
    rough = material["pbrMetallicRoughness"]
    assert (rough["metallicFactor"], rough["roughnessFactor"]) == (1.0, 1.0)
    assert rough["metallicRoughnessTexture"] == material["occlusionTexture"] == {"index": 1}
    assert (material["emissiveTexture"], material["emissiveFactor"]) == ({"index": 2}, [1.0, 1.0, 1.0])
    check_packed(data)


def test_factors_stand_where_there_is_no_map() -> None:
    surface = SurfaceFactors(0.9, 0.3, (0.5, 0.25, 0.0))
    (material,) = document(pack(sheet(), {}, GltfPackOptions(surface=surface)))["materials"]
    rough = material["pbrMetallicRoughness"]
    assert (rough["metallicFactor"], rough["roughnessFactor"]) == (0.9, 0.3)
    assert material["emissiveFactor"] == [0.5, 0.25, 0.0]


def test_a_plain_surface_is_matt_and_says_nothing_else() -> None:
    (material,) = document(pack(sheet(), {}, GltfPackOptions()))["materials"]
    assert material == {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0}, "doubleSided": True}


@pytest.mark.parametrize("kind", ["WEBP", "JPEG"])
def test_the_beginning_of_a_file_is_a_model_with_a_small_base_colour(kind: str, tmp_path: Path) -> None:
    images = {"base": image(kind), "normal": image(kind)}
    data = pack(sheet(), images, GltfPackOptions(), image("WEBP"))
    root = document(data)
    views = [view.get("extensions", {}).get("EXT_meshopt_compression", view) for view in root["bufferViews"]]
    ends = [view.get("byteOffset", 0) + view["byteLength"] for view in views]
    base, normal, small = root["images"]
    assert small["name"] == SMALL_BASE
    geometry = [ends[each["bufferView"]] for each in root["accessors"]]
    assert max(geometry) < ends[small["bufferView"]] < ends[base["bufferView"]] < ends[normal["bufferView"]]
    sources = [each.get("extensions", {}).get("EXT_texture_webp", each)["source"] for each in root["textures"]]
    assert sources == [0, 1]
    check_packed(data)
    assert read_back(data, tmp_path).faces.shape == sheet().faces.shape
