"""The validator finds what is wrong, and only what our own extensions explain is let through."""

import json
import os
import struct

import numpy as np
import pytest

from carreau.base.errors import ToolError, ValidationError
from carreau.base.levels import PREVIEW
from carreau.base.model import EncodedImage, LevelMesh
from carreau.base.tools import node_module, node_modules, run_script
from carreau.formats.images import image_codecs
from carreau.models.stages.check import (
    Issue,
    LevelFacts,
    Severity,
    check_budget,
    check_packed,
    check_plain,
    is_expected,
    validate,
)
from carreau.models.stages.pack import GltfPackOptions, pack

needs_validator = pytest.mark.skipif(
    not (node_modules() / "gltf-validator").is_dir() and os.environ.get("CI") != "true",
    reason="npm modules are not installed: run make setup",
)


def glb(normal_length: float = 1.0, **more: object) -> bytes:
    """Return a GLB of one triangle."""
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4")
    normals = np.array([[0, 0, normal_length]] * 3, "<f4")
    binary = positions.tobytes() + normals.tobytes()
    attribute = {"componentType": 5126, "count": 3, "type": "VEC3"}
    tree = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 36, "target": 34962},
            {"buffer": 0, "byteOffset": 36, "byteLength": 36, "target": 34962},
        ],
        "accessors": [
            {"bufferView": 0, "min": [0, 0, 0], "max": [1, 1, 0], **attribute},
            {"bufferView": 1, **attribute},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
        **more,
    }
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


@needs_validator
def test_a_good_model_has_nothing_to_say() -> None:
    assert validate(glb()) == ()
    check_plain(glb())
    check_packed(glb())


@needs_validator
def test_normals_that_are_not_unit_are_refused() -> None:
    messages = validate(glb(normal_length=0.5))
    assert {message.code for message in messages} == {"ACCESSOR_VECTOR3_NON_UNIT"}
    assert messages[0].severity is Severity.ERROR
    with pytest.raises(ValidationError, match=r"preview\.glb is not valid glTF: error ACCESSOR_VECTOR3_NON_UNIT"):
        check_plain(glb(normal_length=0.5), "preview.glb")
    with pytest.raises(ValidationError, match="2 more"):
        check_packed(glb(normal_length=0.5))


@needs_validator
@pytest.mark.parametrize("name", ["EXT_meshopt_compression", "EXT_texture_avif", "KHR_texture_basisu"])
def test_extensions_we_write_are_expected(name: str) -> None:
    check_packed(glb(extensionsUsed=[name]))


@needs_validator
def test_an_extension_we_do_not_write_is_refused() -> None:
    with pytest.raises(ValidationError, match="KHR_draco_mesh_compression"):
        check_packed(glb(extensionsUsed=["KHR_draco_mesh_compression"]))


@needs_validator
def test_a_broken_structure_is_refused() -> None:
    with pytest.raises(ValidationError, match="UNRESOLVED_REFERENCE"):
        check_packed(glb(nodes=[{"mesh": 3}]))


def test_bytes_that_are_no_glb_are_refused_without_starting_anything() -> None:
    with pytest.raises(ValidationError, match="not a GLB file"):
        validate(b"solid nothing")


def test_only_a_ktx2_image_excuses_complaints_about_ktx2() -> None:
    issue = Issue(Severity.WARNING, "IMAGE_UNRECOGNIZED_FORMAT", "Image format not recognized.", "/images/1")
    assert is_expected(issue, ("image/webp", "image/ktx2"))
    assert not is_expected(issue, ("image/ktx2", "image/webp"))
    assert not is_expected(issue, ("image/ktx2",))
    assert is_expected(issue, ("image/webp", "image/avif"))
    other = Issue(Severity.WARNING, "IMAGE_NON_POWER_OF_TWO", "", "/images/1")
    assert not is_expected(other, ("image/webp", "image/ktx2"))


def pictured(data: bytes) -> bytes:
    """Return a model whose base colour is said to be AVIF."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    up, texcoords = np.array([[0, 0, 1]] * 3, np.float32), np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    level = LevelMesh(corners, up, np.array([[0, 1, 2]], np.int32), texcoords)
    return pack(level, {"base": EncodedImage(data, image_codecs.AVIF_TYPE)}, GltfPackOptions())


@needs_validator
def test_avif_is_decoded_because_the_validator_does_not() -> None:
    data = image_codecs.encode_avif(np.full((64, 64, 3), 90, np.uint8), 60)
    check_packed(pictured(data))
    broken = {
        "no AVIF file": data.replace(b"ftypavif", b"ftypheic"),
        "IMAGE_DATA_INVALID /images/0": data[: len(data) * 2 // 3],
    }
    for said, other in broken.items():
        with pytest.raises(ValidationError, match=said):
            check_packed(pictured(other), "phone")


def test_a_level_within_its_budget_says_nothing() -> None:
    assert check_budget(PREVIEW, LevelFacts(10_000, 512, 150_000, 1_500_000)) == ()


def test_every_limit_that_is_passed_is_named() -> None:
    over = check_budget(PREVIEW, LevelFacts(10_001, 1024, 150_001, 6_000_000))
    assert len(over) == 4
    assert over[0] == "10,001 triangles, over the limit of 10,000"


def test_a_missing_module_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("CARREAU_NODE_MODULES", str(tmp_path))
    with pytest.raises(ToolError, match=r"gltf-validator.*make setup"):
        node_module("gltf-validator")


def test_a_script_that_fails_is_a_tool_error() -> None:
    with pytest.raises(ToolError, match="validate"):
        run_script("validate.mjs", "/no/such/module")
