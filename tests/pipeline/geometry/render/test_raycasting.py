"""Rays meet triangles where geometry says they do."""

import weakref

import numpy as np
import pytest

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.render.raycasting import Scene, build_scene

SQUARE = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]], np.float32)
HALVES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def place(positions: FloatArray, faces: IntArray, face: int, uv: FloatArray) -> FloatArray:
    a, b, c = positions[faces[face]]
    return np.asarray(a * (1 - uv.sum()) + b * uv[0] + c * uv[1])


def test_hits_name_the_face_and_the_place_on_it() -> None:
    points = np.array([[1.5, 0.5], [0.5, 1.5], [0.2, 0.1]], np.float32)
    rays = np.concatenate([points, np.full((3, 1), 3), np.tile([[0, 0, -1]], (3, 1))], axis=1).astype(np.float32)
    hits = Scene(SQUARE, HALVES).cast(rays)
    assert hits.faces.tolist() == [0, 1, 0]
    assert hits.faces.dtype == np.int32
    assert hits.distances == pytest.approx([3, 3, 3])
    for k in range(3):
        assert place(SQUARE, HALVES, hits.faces[k], hits.barycentrics[k])[:2] == pytest.approx(points[k], abs=1e-6)


def test_a_miss_is_minus_one_and_infinitely_far() -> None:
    hits = Scene(SQUARE, HALVES).cast(np.array([[5, 5, 1, 0, 0, -1], [1, 1, 1, 0, 0, 1]], np.float32))
    assert hits.faces.tolist() == [-1, -1]
    assert np.isinf(hits.distances).all()


def test_the_closest_point_of_the_surface_is_found_from_anywhere() -> None:
    points = np.array([[1, 1, 5], [4, 1, 0], [-3, -4, 0]], np.float32)
    hits = Scene(SQUARE, HALVES).closest(points)
    assert hits.distances == pytest.approx([5, 2, 5], abs=1e-6)
    assert place(SQUARE, HALVES, hits.faces[1], hits.barycentrics[1]) == pytest.approx([2, 1, 0], abs=1e-6)


def test_arrays_of_other_layouts_are_taken_as_well() -> None:
    scene = Scene(np.asfortranarray(SQUARE.astype(np.float64)), HALVES.astype(np.int64)[:, ::1])  # type: ignore[arg-type]
    rays = np.zeros((2, 12), np.float32)[:, ::2]
    rays[:] = [1.5, 0.5, 1, 0, 0, -1]
    assert scene.cast(rays).faces.tolist() == [0, 0]


def test_no_rays_meet_nothing() -> None:
    hits = Scene(SQUARE, HALVES).cast(np.zeros((0, 6), np.float32))
    assert hits.faces.shape == (0,)
    assert hits.barycentrics.shape == (0, 2)


def test_the_same_triangles_are_one_scene() -> None:
    assert build_scene(SQUARE, HALVES) is build_scene(SQUARE.copy(), HALVES.copy())
    assert build_scene(SQUARE, HALVES) is not build_scene(SQUARE, HALVES[:1])
    moved = build_scene(SQUARE + np.float32(3), HALVES)
    assert moved.cast(np.array([[0.2, 0.2, 9, 0, 0, -1]], np.float32)).faces.tolist() == [-1]


def test_the_scene_of_a_large_scan_is_held_for_the_next_stage() -> None:
    """A scan of ten million triangles was built again in each of fourteen stages, in 5 s each."""
    edge = 1300
    places = np.stack(np.meshgrid(np.arange(edge), np.arange(edge), [0]), axis=-1).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(edge - 1)[:, None] * edge + np.arange(edge - 1)).ravel()
    halves = [[corner, corner + 1, corner + edge], [corner + 1, corner + edge + 1, corner + edge]]
    faces = np.concatenate([np.stack(half, axis=1) for half in halves]).astype(np.int32)
    scene = weakref.ref(build_scene(places, faces))
    assert scene() is not None
