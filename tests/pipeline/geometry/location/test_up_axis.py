"""A scan's box, its unit and the way it stands are guessed carefully."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import Mesh
from carreau.geometry.location.placement import likely_unit
from carreau.geometry.location.up_axis import SURE, UP_DIRECTIONS, likely_up
from carreau.geometry.mesh_parts import body_box, bounding_box


def pyramid(up: str, base: bool = True, height: float = 2.0, place: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    """A square pyramid that stands on `up`, open below unless it has a base."""
    axis, sign = UP_DIRECTIONS[up]
    corners = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1], [0, height, 0]], float)
    turn = np.roll(np.eye(3), axis - 1, axis=0)
    if sign < 0:
        turn = np.diag([-1 if k in (axis, (axis + 1) % 3) else 1 for k in range(3)]) @ turn
    assert np.linalg.det(turn) == pytest.approx(1)
    faces = [[0, 4, 1], [1, 4, 2], [2, 4, 3], [3, 4, 0]] + ([[0, 1, 2], [0, 2, 3]] if base else [])
    return Mesh((corners @ turn.T).astype(np.float32), np.array(faces, np.int32), origin=np.array(place, float))


@pytest.mark.parametrize("base", [True, False])
@pytest.mark.parametrize("up", UP_DIRECTIONS)
def test_it_stands_on_its_base_or_its_opening(up: str, base: bool) -> None:
    likely = likely_up(pyramid(up, base))
    assert (likely.up, likely.confident) == (up, True)


def test_a_low_scan_may_be_a_front_on_its_back_so_nothing_is_sure() -> None:
    likely = likely_up(pyramid("z", base=False, height=0.5))
    assert not likely.confident
    assert [candidate.up for candidate in likely.candidates[:2]] == ["z", "y"]
    assert likely.share <= SURE


def test_a_box_stands_on_any_side_so_y_stays() -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    faces = np.array([t for q in quads for t in ([q[0], q[1], q[2]], [q[0], q[2], q[3]])], np.int32)
    assert likely_up(Mesh(corners, faces)).up == "y"


def test_eastings_and_northings_leave_the_height() -> None:
    assert likely_up(pyramid("y", place=(712_345.0, 7_031_000.0, 35.0))).up == "z"
    assert likely_up(pyramid("z", place=(712_345.0, 35.0, -7_031_000.0))).up == "y"


def test_nothing_is_up_by_custom() -> None:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    assert likely_up(empty).up == "y"
    broken = Mesh(np.full((3, 3), np.nan, np.float32), np.array([[0, 1, 2]], np.int32))
    assert likely_up(broken).up == "y"


def test_a_fragment_far_off_does_not_count(bumpy_sheet: Mesh) -> None:
    fragment = np.array([[1e4, 0, 0], [1e4, 0.01, 0], [1e4, 0, 0.01], [np.nan, 0, 0]], np.float32)
    positions = np.concatenate([bumpy_sheet.positions, fragment])
    first = len(bumpy_sheet.positions)
    faces = np.concatenate([bumpy_sheet.faces, [[first, first + 1, first + 2], [first, first + 1, first + 3]]])
    faces = faces.astype(np.int32)
    assert body_box(positions, faces).sides == pytest.approx(
        bounding_box(bumpy_sheet.positions, bumpy_sheet.faces).sides
    )
    assert bounding_box(positions, faces).sides[0] == pytest.approx(1e4)


@pytest.mark.parametrize(
    ("longest", "unit_m", "unit", "plausible"),
    [
        (12.0, 1.0, "m", True),
        (2118.9, 1.0, "mm", False),
        (30_000.0, 1.0, "mm", False),
        (21.7, None, "m", True),
        (1850.0, None, "mm", True),
        (0.001, None, None, True),
        (1e9, None, None, True),
        (12.0, 0.001, "mm", True),
    ],
)
def test_units_are_guessed_by_length(longest: float, unit_m: float | None, unit: str | None, plausible: bool) -> None:
    likely = likely_unit(longest, unit_m, "GLB" if unit_m else "OBJ")
    assert (likely.unit, likely.plausible) == (unit, plausible)


def test_stl_is_in_millimetres_by_custom() -> None:
    assert likely_unit(80.0, None, "STL").unit == "mm"


@pytest.mark.parametrize("up", UP_DIRECTIONS)
def test_a_table_stands_on_its_legs(up: str) -> None:
    """Four thin legs on a thin, round-edged top: no flat side but they carry its middle, and nothing else does."""
    axis, sign = UP_DIRECTIONS[up]
    legs = [[x, 0, z] for x in (-1, 1) for z in (-1, 1)]
    corners = np.array([*legs, [-1.2, 1.2, -1.2], [1.2, 1.2, 1.2], [1.2, 1.2, -1.2], [-1.2, 1.2, 1.2], [0.5, 1.8, 0]])
    faces = np.array([[0, 4, 8], [1, 7, 8], [2, 6, 8], [3, 5, 8], [4, 6, 8], [5, 7, 8], [4, 7, 8], [5, 6, 8]], np.int32)
    turn = np.roll(np.eye(3), axis - 1, axis=0)
    if sign < 0:
        turn = np.diag([-1 if k in (axis, (axis + 1) % 3) else 1 for k in range(3)]) @ turn
    both = np.concatenate([faces, faces[:, ::-1]])
    likely = likely_up(Mesh((corners @ turn.T).astype(np.float32), both))
    assert (likely.up, likely.confident) == (up, True)
