"""The pair for a table is the same model, small enough, and valid."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.levels import STILL_FITS, TABLE_M
from carreau.base.model import EncodedImage, LevelMesh
from carreau.formats.gltf import gltf
from carreau.formats.writers import usdz_files
from carreau.models.stages.ar_pair import SCALE_KEY, TablePair, make_table_pair, pack_usdz, read_usdz, scaled_glb
from carreau.models.stages.check import Severity, check_usdz, validate
from carreau.models.stages.pack import GltfPackOptions, pack
from carreau.runs.cache import Cache
from tests.pipeline.authored_scenes import pit_head

PAIR = tuple[bytes, bytes]


def tower(height_m: float, edge_m: float = 1.0) -> PAIR:
    """A pyramid as GLB and USDZ."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1], [0.5, 1, 0.5]], np.float32)
    corners *= np.array([edge_m, height_m, edge_m], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3], [0, 4, 1], [1, 4, 2], [2, 4, 3], [3, 4, 0]], np.int32)
    normals = np.tile(np.array([0, 1, 0], np.float32), (5, 1))
    mesh = LevelMesh(corners, normals, faces)
    images: Mapping[str, EncodedImage] = {}
    glb = pack(mesh, images, GltfPackOptions(flavour="plain", extras={"scale": "fixed"}))
    return glb, usdz_files.write(mesh, images)


def size_of(glb: bytes, usdz_: bytes, folder: Path) -> tuple[list[float], list[float]]:
    """Return the edges that readers of both formats find."""
    path = folder / "model.glb"
    path.write_bytes(glb)
    positions = gltf.read(path).mesh.positions
    others = read_usdz(usdz_).positions
    return [list(np.ptp(each, axis=0)) for each in (positions, others)]  # type: ignore[return-value]


def document(glb: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    return found


def warnings_of(glb: bytes) -> list[str]:
    """Return what the validator warns of, without the places, which move."""
    return sorted(issue.code for issue in validate(glb) if issue.severity <= Severity.WARNING)


def test_both_fit_a_table_and_pass_their_validators(tmp_path: Path) -> None:
    glb, usdz_ = tower(37.0)
    made = make_table_pair(glb, usdz_, is_size_known=True)
    assert made.scale == pytest.approx(TABLE_M / 37)
    assert not [issue for issue in validate(made.glb) if issue.severity < Severity.INFORMATION]
    assert check_usdz(made.usdz) > 20
    for size in size_of(made.glb, made.usdz, tmp_path):
        assert size == pytest.approx([TABLE_M / 37, TABLE_M, TABLE_M / 37], rel=1e-5)
    assert document(made.glb)["asset"]["extras"] == {"scale": "free", SCALE_KEY: made.scale}
    assert make_table_pair(glb, usdz_, is_size_known=True) == made


def test_only_the_description_differs() -> None:
    glb, usdz_ = tower(12.0)
    made = make_table_pair(glb, usdz_, is_size_known=True)
    assert (
        made.glb[20 + int.from_bytes(made.glb[12:16], "little") :] == glb[20 + int.from_bytes(glb[12:16], "little") :]
    )
    assert abs(len(made.glb) - len(glb)) < 300
    with zipfile.ZipFile(BytesIO(usdz_)) as before, zipfile.ZipFile(BytesIO(made.usdz)) as after:
        assert before.namelist() == after.namelist()
    assert abs(len(made.usdz) - len(usdz_)) < 600


def test_what_fits_a_table_needs_no_other_files() -> None:
    limit = STILL_FITS * TABLE_M
    assert make_table_pair(*tower(limit - 0.01, 0.5), is_size_known=True) == TablePair(1.0)
    assert make_table_pair(*tower(limit + 0.01, 0.5), is_size_known=True).glb
    # A size that nobody knows may be anything.
    assert make_table_pair(*tower(0.3, 0.1), is_size_known=False).scale == pytest.approx(2)


def test_a_scene_that_moves_is_scaled_as_a_whole(tmp_path: Path) -> None:
    path = pit_head(72, 0).write(tmp_path / "scene.glb")
    packed = pack_usdz(path.read_bytes(), usdz_files.UsdzAbout("a scene"))
    made = make_table_pair(path.read_bytes(), packed.usdz, is_size_known=True)
    before, after = (size_of(*pair, tmp_path) for pair in ((path.read_bytes(), packed.usdz), (made.glb, made.usdz)))
    for old, new in zip(before, after, strict=True):
        assert new == pytest.approx([edge * made.scale for edge in old], rel=1e-4)
    assert max(max(sizes) for sizes in after) == pytest.approx(TABLE_M, rel=0.02)
    assert document(made.glb)["animations"] == document(path.read_bytes())["animations"]
    assert warnings_of(made.glb) == warnings_of(path.read_bytes())
    assert check_usdz(made.usdz) > 20


def test_a_skinned_root_that_moves_others_gives_its_mesh_away(tmp_path: Path) -> None:
    maker = pit_head(4, 0)
    nodes = maker.json["nodes"]
    flag = next(number for number, node in enumerate(nodes) if "skin" in node)
    bone = next(number for number, node in enumerate(nodes) if node["name"] == "bone 1")
    nodes[flag]["children"] = [bone]
    maker.json["scenes"][0]["nodes"].remove(bone)
    glb = maker.write(tmp_path / "scene.glb").read_bytes()
    scaled = scaled_glb(glb, 0.25)
    assert warnings_of(scaled) == warnings_of(glb)
    sizes = []
    for name, data in (("before", glb), ("after", scaled)):
        path = tmp_path / f"{name}.glb"
        path.write_bytes(data)
        sizes.append(np.ptp(gltf.read(path).mesh.positions, axis=0))
    assert sizes[1] == pytest.approx(sizes[0] * 0.25, rel=1e-5)


def test_a_second_run_has_the_same_bytes_from_the_cache(cache: Cache) -> None:
    pair = tower(5.0)
    first, again = (cache.step(make_table_pair, *pair, False, label="scale").value() for _ in range(2))
    assert first == again
