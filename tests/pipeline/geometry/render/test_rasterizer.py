"""A depth buffer sees the triangles that rays meet."""

import numpy as np
import pytest

from carreau.base import process
from carreau.base.model import FloatArray, IntArray
from carreau.geometry.render.camera import Frustum, PinholeCamera, fibonacci_views
from carreau.geometry.render.raycasting import Scene, build_scene
from carreau.geometry.render.views import Sight, rasterize, see
from tests.pipeline.castles import castle

SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
BACK = np.array([0, 0, -1], np.float32)
HALVES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def camera(distance: float = 3.0, size_px: int = 64) -> PinholeCamera:
    return PinholeCamera(np.array([0, 0, distance]), np.zeros(3), np.array([0.0, 1, 0]), 1.0, size_px, size_px)


def by_rays(positions: FloatArray, faces: IntArray, camera: PinholeCamera) -> Sight:
    hits = Scene(positions, faces).cast(camera.rays())
    met = np.flatnonzero(hits.faces >= 0)
    return Sight(met.astype(np.int32), hits.faces[met], hits.barycentrics[met])


def by_rasterizer(positions: FloatArray, faces: IntArray, camera: PinholeCamera) -> Sight:
    sight = rasterize(positions, faces, camera.screen())
    assert sight is not None
    return sight


def test_a_model_is_seen_as_by_rays() -> None:
    mesh = castle()
    for each in fibonacci_views(np.array([0.0, 5.0, 0.0]), 30.0, 4, 512):
        rays, raster = (by(mesh.positions, mesh.faces, each) for by in (by_rays, by_rasterizer))
        common, left, right = np.intersect1d(rays.pixels, raster.pixels, return_indices=True)
        assert len(common) > 20_000
        assert len(rays.pixels) + len(raster.pixels) - 2 * len(common) <= 2e-4 * len(common)
        same = rays.faces[left] == raster.faces[right]
        assert same.mean() >= 0.9998
        apart = np.abs(rays.barycentrics[left] - raster.barycentrics[right])[same]
        assert np.quantile(apart, 0.999) < 2e-3


def test_barycentrics_are_those_in_space_not_in_the_picture() -> None:
    tilted = np.array([[-1, -1, 0.5], [1, -1, 0.5], [0, 1, -8]], np.float32)
    face = np.array([[0, 1, 2]], np.int32)
    rays, raster = by_rays(tilted, face, camera()), by_rasterizer(tilted, face, camera())
    assert np.array_equal(rays.pixels, raster.pixels)
    assert raster.barycentrics == pytest.approx(rays.barycentrics, abs=1e-5)
    assert np.ptp(raster.barycentrics[:, 1]) > 0.8


def test_the_nearest_is_seen_from_either_side_and_the_first_of_two_alike() -> None:
    places = np.concatenate([SQUARE, SQUARE + BACK * np.float32(-0.1)])
    for order in ([0, 1, 2], [0, 2, 1]):
        faces = np.concatenate([HALVES, HALVES + 4, HALVES + 4])[:, order].astype(np.int32)
        assert set(by_rasterizer(places, faces, camera()).faces) == {2, 3}
        assert set(by_rasterizer(places, faces, camera(-3.0)).faces) == {0, 1}


def test_no_pixel_falls_between_triangles_with_a_common_edge() -> None:
    """The diagonal and the middle of a fan run through the very centres of pixels."""
    fan = np.concatenate([SQUARE, [[0, 0, 0]]]).astype(np.float32)
    faces = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], np.int32)
    for size_px in (63, 64, 301):
        whole = by_rasterizer(SQUARE, HALVES, camera(size_px=size_px))
        assert np.array_equal(by_rasterizer(fan, faces, camera(size_px=size_px)).pixels, whole.pixels)
        edges = np.divmod(whole.pixels, size_px)
        assert len(whole.pixels) == np.prod([np.ptp(edge) + 1 for edge in edges])


def test_long_thin_triangles_leave_no_gap() -> None:
    rim = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    disc = np.stack([np.cos(rim), np.sin(rim), 0 * rim], axis=1).astype(np.float32)
    places = np.concatenate([disc, np.zeros((1, 3), np.float32)])
    around = np.arange(2000)
    faces = np.stack([around, (around + 1) % 2000, np.full(2000, 2000)], axis=1).astype(np.int32)
    rays, raster = by_rays(places, faces, camera(size_px=400)), by_rasterizer(places, faces, camera(size_px=400))
    assert len(np.setxor1d(rays.pixels, raster.pixels)) <= 4


def test_what_lies_behind_the_camera_is_not_seen_and_what_passes_it_is_left_to_rays() -> None:
    behind = np.concatenate([SQUARE, SQUARE - BACK * np.float32(9)])
    faces = np.concatenate([HALVES, HALVES + 4]).astype(np.int32)
    assert set(by_rasterizer(behind, faces, camera()).faces) == {0, 1}
    passing = np.array([[-1, -1, -5], [1, -1, -5], [0, -1, 9]], np.float32)
    triangle = np.array([[0, 1, 2]], np.int32)
    assert rasterize(passing, triangle, camera().screen()) is None
    rays, either = by_rays(passing, triangle, camera()), see(passing, triangle, camera().screen())
    assert len(rays.pixels) > 100
    assert np.array_equal(either.pixels, rays.pixels)
    assert either.barycentrics == pytest.approx(rays.barycentrics, abs=1e-5)


def test_places_that_are_no_numbers_and_faces_without_area_are_not_seen() -> None:
    places = np.concatenate([SQUARE, [[np.nan, 0, 0], [np.inf, 0, 1]]]).astype(np.float32)
    faces = np.concatenate([HALVES, [[0, 1, 4], [1, 2, 5], [0, 0, 2], [3, 3, 3]]]).astype(np.int32)
    assert set(by_rasterizer(places, faces, camera()).faces) == {0, 1}
    nothing = by_rasterizer(places, faces[:0], camera())
    assert (nothing.pixels.shape, nothing.faces.shape, nothing.barycentrics.shape) == ((0,), (0,), (0, 2))


def test_strays_thousands_of_kilometres_away_change_nothing() -> None:
    strays = np.array([[0, 0, -7e6], [0.01, 0, -7e6], [0, 0.01, -7e6], [3e6, 1, -6e6]], np.float32)
    places = np.concatenate([SQUARE, strays])
    with_strays = by_rasterizer(places, np.concatenate([HALVES, [[4, 5, 6]]]).astype(np.int32), camera())
    without = by_rasterizer(SQUARE, HALVES, camera())
    assert len(without.pixels) > 500
    assert np.array_equal(with_strays.pixels, without.pixels)
    assert np.array_equal(with_strays.faces, without.faces)


def test_far_from_zero_it_is_as_exact() -> None:
    """Coordinates of a national grid: the corners are rounded to 1/16 of a metre, the picture is of those corners."""
    away = np.array([652_000.0, 100.0, 6_862_000.0])
    mesh = castle()
    far = (mesh.positions + away).astype(np.float32)
    near = (far - away).astype(np.float32)
    for here, there in zip(
        fibonacci_views(np.zeros(3), 30.0, 3, 200), fibonacci_views(away, 30.0, 3, 200), strict=True
    ):
        one, other = by_rasterizer(near, mesh.faces, here), by_rasterizer(far, mesh.faces, there)
        assert np.array_equal(one.pixels, other.pixels)
        assert (one.faces == other.faces).mean() > 0.9999


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = castle()
    frame = fibonacci_views(np.array([0.0, 5.0, 0.0]), 30.0, 1, 1100)[0]
    sights = []
    for count in (1, 2, 5):
        monkeypatch.setattr(process, "THREADS", count)
        sights.append(by_rasterizer(mesh.positions, mesh.faces, frame))
    for sight in sights[1:]:
        assert sight.pixels.tobytes() == sights[0].pixels.tobytes()
        assert sight.faces.tobytes() == sights[0].faces.tobytes()
        assert sight.barycentrics.tobytes() == sights[0].barycentrics.tobytes()


def test_a_window_of_an_off_centre_frame_is_that_part_of_its_picture() -> None:
    frame = Frustum(np.array([0.2, 0.1, 2.0]), np.eye(3) * [1, 1, -1], -0.7, 0.4, -0.3, 0.6, 50, 40)
    whole = rasterize(SQUARE, HALVES, frame.screen(2))
    part = rasterize(SQUARE, HALVES, frame.screen(2), (10, 30, 20, 64))
    assert whole is not None
    assert part is not None
    row, column = np.divmod(whole.pixels, 100)
    inside = (row >= 10) & (row < 30) & (column >= 20) & (column < 64)
    assert np.array_equal(part.pixels, whole.pixels[inside])
    assert np.array_equal(part.barycentrics, whole.barycentrics[inside])
    hits = build_scene(SQUARE, HALVES).cast(frame.rays(0, 40, 2))
    assert np.array_equal(np.flatnonzero(hits.faces >= 0), whole.pixels)
