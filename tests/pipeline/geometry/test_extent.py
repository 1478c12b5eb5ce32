"""The box of a scan's body, and the ball around a mesh, hold what belongs to it and not what floats far off."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from carreau.base.model import FloatArray, IntArray, Mesh, Scan, ScanFacts
from carreau.geometry import mesh_parts
from carreau.geometry.mesh_parts import body_box, bounding_box, bounding_sphere, find_body
from carreau.models.stages.inspect import inspect
from carreau.models.stages.orient import orient


def wall_with(*pieces: float, side: float) -> tuple[FloatArray, IntArray]:
    """Return a wall of 4 by 4 m in 3,200 triangles, and upright triangles beside it, whose corners are at these `x`."""
    rows, columns = np.divmod(np.arange(41 * 41), 41)
    wall = np.stack([columns / 10, rows / 10, np.zeros(41 * 41)], axis=1)
    first = (np.arange(40)[:, None] * 41 + np.arange(40)).ravel()
    faces = np.concatenate([np.stack([first, first + 1, first + 42], 1), np.stack([first, first + 42, first + 41], 1)])
    corners = np.array([[[x, 2, 0], [x, 2 + side, 0], [x, 2, side]] for x in pieces]).reshape(-1, 3)
    faces = np.concatenate([faces, len(wall) + np.arange(len(corners)).reshape(-1, 3)])
    return np.concatenate([wall, corners]).astype(np.float32), faces.astype(np.int32)


@pytest.mark.parametrize(
    ("x", "low", "high"),
    [
        (4.9, 0, 4.9),  # a mast or a cable: within a quarter of the wall's width
        (5.1, 0, 4),
        (-0.9, -0.9, 4),
        (-1.1, 0, 4),
        (400, 0, 4),
        (4e6, 0, 4),
    ],
)
def test_a_thin_part_belongs_to_the_body_within_a_quarter_of_its_size(x: float, low: float, high: float) -> None:
    positions, faces = wall_with(x, side=0.1)
    box = body_box(positions, faces)
    assert (box.low[0], box.high[0]) == pytest.approx((low, high))
    assert (box.low[1], box.high[1]) == pytest.approx((0, 4))
    assert (bounding_box(positions, faces).low[0], bounding_box(positions, faces).high[0]) == pytest.approx(
        (min(x, 0), max(x, 4))
    )


def test_a_fragment_near_by_does_not_count_beside_one_very_far_off() -> None:
    positions, faces = wall_with(30.0, 1e5, side=0.1)  # slices of 98 m at first: all but one triangle are in one
    assert body_box(positions, faces).high[0] == pytest.approx(4)


@pytest.mark.parametrize(("share", "reaches"), [(0.0005, False), (0.002, True)])
def test_a_thousandth_of_the_surface_is_no_stray(share: float, reaches: bool) -> None:
    positions, faces = wall_with(9.0, side=float(np.sqrt(2 * 16 * share / (1 - share))))
    assert body_box(positions, faces).high[0] == pytest.approx(9.0 if reaches else 4.0)


def test_the_box_of_a_mesh_is_worked_out_once_for_all_that_ask(
    bumpy_sheet: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counted(positions: FloatArray, faces: IntArray) -> mesh_parts.Box:
        asked.append(len(faces))
        return body_box(positions, faces)

    monkeypatch.setattr(mesh_parts, "body_box", counted)
    scan = Scan("sheet", bumpy_sheet, ScanFacts("OBJ"), ())
    orient(scan)
    assert len(asked) == 1
    inspect(scan)
    assert len(asked) == 1
    box = find_body(dataclasses.replace(bumpy_sheet, positions=bumpy_sheet.positions * 2))
    assert len(asked) == 2
    assert box.sides == pytest.approx(2 * find_body(bumpy_sheet).sides)
    with pytest.raises(ValueError, match="read-only"):
        box.low[0] = 0


def test_the_sphere_is_the_one_around_the_box(tetrahedron: Mesh) -> None:
    center, radius = bounding_sphere(tetrahedron)
    assert center.tolist() == [0.5, 0.5, 0.5]
    assert radius == pytest.approx(np.sqrt(3) / 2)


def test_what_no_face_uses_does_not_count(tetrahedron: Mesh) -> None:
    more = np.array([[99, 0, 0], [np.nan, 0, 0]], np.float32)
    mesh = dataclasses.replace(tetrahedron, positions=np.concatenate([tetrahedron.positions, more]))
    assert bounding_sphere(mesh)[1] == bounding_sphere(tetrahedron)[1]


def test_a_fragment_far_off_does_not_count(bumpy_sheet: Mesh) -> None:
    far = np.array([[0, 500, 0], [0.01, 500, 0], [0, 500, 0.01]], np.float32)
    count = len(bumpy_sheet.positions)
    faces = np.concatenate([bumpy_sheet.faces, [[count, count + 1, count + 2]]]).astype(np.int32)
    mesh = Mesh(np.concatenate([bumpy_sheet.positions, far]), faces)
    assert bounding_sphere(mesh)[1] == pytest.approx(bounding_sphere(bumpy_sheet)[1])
    assert bounding_sphere(mesh)[0] == pytest.approx(bounding_sphere(bumpy_sheet)[0])
