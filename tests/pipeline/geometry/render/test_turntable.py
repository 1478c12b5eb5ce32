"""A thing fills its pictures, from every side alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from carreau.base.model import Material, Mesh
from carreau.geometry.render.camera import look
from carreau.geometry.render.shading import clay_views, is_colorless
from carreau.geometry.render.viewpoints import Viewpoint, best_side, cameras_at, sides_around
from carreau.geometry.render.views import render_views


@pytest.fixture
def tower() -> Mesh:
    """A box of 1 x 5 x 1 m, far from the origin."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 5) for z in (0, 1)], np.float32) + np.float32(7)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32)
    return Mesh(corners, faces)


def test_a_side_is_what_model_viewer_calls_an_orbit() -> None:
    frame = look(np.zeros(3), 2.0, np.radians(90), 0.0, 16)
    assert frame.eye == pytest.approx([2, 0, 0], abs=1e-9)


def test_the_best_side_is_one_of_those_that_are_tried(tower: Mesh) -> None:
    side = best_side(tower)
    assert side.azimuth_deg % 22.5 == 0
    assert side.elevation_deg in (8, 16, 30, 58)
    assert best_side(replace(tower, faces=np.zeros((0, 3), np.int32))) == Viewpoint(0, 0)


@pytest.mark.parametrize("elevation", [0.0, 16.0, 58.0, 90.0])
def test_every_side_fills_its_picture_and_cuts_nothing(tower: Mesh, elevation: float) -> None:
    cameras = cameras_at(tower, sides_around(Viewpoint(20, elevation), 3), 120)
    assert len({(camera.width, camera.height) for camera in cameras}) == 1
    assert max(cameras[0].width, cameras[0].height) == 120
    masks = render_views(tower, cameras, 1).masks
    for mask in masks:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert rows[0] > 0
        assert columns[0] > 0
        assert rows[-1] < mask.shape[0] - 1
        assert columns[-1] < mask.shape[1] - 1
        assert max(np.ptp(rows) / mask.shape[0], np.ptp(columns) / mask.shape[1]) > 0.8


def test_what_floats_far_off_does_not_make_the_thing_small(tower: Mesh) -> None:
    far = np.array([[900, 900, 900], [900.01, 900, 900], [900, 900.01, 900]], np.float32)
    strewn = Mesh(np.concatenate([tower.positions, far]), np.concatenate([tower.faces, [[8, 9, 10]]]).astype(np.int32))
    (camera,) = cameras_at(strewn, (Viewpoint(0, 10),), 100)
    assert render_views(strewn, [camera], 1).masks.mean() > 0.3


def test_clay_has_light_and_shade_and_the_same_outline(tower: Mesh) -> None:
    cameras = cameras_at(tower, (Viewpoint(30, 20),), 100)
    clay, plain = clay_views(tower, cameras, 1), render_views(tower, cameras, 1)
    assert (clay.masks == plain.masks).all()
    assert np.ptp(clay.colors[clay.masks].astype(int)[:, 0]) > 20
    assert np.ptp(plain.colors[plain.masks].astype(int)[:, 0]) == 0


def test_only_what_has_no_color_at_all_is_shown_as_clay(tower: Mesh) -> None:
    assert is_colorless(tower)
    assert not is_colorless(replace(tower, colors=np.full((8, 3), 9, np.uint8)))
    assert not is_colorless(replace(tower, materials=(Material(base_color=(1.0, 0.2, 0.2)),)))
