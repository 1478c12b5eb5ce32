"""Points fitted to a noisy plane lie on it, and their normals are its own."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import Cloud
from carreau.geometry.clouds.cloud_facts import measure_noise
from carreau.geometry.clouds.smoothing import fitted_points


@pytest.mark.parametrize(("deviation", "off"), [(0.9, 0.25), (4.0, 0.9)])
def test_points_of_a_noisy_plane_are_fitted_to_it(deviation: float, off: float) -> None:
    """In spacings. Normals of 6 and 7 degrees were measured; and 37 from the few points within three of 0.9."""
    random = np.random.default_rng(1)
    places = random.uniform(0, 170, (28_900, 3))
    places[:, 2] = random.normal(0, deviation, len(places))
    points = places.astype(np.float32)
    found = fitted_points(Cloud(points), measure_noise(points))
    inner = np.abs(found.cloud.positions[:, :2] - 85).max(axis=1) < 85 - 4 * deviation
    assert float(np.sqrt(np.square(found.cloud.positions[inner, 2]).mean())) < off
    tilts = np.degrees(np.arccos(np.minimum(np.abs(found.axes[inner, 2]), 1)))
    assert float(np.median(tilts)) < 9
    assert found.stray < 0.01
