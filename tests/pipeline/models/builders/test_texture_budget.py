"""Maps beside a base texture stay within the level's budget."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.levels import LEVELS, PHONE, PREVIEW, Level
from carreau.models.builders.level_context import (
    LEAST_PX,
    STEP_PX,
    SlotNeed,
    divide,
    gpu_bytes,
    map_edges,
    share_by_gain,
)

KTX2 = LEVELS["desktop-ktx2"]
edges = st.integers(1, 8192)
levels = st.builds(
    lambda level, texture_px, budget: replace(level, texture_px=texture_px, gpu_bytes=budget),
    st.sampled_from(sorted(LEVELS.values(), key=lambda level: level.name)),
    st.sampled_from([64, 256, 300, 512, 1000, 2048, 4096]),
    st.integers(0, 100_000_000),
)


FULL = {"normal": 1, "occlusion": 2}
wanted = st.sampled_from([{}, {"normal": 1}, {"occlusion": 2}, FULL, {**FULL, "emissive": 4}])


@given(levels, edges, st.booleans(), wanted)
def test_every_sum_stays_within_the_budget(
    level: Level, base_px: int, is_block_compressed: bool, divisors: dict[str, int]
) -> None:
    result = map_edges(level, base_px, is_block_compressed, divisors)
    assert list(result) == list(divisors)
    for edge in result.values():
        assert edge % STEP_PX == 0
        assert edge == 0 or LEAST_PX <= edge <= level.texture_px
    if any(result.values()):
        every = (base_px, *result.values())
        assert sum(gpu_bytes(edge, edge, is_block_compressed) for edge in every) <= level.gpu_bytes


@given(levels, edges, st.booleans())
def test_the_normal_map_comes_first_and_occlusion_has_a_quarter(
    level: Level, base_px: int, is_block_compressed: bool
) -> None:
    both = map_edges(level, base_px, is_block_compressed, FULL)
    assert both["occlusion"] * 2 <= both["normal"]
    alone = map_edges(level, base_px, is_block_compressed, {"normal": 1})
    assert (alone["normal"] > 0) == (both["normal"] > 0)
    assert alone["normal"] >= both["normal"]


@pytest.mark.parametrize("level", LEVELS.values())
def test_a_constant_base_leaves_all_of_it(level: Level) -> None:
    is_block_compressed = level.texture_format == "ktx2"
    normal_px = map_edges(level, 4, is_block_compressed, {"normal": 1})["normal"]
    above = normal_px + STEP_PX
    assert normal_px == level.texture_px or gpu_bytes(above, above, is_block_compressed) > level.gpu_bytes


def test_a_full_base_leaves_little() -> None:
    assert map_edges(PREVIEW, 512, False, FULL) == {"normal": 0, "occlusion": 0}
    assert map_edges(PHONE, 2048, False, FULL) == {"normal": 320, "occlusion": 0}
    assert map_edges(KTX2, 4096, True, FULL) == {"normal": 576, "occlusion": 256}


def test_nothing_wanted_is_nothing_given() -> None:
    assert map_edges(PHONE, 4, False, {}) == {}


def test_occlusion_alone_has_a_quarter_of_the_level() -> None:
    assert map_edges(PHONE, 4, False, {"occlusion": 2}) == {"occlusion": 1024}


def test_few_texels_make_small_maps() -> None:
    assert map_edges(KTX2, 1024, True, FULL, most_texels=1.25 * 1024**2) == {"normal": 1024, "occlusion": 512}
    assert map_edges(KTX2, 1024, True, FULL, most_texels=100) == {"normal": 0, "occlusion": 0}


needs = st.lists(
    st.builds(
        SlotNeed,
        st.sampled_from("abcdef"),
        st.one_of(st.just(math.inf), st.integers(0, 10**6)),
        st.integers(0, 10**5),
        st.sampled_from([0.0, 0.05, 0.45, 1.0]),
    ),
    max_size=5,
    unique_by=lambda need: need.slot,
)


@given(st.integers(-10, 10**6), needs)
def test_all_bytes_are_handed_on_while_a_slot_desires_more(total: int, needs: list[SlotNeed]) -> None:
    shares = divide(total, needs)
    by_slot = {need.slot: need for need in needs}
    for slot, share in shares.items():
        assert min(by_slot[slot].least, by_slot[slot].desired) <= share <= by_slot[slot].desired
    used = sum(shares.values())
    assert used <= max(total, 0)
    if any(share < by_slot[slot].desired for slot, share in shares.items()):
        assert used >= max(total, 0) - len(needs)


def test_bytes_that_a_map_does_not_need_go_to_the_base() -> None:
    maps = [SlotNeed("base", math.inf, weight=0.55), SlotNeed("normal", 1000, weight=0.45)]
    assert divide(10_000, maps) == {"base": 9000, "normal": 1000}
    assert divide(1000, maps) == {"base": 550, "normal": 450}


def test_a_slot_of_no_weight_gets_what_is_left() -> None:
    maps = [SlotNeed("base", 700), SlotNeed("normal", 900, weight=0), SlotNeed("occlusion", 100, weight=0)]
    assert divide(1000, maps) == {"base": 700, "normal": 300, "occlusion": 0}
    assert divide(1650, maps) == {"base": 700, "normal": 900, "occlusion": 50}


def test_a_slot_below_its_least_is_left_out() -> None:
    maps = [
        SlotNeed("base", 900, weight=0.5),
        SlotNeed("normal", 900, 300, 0.25),
        SlotNeed("occlusion", 900, 200, 0.25),
    ]
    assert divide(1000, maps) == {"base": 666, "occlusion": 333}
    assert divide(500, maps) == {"base": 500}
    assert divide(1300, maps) == {"base": 650, "normal": 325, "occlusion": 325}


curves = st.dictionaries(
    st.sampled_from(["base", "normal", "occlusion", "emissive"]),
    st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1), st.integers(10, 10**6), st.floats(1.1, 5)).map(
        lambda drawn: [(0, drawn[0]), (drawn[2], drawn[0] * drawn[1]), (2 * drawn[2], drawn[0] * drawn[1] / drawn[3])]
    ),
    min_size=1,
)


@given(st.integers(0, 5_000_000), curves)
def test_shares_by_gain_are_within_the_bytes(total: int, drawn: dict[str, list[tuple[float, float]]]) -> None:
    shares = share_by_gain(total, drawn)
    assert list(shares) == list(drawn)
    assert sum(shares.values()) <= total


def test_shares_by_gain_leave_least_error_of_all_divisions() -> None:
    """The error of either is a power of its bytes, so that every division can be tried."""
    total, powers = 400_000, {"base": (2.0, 4e6), "normal": (1.5, 2e4)}
    drawn = {
        slot: [(0, 1e9), *((size, scale * size**-power) for size in (20_000, 80_000, 200_000))]
        for slot, (power, scale) in powers.items()
    }

    def error(base: float) -> float:
        sizes = {"base": base, "normal": total - base}
        return float(sum(scale * sizes[slot] ** -power for slot, (power, scale) in powers.items()))

    best = min(range(20_000, 380_000, 1000), key=error)
    shares = share_by_gain(total, drawn)
    assert sum(shares.values()) == total
    assert shares["base"] == pytest.approx(best, abs=3000)


def test_a_texture_that_shows_nothing_gets_no_bytes() -> None:
    shown = [(0, 1.0), (50_000, 0.01), (100_000, 0.002)]
    assert share_by_gain(80_000, {"base": shown, "normal": [(0, 0.0), (50_000, 0.0)]}) == {"base": 80_000, "normal": 0}
