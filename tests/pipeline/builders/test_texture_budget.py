"""Maps beside a base texture stay within the level's budget."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.builders.texture_budget import LEAST_PX, STEP_PX, TextureBudget, allocate, gpu_bytes
from pipeline.levels import DESKTOP, LEVELS, PHONE, PREVIEW, Level

edges = st.integers(1, 8192)
levels = st.builds(
    lambda level, texture_px, budget: replace(level, texture_px=texture_px, gpu_bytes=budget),
    st.sampled_from(sorted(LEVELS.values(), key=lambda level: level.name)),
    st.sampled_from([64, 256, 300, 512, 1000, 2048, 4096]),
    st.integers(0, 100_000_000),
)


@given(levels, edges, st.booleans(), st.booleans(), st.booleans())
def test_every_sum_stays_within_the_budget(
    level: Level, base_px: int, is_block_compressed: bool, wants_normal: bool, wants_occlusion: bool
) -> None:
    found = allocate(level, base_px, is_block_compressed, wants_normal, wants_occlusion)
    for edge, is_wanted in ((found.normal_px, wants_normal), (found.occlusion_px, wants_occlusion)):
        assert edge == 0 or is_wanted
        assert edge % STEP_PX == 0
        assert edge == 0 or LEAST_PX <= edge <= level.texture_px
    if found != TextureBudget(0, 0):
        every = (base_px, found.normal_px, found.occlusion_px)
        assert sum(gpu_bytes(edge, edge, is_block_compressed) for edge in every) <= level.gpu_bytes


@given(levels, edges, st.booleans())
def test_the_normal_map_comes_first_and_occlusion_has_a_quarter(
    level: Level, base_px: int, is_block_compressed: bool
) -> None:
    both = allocate(level, base_px, is_block_compressed, True, True)
    assert both.occlusion_px * 2 <= both.normal_px
    alone = allocate(level, base_px, is_block_compressed, True, False)
    assert (alone.normal_px > 0) == (both.normal_px > 0)
    assert alone.normal_px >= both.normal_px


@pytest.mark.parametrize("level", [PREVIEW, PHONE, DESKTOP])
def test_a_constant_base_leaves_all_of_it(level: Level) -> None:
    is_block_compressed = level.texture_format == "ktx2"
    found = allocate(level, 4, is_block_compressed, True, False)
    above = found.normal_px + STEP_PX
    assert found.normal_px == level.texture_px or gpu_bytes(above, above, is_block_compressed) > level.gpu_bytes


def test_a_full_base_leaves_little() -> None:
    assert allocate(PREVIEW, 512, False, True, True) == TextureBudget(0, 0)
    assert allocate(PHONE, 2048, False, True, True) == TextureBudget(320, 0)
    assert allocate(DESKTOP, 4096, True, True, True) == TextureBudget(576, 256)


def test_nothing_wanted_is_nothing_given() -> None:
    assert allocate(PHONE, 4, False, False, False) == TextureBudget(0, 0)


def test_occlusion_alone_has_a_quarter_of_the_level() -> None:
    assert allocate(PHONE, 4, False, False, True) == TextureBudget(0, 1024)
