"""Charts are placed inside the square, apart, as large as they fit."""

from typing import Any

import numpy as np
import pytest

from carreau.base.errors import BudgetError
from carreau.base.model import DoubleArray, IntArray
from carreau.geometry.uv import packing
from carreau.geometry.uv.bitmap_packing import draw, place
from carreau.geometry.uv.packing import AtlasPackOptions, pack, upright


def rectangles(sizes: DoubleArray) -> tuple[DoubleArray, IntArray, IntArray]:
    """Return uvs, faces and vertex charts of rectangles of the given sizes (k, 2), two triangles each."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    uvs = (unit[None] * np.asarray(sizes, float)[:, None]).reshape(-1, 2)
    first = 4 * np.arange(len(sizes), dtype=np.int32)[:, None, None]
    faces = (first + np.array([[0, 1, 2], [0, 2, 3]], np.int32)).reshape(-1, 3)
    return uvs, faces, np.repeat(np.arange(len(sizes), dtype=np.int32), 4)


def some(count: int, seed: int = 3) -> tuple[DoubleArray, IntArray, IntArray]:
    return rectangles(np.random.default_rng(seed).lognormal(0, 1, (count, 2)))


def owners(placed: DoubleArray, faces: IntArray, charts: IntArray, edge: int, reach: float) -> IntArray:
    """Return (edge, edge): by how many charts each texel's centre is reached."""
    count = np.zeros((edge, edge), np.int32)
    for chart in range(charts.max() + 1):
        bitmap = np.zeros((edge, edge), np.uint8)
        draw(placed * edge, faces[charts[faces[:, 0]] == chart], reach, bitmap)
        count += bitmap
    return count


@pytest.mark.parametrize(
    "options", [AtlasPackOptions(128), AtlasPackOptions(128, gutter_px=6), AtlasPackOptions(256, cell_px=4)]
)
def test_charts_stay_inside_and_keep_their_distance(options: AtlasPackOptions) -> None:
    uvs, faces, charts = some(40)
    placed = pack(upright(uvs, charts), faces, charts, options)
    assert placed.min() >= 0
    assert placed.max() <= 1
    assert owners(placed, faces, charts, options.size_px, options.gutter_px / 2).max() == 1


@pytest.mark.parametrize("count", [1, 2, 30, 300])
def test_one_scale_for_all_and_a_good_part_of_the_square(count: int) -> None:
    uvs, faces, charts = some(count)
    placed = pack(upright(uvs, charts), faces, charts, AtlasPackOptions(512))
    before, after = (np.linalg.norm(points[faces[:, 1]] - points[faces[:, 0]], axis=1) for points in (uvs, placed))
    assert after / before == pytest.approx(np.full(len(faces), after[0] / before[0]))
    longest = np.maximum.reduceat(uvs, np.arange(0, len(uvs), 4)).max()
    covered = (uvs[2::4].prod(axis=1)).sum() * (after[0] / before[0]) ** 2
    assert covered > 0.45 or after[0] / before[0] * longest > 0.9


def test_nothing_is_mirrored() -> None:
    uvs, faces, charts = some(25)
    placed = pack(upright(uvs, charts), faces, charts, AtlasPackOptions(256))
    a, b, c = (placed[faces[:, k]] for k in range(3))
    assert ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] > 0).all()


def test_a_leaning_strip_is_laid_down() -> None:
    uvs, _, charts = rectangles(np.array([[10.0, 1.0], [1.0, 7.0]]))
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    laid = upright(uvs @ turn.T + 5, charts)
    for chart, (length, width) in enumerate([(10, 1), (7, 1)]):
        low, high = laid[charts == chart].min(axis=0), laid[charts == chart].max(axis=0)
        assert low == pytest.approx([0, 0], abs=1e-9)
        assert high[0] == pytest.approx(length, rel=0.03)
        assert high[1] == pytest.approx(width, rel=0.35)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_any_unit_will_do(scale: float) -> None:
    uvs, faces, charts = some(20)
    placed = pack(upright(uvs, charts), faces, charts, AtlasPackOptions(128))
    scaled = pack(upright(uvs * scale, charts), faces, charts, AtlasPackOptions(128))
    assert scaled == pytest.approx(placed, abs=1e-3)


def test_the_same_charts_come_to_lie_in_the_same_places() -> None:
    uvs, faces, charts = some(60)
    first, second = (pack(upright(uvs, charts), faces, charts, AtlasPackOptions(128)) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("size_px", [64, 100, 512])
def test_points_and_lines_are_charts_too(size_px: int) -> None:
    uvs, faces, charts = rectangles(np.array([[0, 0], [3, 0], [0, 0], [0, 2.0]]))
    placed = pack(upright(uvs, charts), faces, charts, AtlasPackOptions(size_px))
    assert np.isfinite(placed).all()
    assert placed.min() >= 0
    assert placed.max() <= 1


@pytest.mark.parametrize("count", [500, 2000, 3500])
def test_many_tiny_charts_give_up_their_gutters_before_they_are_refused(count: int) -> None:
    uvs, faces, charts = rectangles(np.ones((count, 2)))
    placed = pack(uvs, faces, charts, AtlasPackOptions(128, gutter_px=2, cell_px=4))
    assert placed.min() >= 0
    assert placed.max() <= 1
    assert owners(placed, faces, charts, 128, 0.0).max() <= 1
    lowest = np.floor(np.minimum.reduceat(placed, np.arange(0, len(placed), 4)) * 128)
    assert len(np.unique(lowest, axis=0)) == count


def test_many_tiny_charts_are_not_placed_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rough surface of 300,000 triangles has 60,000 charts: 61 placements of them took two minutes."""
    placements = []

    def counted(*arguments: Any) -> IntArray:
        placements.append(len(arguments[4]))
        return place(*arguments)

    monkeypatch.setattr(packing, "place", counted)
    uvs, faces, charts = some(4000)
    placed = pack(upright(uvs, charts), faces, charts, AtlasPackOptions(512, gutter_px=4, cell_px=4))
    assert placed.max() <= 1
    assert 0 < len(placements) <= 20


def test_more_charts_than_texels_are_refused_in_a_sentence() -> None:
    uvs, faces, charts = rectangles(np.ones((300, 2)))
    with pytest.raises(BudgetError, match="300 charts do not fit into an atlas of 8 × 8"):
        pack(uvs, faces, charts, AtlasPackOptions(8))
    with pytest.raises(BudgetError):
        pack(uvs, faces, charts, AtlasPackOptions(1))


def test_no_charts_need_no_room() -> None:
    nothing = np.zeros((0, 2)), np.zeros((0, 3), np.int32), np.zeros(0, np.int32)
    assert pack(upright(nothing[0], nothing[2]), nothing[1], nothing[2], AtlasPackOptions(16)).shape == (0, 2)
