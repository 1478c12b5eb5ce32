"""Cameras look where they are told to, and the views surround the scan."""

import numpy as np
import pytest

from carreau.geometry.render.camera import (
    EYE_RADII,
    GOLDEN_ANGLE_RAD,
    PinholeCamera,
    fibonacci_directions,
    fibonacci_views,
    sphere_spiral,
)


def camera(width: int = 5, height: int = 3) -> PinholeCamera:
    return PinholeCamera(np.array([0, 0, 4.0]), np.zeros(3), np.array([0, 1.0, 0]), np.pi / 2, width, height)


def test_the_middle_ray_meets_the_target() -> None:
    rays = camera().rays()
    assert rays.shape == (15, 6)
    assert rays.dtype == np.float32
    assert rays[7] == pytest.approx([0, 0, 4, 0, 0, -1], abs=1e-6)


def test_rays_run_row_by_row_from_the_upper_left() -> None:
    rays = camera().rays()
    assert rays[0, 3] < 0 < rays[4, 3]
    assert rays[0, 4] > 0 > rays[14, 4]
    assert np.linalg.norm(rays[:, 3:], axis=1) == pytest.approx(np.ones(15), abs=1e-6)


def test_the_field_of_view_is_the_vertical_one() -> None:
    rays = camera(1, 1001).rays()
    edge = rays[0, 3:]
    assert np.arctan2(edge[1], -edge[2]) == pytest.approx(np.pi / 4, abs=1e-3)


@pytest.mark.parametrize("count", [1, 2, 12, 100])
def test_directions_are_units_spread_over_the_sphere(count: int) -> None:
    directions = fibonacci_directions(count)
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(count))
    assert np.linalg.norm(directions.mean(axis=0)) < 1.2 / count
    if count > 2:
        gaps = directions @ directions.T - 2 * np.eye(count)
        assert np.arccos(gaps.max()) > 1.5 / np.sqrt(count)


def test_each_direction_turns_by_the_golden_angle() -> None:
    directions = fibonacci_directions(12)
    (axis,) = np.flatnonzero(np.ptp(np.diff(directions, axis=0), axis=0) < 1e-9)
    turned = np.delete(directions, axis, axis=1) @ [1, 1j]
    turns_deg = np.degrees(np.abs(np.angle(turned[1:] / turned[:-1])))
    assert turns_deg == pytest.approx(np.full(11, 137.50776))


def test_every_view_holds_the_whole_sphere() -> None:
    center, radius = np.array([3.0, -1.0, 2.0]), 2.5
    for view in fibonacci_views(center, radius, 12, 64):
        offset = center - view.eye
        assert np.linalg.norm(offset) == pytest.approx(EYE_RADII * radius)
        assert np.arcsin(1 / EYE_RADII) < view.field_rad / 2
        assert (view.width, view.height) == (64, 64)
        right, up, forward = view.basis()
        assert np.stack([right, up, forward]) @ np.stack([right, up, forward]).T == pytest.approx(np.eye(3), abs=1e-9)


def test_places_of_a_spiral_are_units_in_even_steps() -> None:
    places = sphere_spiral(np.arange(50) * GOLDEN_ANGLE_RAD)
    assert np.linalg.norm(places, axis=1) == pytest.approx(np.ones(50))
    assert np.diff(places[:, 2]) == pytest.approx(np.full(49, -2 / 50))


def test_each_place_of_a_spiral_lies_where_its_angle_says() -> None:
    turns = np.array([0.5, -1.0, 3.0])
    x, y, _ = sphere_spiral(turns).T
    assert np.arctan2(y, x) == pytest.approx(turns)
