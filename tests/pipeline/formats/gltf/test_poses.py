"""An authored model moves as its author had it move, by our reader, by three.js, and by hand."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation, Slerp

from carreau.base.tools import node
from carreau.formats.gltf import gltf
from carreau.formats.gltf.gltf_document import open_document
from carreau.formats.gltf.gltf_pose import Channel, Moment, read_clips, sample_channel
from carreau.formats.gltf.scene_reader import read
from carreau.formats.gltf.scene_writer import WriteOptions, write
from tests.pipeline.authored_scenes import pit_head, turned

PROJECT = Path(__file__).parents[4]
THREE = PROJECT / "server" / "viewer" / "node_modules" / "three"
MOMENTS = [(-1, 0.0), (0, 0.7), (0, 4.0), (1, 0.3), (1, 1.2), (1, 1.9), (1, 2.5)]


def at(clip: int, time_s: float) -> Moment | None:
    return None if clip < 0 else Moment(clip, time_s)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.glb"
    path.write_bytes(pit_head(8, 0).glb())
    return path


@pytest.fixture(params=["plain", "compressed"])
def written(request: pytest.FixtureRequest, source: Path) -> Path:
    path = source.parent / f"{request.param}.glb"
    path.write_bytes(write(read(source), [], WriteOptions(request.param)))
    return path


def centers(path: Path, moment: Moment | None) -> NDArray[Any]:
    """Return the middle of each triangle that has an area: those at the poles of a ball have none."""
    mesh = gltf.read(path, moment).mesh
    corners = mesh.positions[mesh.faces].astype(np.float64) + mesh.origin
    a, b, c = np.moveaxis(corners, 1, 0)
    found: NDArray[Any] = corners[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-6].mean(axis=1)
    return found


@pytest.mark.parametrize(("clip", "time_s"), MOMENTS)
def test_a_written_model_is_where_its_source_is(source: Path, written: Path, clip: int, time_s: float) -> None:
    ours, theirs = centers(written, at(clip, time_s)), centers(source, at(clip, time_s))
    assert np.max(cKDTree(theirs).query(ours)[0]) < 2e-4
    assert np.max(cKDTree(ours).query(theirs)[0]) < 2e-4


def test_three_puts_every_vertex_where_our_reader_does(source: Path, written: Path) -> None:
    if not THREE.is_dir():
        assert os.environ.get("CI") != "true", "the viewer's modules are not installed"
        pytest.skip("the viewer's modules are not installed: make setup")
    for path in (source, written):
        command = [node(), Path(__file__).with_name("three_pose.mjs"), THREE, path, json.dumps(MOMENTS)]
        done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
        for (clip, time_s), found in zip(MOMENTS, json.loads(done.stdout), strict=True):
            mesh = gltf.read(path, at(clip, time_s)).mesh
            theirs = np.concatenate([found["sheave"], found["flag"], found["heap"]])
            ours = mesh.positions.astype(np.float64) + mesh.origin
            assert np.abs(np.sort(ours, axis=0) - np.sort(theirs, axis=0)).max() < 2e-5, (path.name, clip, time_s)


def test_the_flag_s_tip_is_where_its_bones_put_it(source: Path) -> None:
    mesh = gltf.read(source, Moment(1, 1.0)).mesh
    second, third = Rotation.from_quat(turned(0.7)), Rotation.from_quat(turned(0.1))
    tip = np.array([1, 2, 0]) + second.apply(np.array([1, 0, 0]) + third.apply([1, 0, 0]))
    assert np.abs(mesh.positions + mesh.origin - tip).max(axis=1).min() < 1e-5


def channel(interpolation: str, path: str, values: Any, times: Any = (0, 2)) -> Channel:
    return Channel(0, path, np.array(times, np.float32), np.array(values, np.float32), interpolation)


def test_steps_lines_and_turns_go_between_keyframes_as_the_standard_says() -> None:
    ends = [turned(0.2, (0, 1, 0)), turned(2.9, (1, 0, 0))]
    expected = Slerp([0, 2], Rotation.from_quat(ends))(0.6).as_quat()
    found = sample_channel(channel("LINEAR", "rotation", ends), 0.6)
    assert np.abs(found - expected).max() < 1e-6 or np.abs(found + expected).max() < 1e-6
    assert sample_channel(channel("LINEAR", "translation", [[0, 0, 0], [2, 4, 6]]), 0.5).tolist() == [0.5, 1, 1.5]
    assert sample_channel(channel("STEP", "scale", [[1, 1, 1], [3, 3, 3]]), 1.999).tolist() == [1, 1, 1]
    assert sample_channel(channel("STEP", "scale", [[1, 1, 1], [3, 3, 3]]), 2.0).tolist() == [3, 3, 3]
    assert sample_channel(channel("LINEAR", "weights", [[0.2], [0.4]], (1, 2)), 0.0).tolist() == pytest.approx([0.2])


def test_a_spline_keeps_its_keyframes_and_its_slopes() -> None:
    keys = [[[9, 9, 9], [0, 0, 0], [1, 0, 0]], [[0, 2, 0], [4, 0, 0], [9, 9, 9]]]
    spline = channel("CUBICSPLINE", "translation", keys)
    assert sample_channel(spline, 0).tolist() == [0, 0, 0]
    assert sample_channel(spline, 2).tolist() == [4, 0, 0]
    assert (sample_channel(spline, 1e-4) - sample_channel(spline, 0)) / 1e-4 == pytest.approx([1, 0, 0], abs=1e-3)
    assert (sample_channel(spline, 2) - sample_channel(spline, 2 - 1e-4)) / 1e-4 == pytest.approx([0, 2, 0], abs=1e-3)


def test_clips_keep_names_channels_durations_and_keyframes(source: Path, written: Path) -> None:
    before, after = read_clips(open_document(source)), read_clips(open_document(written))
    names = [node.text("name") for node in open_document(source).root.children("nodes")]
    named = [node.text("name") for node in open_document(written).root.children("nodes")]
    assert [clip.name for clip in after] == ["turn", "day"]
    for one, other in zip(before, after, strict=True):
        assert one.duration_s == other.duration_s
        for left, right in zip(one.channels, other.channels, strict=True):
            assert (names[left.node], left.path) == (named[right.node], right.path)
            assert left.interpolation == right.interpolation
            assert (left.times == right.times).all()
            far = np.abs(left.values - right.values).max(axis=-1)
            if left.path == "rotation":
                far = np.minimum(far, np.abs(left.values + right.values).max(axis=-1))
            assert far.max() < 5e-5
