"""Views show the same through their window as ray by ray."""

import numpy as np

from carreau.base.model import Mesh
from carreau.geometry.render.camera import fibonacci_views
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.render.views import render_views, window

CORNERS = np.array([[0, 0, 0], [2, 0, 0.5], [0.3, 1, 0], [0.2, 0.1, 0.4]], np.float32)
FACES = np.array([[0, 1, 2], [0, 3, 1], [1, 3, 2], [0, 2, 3]], np.int32)


def test_a_window_leaves_nothing_out() -> None:
    mesh = Mesh(CORNERS, FACES, colors=np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]], np.uint8))
    cameras = fibonacci_views(np.array([1, 0.5, 0.25]), 1.2, 5, 64)
    views = render_views(mesh, cameras, supersampling=1)
    for camera, mask in zip(cameras, views.masks, strict=True):
        hits = Scene(CORNERS, FACES).cast(camera.rays())
        assert np.array_equal(hits.faces.reshape(64, 64) >= 0, mask)
        assert mask.any()
        assert not mask.all()


def test_a_window_is_aligned_and_inside_the_picture() -> None:
    for camera in fibonacci_views(np.zeros(3), 1.0, 7, 90):
        top, bottom, left, right = window(camera, CORNERS, 3)
        assert 0 <= top < bottom <= 90
        assert 0 <= left < right <= 90
        assert all(side % 3 == 0 for side in (top, bottom, left, right))


def test_a_camera_inside_the_mesh_looks_everywhere() -> None:
    camera = fibonacci_views(np.zeros(3), 0.1, 1, 32)[0]
    assert window(camera, 10 * (CORNERS - 0.5), 1) == (0, 32, 0, 32)


def test_supersampling_is_the_mean_of_rays_with_black() -> None:
    mesh = Mesh(CORNERS, FACES, colors=np.full((4, 3), 200, np.uint8))
    center = np.array([1, 0.5, 0.25])
    fine = render_views(mesh, fibonacci_views(center, 1.2, 2, 64), supersampling=1)
    half = render_views(mesh, fibonacci_views(center, 1.2, 2, 64), supersampling=2)
    blocks = fine.colors.reshape(2, 32, 2, 32, 2, 3).astype(float).mean(axis=(2, 4))
    assert np.abs(blocks - half.colors).max() <= 0.5
    assert np.array_equal(fine.masks.reshape(2, 32, 2, 32, 2).any(axis=(2, 4)), half.masks)
