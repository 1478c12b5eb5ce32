"""A place near a scan finds the nearest surface along its normal, on either side."""

import numpy as np
import pytest
import trimesh

from carreau.base.model import FloatArray
from carreau.geometry.render.raycasting import Scene, _usual, find_nearest, nearest, nearest_along


def ball(radius: float = 1.0) -> Scene:
    mesh = trimesh.creation.icosphere(subdivisions=4)
    return Scene(np.asarray(mesh.vertices * radius, np.float32), np.asarray(mesh.faces, np.int32))


def directions(count: int = 500) -> FloatArray:
    vectors = np.random.default_rng(1).normal(size=(count, 3))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("radius", [0.9, 1.1])
def test_distances_are_signed_outwards(radius: float) -> None:
    out = directions()
    hits = nearest_along(ball(), radius * out, out)
    assert (hits.faces >= 0).all()
    assert hits.distances == pytest.approx(np.full(len(out), 1 - radius), abs=0.01)


def test_the_nearer_of_two_surfaces_is_taken_though_a_few_lie_far_off() -> None:
    out = directions()
    points = out * 1.01
    points[:3] = out[:3] * 1.6
    hits = nearest_along(ball(), points, out)
    assert hits.distances[3:] == pytest.approx(np.full(len(out) - 3, -0.01), abs=0.006)
    assert hits.distances[:3] == pytest.approx([-0.6] * 3, abs=0.01)


def test_where_the_normal_meets_nothing_the_closest_point_counts() -> None:
    points, normals = np.array([[2, 0, 0]], np.float32), np.array([[0, 1, 0]], np.float32)
    assert nearest_along(ball(), points, normals).faces.tolist() == [-1]
    hits = nearest(ball(), points, normals)
    assert hits.faces[0] >= 0
    assert ball().closest(points).faces.tolist() == hits.faces.tolist()


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_the_usual_distance_is_the_rule_and_not_the_exception(size: float) -> None:
    out = directions(2000)
    points = out * np.float32(1.02 * size)
    points[:10] *= 5
    assert _usual(ball(size), points, out) == pytest.approx(0.02 * size, rel=0.3)


def test_places_found_on_demand_give_the_same_as_places_held() -> None:
    out = directions()
    scene = ball()
    held = nearest(scene, 1.05 * out, out)
    asked = find_nearest(scene, lambda places: (1.05 * out[places], out[places]), len(out))
    assert np.array_equal(held.faces, asked.faces)
    assert np.array_equal(held.barycentrics, asked.barycentrics)


def test_no_places_find_nothing() -> None:
    nothing = np.zeros((0, 3), np.float32)
    assert nearest(ball(), nothing, nothing).faces.shape == (0,)
    assert _usual(ball(), nothing, nothing) == 0
