"""What is written of an authored scene is valid, the same every time, and says what its source said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import meshopt
import numpy as np
import pygltflib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carreau.base.model import EncodedImage
from carreau.formats.gltf.scene import Authored
from carreau.formats.gltf.scene_reader import read
from carreau.formats.gltf.scene_writer import WriteOptions, exponential, unit_quaternions, whole_weights, write
from carreau.models.stages.check import check_packed, validate
from tests.pipeline.authored_scenes import SceneMaker, ball, picture, pit_head


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Authored:
    path = tmp_path_factory.mktemp("scene") / "scene.glb"
    path.write_bytes(pit_head(8, 32).glb())
    return read(path)


def images(scene: Authored, media_type: str = "image/png") -> list[EncodedImage]:
    kind = media_type.rpartition("/")[2].upper()
    return [EncodedImage(picture(32, number, kind=kind), media_type) for number in range(len(scene.pictures))]


def document(glb: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    return found


def test_the_validator_finds_nothing_at_all_in_a_plain_one(scene: Authored) -> None:
    assert validate(write(scene, images(scene), WriteOptions("plain"))) == ()


def test_the_validator_finds_nothing_wrong_in_a_packed_one(scene: Authored) -> None:
    check_packed(write(scene, images(scene, "image/webp"), WriteOptions()))


@pytest.mark.parametrize("flavour", ["plain", "compressed"])
def test_the_same_scene_gives_the_same_bytes(scene: Authored, flavour: Any) -> None:
    options = WriteOptions(flavour, extras={"b": 1, "a": [2, 3]}, copyright="moi")
    assert write(scene, images(scene), options) == write(scene, images(scene), options)


def test_a_plain_one_needs_no_extension_and_is_read_by_others_number_by_number(scene: Authored) -> None:
    glb = write(scene, images(scene), WriteOptions("plain"))
    model = pygltflib.GLTF2().load_from_bytes(glb)
    assert model.extensionsRequired == []
    blob, accessor = model.binary_blob(), model.accessors[model.meshes[1].primitives[0].attributes.POSITION]
    view = model.bufferViews[accessor.bufferView]
    found = np.frombuffer(blob, np.float32, accessor.count * 3, view.byteOffset).reshape(-1, 3)
    assert (found == scene.shapes[1].attributes["POSITION"]).all()
    assert [mesh.weights for mesh in model.meshes][2] == [0.25, 0]


def test_a_packed_one_says_what_it_needs(scene: Authored) -> None:
    glb = document(write(scene, images(scene, "image/webp"), WriteOptions()))
    required = ["EXT_meshopt_compression", "EXT_texture_webp", "KHR_mesh_quantization"]
    assert glb["extensionsRequired"] == required
    assert glb["extensionsUsed"] == sorted([*required, "KHR_lights_punctual", "KHR_texture_transform"])


def test_keyframes_are_packed_by_meshopt_too(scene: Authored) -> None:
    glb = write(scene, images(scene), WriteOptions())
    tree = document(glb)
    for animation in tree["animations"]:
        for sampler in animation["samplers"]:
            for key in ("input", "output"):
                view = tree["bufferViews"][tree["accessors"][sampler[key]]["bufferView"]]
                assert "EXT_meshopt_compression" in view["extensions"]
                assert "byteStride" not in view


def test_copyright_and_extras_are_in_the_asset(scene: Authored) -> None:
    asset = document(write(scene, images(scene), WriteOptions(copyright="Moi, CC BY 4.0", extras={"k": 1})))["asset"]
    assert asset["copyright"] == "Moi, CC BY 4.0"
    assert asset["extras"] == {"k": 1}


def test_colours_tangents_and_eight_influences_are_kept(tmp_path: Path) -> None:
    maker = SceneMaker()
    positions, normals, texcoords, indices = ball(5)
    count = len(positions)
    rng = np.random.default_rng(1)
    attributes = {
        "POSITION": maker.places(positions), "NORMAL": maker.accessor(normals), "TEXCOORD_0": maker.accessor(texcoords),
        "TANGENT": maker.accessor(np.column_stack([normals[:, [1, 2, 0]], np.ones(count)])),
        "COLOR_0": maker.accessor(rng.integers(0, 255, (count, 4)), "uint8", normalized=True),
        "JOINTS_0": maker.accessor(np.tile([0, 1, 0, 0], (count, 1)), "uint16"),
        "JOINTS_1": maker.accessor(np.tile([2, 0, 0, 0], (count, 1)), "uint16"),
        "WEIGHTS_0": maker.accessor(np.tile([0.5, 0.2, 0, 0], (count, 1))),
        "WEIGHTS_1": maker.accessor(np.tile([0.3, 0, 0, 0], (count, 1))),
    }  # fmt: skip
    normal_map = maker.image(picture(16, 1))
    material = maker.add("materials", {"normalTexture": {"index": normal_map}})
    mesh = maker.mesh(attributes, indices=maker.indices(indices), material=material)
    bones = [maker.node(name=f"bone {number}") for number in range(3)]
    maker.node(mesh=mesh, skin=maker.add("skins", {"joints": bones}))
    scene = read(maker.write(tmp_path / "ball.glb"))
    for flavour in ("plain", "compressed"):
        glb = write(scene, images(scene), WriteOptions(flavour))
        assert not [message for message in validate(glb) if message.severity < 2]
        (primitive,) = document(glb)["meshes"][0]["primitives"]
        assert set(primitive["attributes"]) == set(attributes)


@given(arrays(np.float32, (7, 3), elements=st.floats(-1000, 1000, width=32)), st.sampled_from([1.0, 0.01, 1e-4]))
def test_rounded_floats_are_within_half_a_step(values: Any, step: float) -> None:
    stream = exponential("POSITION", values, step)
    assert np.abs(stream.rows.astype(np.float64) - values).max() <= 0.5 * step
    if stream.packed is not None:
        data = meshopt.encode_gltf_buffer(stream.packed, "ATTRIBUTES")
        decoded = meshopt.decode_gltf_buffer(np.frombuffer(data, np.uint8), 7, 12, "ATTRIBUTES", "EXPONENTIAL")
        assert (np.ascontiguousarray(decoded).view(np.float32).reshape(7, 3) == stream.rows).all()


@given(arrays(np.float32, (5, 4), elements=st.floats(0, 1, width=32)))
def test_whole_weights_sum_to_one(values: Any) -> None:
    total = values.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, values / np.where(total > 0, total, 1), [1, 0, 0, 0]).astype(np.float32)
    assert (whole_weights({"WEIGHTS_0": shares})["WEIGHTS_0"].sum(axis=1, dtype=np.int64) == 65535).all()


def test_a_turn_without_length_turns_nothing() -> None:
    assert unit_quaternions(np.zeros((1, 4), np.float32)).tolist() == [[0, 0, 0, 1]]
