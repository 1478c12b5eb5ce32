"""The noise of a cloud is the one that it was made with."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import FloatArray, Mesh
from carreau.geometry.clouds.cloud_facts import measure_noise, noise_warning
from carreau.geometry.render.raycasting import Scene
from tests.pipeline.stereo_clouds import Stereo, house, ring, stereo_cloud


@pytest.fixture(scope="module")
def truth() -> Mesh:
    return house(0.08)


@pytest.mark.parametrize(("noise", "is_high"), [(0.0, False), (0.05, False), (0.2, True), (0.4, True)])
def test_the_noise_of_stereo_is_measured(truth: Mesh, noise: float, is_high: bool) -> None:
    cloud = stereo_cloud(truth, ring(18, 160), Stereo(noise))
    distances = Scene(truth.positions, truth.faces).closest(cloud.positions[::7]).distances
    deviation = 1.4826 * float(np.median(distances))
    result = measure_noise(cloud.positions)
    assert result.deviation == pytest.approx(deviation, rel=0.3, abs=1e-4)
    assert result.spacing == pytest.approx(np.sqrt(920 / len(cloud.positions)), rel=0.2)
    assert result.is_high == is_high


def rippled(count: int, deviation: float) -> FloatArray:
    random = np.random.default_rng(1)
    x, y = random.uniform(0, 10, (2, count))
    return np.stack([x, y, np.sin(x) + random.normal(0, deviation, count)], axis=1).astype(np.float32)


@pytest.mark.parametrize("deviation", [0.0, 0.01, 0.1, 0.2])
def test_a_curved_surface_is_not_noise(deviation: float) -> None:
    assert measure_noise(rippled(100_000, deviation)).deviation == pytest.approx(deviation, rel=0.3, abs=0.002)


@pytest.mark.parametrize(("apart", "deviation"), [(2.0, 0.0), (2.0, 0.2), (3.0, 0.3), (4.0, 1.0), (7.0, 1.0)])
def test_the_other_side_of_a_wall_is_not_noise(apart: float, deviation: float) -> None:
    """In spacings of the points on a side; a plane between both sides deviates from them by half the wall."""
    random = np.random.default_rng(1)
    points = random.uniform(0, 170, (60_000, 3))
    points[:, 2] = random.choice([0, apart], len(points)) + random.normal(0, deviation, len(points))
    result = measure_noise(points.astype(np.float32))
    assert result.deviation == pytest.approx(deviation, rel=0.1, abs=1e-4)
    assert result.spacing == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("count", [0, 1, 50, 400, 30_000])
def test_haze_shows_no_surface_and_so_no_noise(count: int) -> None:
    assert not measure_noise(np.random.default_rng(2).uniform(size=(count, 3)).astype(np.float32)).is_high


@pytest.mark.parametrize(
    ("deviation", "spacing", "unit_m", "text"),
    [
        (0.12, 0.03, 1.0, "by 12 cm about their surface, where they are 3 cm apart"),
        (2.4, 0.8, 1.0, "by 2.4 m about their surface, where they are 0.8 m apart"),
        (4.2, 1.3, 0.001, "by 4.2 mm about their surface, where they are 1.3 mm apart"),
        (0.12, 0.03, None, "by 0.12 scan units about their surface, where they are 0.03 scan units apart"),
    ],
)
def test_lengths_are_in_a_fitting_unit(deviation: float, spacing: float, unit_m: float | None, text: str) -> None:
    assert text in noise_warning(deviation, spacing, unit_m)
