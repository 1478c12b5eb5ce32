"""Every way that glTF has of saying triangles reads as the same triangles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import DracoPy
import meshopt
import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base.errors import FormatError, ScanError, TextureError, UnsafePathError
from carreau.base.model import Mesh, Wrap
from carreau.formats.gltf.gltf import read
from carreau.formats.images.image import decode

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


@pytest.fixture
def maker(gltf_maker: Any) -> Any:
    return gltf_maker()


def read_mesh(maker: Any, folder: Path, form: str = "glb") -> Mesh:
    return read(maker.write(folder / ("scan.glb" if form == "glb" else "scan.gltf"), form)).mesh


def corners(mesh: Mesh) -> NDArray[np.float64]:
    """Return (m, 3, 3) the places of every corner."""
    return mesh.positions[mesh.faces].astype(np.float64) + mesh.origin


def area_vectors(mesh: Mesh) -> NDArray[np.float64]:
    a, b, c = np.moveaxis(corners(mesh), 1, 0)
    return np.cross(b - a, c - a) / 2


@pytest.mark.parametrize("form", ["glb", "separate", "embedded"])
def test_the_three_forms_read_alike(maker: Any, tmp_path: Path, form: str) -> None:
    maker.node(mesh=maker.mesh({"POSITION": maker.accessor(SQUARE)}, indices=maker.accessor(HALVES.ravel(), "uint16")))
    scan = read(maker.write(tmp_path / f"a.{'glb' if form == 'glb' else 'gltf'}", form))
    assert (corners(scan.mesh) == SQUARE[HALVES]).all()
    assert scan.facts.format == ("GLB" if form == "glb" else "glTF")
    assert (scan.facts.up, scan.facts.unit_m) == ("y", 1.0)
    assert len(scan.files) == (2 if form == "separate" else 1)
    assert scan.mesh.normals is None
    assert scan.mesh.colors is None
    assert scan.mesh.texcoords == ()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
def test_every_index_type_reads(maker: Any, tmp_path: Path, dtype: str) -> None:
    maker.node(mesh=maker.mesh({"POSITION": maker.accessor(SQUARE)}, indices=maker.accessor(HALVES.ravel(), dtype)))
    assert (corners(read_mesh(maker, tmp_path)) == SQUARE[HALVES]).all()


@pytest.mark.parametrize(("dtype", "top"), [("int8", 127), ("uint8", 255), ("int16", 32767), ("uint16", 65535)])
@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("stride", [0, 16])
def test_quantised_positions_read(
    maker: Any, tmp_path: Path, dtype: str, top: int, normalized: bool, stride: int
) -> None:
    maker.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    position = maker.accessor(SQUARE * top, dtype, stride=stride, normalized=normalized)
    maker.node(mesh=maker.mesh({"POSITION": position}, indices=maker.accessor(HALVES.ravel(), "uint8")))
    expected = SQUARE[HALVES] * (1 if normalized else top)
    assert np.allclose(corners(read_mesh(maker, tmp_path)), expected, atol=1e-6)


def test_the_lowest_normalised_integer_is_minus_one(maker: Any, tmp_path: Path) -> None:
    position = maker.accessor([[-128, 0, 0], [127, 0, 0], [0, 127, 0]], "int8", normalized=True)
    maker.node(mesh=maker.mesh({"POSITION": position}))
    assert corners(read_mesh(maker, tmp_path))[0, 0, 0] == -1


@pytest.mark.parametrize(("mode", "order"), [(4, [0, 1, 2, 0, 2, 3]), (5, [0, 1, 3, 2]), (6, [0, 1, 2, 3])])
@pytest.mark.parametrize("is_indexed", [True, False])
def test_lists_strips_and_fans_face_the_same_way(
    maker: Any, tmp_path: Path, mode: int, order: list[int], is_indexed: bool
) -> None:
    if is_indexed:
        attributes, members = {"POSITION": maker.accessor(SQUARE)}, {"indices": maker.accessor(order, "uint8")}
    else:
        attributes, members = {"POSITION": maker.accessor(SQUARE[order])}, {}
    maker.node(mesh=maker.mesh(attributes, mode=mode, **members))
    areas = area_vectors(read_mesh(maker, tmp_path))
    assert areas.tolist() == [[0, 0, 0.5], [0, 0, 0.5]]


def test_stitches_of_a_strip_are_left_out(maker: Any, tmp_path: Path) -> None:
    order = [0, 1, 3, 2, 2, 0, 0, 1, 3]
    maker.node(mesh=maker.mesh({"POSITION": maker.accessor(SQUARE)}, indices=maker.accessor(order, "uint8"), mode=5))
    areas = area_vectors(read_mesh(maker, tmp_path))
    assert (areas[:, 2] > 0).all()
    assert areas[:, 2].sum() == 1.5


def test_points_and_lines_are_left_out_with_a_warning(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    maker.triangle(mode=1)
    maker.triangle(mode=0)
    scan = read(maker.write(tmp_path / "a.glb"))
    assert len(scan.mesh.faces) == 1
    assert ["lines" in warning for warning in scan.facts.warnings] == [False, True]


def test_transforms_go_down_the_tree_in_scene_order(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    mesh = maker.json["nodes"][0]["mesh"]
    turned = maker.node(
        root=False, mesh=mesh, name="roof", rotation=[0, 0, np.sqrt(0.5), np.sqrt(0.5)], scale=[2, 2, 2]
    )
    matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 10, 20, 30, 1]
    maker.node(children=[turned], matrix=matrix, name="house")
    scan = read(maker.write(tmp_path / "a.glb"))
    assert np.allclose(corners(scan.mesh)[0], [[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    assert np.allclose(corners(scan.mesh)[1], [[10, 20, 30], [10, 22, 30], [8, 20, 30]])
    assert scan.facts.parts == ("roof",)


@pytest.mark.parametrize("scale", [[-1, 1, 1], [1, -2, 1], [-1, -1, -1], [1, 2, 3]])
def test_a_mirror_keeps_surfaces_outside_out(maker: Any, tmp_path: Path, scale: list[float]) -> None:
    normals = maker.accessor(np.tile(np.array([1, 2, 2]) / 3, (3, 1)))
    position = maker.accessor(np.array([[0, 0, 0], [2, 0, -1], [0, 1, -1]]))
    texcoords = maker.accessor([[0, 0], [1, 0], [0, 1]])
    maker.node(mesh=maker.mesh({"POSITION": position, "NORMAL": normals, "TEXCOORD_0": texcoords}), scale=scale)
    mesh = read_mesh(maker, tmp_path)
    area = area_vectors(mesh)[0]
    assert mesh.normals is not None
    assert np.allclose(mesh.normals[0], area / np.linalg.norm(area), atol=1e-6)
    place = {(0.0, 0.0): 0, (1.0, 0.0): 1, (0.0, 1.0): 2}
    order = [place[tuple(pair)] for pair in mesh.texcoords[0][0].tolist()]
    local = np.array([[0, 0, 0], [2, 0, -1], [0, 1, -1]])[order] * scale
    assert np.allclose(corners(mesh)[0], local)


def test_missing_and_broken_normals_become_flat(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    position = maker.accessor(np.array([[0, 0, 0], [0, 0, 1], [1, 0, 0]]))
    normals = maker.accessor([[0, 0, 0], [np.nan, 0, 0], [0, 2, 0]])
    maker.node(mesh=maker.mesh({"POSITION": position, "NORMAL": normals}))
    mesh = read_mesh(maker, tmp_path)
    assert mesh.normals is not None
    assert np.allclose(mesh.normals, [[[0, 0, 1]] * 3, [[0, 1, 0]] * 3])


def test_sparse_accessors_move_single_vertices(maker: Any, tmp_path: Path) -> None:
    where = maker.view(np.array([2], np.uint16).tobytes())
    what = maker.view(np.array([[0, 5, 0]], np.float32).tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": what}}
    moved = maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]], sparse=sparse)
    bare = maker.add("accessors", {"componentType": 5126, "count": 3, "type": "VEC3", "sparse": sparse})
    maker.node(mesh=maker.mesh({"POSITION": moved}))
    maker.node(mesh=maker.mesh({"POSITION": bare}))
    mesh = read_mesh(maker, tmp_path)
    assert corners(mesh)[0].tolist() == [[0, 0, 0], [1, 0, 0], [0, 5, 0]]
    assert corners(mesh)[1].tolist() == [[0, 0, 0], [0, 0, 0], [0, 5, 0]]


def test_far_coordinates_keep_their_millimetres(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    maker.json["nodes"][0]["translation"] = [577_123.25, 12.0, 5_190_456.125]
    mesh = read_mesh(maker, tmp_path)
    assert mesh.origin.any()
    assert np.abs(mesh.positions).max() < 10_000
    assert np.allclose(corners(mesh)[0, 0], [577_123.25, 12.0, 5_190_456.125], atol=1e-4)


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("uint16", 65535), ("float32", 1)])
@pytest.mark.parametrize("width", [3, 4])
def test_linear_vertex_colours_become_srgb(maker: Any, tmp_path: Path, dtype: str, top: float, width: int) -> None:
    linear = np.array([[0, 0.5, 1, 1], [0.2, 0.2, 0.2, 1], [1, 1, 1, 1]])[:, :width]
    values = (linear * top).round() if top > 1 else linear
    color = maker.accessor(
        values, dtype, normalized=top > 1, stride=0 if values.shape[1] * np.dtype(dtype).itemsize % 4 == 0 else 8
    )
    position = maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    maker.node(mesh=maker.mesh({"POSITION": position, "COLOR_0": color}))
    maker.triangle()
    mesh = read_mesh(maker, tmp_path)
    assert mesh.colors is not None
    assert np.abs(mesh.colors[:2].astype(int) - [[0, 188, 255], [124, 124, 124]]).max() <= 1
    assert (mesh.colors[2:] == 255).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_materials_bring_textures_wraps_and_sets(maker: Any, tmp_path: Path, kind: str) -> None:
    base, normal = maker.texture(kind=kind), maker.texture((128, 128, 255))
    maker.json["textures"][base]["sampler"] = maker.add("samplers", {"wrapS": 33071, "wrapT": 33648})
    rough = {"baseColorFactor": [0.5, 0.25, 2.0, 0.1], "baseColorTexture": {"index": base, "texCoord": 1}}
    maker.add("materials", {"name": "unused"})
    material = maker.add(
        "materials",
        {
            "name": "brick",
            "pbrMetallicRoughness": rough,
            "normalTexture": {"index": normal},
            "occlusionTexture": {"index": normal},
        },
    )
    uv0, uv1 = np.array([[0, 0], [1, 0], [0, 1]]), np.array([[0.5, 0.5], [1, 0.5], [0.5, 1]])
    attributes = {
        "POSITION": maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]]),
        "TEXCOORD_0": maker.accessor(uv0 * 255, "uint8", normalized=True, stride=4),
        "TEXCOORD_1": maker.accessor(uv1),
    }
    maker.node(mesh=maker.mesh(attributes, material=material))
    maker.triangle()
    mesh = read_mesh(maker, tmp_path)
    assert [material.name for material in mesh.materials] == ["brick", "default"]
    assert mesh.face_materials.tolist() == [0, 1]
    brick = mesh.materials[0]
    assert brick.base_color == (0.5, 0.25, 1.0)
    assert brick.base is not None
    assert brick.normal is not None
    assert brick.occlusion is not None
    assert (brick.base.wrap_u, brick.base.wrap_v) == (Wrap.CLAMP, Wrap.MIRROR)
    assert (brick.normal.wrap_u, brick.normal.wrap_v) == (Wrap.REPEAT, Wrap.REPEAT)
    assert brick.normal.texture is brick.occlusion.texture
    assert np.abs(decode(brick.base.texture)[0, 0].astype(int) - [200, 100, 50]).max() <= 3
    assert np.allclose(mesh.texcoords[brick.base.texcoord_set][0], uv1)
    assert np.allclose(mesh.texcoords[brick.normal.texcoord_set][0], uv0)
    assert np.isnan(mesh.texcoords[0][1]).all()


def test_texture_transforms_become_sets_of_their_own(maker: Any, tmp_path: Path) -> None:
    moved = {"KHR_texture_transform": {"offset": [0.25, 0.5], "rotation": np.pi / 2, "scale": [2, 3], "texCoord": 0}}
    info = {"index": maker.texture(), "texCoord": 5, "extensions": moved}
    material = maker.add(
        "materials", {"pbrMetallicRoughness": {"baseColorTexture": info}, "normalTexture": {"index": 0}}
    )
    attributes = {
        "POSITION": maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]]),
        "TEXCOORD_0": maker.accessor([[0, 0], [1, 0], [0, 1]]),
    }
    maker.node(mesh=maker.mesh(attributes, material=material))
    mesh = read_mesh(maker, tmp_path)
    base, normal = mesh.materials[0].base, mesh.materials[0].normal
    assert base is not None
    assert normal is not None
    # a quarter turn counter-clockwise as seen, v downwards: +u goes to -v, +v goes to +u
    assert np.allclose(mesh.texcoords[base.texcoord_set][0], [[0.25, 0.5], [0.25, -1.5], [3.25, 0.5]], atol=1e-6)
    assert np.allclose(mesh.texcoords[normal.texcoord_set][0], [[0, 0], [1, 0], [0, 1]])


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("is_mirrored", [True, False])
def test_tangents_tell_which_way_green_looks(maker: Any, tmp_path: Path, sign: int, is_mirrored: bool) -> None:
    maker.add("materials", {"normalTexture": {"index": maker.texture((128, 128, 255))}})
    upright = np.array([[0, 1], [1, 1], [0, 0]]) * ([-1, 1] if is_mirrored else [1, 1])
    tangent = [-1 if is_mirrored else 1, 0, 0, sign * (-1 if is_mirrored else 1)]
    attributes = {
        "POSITION": maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]]),
        "TEXCOORD_0": maker.accessor(upright),
        "TANGENT": maker.accessor([tangent] * 3),
    }
    maker.node(mesh=maker.mesh(attributes, material=0))
    assert read_mesh(maker, tmp_path).materials[0].is_green_down == (sign < 0)


def test_older_and_unlit_materials_give_their_colour(maker: Any, tmp_path: Path) -> None:
    glossy = {"diffuseFactor": [0.1, 0.2, 0.3, 1], "diffuseTexture": {"index": maker.texture()}}
    maker.add("materials", {"extensions": {"KHR_materials_pbrSpecularGlossiness": glossy}})
    shadeless = {
        "pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1]},
        "emissiveTexture": {"index": 0},
        "emissiveFactor": [1, 1, 1],
    }
    maker.add("materials", shadeless)
    maker.add(
        "materials",
        {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}, "extensions": {"KHR_materials_unlit": {}}},
    )
    for material in range(3):
        maker.triangle(material=material)
    maker.json["extensionsRequired"] = ["KHR_materials_unlit", "KHR_materials_pbrSpecularGlossiness"]
    materials = read_mesh(maker, tmp_path).materials
    assert [material.base is not None for material in materials] == [True, True, True]
    assert [material.base_color for material in materials] == [(0.1, 0.2, 0.3), (1, 1, 1), (1, 1, 1)]


def test_webp_and_basis_sources_are_followed(maker: Any, tmp_path: Path) -> None:
    webp = maker.texture((10, 200, 30), "WEBP")
    maker.json["textures"][webp] = {"extensions": {"EXT_texture_webp": {"source": 0}}}
    maker.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": {"index": webp}}})
    maker.triangle(material=0)
    base = read_mesh(maker, tmp_path).materials[0].base
    assert base is not None
    assert np.abs(decode(base.texture)[0, 0].astype(int) - [10, 200, 30]).max() <= 12


def test_images_beside_the_scan_are_found_and_missing_ones_told(maker: Any, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (2, 2)).save(tmp_path / "Mur été.png")
    for uri in ("mur%20%C3%A9t%C3%A9.png", "gone.png"):
        maker.add("textures", {"source": maker.add("images", {"uri": uri})})
    for texture in range(2):
        maker.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}})
        maker.triangle(material=texture)
    scan = read(maker.write(tmp_path / "a.glb"))
    first, second = (material.base for material in scan.mesh.materials)
    assert first is not None
    assert first.texture.data == tmp_path / "Mur été.png"
    assert second is None
    assert any("'gone.png' is missing" in warning for warning in scan.facts.warnings)
    assert tmp_path / "Mur été.png" in scan.files


def test_draco_reads(maker: Any, tmp_path: Path) -> None:
    data = DracoPy.encode(SQUARE, HALVES, quantization_bits=14)
    view = maker.view(data)
    position = maker.add("accessors", {"componentType": 5126, "count": 4, "type": "VEC3"})
    indices = maker.add("accessors", {"componentType": 5125, "count": 6, "type": "SCALAR"})
    packed = {"KHR_draco_mesh_compression": {"bufferView": view, "attributes": {"POSITION": 0}}}
    maker.node(mesh=maker.mesh({"POSITION": position}, indices=indices, extensions=packed))
    maker.json["extensionsUsed"] = maker.json["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    scan = read(maker.write(tmp_path / "a.glb"))
    assert np.allclose(np.sort(area_vectors(scan.mesh), axis=0), [[0, 0, 0.5]] * 2, atol=1e-3)
    assert scan.facts.detail == "Draco"


@pytest.mark.parametrize("name", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
@pytest.mark.parametrize("filter_", ["NONE", "EXPONENTIAL"])
def test_meshopt_reads(maker: Any, tmp_path: Path, name: str, filter_: str) -> None:
    def packed_view(values: Any, mode: str, stride: int, **members: Any) -> int:
        data = meshopt.encode_gltf_buffer(values, mode)
        start = len(maker.binary) + (-len(maker.binary) % 4)
        view = maker.view(data)
        extension = {
            "buffer": 0,
            "byteOffset": start,
            "byteLength": len(data),
            "byteStride": stride,
            "count": len(values),
            "mode": mode,
        }
        maker.json["bufferViews"][view] = {
            "buffer": 1,
            "byteLength": len(values) * stride,
            "extensions": {name: {**extension, **members}},
        }
        return int(view)

    rows = meshopt.encode_filter_exp(SQUARE, 15) if filter_ == "EXPONENTIAL" else SQUARE
    position = {
        "bufferView": packed_view(rows, "ATTRIBUTES", 12, filter=filter_),
        "componentType": 5126,
        "count": 4,
        "type": "VEC3",
    }
    indices = {
        "bufferView": packed_view(HALVES.ravel().astype(np.uint32), "TRIANGLES", 2),
        "componentType": 5123,
        "count": 6,
        "type": "SCALAR",
    }
    maker.node(mesh=maker.mesh({"POSITION": maker.add("accessors", position)}, indices=maker.add("accessors", indices)))
    maker.json["buffers"] = [{}, {"byteLength": 72, "extensions": {name: {"fallback": True}}}]
    maker.json["extensionsUsed"] = maker.json["extensionsRequired"] = [name]
    scan = read(maker.write(tmp_path / "a.glb"))
    assert np.allclose(area_vectors(scan.mesh), [[0, 0, 0.5]] * 2)
    assert scan.facts.detail == "meshopt"


def test_copyright_comes_through(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    maker.json["asset"] |= {"copyright": "© Zoé"}
    path = maker.write(tmp_path / "a.glb")
    assert read(path).facts.copyright == "© Zoé"


def test_what_is_left_out_is_told(maker: Any, tmp_path: Path) -> None:
    maker.triangle(targets=[{}])
    maker.add("animations", {})
    maker.add("skins", {})
    warnings = " ".join(read(maker.write(tmp_path / "a.glb")).facts.warnings)
    assert all(word in warnings for word in ("animations", "skins", "morph"))


def scene_of_squares(maker: Any, *places: float, count: int = 1) -> list[int]:
    """Add nodes outside the default scene: squares along x, each of a mesh of its own cut into 2 * count triangles."""
    nodes = []
    for x in places:
        faces = np.tile(HALVES.ravel(), count)
        mesh = maker.mesh({"POSITION": maker.accessor(SQUARE)}, indices=maker.accessor(faces, "uint16"))
        nodes.append(maker.node(root=False, mesh=mesh, translation=[x, 0, 0]))
    return nodes


def add_scene(maker: Any, name: str, nodes: list[int]) -> None:
    maker.json["scenes"].append({"name": name, "nodes": nodes})


def test_scenes_side_by_side_are_read_together(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    maker.json["scenes"][0]["name"] = "mill"
    add_scene(maker, "pump", scene_of_squares(maker, 5.0))
    add_scene(maker, "", scene_of_squares(maker, 9.0, 12.0))
    scan = read(maker.write(tmp_path / "a.glb"))
    assert len(scan.mesh.faces) == 7
    assert corners(scan.mesh)[:, :, 0].max() == 13
    assert scan.facts.warnings == ("3 scenes are read as one scan: 'mill', 'pump', '2'",)


def test_another_version_of_a_scene_is_left_out_and_named(maker: Any, tmp_path: Path) -> None:
    maker.json["scenes"][0]["nodes"] = scene_of_squares(maker, 0.0, count=3)
    add_scene(maker, "coarse", scene_of_squares(maker, 0.01))
    scan = read(maker.write(tmp_path / "a.glb"))
    assert len(scan.mesh.faces) == 6
    (warning,) = scan.facts.warnings
    assert warning.startswith(
        "the scene 'coarse' shows another version of what is read, and is left out (triangles: 2)"
    )


def test_the_default_scene_is_the_version_that_is_read(maker: Any, tmp_path: Path) -> None:
    maker.json["scenes"][0]["nodes"] = scene_of_squares(maker, 0.0, count=3)
    add_scene(maker, "coarse", scene_of_squares(maker, 0.01))
    maker.json["scene"] = 1
    scan = read(maker.write(tmp_path / "a.glb"))
    assert len(scan.mesh.faces) == 2
    assert "the scene '0' shows another version" in scan.facts.warnings[0]


def test_a_scene_that_shares_nodes_adds_only_its_others(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    add_scene(maker, "all", [0, *scene_of_squares(maker, 5.0)])
    add_scene(maker, "again", [1])
    again = maker.node(root=False, mesh=maker.json["nodes"][1]["mesh"], translation=[0, 90, 0])
    add_scene(maker, "copy elsewhere", [again])
    scan = read(maker.write(tmp_path / "a.glb"))
    assert len(scan.mesh.faces) == 5
    assert corners(scan.mesh)[:, :, 1].max() == 91
    assert scan.facts.warnings == ("3 scenes are read as one scan: '0', 'all', 'copy elsewhere'",)


def test_a_scene_with_the_same_mesh_beside_is_read(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    same = maker.json["nodes"][0]["mesh"]
    add_scene(maker, "beside", [maker.node(root=False, mesh=same, translation=[3, 0, 0])])
    add_scene(maker, "there as well", [maker.node(root=False, mesh=same)])
    scan = read(maker.write(tmp_path / "a.glb"))
    assert corners(scan.mesh)[:, 0].tolist() == [[0, 0, 0], [3, 0, 0]]
    assert scan.facts.warnings == ("2 scenes are read as one scan: '0', 'beside'",)


def test_an_empty_default_scene_gives_way_to_the_others(maker: Any, tmp_path: Path) -> None:
    maker.node()
    add_scene(maker, "mill", scene_of_squares(maker, 5.0))
    scan = read(maker.write(tmp_path / "a.glb"))
    assert len(scan.mesh.faces) == 2
    assert scan.facts.warnings == ("the default scene is empty, and the scene 'mill' is read",)


def test_meshes_in_no_scene_are_counted(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    scene_of_squares(maker, 5.0, count=4)
    scan = read(maker.write(tmp_path / "a.glb"))
    assert len(scan.mesh.faces) == 1
    assert scan.facts.warnings == ("8 triangles belong to no scene and are left out; add them to a scene to keep them",)


def test_a_scene_that_names_a_missing_node_is_refused(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    add_scene(maker, "bad", [3000])
    with pytest.raises(FormatError, match=r"scenes\[1\].*nodes\[3000\]"):
        read(maker.write(tmp_path / "a.glb"))


def test_a_file_without_scenes_shows_its_root_nodes(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    del maker.json["scene"], maker.json["scenes"]
    assert len(read_mesh(maker, tmp_path).faces) == 1


def spoil(maker: Any, case: str) -> None:
    """Break a good one-triangle file in one way."""
    root = maker.json
    node, primitive = root["nodes"][0], root["meshes"][0]["primitives"][0]
    if case == "index past the end":
        primitive["indices"] = maker.accessor([0, 1, 3], "uint8")
    elif case == "accessor past the view":
        root["accessors"][0]["count"] = 4
    elif case == "huge count":
        root["accessors"][0]["count"] = 2**52
    elif case == "huge zero accessor":
        primitive["attributes"]["POSITION"] = maker.add(
            "accessors", {"componentType": 5126, "count": 2**40, "type": "VEC3"}
        )
    elif case == "view past the buffer":
        root["bufferViews"][0]["byteLength"] = 4000
    elif case == "negative offset":
        root["bufferViews"][0]["byteOffset"] = -4
    elif case == "cycle":
        node["children"] = [0]
    elif case == "two parents":
        maker.node(children=[0])
    elif case == "no such node":
        node["children"] = [7]
    elif case == "no such mesh":
        node["mesh"] = 7
    elif case == "no position":
        primitive["attributes"] = {}
    elif case == "no triangles":
        root["nodes"].clear()
        root["scenes"][0]["nodes"].clear()
    elif case == "unknown mode":
        primitive["mode"] = 9
    elif case == "unknown component":
        root["accessors"][0]["componentType"] = 5124
    elif case == "matrix of 15":
        node["matrix"] = [1] * 15
    elif case == "different counts":
        primitive["attributes"]["NORMAL"] = maker.accessor([[0, 0, 1]])
    elif case == "old version":
        root["asset"]["version"] = "1.0"
    elif case == "no asset":
        del root["asset"]
    elif case == "meshes are no list":
        root["meshes"] = {}
    elif case == "text for a number":
        root["accessors"][0]["count"] = "3"


@pytest.mark.parametrize(
    "case",
    [
        "index past the end", "accessor past the view", "huge count", "huge zero accessor", "view past the buffer",
        "negative offset", "cycle", "two parents", "no such node", "no such mesh", "no position", "no triangles",
        "unknown mode", "unknown component", "matrix of 15", "different counts", "old version", "no asset",
        "meshes are no list", "text for a number",
    ],
)  # fmt: skip
def test_broken_files_say_what_is_broken(maker: Any, tmp_path: Path, case: str) -> None:
    maker.triangle()
    spoil(maker, case)
    with pytest.raises(FormatError, match=r"scan\.glb"):
        read_mesh(maker, tmp_path)


def test_an_unknown_required_extension_is_named(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    maker.json["extensionsRequired"] = ["KHR_gaussian_splatting"]
    with pytest.raises(ScanError, match="KHR_gaussian_splatting"):
        read_mesh(maker, tmp_path)


@pytest.mark.parametrize(
    "uri", ["../secret.bin", "http://example.org/a.bin", "file:///etc/passwd", "/etc/passwd", "..%2Fsecret.bin"]
)
@pytest.mark.parametrize("what", ["buffers", "images"])
def test_uris_out_of_the_folder_are_refused(maker: Any, tmp_path: Path, uri: str, what: str) -> None:
    (tmp_path / "secret.bin").write_bytes(b"secret" * 100)
    (tmp_path / "scan").mkdir()
    maker.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}})
    maker.add("textures", {"source": maker.add("images", {"uri": uri if what == "images" else "gone.png"})})
    maker.triangle(material=0)
    path = maker.write(tmp_path / "scan" / "a.gltf", "separate")
    if what == "buffers":
        path.write_text(path.read_text().replace("a%20data.bin", uri))
    with pytest.raises(UnsafePathError):
        read(path)


def test_a_missing_buffer_is_named(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    path = maker.write(tmp_path / "a.gltf", "separate")
    (tmp_path / "a data.bin").unlink()
    with pytest.raises(FormatError, match=r"a%20data\.bin"):
        read(path)


def test_an_image_that_is_none_is_refused(maker: Any, tmp_path: Path) -> None:
    maker.add(
        "textures",
        {"source": maker.add("images", {"bufferView": maker.view(b"no image here at all"), "mimeType": "image/png"})},
    )
    maker.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}})
    maker.triangle(material=0)
    with pytest.raises(TextureError, match="unknown image format"):
        read_mesh(maker, tmp_path)


@pytest.mark.parametrize("length", [0, 3, 11, 19, 40, 300])
def test_a_cut_file_is_refused(maker: Any, tmp_path: Path, length: int) -> None:
    maker.triangle()
    path = maker.write(tmp_path / "a.glb")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FormatError, match=r"a\.glb"):
        read(path)


def test_deep_json_and_a_repeat_bomb_are_refused(maker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "deep.gltf"
    deep.write_text("[" * 200_000)
    with pytest.raises(FormatError, match="JSON"):
        read(deep)
    maker.triangle()
    for _ in range(40):
        maker.node(mesh=0)
    monkeypatch.setattr("carreau.formats.gltf.gltf._MOST_REPEATED", 30)
    with pytest.raises(FormatError, match="repeat"):
        read_mesh(maker, tmp_path)


def test_a_long_chain_of_nodes_reads(maker: Any, tmp_path: Path) -> None:
    maker.triangle()
    for child in range(3000):
        maker.node(root=False, children=[child], translation=[0, 0, 1])
    maker.json["scenes"][0]["nodes"] = [3000]
    assert corners(read_mesh(maker, tmp_path))[0, 0, 2] == 3000
