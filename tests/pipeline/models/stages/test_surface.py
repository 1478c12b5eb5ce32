"""A cloud becomes a surface where its points are, and nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.errors import ScanError
from carreau.base.model import Cloud, FloatArray, Mesh, Scan, ScanFacts
from carreau.geometry.topology import find_components, find_edges
from carreau.geometry.triangles import enclosed_volume, face_areas, face_normals
from carreau.models.stages.surface import ReconstructedSurface, SurfaceOptions, surface

EMPTY = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))


def scan_of(cloud: Cloud, up: str | None = None) -> Scan:
    return Scan("cloud", replace(EMPTY, origin=cloud.origin), ScanFacts("LAS", up=up), (Path("cloud.las"),), cloud)


def ball(count: int) -> FloatArray:
    """Return points spread over a sphere of radius 1 (Fibonacci)."""
    index = np.arange(count) + 0.5
    z, turn = 1 - 2 * index / count, np.pi * (1 + np.sqrt(5)) * index
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1).astype(np.float32)


def hills() -> FloatArray:
    """Return 100 m x 100 m of hills up to 5 m high, a point every metre."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(100.0), np.arange(100.0)))
    random = np.random.default_rng(1)
    x, y = x + random.uniform(-0.3, 0.3, x.shape), y + random.uniform(-0.3, 0.3, y.shape)
    return np.stack([x, y, 5 * np.sin(x / 15) * np.cos(y / 20)], axis=1).astype(np.float32)


def open_share(mesh: Mesh) -> float:
    return float(find_edges(mesh.faces, len(mesh.positions)).boundary.mean())


@pytest.fixture(scope="module")
def whole() -> ReconstructedSurface:
    points = ball(5000)
    colors = np.where(points[:, :1] > 0, [200, 30, 30], [30, 30, 200]).astype(np.uint8)
    return surface(scan_of(Cloud(points, colors, count=5000, origin=np.array([4e5, 6e6, 50.0]))))


def test_a_ball_comes_back_closed_round_and_outside_out(whole: ReconstructedSurface) -> None:
    mesh = whole.scan.mesh
    radii = np.linalg.norm(mesh.positions, axis=1)
    assert np.abs(radii - 1).max() < 0.01
    assert open_share(mesh) == 0
    assert find_components(mesh.faces, len(mesh.positions)).count == 1
    assert enclosed_volume(mesh.positions, mesh.faces) == pytest.approx(4 / 3 * np.pi, rel=0.01)
    assert whole.findings.sides == "outwards"
    assert whole.scan.cloud is None
    assert np.array_equal(mesh.origin, [4e5, 6e6, 50.0])


def test_colours_are_those_of_the_nearest_points(whole: ReconstructedSurface) -> None:
    mesh = whole.scan.mesh
    assert mesh.colors is not None
    east, west = mesh.positions[:, 0] > 0.1, mesh.positions[:, 0] < -0.1
    assert (mesh.colors[east] == [200, 30, 30]).all()
    assert (mesh.colors[west] == [30, 30, 200]).all()


def test_points_are_drawn_where_they_are(whole: ReconstructedSurface) -> None:
    count = len(whole.cloud.positions)
    assert np.array_equal(whole.points.positions[:count], whole.cloud.positions)
    assert len(whole.points.faces) == 6 * count
    assert np.array_equal(whole.points.origin, whole.scan.mesh.origin)
    outward = face_normals(whole.points.positions, whole.points.faces)
    centres = whole.points.positions[whole.points.faces].mean(axis=1)
    assert (np.einsum("fd,fd->f", outward, centres) > 0.9).all()


def test_half_a_ball_stays_open() -> None:
    points = ball(5000)
    mesh = surface(scan_of(Cloud(points[points[:, 2] > 0]), up="y")).scan.mesh
    assert mesh.positions[:, 2].min() > -0.08
    assert np.abs(np.linalg.norm(mesh.positions, axis=1) - 1).max() < 0.02
    assert enclosed_volume(mesh.positions, mesh.faces) == pytest.approx(2 / 3 * np.pi, rel=0.05)


@pytest.mark.parametrize("up", ["z", "-z"])
def test_land_has_one_height_and_no_underside(up: str) -> None:
    points = hills() * np.array([1, 1, 1 if up == "z" else -1], np.float32)
    found = surface(scan_of(Cloud(points), up=up))
    mesh = found.scan.mesh
    assert found.findings.sides == "sky"
    heights = face_normals(mesh.positions, mesh.faces)[:, 2] * (1 if up == "z" else -1)
    assert (heights > 0).all()
    assert mesh.positions[:, :2].min() > -3
    assert mesh.positions[:, :2].max() < 102
    plan = mesh.positions * np.array([1, 1, 0], np.float32)
    assert face_areas(plan, mesh.faces).sum() == pytest.approx(1e4, rel=0.06)


def test_noise_is_left_out() -> None:
    points, random = ball(5000), np.random.default_rng(2)
    directions = random.normal(size=(40, 3))
    noise = directions / np.linalg.norm(directions, axis=1, keepdims=True) * random.uniform(1.3, 3.0, (40, 1))
    found = surface(scan_of(Cloud(np.concatenate([points, noise]).astype(np.float32))))
    assert 38 <= found.findings.outliers <= 60
    assert np.abs(np.linalg.norm(found.scan.mesh.positions, axis=1) - 1).max() < 0.03


def test_no_more_than_a_twentieth_is_ever_left_out() -> None:
    found = surface(scan_of(Cloud(np.random.default_rng(3).uniform(size=(2000, 3)).astype(np.float32))))
    assert found.findings.outliers <= 100


def test_a_room_looks_to_the_scanner_in_it() -> None:
    cloud = Cloud(ball(5000), stations=np.zeros((1, 3), np.float32), station_of=np.zeros(5000, np.int32))
    found = surface(scan_of(cloud))
    assert found.findings.sides == "scanner"
    assert enclosed_volume(found.scan.mesh.positions, found.scan.mesh.faces) < -4


@pytest.mark.parametrize(("believed", "sides"), [(True, "file"), (False, "outwards")])
def test_normals_of_the_file_are_believed_when_they_agree(believed: bool, sides: str) -> None:
    points = ball(4000)
    signs = np.ones(4000) if believed else np.random.default_rng(4).choice([-1, 1], 4000)
    found = surface(scan_of(Cloud(points, normals=(-points * signs[:, None]).astype(np.float32))))
    assert found.findings.sides == sides
    assert (enclosed_volume(found.scan.mesh.positions, found.scan.mesh.faces) < 0) == believed


def test_points_at_one_place_are_one_in_their_mean_colour() -> None:
    points = ball(1000)
    colors = np.repeat(np.array([[100] * 3, [200] * 3], np.uint8), 1000, axis=0)
    found = surface(scan_of(Cloud(np.concatenate([points, points]), colors)))
    assert found.findings.merged == 1000
    assert found.scan.mesh.colors is not None
    assert (found.scan.mesh.colors == 150).all()


@pytest.mark.parametrize(("intensity", "gray"), [(0.5, 128), (None, 184)])
def test_without_colours_a_surface_is_grey(intensity: float | None, gray: int) -> None:
    values = None if intensity is None else np.full(1000, intensity, np.float32)
    found = surface(scan_of(Cloud(ball(1000), intensity=values)))
    assert found.scan.mesh.colors is not None
    assert (found.scan.mesh.colors == gray).all()
    assert bool(found.warnings) == (intensity is None)


def test_the_same_points_make_the_same_bytes() -> None:
    cloud = Cloud(hills())
    one, two = surface(scan_of(cloud)), surface(scan_of(cloud))
    assert one.scan.mesh.positions.tobytes() == two.scan.mesh.positions.tobytes()
    assert one.scan.mesh.faces.tobytes() == two.scan.mesh.faces.tobytes()
    assert one.points.positions.tobytes() == two.points.positions.tobytes()


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(lambda: np.zeros((0, 3)), id="none"),
        pytest.param(lambda: np.zeros((1000, 3)), id="one place"),
        pytest.param(lambda: ball(20), id="few"),
    ],
)
def test_too_few_points_are_refused_in_one_line(points: Callable[[], np.ndarray]) -> None:
    with pytest.raises(ScanError, match=r"cloud\.las: too few points for a surface: [\d,]+; export"):
        surface(scan_of(Cloud(points().astype(np.float32))))


@pytest.mark.parametrize("shape", ["line", "haze"])
def test_what_is_no_surface_ends_in_one_or_in_one_line(shape: str) -> None:
    points = np.random.default_rng(5).normal(size=(400, 3)).astype(np.float32)
    if shape == "line":
        points[:, 0], points[:, 1:] = np.arange(400), 0
    with contextlib.suppress(ScanError):
        mesh = surface(scan_of(Cloud(points)), SurfaceOptions(island=0)).scan.mesh
        assert len(mesh.faces)
        assert np.isfinite(mesh.positions).all()


def test_a_mesh_is_no_cloud() -> None:
    with pytest.raises(ScanError, match="it has no points"):
        surface(Scan("mesh", EMPTY, ScanFacts("OBJ"), ()))
