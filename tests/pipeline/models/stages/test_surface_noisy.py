"""The surface of noisy stereo is like the house that it was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import Cloud, Mesh, Scan, ScanFacts
from carreau.models.stages.measure import MeasureOptions, measure
from carreau.models.stages.surface import ReconstructedSurface, surface
from tests.pipeline.stereo_clouds import Stereo, house, ring, stereo_cloud

LOOK = MeasureOptions(views=12, size_px=384, supersampling=2, samples=20_000)
LEAST_DB = 17.5
"""Likeness to the true house; 18.5 was measured, and 11.4 with a surface through the points."""


@pytest.fixture(scope="module")
def truth() -> Mesh:
    return house()


@pytest.fixture(scope="module")
def cloud(truth: Mesh) -> Cloud:
    """300,000 points that scatter by four times their spacing."""
    return stereo_cloud(truth, ring(18, 210), Stereo(0.4))


def reconstructed(cloud: Cloud) -> ReconstructedSurface:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    return surface(Scan("house", empty, ScanFacts("PLY", up="z"), (Path("house.ply"),), cloud))


@pytest.fixture(scope="module")
def bare(cloud: Cloud) -> ReconstructedSurface:
    """The surface of the positions and colours alone."""
    nowhere = np.zeros((0, 3), np.float32)
    return reconstructed(replace(cloud, normals=None, station_of=None, stations=nowhere))


def test_the_surface_of_noisy_stereo_is_like_the_house(bare: ReconstructedSurface, truth: Mesh) -> None:
    error = measure(truth, bare.scan.mesh, LOOK)
    assert error.psnr_db > LEAST_DB
    assert error.silhouette < 0.08
    assert error.to_level is not None
    assert error.to_level.rms < 0.1, "the front has no holes"
    assert error.to_level.p95 < 0.2


def test_what_levels_are_compared_with_is_like_the_house_too(bare: ReconstructedSurface, truth: Mesh) -> None:
    assert measure(truth, bare.points, replace(LOOK, samples=0)).psnr_db > LEAST_DB


def test_the_noise_and_the_fitting_are_reported(bare: ReconstructedSurface) -> None:
    assert bare.findings.noisy
    assert bare.findings.noise == pytest.approx(0.21, rel=0.15)
    assert bare.findings.noise_spacing == pytest.approx(0.056, rel=0.15)
    assert 0.02 < bare.findings.stray < 0.3
    text = " ".join(bare.decisions)
    assert "surface fitted to" in text
    assert "not with the scattered points of the file" in text
    assert "half of the points of the file lie within 0.1" in text


def test_camera_positions_orient_a_noisy_surface(cloud: Cloud, truth: Mesh) -> None:
    result = reconstructed(cloud)
    assert result.findings.sides == "scanner"
    assert measure(truth, result.scan.mesh, replace(LOOK, samples=0)).psnr_db > LEAST_DB


@pytest.mark.parametrize("attribute", ["intensity", "nothing"])
def test_a_noisy_cloud_without_colours_is_fitted_too(attribute: str) -> None:
    random = np.random.default_rng(3)
    x, y = random.uniform(0, 4, (2, 40_000))
    points = np.stack([x, y, random.normal(0, 0.08, len(x))], axis=1).astype(np.float32)
    intensity = (x / 4).astype(np.float32) if attribute == "intensity" else None
    mesh = reconstructed(Cloud(points, intensity=intensity)).scan.mesh
    inner = np.abs(mesh.positions[:, :2] - 2).max(axis=1) < 1.8
    assert np.abs(mesh.positions[inner, 2]).max() < 0.06
    assert mesh.colors is not None
    shade = mesh.positions[inner, 0] / 4 * 255 if attribute == "intensity" else 184
    assert np.abs(mesh.colors[inner, 0] - shade).mean() < 6


def test_the_same_noisy_points_make_the_same_bytes() -> None:
    random = np.random.default_rng(4)
    points = random.uniform(0, 2, (20_000, 3)).astype(np.float32)
    points[:, 2] = random.normal(0, 0.05, len(points))
    one, two = reconstructed(Cloud(points)), reconstructed(Cloud(points))
    assert one.findings.noisy
    assert one.scan.mesh.positions.tobytes() == two.scan.mesh.positions.tobytes()
    assert one.points.positions.tobytes() == two.points.positions.tobytes()
