"""The net over a raster of heights, its parts in areas, and the parts of a relief."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carreau.air.relief import (
    Heights,
    Net,
    TerrainNet,
    border,
    cover,
    drape_net,
    fill_voids,
    join_nets,
    level,
    relief,
    relief_ground,
)
from carreau.air.relief_table import COMMUNES, PLATE, Form, Plate, RaisedPlace, TableScale
from carreau.base.model import DoubleArray, FloatArray

SIDE, CELL = 300, 5.0
TOPS = {"north": ((450.0, 1050.0), 90.0), "south": ((1000.0, 400.0), 60.0)}
"""Two cones as steep as loose spoil on a plain that rises to the east."""


def ground(x: DoubleArray, y: DoubleArray) -> DoubleArray:
    heights = 20 + x / 100
    for (east, north), height in TOPS.values():
        heights = heights + np.maximum(height - np.hypot(x - east, y - north) * np.tan(np.radians(34)), 0)
    return heights


def made() -> Heights:
    x, y = np.meshgrid((np.arange(SIDE) + 0.5) * CELL, SIDE * CELL - (np.arange(SIDE) + 0.5) * CELL)
    return Heights(CELL / 2, SIDE * CELL - CELL / 2, CELL, ground(x, y).astype(np.float32))


LAND = shapely.box(100, 100, 1400, 1400)


def heights_on(net: Net, points: DoubleArray) -> DoubleArray:
    """Return (n,) the height of a net at (n, 2) points, by its own triangles."""
    triangles = shapely.polygons(net.points[net.faces][:, :, :2])
    at, which = shapely.STRtree(np.asarray(triangles)).query(shapely.points(points), predicate="intersects")
    found = np.full(len(points), np.nan)
    for point, face in zip(at, which, strict=True):
        a, b, c = net.points[net.faces[face]]
        shares = np.linalg.solve(np.array([a - c, b - c])[:, :2].T, points[point] - c[:2])
        found[point] = shares @ [a[2], b[2]] + (1 - shares.sum()) * c[2]
    return found


@pytest.mark.parametrize("tolerance", [0.5, 2.0, 8.0])
def test_the_net_misses_hardly_a_height_by_more_than_its_tolerance(tolerance: float) -> None:
    heights = made()
    net = TerrainNet(heights).at(tolerance)
    row, column = np.divmod(np.arange(0, SIDE * SIDE, 7), SIDE)
    off = np.abs(heights_on(net, heights.points(row, column)) - heights.values[row, column])
    assert np.quantile(off, 0.99) <= tolerance + 1e-3
    assert off.max() <= 1.5 * tolerance


def test_the_net_has_no_cracks_and_fewer_triangles_for_a_larger_tolerance() -> None:
    counts = []
    for tolerance in (0.5, 2.0, 8.0):
        net = TerrainNet(made()).at(tolerance)
        edge = net.points[np.unique(border(net))]
        low, high = net.points.min(axis=0), net.points.max(axis=0)
        assert (np.isclose(edge[:, :2], low[:2]) | np.isclose(edge[:, :2], high[:2])).any(axis=1).all()
        a, b, c = (net.points[net.faces[:, k], :2] for k in range(3))
        doubled = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        assert (doubled > 0).all()
        assert doubled.sum() / 2 == pytest.approx(np.prod(high[:2] - low[:2]))
        counts.append(len(net.faces))
    assert counts[0] > 2 * counts[1] > 4 * counts[2]


def test_voids_are_filled_from_around_them() -> None:
    values = np.full((40, 30), 7.0, np.float32)
    values[10:20, 5:25] = np.nan
    values[0, 0] = np.nan
    assert (fill_voids(values) == 7).all()
    assert (fill_voids(np.full((3, 5), np.nan, np.float32)) == 0).all()


def test_a_small_hole_is_part_of_the_ground_and_a_large_one_is_not() -> None:
    heights = made()
    heights.values[100:104, 100:104] = np.nan
    assert cover(heights, LAND).equals(LAND)
    heights.values[:, :100] = np.nan
    known = cover(heights, LAND)
    assert known.area == pytest.approx(900 * 1300, rel=0.01)
    heights.values[:] = np.nan
    assert cover(heights, LAND).is_empty


def test_what_is_left_of_a_net_lies_in_its_triangles() -> None:
    net = TerrainNet(made()).at(2.0)
    disc = shapely.Point(450, 1050).buffer(133.3)
    part = drape_net(net, disc)
    a, b, c = (part.points[part.faces[:, k], :2] for k in range(3))
    assert np.sum((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2 == pytest.approx(disc.area)
    middles = part.points[part.faces].mean(axis=1)
    assert np.abs(heights_on(net, middles[:, :2]) - middles[:, 2]).max() < 1e-2
    whole = join_nets([part, level(shapely.difference(LAND, disc), 0.0)])
    assert len(whole.faces) > len(part.faces)


def test_a_relief_is_as_high_as_the_ground_times_its_exaggeration() -> None:
    plates = [Plate(LAND, (200, 200, 200))]
    places = [
        RaisedPlace("heap", shapely.Point(450, 1050).buffer(133), Form.HEAP, 30.0, (90, 110, 60)),
        RaisedPlace("estate", shapely.box(300, 300, 500, 500), Form.BLOCK, 9.0, (170, 60, 40)),
    ]
    scale = TableScale((750.0, 750.0), 50_000.0, 2.0)
    under = relief_ground(plates, made())
    assert under is not None
    model = relief(under, plates, places, [], scale, (0.0, 0.0, 1500.0, 1500.0))
    again = relief(under, plates, places, [], scale, (0.0, 0.0, 1500.0, 1500.0))
    parts = {part.name: part for part in model.parts}
    assert set(parts) == {PLATE, COMMUNES, "heap", "estate"}
    assert all((one.positions == other.positions).all() for one, other in zip(model.parts, again.parts, strict=True))
    # Measured from below to above, not raised by the symbol of its kind.
    low, high = TOPS["north"][1] + 24.5 - under.datum_m, parts["heap"].positions[:, 1].max() * 50_000 / 2
    assert high - 3 == pytest.approx(low, abs=under.tolerance_m + CELL)
    assert model.heights_m["heap"] == pytest.approx(90, abs=under.tolerance_m + CELL)
    positions: FloatArray = parts[COMMUNES].positions
    tops = positions[parts[COMMUNES].normals[:, 1] > 0.1].astype(np.float64)
    east, north = tops[:, 0] * 50_000 + 750, 750 - tops[:, 2] * 50_000
    expected = (ground(east, north) - under.datum_m) * 2 / 50_000
    assert np.abs(tops[:, 1] - expected).max() * 50_000 / 2 < 1.5 * under.tolerance_m + CELL
    # An estate is a thin plate on the ground.
    assert parts["estate"].texcoords is None
    assert parts["heap"].texcoords is not None


def test_without_heights_within_the_communes_there_is_no_ground() -> None:
    heights = made()
    heights.values[:] = np.nan
    assert relief_ground([Plate(LAND, (1, 1, 1))], heights) is None
    assert relief_ground([Plate(shapely.box(5000, 5000, 6000, 6000), (1, 1, 1))], made()) is None


def test_a_place_without_measured_ground_stands_by_its_symbol() -> None:
    heights = made()
    heights.values[:, :150] = np.nan
    plates = [Plate(LAND, (200, 200, 200))]
    places = [RaisedPlace("heap", shapely.Point(450, 1050).buffer(133), Form.HEAP, 30.0, (90, 110, 60))]
    under = relief_ground(plates, heights)
    assert under is not None
    assert 0.4 < under.share < 0.6
    model = relief(under, plates, places, [], TableScale((750.0, 750.0)), (0.0, 0.0, 1500.0, 1500.0))
    (heap,) = (part for part in model.parts if part.name == "heap")
    assert model.heights_m == {}
    assert heap.positions[:, 1].max() * 50_000 / 3 == pytest.approx(30, abs=0.1)
