"""A generated file for each extension: readers show what it says, or name what they leave out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import DracoPy
import meshopt
import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import ScanError
from carreau.formats.gltf import gltf, scene_reader
from carreau.formats.gltf.gltf_extensions import EXTENSIONS, Use
from carreau.formats.images.image import Codec, decode, encode_basis
from tests.conftest import PROJECT
from tests.pipeline.authored_scenes import SceneMaker, pit_head

CORNERS = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]]], np.float32)
RUST = (200, 100, 50)
Make = Callable[[Any, str], None]


def triangle(maker: Any, **members: Any) -> int:
    """Add the triangle with texture coordinates, and return its node."""
    position = maker.accessor(CORNERS[0], min=[0, 0, 0], max=[1, 1, 0])
    uv = maker.accessor([[0, 0], [1, 0], [0, 1]])
    return int(maker.node(mesh=maker.mesh({"POSITION": position, "TEXCOORD_0": uv}, **members)))


def with_texture(maker: Any, texture: int, **info: Any) -> None:
    look = {"pbrMetallicRoughness": {"baseColorTexture": {"index": texture, **info}}}
    triangle(maker, material=maker.add("materials", {"name": "skin", **look}))


def draco(maker: Any, name: str) -> None:
    data = DracoPy.encode(CORNERS[0], np.array([[0, 1, 2]], np.uint32), quantization_bits=14)
    position = maker.add("accessors", {"componentType": 5126, "count": 3, "type": "VEC3"})
    indices = maker.add("accessors", {"componentType": 5125, "count": 3, "type": "SCALAR"})
    packed = {name: {"bufferView": maker.view(data), "attributes": {"POSITION": 0}}}
    maker.node(mesh=maker.mesh({"POSITION": position}, indices=indices, extensions=packed))


def packed_by_meshopt(maker: Any, name: str) -> None:
    triangle(maker)
    view = maker.json["bufferViews"][0]
    source = maker.json["bufferViews"].pop(maker.view(bytes(meshopt.encode_vertex_buffer(CORNERS[0]))))
    more = {"mode": "ATTRIBUTES", "count": 3, "byteStride": 12, "buffer": 0}
    view["extensions"] = {name: {key: source[key] for key in ("byteOffset", "byteLength")} | more}


def quantized(maker: Any, _name: str) -> None:
    position = maker.accessor((CORNERS[0] * 32767).astype(np.int16), "int16", stride=8, normalized=True)
    maker.node(mesh=maker.mesh({"POSITION": position}))


def with_image(maker: Any, name: str) -> None:
    texels = np.full((4, 4, 3), RUST, np.uint8)
    kind = {"KHR_texture_basisu": "ktx2", "EXT_texture_webp": "webp", "EXT_texture_avif": "avif"}[name]
    stream = io.BytesIO()
    if kind == "ktx2":
        stream.write(encode_basis(texels, Codec.UASTC))
    else:
        Image.fromarray(texels).save(stream, kind.upper(), quality=100)
    image = maker.add("images", {"bufferView": maker.view(stream.getvalue()), "mimeType": f"image/{kind}"})
    with_texture(maker, maker.add("textures", {"extensions": {name: {"source": image}}}))


def transformed(maker: Any, name: str) -> None:
    with_texture(maker, maker.texture(), extensions={name: {"scale": [2, 2], "offset": [0.5, 0]}})


def hidden(maker: Any, name: str) -> None:
    """Add the triangle, and a hidden node whose child is another one."""
    triangle(maker)
    child = triangle(maker)
    maker.json["scenes"][0]["nodes"].remove(child)
    maker.node(children=[child], extensions={name: {"visible": False}})


def instanced(maker: Any, name: str) -> None:
    number = triangle(maker)
    maker.json["nodes"][number]["extensions"] = {
        name: {"attributes": {"TRANSLATION": maker.accessor([[0, 0, 0], [0, 0, 0]])}}
    }


def on_material(**members: Any) -> Make:
    def make(maker: Any, name: str) -> None:
        look = {"name": "skin", "pbrMetallicRoughness": {"baseColorTexture": {"index": maker.texture()}}}
        triangle(maker, material=maker.add("materials", {**look, "extensions": {name: members}}))

    return make


def glowing(maker: Any, name: str) -> None:
    glow = {"name": "skin", "emissiveFactor": [0.25, 0, 0], "extensions": {name: {"emissiveStrength": 2.0}}}
    triangle(maker, material=maker.add("materials", glow))


def glossy(maker: Any, name: str) -> None:
    look = {"diffuseTexture": {"index": maker.texture()}}
    triangle(maker, material=maker.add("materials", {"name": "skin", "extensions": {name: look}}))


def variants(maker: Any, name: str) -> None:
    maker.json["extensions"] = {name: {"variants": [{"name": "wet"}]}}
    maker.add("materials", {"name": "dry"})
    maker.add("materials", {"name": "wet"})
    triangle(maker, material=0, extensions={name: {"mappings": [{"material": 1, "variants": [0]}]}})


def on_node(maker: Any, name: str) -> None:
    number = triangle(maker)
    maker.json["nodes"][number]["extensions"] = {name: {}}


def on_primitive(maker: Any, name: str) -> None:
    triangle(maker, extensions={name: {}})


def on_root(maker: Any, name: str) -> None:
    triangle(maker)
    maker.json["extensions"] = {name: {}}


def lamp(maker: Any, name: str) -> None:
    maker.json["extensions"] = {name: {"lights": [{"type": "point"}]}}
    number = triangle(maker)
    maker.json["nodes"][number]["extensions"] = {name: {"light": 0}}


def pointer(maker: Any, name: str) -> None:
    on_material()(maker, "KHR_materials_unlit")
    times = maker.accessor([0.0, 1.0], min=[0.0], max=[1.0])
    target = {"path": "pointer", "extensions": {name: {"pointer": "/materials/0/alphaCutoff"}}}
    sampler = {"input": times, "output": maker.accessor([0.0, 1.0])}
    maker.add("animations", {"samplers": [sampler], "channels": [{"sampler": 0, "target": target}]})


MADE: dict[str, Make] = {
    "KHR_animation_pointer": pointer,
    "KHR_draco_mesh_compression": draco,
    "KHR_gaussian_splatting": on_primitive,
    "KHR_interactivity": on_root,
    "KHR_lights_punctual": lamp,
    "KHR_materials_anisotropy": on_material(anisotropyStrength=0.5),
    "KHR_materials_clearcoat": on_material(clearcoatFactor=0.5),
    "KHR_materials_diffuse_transmission": on_material(diffuseTransmissionFactor=0.5),
    "KHR_materials_dispersion": on_material(dispersion=0.5),
    "KHR_materials_emissive_strength": glowing,
    "KHR_materials_ior": on_material(ior=1.8),
    "KHR_materials_iridescence": on_material(iridescenceFactor=0.5),
    "KHR_materials_pbrSpecularGlossiness": glossy,
    "KHR_materials_sheen": on_material(sheenColorFactor=[0.5, 0, 0]),
    "KHR_materials_specular": on_material(specularFactor=0.5),
    "KHR_materials_transmission": on_material(transmissionFactor=0.5),
    "KHR_materials_unlit": on_material(),
    "KHR_materials_variants": variants,
    "KHR_materials_volume": on_material(thicknessFactor=0.5),
    "KHR_mesh_quantization": quantized,
    "KHR_meshopt_compression": packed_by_meshopt,
    "KHR_node_hoverability": on_node,
    "KHR_node_selectability": on_node,
    "KHR_node_visibility": hidden,
    "KHR_techniques_webgl": on_root,
    "KHR_texture_basisu": with_image,
    "KHR_texture_transform": transformed,
    "KHR_xmp": on_root,
    "KHR_xmp_json_ld": on_root,
    "EXT_instance_features": on_node,
    "EXT_lights_ies": on_node,
    "EXT_lights_image_based": on_root,
    "EXT_materials_bump": on_material(bumpFactor=0.5),
    "EXT_mesh_features": on_primitive,
    "EXT_mesh_gpu_instancing": instanced,
    "EXT_mesh_manifold": on_primitive,
    "EXT_mesh_primitive_edge_visibility": on_primitive,
    "EXT_meshopt_compression": packed_by_meshopt,
    "EXT_structural_metadata": on_root,
    "EXT_texture_avif": with_image,
    "EXT_texture_webp": with_image,
    "ADOBE_materials_clearcoat_specular": on_material(clearcoatIor=1.5),
    "ADOBE_materials_clearcoat_tint": on_material(clearcoatTintFactor=[1, 0, 0]),
    "ADOBE_materials_thin_transparency": on_material(transmissionFactor=0.5),
    "AGI_articulations": on_root,
    "CESIUM_primitive_outline": on_primitive,
    "CESIUM_RTC": on_root,
    "FB_geometry_metadata": on_root,
    "MSFT_lod": on_node,
    "MSFT_packing_normalRoughnessMetallic": on_material(),
    "MSFT_packing_occlusionRoughnessMetallic": on_material(),
    "MSFT_texture_dds": on_node,
}


def test_each_extension_has_a_file() -> None:
    assert set(MADE) == set(EXTENSIONS)


def write(name: str, folder: Path) -> Path:
    maker = SceneMaker()
    MADE[name](maker, name)
    maker.json["extensionsUsed"] = [name]
    path: Path = maker.write(folder / "a.glb")
    return path


@pytest.mark.parametrize("name", list(EXTENSIONS))
def test_a_scan_shows_it_or_names_it(name: str, tmp_path: Path) -> None:
    row = EXTENSIONS[name]
    scan = gltf.read(write(name, tmp_path))
    named = [str(text) for text in scan.facts.warnings if name in text]
    if row.scans is Use.LEFT_OUT:
        assert len(named) == 1
        assert row.effect
        assert str(row.effect) in named[0]
    else:
        assert not named
    faces = scan.mesh.positions[scan.mesh.faces]
    assert np.allclose(faces, np.repeat(CORNERS, 2 if name == "EXT_mesh_gpu_instancing" else 1, axis=0), atol=1e-3)
    for slot in (material.base for material in scan.mesh.materials if material.base is not None):
        assert np.abs(decode(slot.texture).astype(int) - RUST).max() <= 4
    (material, *_) = scan.mesh.materials
    assert material.emissive_color == ((0.5, 0, 0) if name == "KHR_materials_emissive_strength" else (0, 0, 0))
    if MADE[name] in (with_image, glossy):
        assert material.base is not None
    if name == "KHR_texture_transform":
        assert np.ptp(scan.mesh.texcoords[0], axis=(0, 1)).max() == 2


@pytest.mark.parametrize("name", list(EXTENSIONS))
def test_an_authored_model_has_it_or_names_it(name: str, tmp_path: Path) -> None:
    row = EXTENSIONS[name]
    scene = scene_reader.read(write(name, tmp_path))
    lines = [str(text) for text in scene.warnings if name in text]
    assert lines == ([f"{name} is left out: {row.effect}"] if row.authored is Use.LEFT_OUT else [])
    assert scene.triangles == (2 if name == "EXT_mesh_gpu_instancing" else 1)
    assert (name in scene.facts.extensions) == (row.authored is Use.KEPT)
    assert (f'"{name}"' in scene.text) == (row.authored is Use.KEPT)


@pytest.mark.parametrize("authored", [False, True])
def test_an_unknown_extension_is_named(authored: bool, tmp_path: Path) -> None:
    maker = SceneMaker()
    on_node(maker, "ACME_smell")
    maker.json["extensionsUsed"] = ["ACME_smell", "ACME_without_objects"]
    path = maker.write(tmp_path / "a.glb")
    warnings = scene_reader.read(path).warnings if authored else gltf.read(path).facts.warnings
    assert list(warnings) == [
        f"{name} is left out: an unknown extension of glTF" for name in ("ACME_smell", "ACME_without_objects")
    ]


@pytest.mark.parametrize("name", ["KHR_gaussian_splatting", "ACME_smell"])
def test_a_file_that_requires_what_no_surface_has_is_refused(name: str, tmp_path: Path) -> None:
    maker = SceneMaker()
    triangle(maker)
    maker.json["extensionsRequired"] = [name]
    path = maker.write(tmp_path / "a.glb")
    for reader in (gltf.read, scene_reader.read):
        with pytest.raises(ScanError, match=f"requires the extension {name}"):
            reader(path)


def test_hidden_nodes_of_an_authored_model_have_no_weights_to_animate(tmp_path: Path) -> None:
    maker = pit_head(3, 0)
    heap = next(node for node in maker.json["nodes"] if node.get("name") == "heap")
    shown = scene_reader.read(maker.write(tmp_path / "a.glb")).triangles
    heap["extensions"] = {"KHR_node_visibility": {"visible": False}}
    scene = scene_reader.read(maker.write(tmp_path / "b.glb"))
    assert scene.triangles < shown
    assert "1 node is hidden in the file, and left out" in scene.warnings
    paths = [each["target"]["path"] for clip in json.loads(scene.text)["animations"] for each in clip["channels"]]
    assert "weights" not in paths
    assert "scale" in paths


def test_the_page_about_extensions_agrees_with_the_table() -> None:
    page = (PROJECT / "docs/models/gltf-extensions.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{row.name}` | {row.scans.value} | {row.authored.value} | {row.effect} |" for row in EXTENSIONS.values()
    ]
