"""Two meshes whose difference is known by hand are found to differ by just that."""

import dataclasses
import json
import math

import numpy as np
import pytest

from carreau.base.model import Material, Mesh
from carreau.geometry.clouds.point_attributes import surfel_mesh
from carreau.geometry.mesh_parts import bounding_sphere
from carreau.geometry.render.shading import face_normals
from carreau.geometry.triangles import about, smooth_normals
from carreau.models.stages.measure import MeasureOptions, measure, sight, sight_points

FAST = MeasureOptions(views=3, size_px=96, samples=2000, lit_views=2, lit_px=96)


def ball(radius: float = 1.0, rings: int = 24, around: int = 48, color: tuple[int, int, int] = (200, 120, 60)) -> Mesh:
    polar, turn = np.linspace(0, np.pi, rings + 1), np.arange(around) * (2 * np.pi / around)
    ring = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(turn),
            np.broadcast_to(np.cos(polar)[:, None], (rings + 1, around)),
            np.sin(polar)[:, None] * np.sin(turn),
        ],
        axis=-1,
    )
    ring[0], ring[-1] = [0, 1, 0], [0, -1, 0]
    index = np.arange((rings + 1) * around).reshape(rings + 1, around)
    a, b = index[:-1], index[1:]
    c, d = np.roll(a, -1, axis=1), np.roll(b, -1, axis=1)
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([c, d, b], -1).reshape(-1, 3)])
    positions = np.asarray(radius * ring.reshape(-1, 3), np.float32)
    colors = np.full((len(positions), 3), color, np.uint8)
    return Mesh(positions, faces.astype(np.int32), colors=colors)


def plate(offset: float = 0.0) -> Mesh:
    """Return a square of two by two metres in the plane z = offset."""
    corners = np.array([[-1, -1, offset], [1, -1, offset], [1, 1, offset], [-1, 1, offset]], np.float32)
    return Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def test_a_mesh_differs_in_nothing_from_itself() -> None:
    error = measure(ball(), ball(), FAST)
    assert error.psnr_db == math.inf
    assert error.ssim == pytest.approx(1, abs=1e-6)
    assert error.silhouette == 0
    assert error.to_level is not None
    assert error.to_scan is not None
    assert error.to_level.largest < 1e-6
    assert error.to_scan.largest < 1e-6
    assert error.cracks is not None
    assert error.cracks.count == 0


def test_a_level_on_another_origin_is_brought_to_the_scans() -> None:
    scan = about(dataclasses.replace(ball(), origin=np.array([7e5, 5.6e6, 30.0])), np.array([7e5 - 4, 5.6e6, 32.0]))
    level = about(scan, np.array([7e5, 5.6e6, 30.0]))
    error = measure(scan, level, FAST)
    assert error.psnr_db > 60
    assert error.to_scan is not None
    assert error.to_scan.largest < 1e-5


def test_a_shift_is_the_distance_both_ways() -> None:
    error = measure(plate(), plate(0.25), FAST)
    for distance in (error.to_level, error.to_scan):
        assert distance is not None
        assert distance.rms == pytest.approx(0.25, rel=1e-5)
        assert distance.p95 == pytest.approx(0.25, rel=1e-5)
        assert distance.largest == pytest.approx(0.25, rel=1e-5)


def test_a_missing_half_shows_in_one_direction_only() -> None:
    whole = plate()
    half = dataclasses.replace(whole, faces=whole.faces[:1], face_materials=whole.face_materials[:1])
    error = measure(whole, half, dataclasses.replace(FAST, samples=20_000))
    assert error.to_scan is not None
    assert error.to_level is not None
    assert error.to_scan.largest < 1e-6
    assert error.to_level.largest == pytest.approx(math.sqrt(2), rel=0.03)


def test_a_color_offset_is_the_psnr_it_should_be() -> None:
    options = dataclasses.replace(FAST, supersampling=1)
    error = measure(ball(color=(200, 120, 60)), ball(color=(190, 110, 50)), options)
    assert error.psnr_db == pytest.approx(20 * math.log10(255 / 10), abs=1e-6)
    assert error.silhouette == 0
    assert error.ssim < 1


def test_a_material_color_is_linear_light() -> None:
    white, grey = ball(), ball()
    white = dataclasses.replace(white, colors=None)
    grey = dataclasses.replace(grey, colors=None, materials=(Material(base_color=(0.5, 0.5, 0.5)),))
    error = measure(white, grey, dataclasses.replace(FAST, supersampling=1))
    assert error.psnr_db == pytest.approx(20 * math.log10(255 / (255 - 188)), abs=1e-6)


def test_a_smaller_ball_leaves_a_ring_of_silhouette() -> None:
    error = measure(ball(), ball(0.9), dataclasses.replace(FAST, size_px=256))
    assert error.silhouette == pytest.approx(1 - 0.9**2, abs=0.03)
    assert error.to_level is not None
    assert error.to_level.rms == pytest.approx(0.1, rel=0.05)


def test_a_torn_seam_and_a_lost_face_are_cracks() -> None:
    whole = ball()
    upper = (whole.positions[whole.faces].mean(axis=1)[:, 1] > 0.3).nonzero()[0]
    torn = whole.positions[whole.faces].reshape(-1, 3).copy()
    torn.reshape(-1, 3, 3)[upper, :, 1] += 0.01
    faces = np.arange(len(torn), dtype=np.int32).reshape(-1, 3)
    parted = Mesh(torn, faces, colors=np.full((len(torn), 3), 100, np.uint8))
    error = measure(whole, parted, FAST)
    assert error.cracks is not None
    assert error.cracks.count == 2
    assert error.cracks.length == pytest.approx(2 * 2 * np.pi * 0.95, rel=0.1)
    lost = dataclasses.replace(whole, faces=np.delete(whole.faces, 700, axis=0), face_materials=np.zeros(0, np.int32))
    error = measure(whole, lost, FAST)
    assert error.cracks is not None
    assert (error.cracks.count, error.cracks.edge_count) == (1, 3)


def test_a_hole_the_scan_had_is_no_crack() -> None:
    whole = ball()
    holed = dataclasses.replace(whole, faces=np.delete(whole.faces, 700, axis=0), face_materials=np.zeros(0, np.int32))
    error = measure(holed, holed, FAST)
    assert error.cracks is not None
    assert error.cracks.count == 0


def test_a_scan_is_looked_at_once_and_the_error_is_the_same() -> None:
    scan, level = ball(), ball(0.97, 12, 24)
    assert measure(scan, level, FAST, sight(scan, FAST)) == measure(scan, level, FAST)


def test_the_quick_way_leaves_distances_out() -> None:
    error = measure(ball(), ball(0.9), dataclasses.replace(FAST, samples=0))
    assert error.to_level is None
    assert error.cracks is None
    assert error.psnr_db < 40


def test_an_error_is_json_even_when_nothing_differs() -> None:
    text = json.dumps(measure(ball(), ball(), FAST).as_json(), allow_nan=False)
    assert json.loads(text)["psnr_db"] is None


def test_the_sphere_bounds_what_faces_use() -> None:
    mesh = plate()
    stray = dataclasses.replace(mesh, positions=np.vstack([mesh.positions, [[50, 50, 50]]]).astype(np.float32))
    center, radius = bounding_sphere(stray)
    assert np.allclose(center, 0)
    assert radius == pytest.approx(math.sqrt(2))


def drawn_ball(rings: int, spacing: float = 0.0) -> Mesh:
    """Return a ball's places as tiles, as wide as they are apart unless something else is said."""
    body = ball(rings=rings, around=2 * rings)
    apart = np.full(len(body.positions), spacing or np.pi / rings, np.float32)
    assert body.colors is not None
    return surfel_mesh(body.positions, body.positions, apart, body.colors, np.zeros(3))


@pytest.mark.parametrize(("spacing", "size_px"), [(0.3, 256), (0.01, 384), (0.007, 512), (0.005, 768)])
def test_pictures_of_a_cloud_are_no_finer_than_its_points(spacing: float, size_px: int) -> None:
    sighting = sight_points(drawn_ball(60, spacing), ball(), MeasureOptions(views=2, samples=500))
    assert sighting.options.size_px == size_px
    assert sighting.options.size_px * sighting.options.supersampling == 1536


def test_a_clouds_distances_are_from_its_points_and_its_cracks_from_its_surface() -> None:
    cloud, whole = drawn_ball(60), ball(rings=60, around=120)
    sighting = sight_points(cloud, whole, MeasureOptions(views=2, samples=2000))
    assert np.linalg.norm(sighting.points, axis=1) == pytest.approx(1, abs=1e-5)
    open_ball = dataclasses.replace(
        whole, faces=whole.faces[: len(whole.faces) // 2], face_materials=np.zeros(0, np.int32)
    )
    found = {name: measure(cloud, level, sighting=sighting) for name, level in (("whole", whole), ("open", open_ball))}
    assert found["whole"].cracks is not None
    assert found["open"].cracks is not None
    assert (found["whole"].cracks.count, found["open"].cracks.count > 0) == (0, True)


def test_a_cloud_is_seen_in_pictures_of_the_size_that_its_sighting_says() -> None:
    """Of 600 rays a row, pictures of 256 pixels take 512."""
    seen = sight_points(drawn_ball(60, 0.05), ball(), MeasureOptions(views=2, size_px=300, samples=10))
    assert (seen.options.size_px, seen.options.supersampling) == (256, 2)
    assert seen.views.colors.shape == (2, 256, 256, 3)


def bumpy(mesh: Mesh, is_smooth: bool) -> Mesh:
    """Return a mesh with normals of its own: smooth, or those of its facets."""
    facets = face_normals(mesh)[0].astype(np.float32)
    normals = smooth_normals(mesh.positions, mesh.faces)[mesh.faces] if is_smooth else np.repeat(facets[:, None], 3, 1)
    return dataclasses.replace(mesh, normals=np.asarray(normals, np.float32))


def lit_db(scan: Mesh, level: Mesh) -> float:
    error = measure(scan, level, FAST)
    assert error.psnr_db > 60  # without light there is nothing to see
    assert error.lit_db is not None
    return error.lit_db


def test_light_shows_normals_that_colors_do_not() -> None:
    fine, coarse = (bumpy(ball(rings=12, around=24), is_smooth) for is_smooth in (True, False))
    assert lit_db(fine, fine) == math.inf
    assert 20 < lit_db(fine, coarse) < 45


def test_light_shows_metal_and_roughness() -> None:
    def of(metallic: float, roughness: float) -> Mesh:
        return dataclasses.replace(ball(), materials=(Material(metallic=metallic, roughness=roughness),))

    matt = lit_db(of(0, 1), of(0, 0.9))
    assert 15 < lit_db(of(0, 1), of(1, 0.3)) < matt < math.inf


def test_a_model_without_normals_is_lit_by_facets() -> None:
    bare = ball(rings=8, around=16)
    smooth, facets = bumpy(bare, is_smooth=True), bumpy(bare, is_smooth=False)
    assert lit_db(smooth, bare) == lit_db(smooth, facets) < 40
    # Viewers show a scan and a level that both have none alike.
    assert lit_db(bare, bare) == math.inf
    assert lit_db(bare, smooth) > 60


def test_what_is_not_looked_at_under_light_says_nothing_of_it() -> None:
    dark = measure(ball(), ball(), dataclasses.replace(FAST, lit_views=0))
    assert dark.lit_db is None
    assert not [key for key in dark.as_json() if key.startswith("lit")]
    lit = json.loads(json.dumps(measure(ball(), ball(), FAST).as_json(), allow_nan=False))
    assert (lit["lit_db"], lit["lit_views"], lit["lit_px"]) == (None, FAST.lit_views, FAST.lit_px)
