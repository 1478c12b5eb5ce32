"""How many bytes the base colour of a KTX2 level may have."""

from __future__ import annotations

import pytest

from carreau.models.builders.level_candidates import base_bytes
from carreau.models.stages.unwrap import Appearance


def test_a_normal_map_takes_what_it_needs_and_no_more() -> None:
    scan = Appearance(10**7, has_color=True, has_normal=True, has_occlusion=False, normal_texels=10**7)
    assert base_bytes(scan, 6_000_000) == pytest.approx(0.55 * 6_000_000, abs=1)
    small = Appearance(10**7, has_color=True, has_normal=True, has_occlusion=False, normal_texels=250_000)
    assert base_bytes(small, 6_000_000) > 0.85 * 6_000_000


def test_without_a_normal_map_the_base_has_all() -> None:
    scan = Appearance(10**7, has_color=True, has_normal=False, has_occlusion=True)
    assert base_bytes(scan, 6_000_000) == 6_000_000
    assert base_bytes(scan, -5) == 0
