"""A model is compared in its own coordinates, wherever it says the scan's went."""

import json
import math
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.base.model import DoubleArray
from carreau.formats.gltf import gltf
from carreau.models.stages.measure import MeasureOptions, compare, describe, scan_to_model

FAST = MeasureOptions(views=3, size_px=64, samples=500)
CORNERS = np.array([[0, 0, 0], [4, 0, 0], [0, 3, 0], [0, 0, 2]], float)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], "<u4")


def write_glb(path: Path, corners: DoubleArray, extras: object = None) -> Path:
    positions = corners.astype("<f4")
    binary = positions.tobytes() + FACES.tobytes()
    tree = {
        "asset": {"version": "2.0", **({} if extras is None else {"extras": extras})},
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 48},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 4,
                "type": "VEC3",
                "min": positions.min(axis=0).tolist(),
                "max": positions.max(axis=0).tolist(),
            },
            {"bufferView": 1, "componentType": 5125, "count": 12, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
    return path


def test_a_model_without_a_frame_stands_where_the_scan_stands(tmp_path: Path) -> None:
    path = write_glb(tmp_path / "scan.glb", CORNERS)
    assert np.array_equal(scan_to_model(path), np.eye(4))
    comparison = compare(gltf.read(path), gltf.read(path), options=FAST)
    assert comparison.error.psnr_db == math.inf
    assert "pictures: no pixel differs" in describe(comparison)
    assert "pictures under light: no pixel differs" in describe(comparison)
    other = replace(comparison, error=replace(comparison.error, lit_db=31.456))
    assert "pictures under light: 31.46 dB PSNR (8 views of 512 × 512)" in describe(other)
    assert json.loads(json.dumps(comparison.as_json(), allow_nan=False))["error"]["psnr_db"] is None


def test_the_scan_is_taken_to_the_models_frame_and_metres(tmp_path: Path) -> None:
    matrix = np.array([[0, 0, 0.001, 5], [0.001, 0, 0, 6], [0, 0.001, 0, 7], [0, 0, 0, 1]])
    scan = write_glb(tmp_path / "scan.glb", CORNERS * 1000)
    moved = CORNERS * 1000 @ matrix[:3, :3].T + matrix[:3, 3] + [0, 0.05, 0]
    model = write_glb(tmp_path / "model.glb", moved, {"scan_to_model": matrix.reshape(-1).tolist()})
    assert np.array_equal(scan_to_model(model), matrix)
    error = compare(gltf.read(scan), gltf.read(model), scan_to_model(model), FAST).error
    assert error.to_scan is not None
    assert error.to_scan.largest == pytest.approx(0.05, rel=0.02)
    assert error.to_scan.rms < 0.05


@pytest.mark.parametrize("extras", ["text", ["list"], {}, {"scan_to_model": None}, 7])
def test_other_extras_are_no_frame(tmp_path: Path, extras: object) -> None:
    assert np.array_equal(scan_to_model(write_glb(tmp_path / "m.glb", CORNERS, extras)), np.eye(4))


@pytest.mark.parametrize("numbers", [[1, 2, 3], ["a"] * 16, "text"])
def test_a_broken_frame_is_refused(tmp_path: Path, numbers: object) -> None:
    with pytest.raises(FormatError, match="scan_to_model"):
        scan_to_model(write_glb(tmp_path / "m.glb", CORNERS, {"scan_to_model": numbers}))


def test_lengths_are_told_in_fitting_units(tmp_path: Path) -> None:
    scan = write_glb(tmp_path / "scan.glb", CORNERS)
    model = write_glb(tmp_path / "model.glb", CORNERS * 1.001)
    text = describe(compare(gltf.read(scan), gltf.read(model), options=FAST))
    assert text.startswith("model.glb compared with scan.glb: 4 of 4 triangles, ")
    assert " mm" in text
    assert "new cracks: none" in text
