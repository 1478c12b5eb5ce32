"""Whatever bytes arrive as GLB or glTF, the answer is a scan or a ScanError."""

from __future__ import annotations

import copy
import json
import struct
import warnings
from pathlib import Path
from typing import Any

import DracoPy
import meshopt
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carreau.base.errors import ScanError
from carreau.formats.gltf.gltf import read

fuzz = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

junk = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)


def read_or_refuse(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            mesh = read(path).mesh
        except ScanError:
            return
    assert mesh.faces.min(initial=0) >= 0
    assert mesh.faces.max(initial=-1) < len(mesh.positions)
    assert all(texcoords.shape == (len(mesh.faces), 3, 2) for texcoords in mesh.texcoords)
    assert mesh.face_materials.max(initial=0) < len(mesh.materials)


def fill(maker: Any) -> Any:
    """Put something of everything into a file."""
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    halves = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    texture = maker.texture()
    info = {"index": texture, "extensions": {"KHR_texture_transform": {"scale": [2, 2], "rotation": 1}}}
    maker.json["textures"][0]["sampler"] = maker.add("samplers", {"wrapS": 33071})
    maker.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": info, "baseColorFactor": [1, 1, 1, 1]}})
    where = maker.view(np.array([1], np.uint16).tobytes())
    sparse = {
        "count": 1,
        "indices": {"bufferView": where, "componentType": 5123},
        "values": {"bufferView": where, "byteOffset": 0},
    }
    attributes = {
        "POSITION": maker.accessor(square),
        "NORMAL": maker.accessor(square * 127, "int8", normalized=True, stride=4),
        "TEXCOORD_0": maker.accessor(square[:, :2] * 65535, "uint16", normalized=True),
        "COLOR_0": maker.accessor(
            np.ones((4, 4)) * 255, "uint8", normalized=True, sparse={**sparse, "values": {"bufferView": 0}}
        ),
    }
    indices = maker.accessor(halves.ravel(), "uint16")
    maker.node(mesh=maker.mesh(attributes, indices=indices, material=0), translation=[1, 2, 3], scale=[-1, 1, 1])
    maker.node(mesh=maker.mesh({"POSITION": attributes["POSITION"]}, mode=5), matrix=[1, 0, 0, 0] * 4)
    draco = {"bufferView": maker.view(DracoPy.encode(square, halves)), "attributes": {"POSITION": 0}}
    packed = {"KHR_draco_mesh_compression": draco}
    maker.node(mesh=maker.mesh({"POSITION": attributes["POSITION"]}, indices=indices, extensions=packed))
    data = meshopt.encode_gltf_buffer(square, "ATTRIBUTES")
    start = len(maker.binary) + (-len(maker.binary) % 4)
    view = maker.view(data)
    extension = {
        "buffer": 0,
        "byteOffset": start,
        "byteLength": len(data),
        "byteStride": 12,
        "count": 4,
        "mode": "ATTRIBUTES",
    }
    maker.json["bufferViews"][view] = {
        "buffer": 0,
        "byteLength": 48,
        "extensions": {"EXT_meshopt_compression": extension},
    }
    position = {"bufferView": view, "componentType": 5126, "count": 4, "type": "VEC3"}
    maker.node(mesh=maker.mesh({"POSITION": maker.add("accessors", position)}, indices=indices))
    return maker


@pytest.fixture(scope="module")
def full(gltf_maker: Any) -> Any:
    return fill(gltf_maker())


def test_the_seed_itself_reads(full: Any, tmp_path: Path) -> None:
    assert len(read(full.write(tmp_path / "a.glb")).mesh.faces) == 2 + 2 + 2 + 2


@settings(fuzz, max_examples=150)
@given(data=st.binary(max_size=300), is_glb=st.booleans())
def test_random_bytes(data: bytes, is_glb: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(data)) + data if is_glb else data)
    read_or_refuse(path)


@settings(fuzz, max_examples=300)
@given(data=st.data())
def test_flipped_bytes(full: Any, data: st.DataObject, tmp_path: Path) -> None:
    damaged = bytearray(full.glb())
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.glb"
    path.write_bytes(
        bytes(damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))])
        if data.draw(st.booleans())
        else damaged
    )
    read_or_refuse(path)


@settings(fuzz, max_examples=400)
@given(data=st.data())
def test_json_with_wrong_values(full: Any, data: st.DataObject, tmp_path: Path) -> None:
    root = copy.deepcopy(full)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places(root.json))))
        holder[key] = data.draw(junk | st.sampled_from([0, 1, 2, 3, 5121, 5125, 255, 65536, 2**31, 2**53, -1]))
    try:
        json.dumps(root.json)
    except (TypeError, ValueError):
        return
    read_or_refuse(root.write(tmp_path / "a.glb"))


@settings(fuzz, max_examples=150)
@given(data=st.data())
def test_json_with_missing_values(full: Any, data: st.DataObject, tmp_path: Path) -> None:
    root = copy.deepcopy(full)
    for _ in range(data.draw(st.integers(1, 4))):
        holder, key = data.draw(st.sampled_from(list(places(root.json))))
        if isinstance(holder, dict):
            holder.pop(key, None)
    read_or_refuse(root.write(tmp_path / "a.gltf", data.draw(st.sampled_from(["embedded", "separate"]))))


def places(value: Any) -> Any:
    """Yield every (holder, key) of a JSON tree."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)
