"""A table model keeps the outlines it is made of, and rises as it is told."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from carreau.air.relief_table import (
    COMMUNES,
    PLATE,
    REPOSE_RAD,
    RIM_M,
    ROUTES,
    Form,
    Plate,
    RaisedPlace,
    TablePart,
    TableScale,
    darker,
    relief_table,
)

SCALE = TableScale((700_000.0, 7_000_000.0))
RED, GREEN, CHALK = (170, 70, 45), (98, 112, 60), (220, 208, 182)
BENT = shapely.Polygon([(0, 0), (300, 0), (300, 80), (90, 80), (90, 260), (0, 260)])
ROUND = shapely.Point(150, 150).buffer(150, quad_segs=6)
HOLED = shapely.Polygon([(0, 0), (200, 0), (200, 200), (0, 200)], [[(60, 60), (60, 140), (140, 140), (140, 60)]])
TWO = shapely.union_all([shapely.box(0, 0, 40, 60), shapely.box(90, 0, 96, 5)])


def at_origin(shape: BaseGeometry, east: float = 0.0, north: float = 0.0) -> BaseGeometry:
    return shapely.transform(shape, lambda points: points + np.array([SCALE.origin[0] + east, SCALE.origin[1] + north]))


def table(*places: RaisedPlace, routes: tuple[tuple[shapely.LineString, bool], ...] = ()) -> dict[str, TablePart]:
    plates = [Plate(at_origin(shapely.box(left, -2000, left + 2000, 2000)), CHALK) for left in (-2000, 0)]
    return {part.name: part for part in relief_table(plates, places, routes, SCALE)}


def place(shape: BaseGeometry, form: Form, height_m: float, color: tuple[int, int, int] = RED) -> RaisedPlace:
    return RaisedPlace("place", at_origin(shape), form, height_m, color)


@pytest.mark.parametrize("shape", [BENT, ROUND, HOLED, TWO], ids=["bent", "round", "with a hole", "two pieces"])
@pytest.mark.parametrize(("form", "height_m"), [(Form.BLOCK, 9.0), (Form.HEAP, 60.0), (Form.WATER, 0.0)])
def test_from_above_a_place_has_the_area_of_its_outline(shape: BaseGeometry, form: Form, height_m: float) -> None:
    part = table(place(shape, form, height_m))["place"]
    assert part.area * SCALE.reduction**2 == pytest.approx(shape.area, rel=1e-3)


@pytest.mark.parametrize(("form", "height_m"), [(Form.BLOCK, 9.0), (Form.HEAP, 60.0)])
def test_a_place_rises_to_its_height_times_the_exaggeration(form: Form, height_m: float) -> None:
    part = table(place(BENT, form, height_m))["place"]
    heights = part.positions[:, 1] * SCALE.reduction / SCALE.exaggeration
    assert (heights.min(), heights.max()) == (0.0, pytest.approx(height_m, rel=1e-4))


def test_a_wide_heap_is_as_steep_as_loose_spoil_and_level_on_top() -> None:
    part = table(place(shapely.box(0, 0, 1000, 1000), Form.HEAP, 20.0))["place"]
    points = part.positions * SCALE.reduction / [1, SCALE.exaggeration, 1]
    top = points[np.isclose(points[:, 1], 20.0, atol=0.01)]
    run = float(top[:, 0].min() - points[:, 0].min())
    assert run == pytest.approx(20.0 / math.tan(REPOSE_RAD), rel=1e-3)


def test_a_narrow_heap_is_as_steep_as_its_height_asks_for() -> None:
    part = table(place(ROUND, Form.HEAP, 500.0))["place"]
    assert part.positions[:, 1].max() * SCALE.reduction / SCALE.exaggeration == pytest.approx(500.0, rel=1e-4)


def test_walls_look_outwards_and_tops_up() -> None:
    part = table(place(shapely.box(0, 0, 100, 100), Form.BLOCK, 20.0))["place"]
    middle = part.positions.mean(axis=0)
    corners = part.positions[part.faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("md,md->m", normals, corners.mean(axis=1) - middle) > 0).all()
    assert np.allclose(np.linalg.norm(part.normals, axis=1), 1.0, atol=1e-5)
    assert (np.einsum("md,md->m", part.normals[part.faces[:, 0]], normals) > 0).all()


def test_the_model_has_a_slab_plates_routes_and_places() -> None:
    line = shapely.LineString([(SCALE.origin[0] - 900, SCALE.origin[1]), (SCALE.origin[0] + 900, SCALE.origin[1])])
    parts = table(place(BENT, Form.BLOCK, 9.0), routes=((line, True),))
    assert list(parts) == [PLATE, COMMUNES, ROUTES, "place"]
    assert parts[ROUTES].area < 1800 * 22 / SCALE.reduction**2
    assert list(table(place(BENT, Form.BLOCK, 9.0), routes=((line, False),)))[2] == ROUTES
    assert ROUTES not in table(place(BENT, Form.BLOCK, 9.0))


def test_the_slab_ends_where_the_communes_do() -> None:
    """Between them, too: a gap as wide as a commune would be a dark spot that looks like damage."""
    side = 12_000.0
    around = (
        shapely.box(-side, -side, side, side) - shapely.box(-2000, -2000, 2000, 2000) - shapely.box(0, 3500, 150, side)
    )
    parts = relief_table([Plate(at_origin(around), CHALK)], [], [], SCALE)
    top = {part.name: part for part in parts}[PLATE].area * SCALE.reduction**2
    rim = shapely.buffer(shapely.box(-side, -side, side, side), RIM_M)
    assert top == pytest.approx(rim.area - 3740**2, abs=4e6)  # its edge of 97 km is simplified


def test_plates_keep_their_common_border_and_are_darker_at_the_foot_of_places() -> None:
    parts = table(place(shapely.box(-900, -400, -500, 400), Form.BLOCK, 9.0))
    plates = parts[COMMUNES]
    assert plates.area * SCALE.reduction**2 == pytest.approx(16e6, rel=0.02)
    shades = {tuple(color) for color in plates.colors.tolist()}
    assert {CHALK, darker(CHALK, 0.5)} <= shades
    assert parts[PLATE].positions[:, 1].max() < plates.positions[:, 1].max()


def test_equal_outlines_give_equal_bytes() -> None:
    one, other = (table(place(HOLED, Form.HEAP, 40.0, GREEN)) for _ in range(2))
    for name, part in one.items():
        assert part.positions.tobytes() == other[name].positions.tobytes()
        assert part.colors.tobytes() == other[name].colors.tobytes()
        assert part.faces.tobytes() == other[name].faces.tobytes()


def test_a_place_no_wider_than_a_bevel_still_stands() -> None:
    part = table(place(shapely.box(0, 0, 3, 6), Form.BLOCK, 18.0))["place"]
    assert part.area * SCALE.reduction**2 == pytest.approx(18.0, rel=1e-2)
    assert np.isfinite(part.positions).all()
