"""The earlier state is a valid, moving, named model; it lies on the scan, and says that it is simulated."""

from __future__ import annotations

import json
import struct
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import open3d.core as o3c
import open3d.t.geometry as o3g
import pytest
import soundfile
import trimesh

from assets.demonstration import winding
from assets.demonstration.earlier import EarlierOptions, make_earlier
from assets.demonstration.headframe import SHEAVE_RADIUS
from assets.demonstration.named import MAKERS, make_named
from assets.demonstration.sample import SampleOptions, make_sample
from assets.demonstration.sounds import RATE_HZ
from carreau.base.errors import OptionError
from carreau.base.tools import node_modules
from carreau.catalogue.site import SAMPLES
from carreau.formats.meshes.obj import read
from carreau.models.stages.check import validate
from tests.conftest import PROJECT, need

SMALL = EarlierOptions(step_m=0.3, triangles=8000, atlas_px=512)


@pytest.fixture(scope="module")
def glb(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_earlier(tmp_path_factory.mktemp("earlier"), options=SMALL).read_bytes()


@pytest.fixture(scope="module")
def document(glb: bytes) -> dict[str, Any]:
    return json.loads(glb[20 : 20 + struct.unpack_from("<I", glb, 12)[0]])  # type: ignore[no-any-return]


def test_it_is_valid_without_a_remark(glb: bytes) -> None:
    need((node_modules() / "gltf-validator").is_dir(), "the validator is not installed: make setup")
    assert validate(glb) == ()


def test_it_says_that_it_is_simulated(document: dict[str, Any]) -> None:
    assert document["asset"]["extras"]["simulated"] is True
    assert "SIMULATED" in document["asset"]["extras"]["about"]
    assert "CC0-1.0" in document["asset"]["copyright"]


def test_same_bytes_twice_and_nothing_is_made_again(glb: bytes, tmp_path: Path) -> None:
    path = make_earlier(tmp_path, options=SMALL)
    assert path.read_bytes() == glb
    said: list[str] = []
    make_earlier(tmp_path, lambda text, _: said.append(text), SMALL)
    assert said == []
    path.write_bytes(b"half")
    make_earlier(tmp_path, lambda text, _: said.append(text), SMALL)
    assert path.read_bytes() == glb


def test_every_part_that_the_catalogue_names_is_a_node(document: dict[str, Any]) -> None:
    names = {node["name"] for node in document["nodes"]}
    with (PROJECT / "assets" / "sites" / "demonstration" / "site.toml").open("rb") as file:
        states = {state["id"]: state for state in tomllib.load(file)["state"]}
    assert {part["name"] for part in states["1930"]["part"]} <= names
    assert {"sol", "berline"} <= names


def test_sheaves_turn_and_cages_move_against_each_other(document: dict[str, Any]) -> None:
    [clip] = document["animations"]
    moved = {document["nodes"][each["target"]["node"]]["name"]: each["target"]["path"] for each in clip["channels"]}
    assert moved == {
        "molette-1": "rotation", "molette-2": "rotation", "cage-1": "translation", "cage-2": "translation",
        "cable-1": "scale", "cable-2": "scale",
    }  # fmt: skip
    up, down = winding.heights(True), winding.heights(False)
    assert np.allclose(up + down, winding.LOW_M + winding.HIGH_M, atol=1e-4)
    assert up[0] == up[-1] == np.float32(winding.LOW_M)
    half = winding.FRAMES // 2
    turned = 2 * np.arctan2(*winding.turns(True)[half, 2:])
    travel = (winding.HIGH_M - winding.LOW_M) / SHEAVE_RADIUS
    assert np.cos(turned) == pytest.approx(np.cos(travel), abs=1e-4)


def test_it_lies_on_the_scan(glb: bytes, tmp_path: Path) -> None:
    """Where the geometry of both is there, it is within what a coarse scan measures."""
    scan = read(make_sample(tmp_path, options=SampleOptions(detail=0.02, atlas_px=256))).mesh
    model: Any = trimesh.load(trimesh.util.wrap_as_stream(glb), file_type="glb", force="mesh")
    scene = o3g.RaycastingScene()
    scene.add_triangles(
        o3c.Tensor(np.asarray(model.vertices, np.float32)), o3c.Tensor(np.asarray(model.faces, np.uint32))
    )
    away = scene.compute_distance(o3c.Tensor(scan.positions)).numpy()
    assert np.median(away) < 0.06
    assert np.percentile(away, 70) < 0.15


def test_every_sample_of_the_catalogue_can_be_made(tmp_path: Path) -> None:
    assert set(MAKERS) == set(SAMPLES)
    with pytest.raises(OptionError, match="unknown sample 'x'; choose one of"):
        make_named("x", tmp_path)


def test_the_winding_sounds_the_same_each_time(tmp_path: Path) -> None:
    one = make_named("winding-engine-simulated", tmp_path / "one")
    assert one.read_bytes() == make_named("winding-engine-simulated", tmp_path / "two").read_bytes()
    samples, rate_hz = soundfile.read(one)
    assert (rate_hz, len(samples)) == (RATE_HZ, int(16.6 * RATE_HZ))
    assert 0.1 < np.abs(samples).max() < 0.9
