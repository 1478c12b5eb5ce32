"""An authored scene is read whole, without what nobody sees, and refused in one line where it is broken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import ScanError, UnsafePathError
from carreau.formats.gltf.scene import Authored
from carreau.formats.gltf.scene_reader import is_animated, read
from tests.pipeline.authored_scenes import SceneMaker, ball, pit_head


def scene_of(maker: SceneMaker, folder: Path, form: str = "glb") -> Authored:
    return read(maker.write(folder / ("scene.glb" if form == "glb" else "scene.gltf"), form))


@pytest.mark.parametrize("form", ["glb", "separate", "embedded"])
def test_what_moves_and_what_is_named_is_told(tmp_path: Path, form: str) -> None:
    scene = scene_of(pit_head(4, 16), tmp_path, form)
    facts = scene.facts
    assert [(clip.name, clip.duration_s, clip.channels) for clip in facts.clips] == [("turn", 4.0, 1), ("day", 2.5, 5)]
    assert (facts.skins, facts.joints, facts.morph_targets, facts.nodes, facts.materials) == (1, 3, 2, 8, 3)
    assert {"sheave", "headframe", "flag", "heap", "post", "bone 3"} <= set(facts.named_nodes)
    assert facts.extensions == ("KHR_lights_punctual", "KHR_texture_transform")
    assert scene.copyright == "© Atelier"


def test_scenes_side_by_side_become_one(tmp_path: Path) -> None:
    maker = pit_head(4, 16)
    nodes = maker.json["scenes"][0]["nodes"]
    first = scene_of(maker, tmp_path)
    far = maker.node(root=False, mesh=maker.mesh({"POSITION": maker.accessor(np.eye(3))}), translation=[100, 0, 0])
    maker.json["scenes"].append({"name": "heap", "nodes": [far, nodes[0]]})
    scene = scene_of(maker, tmp_path)
    assert scene.triangles == first.triangles + 1
    assert len(scene.document()["scenes"]) == 1
    assert any("2 scenes are read as one scan" in text for text in scene.warnings)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    assert scene_of(pit_head(4, 16), tmp_path).warnings == (
        "256 triangles belong to no scene and are left out; add them to a scene to keep them",
        "ACME_smell is left out: an unknown extension of glTF",
        "the vertex attribute _TEMPERATURE is left out: no viewer shows it",
        "cameras are left out: tours have their own",
    )


def test_what_nobody_sees_is_gone_and_names_and_extras_stay(tmp_path: Path) -> None:
    tree = scene_of(pit_head(4, 16), tmp_path).document()
    assert [material["name"] for material in tree["materials"]] == ["brick", "cloth", "glass"]
    nodes = {node["name"]: node for node in tree["nodes"]}
    assert "unseen" not in nodes
    assert nodes["post"]["extras"] == {"part": "post"}
    assert tree["meshes"][2]["extras"] == {"targetNames": ["spread", "peak"]}
    assert tree["meshes"][2]["weights"] == [0.25, 0]
    assert tree["skins"][0]["name"] == "pole"
    assert not {"cameras", "images", "accessors", "bufferViews", "buffers"} & set(tree)
    assert "extensions" not in tree["materials"][0]


def test_each_picture_knows_what_it_is_for(tmp_path: Path) -> None:
    found = scene_of(pit_head(4, 16), tmp_path).pictures
    roles = [(picture.is_color, picture.is_data, picture.has_alpha) for picture in found]
    assert roles == [(True, False, False), (False, True, False), (True, False, False), (True, False, True)]


def test_influences_become_what_gltf_asks_for(tmp_path: Path) -> None:
    flag = scene_of(pit_head(4, 16), tmp_path).shapes[1].attributes
    joints, weights = flag["JOINTS_0"], flag["WEIGHTS_0"]
    assert np.allclose(weights.sum(axis=1), 1)
    assert (joints[weights == 0] == 0).all()
    assert all(len(set(row[share > 0])) == (share > 0).sum() for row, share in zip(joints, weights, strict=True))


def test_vertices_at_one_place_with_one_look_are_one(tmp_path: Path) -> None:
    maker = SceneMaker()
    positions, normals, _, indices = ball(6)
    loose = {"POSITION": maker.places(positions[indices]), "NORMAL": maker.accessor(normals[indices])}
    maker.node(mesh=maker.mesh(loose))
    (shape,) = scene_of(maker, tmp_path).shapes
    assert len(shape.attributes["POSITION"]) == len(positions)
    assert (shape.attributes["POSITION"][shape.indices] == positions[indices]).all()


def test_a_mesh_on_two_nodes_counts_twice(tmp_path: Path) -> None:
    maker = SceneMaker()
    maker.triangle()
    maker.node(mesh=0, translation=[1, 0, 0])
    assert scene_of(maker, tmp_path).triangles == 2


def test_strips_become_lists_and_lines_stay_lines(tmp_path: Path) -> None:
    maker = SceneMaker()
    position = maker.places([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    maker.node(mesh=maker.mesh({"POSITION": position}, mode=5))
    maker.node(mesh=maker.mesh({"POSITION": position}, mode=3))
    strip, line = scene_of(maker, tmp_path).shapes
    assert (strip.mode, strip.triangles, line.mode, line.triangles) == (4, 2, 3, 0)


def test_only_what_moves_is_told_apart(tmp_path: Path) -> None:
    still = SceneMaker()
    still.triangle()
    assert not is_animated(still.write(tmp_path / "still.glb"))
    assert is_animated(pit_head(4, 16).write(tmp_path / "moving.glb"))
    (tmp_path / "broken.glb").write_bytes(b"glTF and nothing")
    assert not is_animated(tmp_path / "broken.glb")


def spoil_view(maker: SceneMaker, accessor: int, values: Any) -> None:
    view = maker.json["bufferViews"][maker.json["accessors"][accessor]["bufferView"]]
    data = np.asarray(values, np.float32).tobytes()
    maker.binary[view["byteOffset"] : view["byteOffset"] + len(data)] = data


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"in": found}
    return found


def clip(maker: SceneMaker) -> dict[str, Any]:
    found: dict[str, Any] = maker.json["animations"][0]
    return found


def loop_of_joints(maker: SceneMaker) -> None:
    maker.json["nodes"] += [{"children": [10]}, {"children": [9]}]
    maker.json["skins"][0]["joints"] = [9]


BROKEN: dict[str, tuple[Callable[[SceneMaker], object], str]] = {
    "nodes in a loop": (lambda m: m.json["nodes"][0].update(children=[1]), "reached twice"),
    "a joint in a loop": (loop_of_joints, "its own descendant"),
    "a time past the end": (lambda m: clip(m)["samplers"][0].update(input=999), "refers to accessors[999]"),
    "a count past all bytes": (
        lambda m: m.json["accessors"][clip(m)["samplers"][0]["output"]].update(count=1 << 40), "ends at byte"
    ),
    "a sparse count past all bytes": (
        lambda m: m.json["accessors"][-1].update(count=1 << 45, sparse={"count": 1}), "ends at byte"
    ),
    "a node that is not there": (lambda m: clip(m)["channels"][0]["target"].update(node=77), "refers to nodes[77]"),
    "a way that is none": (lambda m: clip(m)["samplers"][0].update(interpolation="MAGIC"), "unknown interpolation"),
    "a path that is none": (lambda m: clip(m)["channels"][0]["target"].update(path="mood"), "unknown animation path"),
    "times that go back": (lambda m: spoil_view(m, clip(m)["samplers"][0]["input"], [4, 3, 2]), "increasing"),
    "a turn that is no number": (
        lambda m: spoil_view(m, clip(m)["samplers"][0]["output"], [np.nan]), "non-finite"
    ),
    "one property moved twice": (lambda m: clip(m).update(channels=clip(m)["channels"] * 2), "same property"),
    "a matrix that is moved": (
        lambda m: m.json["nodes"][0].update(matrix=np.eye(4).ravel().tolist()), "which has a matrix"
    ),
    "too many channels": (lambda m: clip(m).update(channels=clip(m)["channels"] * 100_001), "more than 100,000"),
    "a skin without joints": (lambda m: m.json["skins"][0].update(joints=[]), "no joints"),
    "a vertex past the joints": (lambda m: m.json["skins"][0].update(joints=[2]), "(joints: 1)"),
    "too few matrices": (
        lambda m: m.json["accessors"][m.json["skins"][0]["inverseBindMatrices"]].update(count=1), "a finite matrix"
    ),
    "a target of another length": (
        lambda m: m.json["meshes"][2]["primitives"][0]["targets"][0].update(POSITION=0), "wrong number of vertices"
    ),
    "an extension nobody knows": (lambda m: m.json.update(extensionsRequired=["ACME_smell"]), "ACME_smell"),
    "extras without an end": (lambda m: m.json["nodes"][0].update(extras=nested(3000)), "JSON"),
    "a light that is not there": (lambda m: m.json.update(extensions={}), "no lights"),
    "a scene without a mesh": (lambda m: m.json["scenes"][0].update(nodes=[]), "no meshes"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    spoil, words = BROKEN[name]
    maker = pit_head(4, 0)
    spoil(maker)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(50_000)  # what writes the test's file needs more than what reads it may have
        path = maker.write(tmp_path / "scene.glb")
    finally:
        sys.setrecursionlimit(limit)
    with pytest.raises(ScanError) as caught:
        read(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("uri", ["https://example.org/a.png", "../../secret.png"])
def test_a_picture_elsewhere_is_refused(tmp_path: Path, uri: str) -> None:
    maker = pit_head(4, 16)
    maker.json["images"][0] = {"uri": uri}
    with pytest.raises(UnsafePathError):
        scene_of(maker, tmp_path)


def test_a_missing_picture_is_said_and_its_material_stays(tmp_path: Path) -> None:
    maker = pit_head(4, 16)
    maker.json["images"][0] = {"uri": "gone.png"}
    scene = scene_of(maker, tmp_path)
    assert any("'gone.png' is missing" in warning for warning in scene.warnings)
    assert len(scene.pictures) == 3
    assert "baseColorTexture" not in scene.document()["materials"][0]["pbrMetallicRoughness"]
