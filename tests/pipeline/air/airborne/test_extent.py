"""What a model extends over: bounds as they are, or the strip along the outline of a long place."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carreau.air.airborne.extent import Bounds, Extent, border_sides, covers, is_box, make_extent, on_border
from carreau.base.errors import OptionError
from carreau.base.model import DoubleArray

MARGIN = 20.0
LINE = shapely.LineString([(0, 0), (2500, 400), (2600, 2900), (3000, 3000)])


def ring_of(shape: shapely.Geometry) -> DoubleArray:
    return shapely.get_coordinates(shapely.get_exterior_ring(shape))


def railway() -> DoubleArray:
    """Return the ring of a strip of 10 m, 5.5 km long, with sharp bends."""
    return ring_of(LINE.buffer(5, cap_style="flat", join_style="mitre"))


def bounds_around(*rings: DoubleArray, margin: float = MARGIN) -> Bounds:
    low, high = np.concatenate(rings).min(axis=0) - margin, np.concatenate(rings).max(axis=0) + margin
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def widest_bend(extent: Extent) -> float:
    """Return the largest angle between two sides that meet, in degrees."""
    way = np.diff(border_sides(extent), axis=1)[:, 0]
    angles = np.arctan2(way[:, 1], way[:, 0])
    turns = (np.roll(angles, -1) - angles + np.pi) % (2 * np.pi) - np.pi
    return float(np.degrees(np.abs(turns).max()))


def test_small_bounds_are_the_extent_whatever_the_outline() -> None:
    bounds = (100.0, 200.0, 1900.0, 2300.0)
    extent = make_extent(bounds, [np.array([[300.0, 300.0], [320.0, 300.0], [320.0, 900.0]])])
    assert is_box(extent)
    assert extent.bounds == bounds
    assert covers(extent, np.array([[100.0, 200.0, 5.0], [1900.0, 2300.0, 5.0], [1900.1, 250.0, 5.0]])).tolist() == [
        True, True, False,
    ]  # fmt: skip


def test_a_long_place_is_a_strip_as_wide_as_its_margin() -> None:
    extent = make_extent(bounds_around(railway()), [railway()])
    outline = shapely.Polygon(railway())
    assert not is_box(extent)
    assert extent.covers(outline.buffer(MARGIN - 0.2))
    assert outline.buffer(MARGIN + 4).covers(extent)
    assert extent.area == pytest.approx(outline.buffer(MARGIN).area, rel=0.01)
    assert shapely.box(*bounds_around(railway())).covers(extent)


def test_a_strip_has_no_sharp_corners_that_triangles_could_not_follow() -> None:
    assert widest_bend(make_extent(bounds_around(railway(), margin=6.0), [railway()])) < 50


@pytest.mark.parametrize("margin", [0.0, 2.0])
def test_without_a_margin_a_narrow_place_is_whole(margin: float) -> None:
    extent = make_extent(bounds_around(railway(), margin=margin), [railway()])
    assert extent.buffer(0.2).covers(shapely.Polygon(railway()))
    assert shapely.box(*bounds_around(railway(), margin=margin)).buffer(0.01).covers(extent)


def test_a_place_in_two_parts_has_a_strip_for_each() -> None:
    parts = [railway(), ring_of(shapely.box(200, 2500, 260, 2600))]
    extent = make_extent(bounds_around(*parts), parts)
    assert len(shapely.get_parts(extent)) == 2
    assert covers(extent, np.array([[230.0, 2550.0], [1000.0, 160.0], [1000.0, 2500.0]])).tolist() == [
        True,
        True,
        False,
    ]


def test_the_place_lies_to_the_left_of_every_side() -> None:
    ring = ring_of(shapely.Point(1500, 1500).buffer(1400))
    hollow = shapely.Polygon(ring, [ring_of(shapely.Point(1500, 1500).buffer(1390))])
    slit = hollow.difference(shapely.box(0, 1495, 1500, 1505))
    extent = make_extent(bounds_around(ring), [ring_of(slit)])
    start, end = border_sides(extent).swapaxes(0, 1)
    way = (end - start) / np.linalg.norm(end - start, axis=1, keepdims=True)
    beside = (start + end) / 2 + 0.01 * np.column_stack([-way[:, 1], way[:, 0]])
    assert covers(extent, beside).all()
    assert not covers(extent, beside - 0.02 * np.column_stack([-way[:, 1], way[:, 0]])).any()
    assert len(shapely.get_rings(shapely.get_parts(extent))) == 2  # 10 m of slit are closed by 20 m around them


def test_what_is_nearly_on_the_border_is_put_on_it() -> None:
    extent = make_extent(bounds_around(railway()), [railway()])
    (x0, y0), (x1, y1) = max(border_sides(extent), key=lambda side: float(np.linalg.norm(side[1] - side[0])))
    middle = np.array([[(x0 + x1) / 2, (y0 + y1) / 2 + 0.001, 7.0], [(x0 + x1) / 2, (y0 + y1) / 2 + 0.1, 7.0]])
    found = on_border(extent, middle)
    assert found.shape == (1, 2)
    assert shapely.distance(shapely.boundary(extent), shapely.Point(found[0])) < 1e-9


@pytest.mark.parametrize("outline", [[], [np.array([[1.0, 1.0], [2.0, 2.0]])]])
def test_large_bounds_without_an_outline_are_refused(outline: list[DoubleArray]) -> None:
    with pytest.raises(OptionError, match=r"the points lie on 9\.0 km²; cut them to 4 km² at most"):
        make_extent((0.0, 0.0, 3000.0, 3000.0), outline)


def test_an_outline_that_is_large_itself_is_refused_with_its_own_area() -> None:
    ring = ring_of(shapely.box(20, 20, 2980, 1980))
    with pytest.raises(OptionError, match=r"the points lie on 6\.0 km²"):
        make_extent((0.0, 0.0, 3000.0, 3000.0 - 1000.0), [ring])


def test_bounds_that_no_memory_holds_are_refused() -> None:
    ring = ring_of(shapely.LineString([(20, 20), (5980, 5980)]).buffer(5))
    with pytest.raises(OptionError, match=r"the outline lies in bounds of 36\.0 km²; part it into places"):
        make_extent((0.0, 0.0, 6000.0, 6000.0), [ring])
