"""A scan ends upright, in metres, on the ground, and the way there is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import OptionError
from pipeline.geometry.areas import enclosed_volume
from pipeline.geometry.footing import UPS
from pipeline.model import Mesh, Scan, ScanFacts
from pipeline.stages.orient import TO_Y_UP, OrientOptions, orient


def scan_of(mesh: Mesh, **facts: object) -> Scan:
    return Scan("a scan", mesh, ScanFacts(**{"format": "OBJ", **facts}), (Path("a.obj"),))  # type: ignore[arg-type]


@pytest.fixture
def wedge(tetrahedron: Mesh) -> Mesh:
    """A tetrahedron that is not the same along any two axes, far from its origin."""
    positions = (tetrahedron.positions * [1, 2, 3] + [5, 6, 7]).astype(np.float32)
    normals = np.tile(np.array([0.6, 0, 0.8], np.float32), (4, 3, 1))
    return replace(tetrahedron, positions=positions, normals=normals, origin=np.array([7e5, 7e6, 40.0]))


@pytest.mark.parametrize("up", UPS)
@pytest.mark.parametrize("unit", ["mm", "m", "ft"])
def test_the_matrix_says_what_happened(wedge: Mesh, up: str, unit: str) -> None:
    found = orient(scan_of(wedge), OrientOptions(unit, up))
    places = np.column_stack([wedge.positions + wedge.origin, np.ones(4)])
    size = {"mm": 0.001, "m": 1.0, "ft": 0.3048}[unit]
    assert (places @ found.scan_to_model.T)[:, :3] == pytest.approx(found.mesh.positions, abs=2e-6 * size)
    assert np.linalg.det(found.scan_to_model[:3, :3]) == pytest.approx(size**3)
    assert enclosed_volume(found.mesh.positions, found.mesh.faces) == pytest.approx(size**3, rel=1e-5)
    assert (found.up, found.unit_m, found.unit_known, found.likely_unit) == (up, size, True, unit)
    assert not found.mesh.origin.any()


@pytest.mark.parametrize("up", UPS)
def test_it_stands_on_the_ground_in_the_middle(wedge: Mesh, up: str) -> None:
    mesh = orient(scan_of(wedge), OrientOptions("m", up)).mesh
    low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    assert low[1] == pytest.approx(0, abs=1e-6)
    assert (low + high)[[0, 2]] == pytest.approx([0, 0], abs=1e-6)
    axis, sign = UPS[up]
    was = wedge.positions[:, axis] * sign
    assert mesh.positions[:, 1] == pytest.approx(was - was.min(), abs=1e-6)


@pytest.mark.parametrize("up", UPS)
def test_normals_turn_along(wedge: Mesh, up: str) -> None:
    normals = orient(scan_of(wedge), OrientOptions("mm", up)).mesh.normals
    assert normals is not None
    assert normals[0, 0] == pytest.approx(np.array(TO_Y_UP[up]) @ [0.6, 0, 0.8])


def test_what_the_format_says_is_believed(wedge: Mesh) -> None:
    found = orient(scan_of(wedge, format="GLB", up="y", unit_m=1.0))
    assert (found.up, found.unit_known, found.warnings) == ("y", True, ())
    assert found.decisions == ("y is up: GLB says so", "1 unit is 1 m: GLB says so")


def test_a_guess_never_scales(tetrahedron: Mesh) -> None:
    large = replace(tetrahedron, positions=tetrahedron.positions * np.float32(2100))
    stated = orient(scan_of(large, format="GLB", up="y", unit_m=1.0))
    assert (stated.unit_m, stated.unit_known, stated.likely_unit) == (1.0, False, "mm")
    assert "--unit mm" in stated.warnings[0]
    unstated = orient(scan_of(large))
    assert (unstated.unit_m, unstated.unit_known, unstated.likely_unit) == (1.0, False, "mm")
    assert np.ptp(unstated.mesh.positions, axis=0) == pytest.approx([2100] * 3)
    asked = orient(scan_of(large, format="GLB", up="y", unit_m=1.0), OrientOptions("mm"))
    assert (asked.unit_known, asked.warnings) == (True, ())
    assert np.ptp(asked.mesh.positions, axis=0) == pytest.approx([2.1] * 3)


def test_broken_places_do_not_move_the_ground(tetrahedron: Mesh) -> None:
    positions = np.concatenate([tetrahedron.positions, [[np.nan, -9, 0], [0, -99, 0]]]).astype(np.float32)
    faces = np.concatenate([tetrahedron.faces, [[0, 1, 4]]]).astype(np.int32)
    found = orient(scan_of(Mesh(positions, faces)), OrientOptions("m", "y"))
    assert found.mesh.positions[:4, 1].min() == 0


def test_nothing_is_left_where_it_is() -> None:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    found = orient(scan_of(empty))
    assert (found.scan_to_model == np.eye(4)).all()


@pytest.mark.parametrize("options", [{"unit": "parsec"}, {"up": "w"}])
def test_options_that_make_no_sense_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="is not one of auto"):
        OrientOptions(**options)
