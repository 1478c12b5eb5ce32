"""Triangles are taken from an authored scene, and nothing else; what bends keeps enough of them to bend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from carreau.base.model import FloatArray, IntArray
from carreau.formats.gltf import gltf
from carreau.formats.gltf.gltf_pose import Moment
from carreau.formats.gltf.scene import Authored
from carreau.formats.gltf.scene_reader import read
from carreau.formats.gltf.scene_writer import WriteOptions, write
from carreau.models.stages.authored_levels import thin
from tests.pipeline.authored_scenes import SceneMaker, grid, pit_head


@pytest.fixture
def scene(tmp_path: Path) -> Authored:
    return read(pit_head(48, 0).write(tmp_path / "scene.glb"))


def test_a_scene_within_its_budget_is_not_touched(scene: Authored) -> None:
    assert thin(scene, scene.triangles) is scene


@pytest.mark.parametrize("triangles", [4000, 1500, 600])
def test_no_more_are_left_than_asked_for_and_all_shapes_are_there(scene: Authored, triangles: int) -> None:
    thinned = thin(scene, triangles)
    assert 0.5 * triangles < thinned.triangles <= triangles
    assert all(shape.triangles for shape in thinned.shapes)
    assert thinned.tracks is scene.tracks
    assert thinned.text == scene.text


def test_a_vertex_that_stays_keeps_every_number(scene: Authored) -> None:
    for before, after in zip(scene.shapes, thin(scene, 1000).shapes, strict=True):
        known = np.column_stack([*before.attributes.values(), *(v for t in before.targets for v in t.values())])
        left = np.column_stack([*after.attributes.values(), *(v for t in after.targets for v in t.values())])
        assert {row.tobytes() for row in left.astype(np.float64)} <= {row.tobytes() for row in known.astype(np.float64)}


def test_a_flag_that_hangs_flat_still_bends(scene: Authored, tmp_path: Path) -> None:
    thinned = thin(scene, 1500)
    paths = []
    for name, each in (("whole", scene), ("thin", thinned)):
        paths.append(tmp_path / f"{name}.glb")
        paths[-1].write_bytes(write(each, [], WriteOptions("plain")))
    assert thinned.shapes[1].triangles >= 12
    for time_s in (0.4, 1.0, 2.2):
        whole, left = (gltf.read(path, Moment(1, time_s)).mesh for path in paths)
        middles = whole.positions[whole.faces].mean(axis=1)
        far = cKDTree(_spread(left.positions, left.faces)).query(middles)[0]
        assert np.percentile(far, 95) < 0.08


def _spread(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return points all over some triangles."""
    weights = np.random.default_rng(0).dirichlet((1, 1, 1), 256)
    points: FloatArray = np.einsum("wc,fci->fwi", weights, positions[faces]).reshape(-1, 3).astype(np.float32)
    return points


def test_a_flat_sheet_that_nothing_bends_is_two_triangles(tmp_path: Path) -> None:
    maker = SceneMaker()
    positions, _, indices = grid(20, 20)
    maker.node(mesh=maker.mesh({"POSITION": maker.places(positions)}, indices=maker.indices(indices)))
    assert thin(read(maker.write(tmp_path / "sheet.glb")), 100).triangles == 2


def test_more_pieces_than_triangles_lose_some_of_them(tmp_path: Path) -> None:
    maker = SceneMaker()
    rng = np.random.default_rng(3)
    maker.node(mesh=maker.mesh({"POSITION": maker.places(rng.uniform(0, 1, (900, 3)))}))
    assert 0 < thin(read(maker.write(tmp_path / "scraps.glb")), 100).triangles <= 100
