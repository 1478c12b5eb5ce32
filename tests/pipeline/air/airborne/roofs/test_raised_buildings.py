"""Buildings are raised to their height on record, their walls facing out, their courtyards open."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.air.airborne.extent import make_extent
from carreau.air.airborne.roofs.boxes import raise_boxes
from carreau.air.airborne.survey_data import Building, PartName
from carreau.geometry.triangles import enclosed_volume, face_areas, face_normals

X, Y = np.meshgrid(np.arange(0, 41.0), np.arange(0, 41.0))
GROUND = np.column_stack([X.ravel(), Y.ravel(), np.full(X.size, 50.0)])
ORIGIN = np.array([20.0, 20.0, 50.0])
EXTENT = make_extent((-10.0, -10.0, 40.0, 40.0))


def ring(west: float, south: float, side: float) -> np.ndarray:
    return np.array([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]) * side + [west, south]  # clockwise


def test_a_building_with_a_courtyard_stands_on_its_ground() -> None:
    roofs, walls = raise_boxes([Building("a", (ring(10, 10, 10), ring(13, 13, 4)), height=6.0)], GROUND, ORIGIN, EXTENT)
    assert (roofs.name, walls.name) == (PartName.ROOFS, PartName.WALLS)
    assert set(roofs.positions[:, 2].tolist()) == {6.0}
    assert face_areas(roofs.positions, roofs.faces).sum() == 84
    assert (face_normals(roofs.positions, roofs.faces)[:, 2] > 0.999).all()
    assert walls.positions[:, 2].min() < 0
    assert face_areas(walls.positions, walls.faces).sum() == 56 * 6.5
    positions = np.concatenate([roofs.positions, walls.positions])
    faces = np.concatenate([roofs.faces, walls.faces + np.int32(len(roofs.positions))])
    # Seen from a corner of the roof, the open floor takes a third of the volume; turned inwards it were negative.
    assert enclosed_volume(positions, faces) == pytest.approx(84 * 6.5 * 2 / 3)


def test_the_altitude_of_the_roof_counts_where_no_height_is_known() -> None:
    roofs, _ = raise_boxes([Building("a", (ring(10, 10, 10),), ridge=57.5)], GROUND, ORIGIN, EXTENT)
    assert roofs.positions[0, 2] == 7.5


def test_buildings_without_height_or_below_the_ground_are_left_out() -> None:
    unknown = Building("a", (ring(10, 10, 10),))
    sunk = Building("b", (ring(10, 10, 10),), ridge=40.0)
    assert raise_boxes([unknown, sunk], GROUND, ORIGIN, EXTENT) == ()
    assert raise_boxes([Building("c", (ring(10, 10, 10),), height=3.0)], GROUND[:0], ORIGIN, EXTENT) == ()


def test_a_twisted_outline_is_mended() -> None:
    bow = np.array([[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]], np.float64)
    roofs, _ = raise_boxes([Building("a", (bow,), height=3.0)], GROUND, ORIGIN, EXTENT)
    assert face_areas(roofs.positions, roofs.faces).sum() == 8


def test_nothing_stands_beyond_the_ground() -> None:
    roofs, walls = raise_boxes([Building("a", (ring(35, 10, 10),), height=6.0)], GROUND, ORIGIN, EXTENT)
    assert face_areas(roofs.positions, roofs.faces).sum() == pytest.approx(4 * 10)
    assert roofs.positions[:, 0].max() == walls.positions[:, 0].max() == 39 - 20
    assert raise_boxes([Building("b", (ring(50, 10, 10),), height=6.0)], GROUND, ORIGIN, EXTENT) == ()
