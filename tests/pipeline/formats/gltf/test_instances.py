"""Every instance of EXT_mesh_gpu_instancing is drawn, by both readers, and no claim of a file eats the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshopt
import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.formats.gltf import gltf, scene_reader
from carreau.formats.gltf.gltf_plain import INSTANCING, MOST_INSTANCES
from carreau.formats.gltf.scene_writer import WriteOptions, write
from tests.pipeline.authored_scenes import SceneMaker, pit_head

SHIFTS = np.array([[0, 0, 0], [4, 0, 0], [0, 0, 7]], np.float32)
QUARTER = float(np.sqrt(0.5))
TURNS = np.array([[0, 0, 0, 1], [0, 0, QUARTER, QUARTER], [0, 0, 1, 0]])
SIZES = np.array([[1, 1, 1], [2, 2, 2], [1, 3, 1]], np.float32)


def instanced(maker: Any, **attributes: int) -> Any:
    """Return a maker with one triangle, on a node at (10, 0, 0), as instances."""
    maker.json["extensionsUsed"] = maker.json["extensionsRequired"] = [INSTANCING]
    places = maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]], min=[0, 0, 0], max=[1, 1, 0])
    mesh = maker.mesh({"POSITION": places}, indices=maker.accessor([0, 1, 2], "uint16"))
    more = {INSTANCING: {"attributes": attributes}}
    maker.node(mesh=mesh, name="bolt", translation=[10, 0, 0], extensions=more)
    return maker


def expected() -> Any:
    """Return the corners (3, 3, 3) of the three instances."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float)
    turns = [np.eye(3), np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), np.diag([-1, -1, 1])]
    placed = zip(SIZES, turns, SHIFTS, strict=True)
    return np.array([(corners * size) @ turn.T + shift + [10, 0, 0] for size, turn, shift in placed])


@pytest.mark.parametrize(("dtype", "top"), [("float32", 1), ("int8", 127), ("int16", 32767)])
def test_all_instances_are_read_where_they_are(gltf_maker: Any, tmp_path: Path, dtype: str, top: int) -> None:
    maker = gltf_maker()
    turns = maker.accessor((TURNS * top).round() if top > 1 else TURNS, dtype, normalized=top > 1)
    instanced(maker, TRANSLATION=maker.accessor(SHIFTS), ROTATION=turns, SCALE=maker.accessor(SIZES))
    scan = gltf.read(maker.write(tmp_path / "a.glb"))
    assert np.allclose(scan.mesh.positions[scan.mesh.faces], expected(), atol=1e-5)
    assert (scan.facts.parts, scan.facts.warnings) == (("bolt",), ())


def test_meshopt_packs_places_of_instances(gltf_maker: Any, tmp_path: Path) -> None:
    maker = gltf_maker()
    shifts = maker.accessor(SHIFTS)
    packed = bytes(meshopt.encode_vertex_buffer(SHIFTS))
    view = maker.json["bufferViews"][maker.json["accessors"][shifts]["bufferView"]]
    source = maker.json["bufferViews"].pop(maker.view(packed))
    more = {"mode": "ATTRIBUTES", "count": 3, "byteStride": 12, "buffer": 0}
    view["extensions"] = {"EXT_meshopt_compression": {key: source[key] for key in ("byteOffset", "byteLength")} | more}
    scan = gltf.read(instanced(maker, TRANSLATION=shifts).write(tmp_path / "a.glb"))
    assert np.allclose(scan.mesh.positions[scan.mesh.faces][:, 0] - SHIFTS, [10, 0, 0])


def test_an_authored_model_has_a_node_for_each(tmp_path: Path) -> None:
    maker = SceneMaker()
    instanced(maker, TRANSLATION=maker.accessor(SHIFTS), ROTATION=maker.accessor(TURNS), SCALE=maker.accessor(SIZES))
    scene = scene_reader.read(maker.write(tmp_path / "a.glb"))
    assert (scene.triangles, len(scene.shapes), scene.warnings) == (3, 1, ())
    (tmp_path / "written.glb").write_bytes(write(scene, [], WriteOptions("plain")))
    mesh = gltf.read(tmp_path / "written.glb").mesh
    assert np.allclose(mesh.positions[mesh.faces], expected(), atol=1e-5)


def test_attributes_of_the_author_alone_say_how_many(gltf_maker: Any, tmp_path: Path) -> None:
    maker = gltf_maker()
    instanced(maker, _ID=maker.accessor([1, 2], "uint8"))
    assert len(gltf.read(maker.write(tmp_path / "a.glb")).mesh.faces) == 2


def test_what_is_animated_is_drawn_once_and_told(tmp_path: Path) -> None:
    maker = pit_head(3, 8)
    flag = next(node for node in maker.json["nodes"] if node.get("name") == "flag")
    flag["extensions"] = {INSTANCING: {"attributes": {"TRANSLATION": maker.accessor(SHIFTS)}}}
    path = maker.write(tmp_path / "a.glb")
    number = maker.json["nodes"].index(flag)
    for warnings in (gltf.read(path).facts.warnings, scene_reader.read(path).warnings):
        assert f"nodes[{number}] is animated, and is drawn once instead of as instances" in warnings


def spoil(maker: Any, case: str) -> dict[str, int]:
    shifts = maker.accessor(SHIFTS)
    if case == "count":
        maker.json["accessors"][shifts]["count"] = 2**40
    elif case == "zeros":
        del maker.json["accessors"][shifts]["bufferView"]
        maker.json["accessors"][shifts]["count"] = MOST_INSTANCES
    elif case == "lengths":
        return {"TRANSLATION": shifts, "SCALE": maker.accessor(SIZES[:2])}
    elif case == "width":
        return {"ROTATION": shifts}
    elif case == "nan":
        return {"TRANSLATION": maker.accessor(SHIFTS * np.nan)}
    elif case == "missing":
        return {"TRANSLATION": 3000}
    elif case == "none":
        return {}
    return {"TRANSLATION": shifts}


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("count", "too many instances"),
        ("zeros", "exceeds the data"),
        ("lengths", "different lengths"),
        ("width", "wrong number of components"),
        ("nan", "non-finite"),
        ("missing", r"accessors\[3000\]"),
        ("none", "missing"),
    ],
)
def test_broken_instances_are_refused_in_one_line(gltf_maker: Any, tmp_path: Path, case: str, words: str) -> None:
    maker = gltf_maker()
    path = instanced(maker, **spoil(maker, case)).write(tmp_path / "a.glb")
    for reader in (gltf.read, scene_reader.read):
        with pytest.raises(FormatError, match=words) as caught:
            reader(path)
        assert "\n" not in str(caught.value)


def test_instances_may_not_repeat_triangles_without_end(gltf_maker: Any, tmp_path: Path) -> None:
    maker = gltf_maker()
    instanced(maker, TRANSLATION=maker.accessor(np.zeros((MOST_INSTANCES, 3))))
    corners = maker.accessor(np.zeros(3 * 1005), "uint8")
    maker.json["meshes"][0]["primitives"][0]["indices"] = corners
    with pytest.raises(FormatError, match="instancing repeats 1,005 triangles as 20,100,000"):
        gltf.read(maker.write(tmp_path / "a.glb"))
