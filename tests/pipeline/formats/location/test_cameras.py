"""Camera poses are read from the files of the usual programs; a file without any is ignored in one sentence."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carreau.formats.location import poses as formats
from carreau.formats.location.poses import MOST_KEPT, READERS, read_cameras
from carreau.formats.location.sidecars import CAMERA_FILES, camera_files, read_sidecars, sidecar_files
from tests.pipeline.captures import looking
from tests.pipeline.formats.location.camera_writers import WRITERS, openmvs

RNG = np.random.default_rng(3)
CENTERS = RNG.standard_normal((7, 3)) * 4
AXES = looking(CENTERS, np.zeros((7, 3)), RNG.uniform(0, 360, 7))


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file and a scan beside it, and return the scan."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    (folder / "mill.obj").touch()
    return folder / "mill.obj"


@pytest.mark.parametrize("name", WRITERS)
def test_poses_are_those_that_the_program_wrote(tmp_path: Path, name: str) -> None:
    beside = read_cameras(put(tmp_path, name, WRITERS[name](AXES, CENTERS)))
    assert beside.decisions == ()
    # the last is without Nerfstudio's swap, and as OpenDroneMap wrote it
    chosen = beside.sets[-1] if name in ("transforms.json", "shots.geojson") else beside.sets[0]
    assert (chosen.source, chosen.count) == (name, 7)
    np.testing.assert_allclose(chosen.centers, CENTERS, atol=1e-9)
    np.testing.assert_allclose(chosen.axes, AXES, atol=1e-9)


def test_each_file_that_is_looked_for_has_a_reader() -> None:
    assert set(READERS) == set(CAMERA_FILES) == set(WRITERS)


def test_an_opengl_matrix_means_what_nerf_says(tmp_path: Path) -> None:
    frames = [{"transform_matrix": np.eye(4).tolist()}]
    (only,) = read_cameras(put(tmp_path, "transforms.json", json.dumps({"frames": frames}).encode())).sets
    np.testing.assert_array_equal(only.axes[0], [[1, 0, 0], [0, 1, 0], [0, 0, -1]])


def test_a_colmap_identity_looks_along_z_with_y_down(tmp_path: Path) -> None:
    (only,) = read_cameras(put(tmp_path, "images.txt", b"1 1 0 0 0 1 2 3 1 a b.jpg\n\n")).sets
    np.testing.assert_array_equal(only.axes[0], [[1, 0, 0], [0, -1, 0], [0, 0, 1]])
    np.testing.assert_array_equal(only.centers[0], [-1, -2, -3])


@pytest.mark.parametrize(
    ("scan", "place"),
    [("mill.obj", "sparse/0/images.bin"), ("mill.obj", "sparse/images.txt"),
     ("a/mill.obj", "opensfm/reconstruction.json"), ("a/mill.obj", "odm_report/shots.geojson"),
     ("mill.obj", "Cameras.XML")],
)  # fmt: skip
def test_they_are_found_where_programs_put_them_and_belong_to_the_scan(tmp_path: Path, scan: str, place: str) -> None:
    path = tmp_path / scan
    path.parent.mkdir(exist_ok=True)
    path.touch()
    put(tmp_path, place, WRITERS[Path(place).name.lower()](AXES, CENTERS))
    assert [found.resolve() for found in sidecar_files(path)] == [(tmp_path / place).resolve()]
    assert read_cameras(path).sets
    assert read_sidecars(path) == ()


def test_of_many_poses_some_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    content = WRITERS["images.bin"](np.tile(AXES, (200, 1, 1)), np.tile(CENTERS, (200, 1)))
    (only,) = read_cameras(put(tmp_path, "images.bin", content)).sets
    assert (only.count, len(only.centers)) == (1400, MOST_KEPT)


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><chunk>&c;</chunk>'
NONE = [
    ("images.txt", b"facade.jpg\nback.jpg\n", "line 1: it is not the pose of an image"),
    ("images.txt", b"# nothing\n", "it has no camera poses"),
    ("images.txt", b"1 nan 0 0 0 0 0 0 1 a.jpg\n\n2 0 0 0 0 0 0 0 1 b.jpg\n", "it has no camera poses"),
    ("images.txt", b"1 1 0 0 0 1e300 0 0 1 a.jpg\n", "it has no camera poses"),
    ("images.txt", b"\xff\xfe\x00" * 3000, "line 1: it is not the pose of an image"),
    ("images.bin", struct.pack("<Q", 1 << 60), "the file ends in the middle of a camera"),
    ("images.bin", WRITERS["images.bin"](AXES, CENTERS)[:100], "the file ends in the middle of a camera"),
    ("images.bin", struct.pack("<QI7dI", 2, 1, 1, *[0] * 6, 1) + b"a\0" + b"\xff" * 8, "in the middle of a camera"),
    ("images.bin", struct.pack("<QI7dI", 1, 1, 1, *[0] * 6, 1) + b"a" * 9000, "in the middle of a camera"),
    ("images.bin", b"", "it has no camera poses"),
    ("cameras.xml", BOMB, "line 1: it has a document type declaration"),
    ("cameras.xml", b"<a>" * 100, "line 1: its elements are nested too deeply"),
    ("cameras.xml", b"<chunk><camera><transform>1 2</transform></camera></chunk>", "it has no camera poses"),
    ("sfm_data.json", b"[" * 100_000, "not valid JSON"),
    ("sfm_data.json", b'{"extrinsics": 3}', "it has no camera poses"),
    ("sfm_data.json", b'{"extrinsics": [{"value": {"rotation": [[1]], "center": {}}}]}', "it has no camera poses"),
    ("sfm_data.json", b"\n{]", "line 2 is not valid JSON"),
    ("sfm_data.json", b"\xff\xfe", "the file is empty"),
    ("reconstruction.json", b'[{"shots": {"a": {"rotation": [1e9, 0, 0], "translation": [0, 0, 0]}}}]', "no camera"),
    ("reconstruction.json", b'[{"shots": {"a": {"rotation": ["x", 0, NaN]}}}, 7]', "it has no camera poses"),
    ("transforms.json", b'{"frames": [{"transform_matrix": [[%s]]}]}' % (b"9" * 5000), "not valid JSON"),
    ("transforms.json", b'{"frames": [{"transform_matrix": [[%s, 0]]}]}' % (b"9" * 400), "it has no camera poses"),
    ("transforms.json", b" " * (formats.MOST_BYTES + 1), "it is larger than"),
    ("scene.mvs", b"MVS\0" + bytes(60), "it is not a scene in OpenMVS's interface format"),
    ("scene.mvs", b"MVSI" + struct.pack("<2IQ", 8, 0, 1), "version 8 of OpenMVS's format is not known"),
    ("scene.mvs", b"MVSI" + struct.pack("<2IQ", 7, 0, 2**60), "ends in the middle of a camera"),
    ("scene.mvs", b"MVSI" + struct.pack("<2I2Q", 7, 0, 1, 2**63), "ends in the middle of a camera"),
    ("scene.mvs", b"MVSI" + struct.pack("<2I2Q", 7, 0, 0, 0), "it has no camera poses"),
    ("shots.geojson", b'{"features": [{"properties": {"rotation": [0, 0, 1]}}, 4]}', "it has no camera poses"),
    ("bundle.out", b"# Bundle file v0.3\n-5 3\n", "it has no camera poses"),
    ("bundle.out", b"1e300 2\n0 0 0\n", "it has no camera poses"),
    ("bundle.out", b"2 2\n0 0\n", "line 2: it is not the pose of an image"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), NONE)
def test_a_file_without_poses_is_ignored_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    beside = read_cameras(put(tmp_path, name, content))
    assert beside.sets == ()
    (decision,) = beside.decisions
    assert decision.startswith(f"the cameras of {name} are ignored: ")
    assert reason in decision
    assert "\n" not in decision


def test_shots_of_opendronemap_lie_about_the_model(tmp_path: Path) -> None:
    far = CENTERS + np.array([367_257.0, 4_759_982.0, 0.0])
    about, as_written = read_cameras(put(tmp_path, "shots.geojson", WRITERS["shots.geojson"](AXES, far))).sets
    np.testing.assert_allclose(as_written.centers, far)
    np.testing.assert_allclose(about.centers, CENTERS - np.append(CENTERS[:, :2].mean(0), 0), atol=1e-6)


@pytest.mark.parametrize("version", range(8))
def test_all_versions_of_openmvs_are_read(tmp_path: Path, version: int) -> None:
    (only,) = read_cameras(put(tmp_path, "scene.mvs", openmvs(AXES, CENTERS, version))).sets
    np.testing.assert_allclose(only.centers, CENTERS, atol=1e-9)


def test_mirrored_and_skewed_poses_do_not_count(tmp_path: Path) -> None:
    mirror, skew = np.diag([-1.0, 1, 1, 1]), np.eye(4)
    skew[0, 1] = 0.5
    frames = [{"transform_matrix": each.tolist()} for each in (mirror, skew, np.zeros((4, 4)), np.diag([3.0, 3, 3, 1]))]
    (only,) = read_cameras(put(tmp_path, "transforms.json", json.dumps({"frames": frames}).encode())).sets
    assert only.count == 1


def test_lines_are_read_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_LINE_BYTES", 20_000)
    (decision,) = read_cameras(put(tmp_path, "images.txt", WRITERS["images.txt"](AXES, CENTERS))).decisions
    assert "larger than" in decision


def test_a_folder_of_thousands_of_files_is_looked_through_quickly(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"images{number}.txt").touch()
    scan = put(tmp_path, "images.txt", WRITERS["images.txt"](AXES, CENTERS))
    start = time.process_time()
    assert [path.name for path in camera_files(scan)] == ["images.txt"]
    assert time.process_time() - start < 1


def test_a_folder_by_the_name_of_a_file_is_passed_by(tmp_path: Path) -> None:
    (tmp_path / "bundle.out").mkdir()
    (tmp_path / "mill.obj").touch()
    assert camera_files(tmp_path / "mill.obj") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.sampled_from(sorted(WRITERS)), st.integers(0, 4000), st.binary(max_size=12), st.integers(0, 12))
def test_any_bytes_are_read_or_ignored(tmp_path: Path, name: str, start: int, inserted: bytes, cut: int) -> None:
    for other in WRITERS:
        (tmp_path / other).unlink(missing_ok=True)
    content = WRITERS[name](AXES[:2], CENTERS[:2])
    start %= len(content)
    beside = read_cameras(put(tmp_path, name, content[:start] + inserted + content[start + cut :]))
    assert bool(beside.sets) != bool(beside.decisions)
    for each in beside.sets:
        assert np.isfinite(each.centers).all()
        np.testing.assert_allclose(np.linalg.norm(each.axes, axis=2), 1)
