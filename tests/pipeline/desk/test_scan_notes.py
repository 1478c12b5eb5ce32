"""What was pointed at on a model is written into the notes of its scan, in the scan's own coordinates."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from carreau.base.errors import OptionError, ScanError
from carreau.desk.history import History
from carreau.desk.scan_notes import (
    GROUND,
    HEIGHT,
    Measured,
    make_notes,
    notable_file,
    notable_keys,
    to_scan,
    write_notes,
)
from carreau.formats.location.scan_toml import read_notes
from tests.pipeline.desk.places import ANNE

NOTES = """\
# Notre relevé.
name = "Fosse"  # comme au catalogue
ground = "auto"

[crop]
min = [0, 0, 0]  # sans la rue
"""
THREE = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.5), (0.0, 1.0, 0.0))


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "fosse.ply"
    path.write_bytes(b"ply")
    return path


def write(scan: Path, measured: Measured, others: tuple[Path, ...] = ()) -> Path:
    notes = make_notes(scan, others)
    write_notes(notes, measured, scan.parent, History(scan.parent), ANNE, "Fosse: ground")
    return notes.target


def test_points_of_a_model_are_found_in_its_scan(tmp_path: Path) -> None:
    """A scan in millimetres with z up, turned and moved."""
    turn = math.radians(30)
    axes = np.array([[math.cos(turn), math.sin(turn), 0], [0, 0, 1], [math.sin(turn), -math.cos(turn), 0]])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = 0.001 * axes, (-5, 2, 7)
    report = tmp_path / "report.json"
    scan = {"scan_to_model": matrix.ravel().tolist(), "matrix_error_m": 0.0}
    report.write_text(json.dumps({"scan": scan}))
    inside = np.array([[1200.5, -80.25, 30.0], [0.0, 0.0, 4500.125]])
    points = [tuple(map(float, matrix[:3, :3] @ each + matrix[:3, 3])) for each in inside]
    found = to_scan(report, [(x, y, z) for x, y, z in points])
    assert found is not None
    assert np.allclose(found, inside, atol=2e-4)
    report.write_text(json.dumps({"scan": scan | {"matrix_error_m": 0.2}}))
    assert to_scan(report, [(0, 0, 0)]) is None
    for text in ("{}", "", '{"scan": {"scan_to_model": [0, 1], "matrix_error_m": 0}}'):
        report.write_text(text)
        assert to_scan(report, [(0, 0, 0)]) is None


def test_what_the_team_wrote_stays(scan: Path) -> None:
    (scan.parent / "scan.toml").write_text(NOTES, "utf-8")
    target = write(scan, Measured(GROUND, THREE))
    assert target == scan.parent / "scan.toml"
    text = target.read_text("utf-8")
    assert text.startswith(NOTES.replace('ground = "auto"\n', ""))
    assert read_notes(target).placement.ground == tuple(number for each in THREE for number in each)
    write(scan, Measured(HEIGHT, THREE[:2], 12.5))
    notes = read_notes(target)
    assert (notes.placement.height_m, notes.placement.height_between) == (12.5, THREE[:2])
    assert notes.name == "Fosse"
    write(scan, Measured(HEIGHT, ()))
    write(scan, Measured(GROUND, ()))
    assert read_notes(target).placement.height_m is None
    assert target.read_text("utf-8").rstrip() == NOTES.replace('ground = "auto"\n', "").rstrip()


def test_notes_of_the_folder_stay_those_of_the_other_scans(scan: Path) -> None:
    other = scan.with_name("autre.ply")
    other.write_bytes(b"ply")
    (scan.parent / "scan.toml").write_text(NOTES, "utf-8")
    target = write(scan, Measured(GROUND, THREE), (other,))
    assert target == scan.parent / "fosse.scan.toml"
    assert (scan.parent / "scan.toml").read_text("utf-8") == NOTES
    assert read_notes(target).name == "Fosse"
    assert write(scan, Measured(HEIGHT, THREE[:2], 3.0), (other,)) == target


def test_a_scan_without_notes_gets_notes_of_its_own(scan: Path) -> None:
    assert write(scan, Measured(GROUND, THREE)) == scan.parent / "fosse.scan.toml"
    folder = scan.parent / "tuiles"
    folder.mkdir()
    assert make_notes(folder, ()).target == folder / "scan.toml"


@pytest.mark.parametrize(
    "measured",
    [
        Measured(GROUND, ((0, 0, 0), (1, 1, 1), (2, 2, 2))),
        Measured(HEIGHT, ((0, 0, 0), (0, 0, 0)), 3.0),
        Measured(HEIGHT, THREE[:2], -3.0),
        Measured(HEIGHT, THREE[:2]),
    ],
)
def test_what_no_build_could_use_is_refused(scan: Path, measured: Measured) -> None:
    with pytest.raises((ScanError, OptionError)):
        write(scan, measured)
    assert not (scan.parent / "fosse.scan.toml").exists()


def test_notes_that_are_no_toml_are_left_alone(scan: Path) -> None:
    path = scan.parent / "scan.toml"
    path.write_text("name = “Fosse”", "utf-8")
    with pytest.raises(OptionError):
        write(scan, Measured(GROUND, THREE))
    assert path.read_text("utf-8") == "name = “Fosse”"


def test_of_an_authored_model_only_notes_of_its_own_count(scan: Path) -> None:
    model = scan.with_name("chevalement.glb")
    model.write_bytes(b"glTF")
    (scan.parent / "scan.toml").write_text(NOTES, "utf-8")
    notes = make_notes(model, (), is_authored=True)
    assert (notes.source, notes.target) == (None, scan.parent / "chevalement.scan.toml")
    write_notes(notes, Measured(HEIGHT, THREE[:2], 3.0), scan.parent, History(scan.parent), ANNE, "Fosse: height")
    assert read_notes(notes.target).placement.height_m == 3.0
    assert make_notes(model, (), is_authored=True).source == notes.target
    state = {"kind": "reconstruction", "file": "chevalement.glb"}
    assert (notable_file(scan.parent, state), notable_keys(state)) == (model, (HEIGHT,))


def test_only_scans_in_the_folder_have_notes(scan: Path) -> None:
    folder = scan.parent
    assert notable_file(folder, {"kind": "scan", "file": "fosse.ply"}) == scan
    for state in (
        *({"kind": "model", "file": "fosse.ply"}, {"kind": "scan", "file": "sample:headframe-simulated"}),
        *({"kind": "scan", "file": "../x"}, {"kind": "scan", "file": "rien.ply"}, {"kind": "scan"}, {"file": "a\0"}),
    ):
        assert notable_file(folder, state) is None
