"""The GLB in a b3dm of 3D Tiles is read; other tiles are refused with what to do."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.formats.registry import references, sniff
from tests.pipeline.formats.conftest import GltfMaker

CORNERS = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]]], np.float32)


def b3dm(glb: bytes, features: dict[str, Any]) -> bytes:
    """Return the GLB in a tile of 3D Tiles, with a table of features and one of batches."""
    tables = [json.dumps(each).encode() for each in (features, {"height": [3.5]})]
    tables = [each + b" " * (-len(each) % 8) for each in tables]
    sizes = len(tables[0]), 0, len(tables[1]), 0
    body = b"".join(tables) + glb
    return struct.pack("<4s6I", b"b3dm", 1, 28 + len(body), *sizes) + body


@pytest.mark.parametrize("center", [None, [4_030_000.0, 236_000.0, 4_920_000.0]])
def test_the_glb_in_a_tile_is_read(center: list[float] | None, tmp_path: Path) -> None:
    maker = GltfMaker()
    maker.triangle(material=maker.add("materials", {"name": "brick"}))
    features = {"BATCH_LENGTH": 1, **({"RTC_CENTER": center} if center else {})}
    path = tmp_path / "house.b3dm"
    path.write_bytes(b3dm(maker.glb(), features))
    scan = sniff(path).read(path)
    assert np.allclose(scan.mesh.positions[scan.mesh.faces], CORNERS)
    assert [material.name for material in scan.mesh.materials] == ["brick"]
    assert (scan.facts.format, scan.facts.up) == ("b3dm", None if center else "y")
    assert list(scan.facts.warnings) == (["CESIUM_RTC is left out: place on the globe"] if center else [])


def test_a_tile_names_the_files_beside_it(tmp_path: Path) -> None:
    maker = GltfMaker()
    maker.triangle()
    maker.add("images", {"uri": "wall.png"})
    path = tmp_path / "house.b3dm"
    path.write_bytes(b3dm(maker.glb(), {}))
    assert references(path) == ("wall.png",)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"b3dm" + bytes(20), "truncated"),
        (struct.pack("<4s6I", b"b3dm", 1, 28, 2**32 - 1, 2**32 - 1, 0, 0), "truncated"),
        (b3dm(b"KMZ " + bytes(60), {}), "the tile does not contain a GLB"),
        (b"pnts" + bytes(40), "a point cloud of 3D Tiles"),
        (b"i3dm" + bytes(40), "instances of 3D Tiles"),
        (b"cmpt" + bytes(40), "several tiles of 3D Tiles"),
        (b"Kaydara FBX Binary  \0" + bytes(40), "FBX, is not supported; open it in Blender, and export it as GLB"),
    ],
    ids=["short", "claim", "no GLB", "pnts", "i3dm", "cmpt", "FBX"],
)
def test_other_tiles_and_damaged_ones_are_refused(data: bytes, cause: str, tmp_path: Path) -> None:
    path = tmp_path / "house.b3dm"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=cause):
        sniff(path).read(path)
