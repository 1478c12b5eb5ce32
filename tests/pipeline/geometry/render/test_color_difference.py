"""Differences of colours are those that the definition of CIEDE2000 gives."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.geometry.render.image_metrics import RAMP, ciede2000, differences, lab, paint_values
from carreau.geometry.render.views import Views

SHARMA = np.array(
    [
        (50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425),
        (50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615),
        (50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000),
        (50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195),
        (50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065),
        (50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492),
        (50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030),
        (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
        (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
        (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
        (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
    ]
)
"""Of the pairs published by Sharma, Wu & Dalal 2005, those that reach every branch."""


def test_published_pairs_have_their_published_differences() -> None:
    found = ciede2000(SHARMA[:, :3], SHARMA[:, 3:6])
    assert found == pytest.approx(SHARMA[:, 6], abs=1e-4)
    assert ciede2000(SHARMA[:, 3:6], SHARMA[:, :3]) == pytest.approx(found, abs=1e-9)


def test_known_colors_are_where_cielab_has_them() -> None:
    found = lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [5, 5, 5]], np.uint8))
    assert found == pytest.approx(np.array([[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [1.371, 0, 0]]), abs=0.02)


def test_pixels_that_one_or_none_fills_are_told_apart() -> None:
    colors = np.full((1, 1, 4, 3), 90, np.uint8)
    masks = np.array([[[True, True, False, False]]])
    other = np.array([[[True, False, True, False]]])
    found = differences(Views(colors, masks), Views(colors, other))[0, 0]
    assert found[0] == 0
    assert np.isinf(found[1:3]).all()
    assert np.isnan(found[3])


def test_the_ramp_climbs_evenly_for_the_eye() -> None:
    colors = np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in RAMP], np.uint8)
    light = lab(colors)[:, 0]
    steps = np.diff(light)
    assert (steps > 0).all()
    assert steps.max() < 1.6 * steps.min()


def test_numbers_are_painted_between_the_ends() -> None:
    found = paint_values(np.array([[0.0, 10.0, np.inf, np.nan]], np.float32), 10.0)
    assert found[0, 0].tolist() == [0x00, 0x22, 0x4E, 255]
    assert found[0, 1].tolist() == found[0, 2].tolist() == [0xFE, 0xE8, 0x38, 255]
    assert found[0, 3].tolist() == [0, 0, 0, 0]
