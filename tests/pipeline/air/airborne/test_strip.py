"""A strip along an outline is the same place as the whole: closed at its border, buildings whole, no seam in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy import ndimage

from carreau.air.airborne import extent as windows_of_strips
from carreau.air.airborne import survey_record
from carreau.air.airborne.extent import Extent, Lattice, covers, seen_from_above
from carreau.air.airborne.reconstruction.reconstruct import clean_points, reconstruct_cleaned
from carreau.air.airborne.roofs import cells
from carreau.air.airborne.survey_data import AirborneModel, AirbornePoints, PartName, PointClass
from carreau.air.airborne.survey_layers import read_picture, read_points
from carreau.air.airborne.survey_record import Role
from carreau.base.model import DoubleArray
from carreau.geometry.triangles import face_areas
from tests.pipeline.air.airborne.made_up_places import EAST, NORTH, flown, gable, open_edges, part, soup, together
from tests.pipeline.air.airborne.whole_places import reconstruct

FOLDER = Path(__file__).parents[4] / "assets/sites/maisons-vues-du-ciel/survey"
SOLID = (PartName.ROOFS, PartName.WALLS)
SIDE = 80.0


def along(*places: tuple[float, float], width: float, east: float = EAST, north: float = NORTH) -> Extent:
    """Return a strip around a line, by offsets from a corner."""
    line = shapely.LineString([(east + x, north + y) for x, y in places])
    smooth = shapely.simplify(line.buffer(width / 2 + 5).buffer(-5), 0.1)
    return shapely.MultiPolygon([shapely.orient_polygons(shapely.set_precision(smooth, 0.001))])


def in_strip(points: AirbornePoints, extent: Extent) -> AirborneModel:
    return reconstruct_cleaned(clean_points(points, extent), None, extent)


def rim(model: AirborneModel, name: PartName) -> set[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Return the edges of only one triangle of a part, by their ends."""
    positions, faces = soup(model, name)
    ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges, times = np.unique(ends, axis=0, return_counts=True)
    return {(tuple(positions[a].tolist()), tuple(positions[b].tolist())) for a, b in edges[times == 1].tolist()}


@pytest.fixture(scope="module")
def bent() -> tuple[Extent, AirborneModel]:
    """Return a bent strip on rolling ground, with houses along it, some of them cut by its border."""
    extent = along((12, 12), (40, 20), (66, 66), width=22)
    houses = together(*(gable(4 + 15 * k, 6 + 16 * k, 15 + 15 * k, 14 + 16 * k, 5, 0.6) for k in range(5)))
    points = flown(houses, SIDE, ground=lambda x, y: 2 * np.sin(x / 9) + y / 30)
    return extent, in_strip(points, extent)


def test_the_ground_is_the_strip_and_nothing_else(bent: tuple[Extent, AirborneModel]) -> None:
    extent, model = bent
    ground = part(model, PartName.GROUND)
    flat = ground.positions * np.array([1, 1, 0], np.float32)
    assert face_areas(flat, ground.faces).sum() == pytest.approx(extent.area, rel=1e-5)
    outside = ~covers(extent.buffer(0.01), (ground.positions + model.origin)[ground.faces].mean(axis=1))
    assert not outside.any()


def test_the_skirt_hangs_on_every_edge_of_the_ground_and_on_no_other(bent: tuple[Extent, AirborneModel]) -> None:
    _, model = bent
    ground, skirt = rim(model, PartName.GROUND), rim(model, PartName.BORDER)
    lowest = part(model, PartName.GROUND).positions[:, 2].min()
    upper = {edge for edge in skirt if min(edge[0][2], edge[1][2]) > lowest - 1.4}
    upright = {edge for edge in upper if edge[0][:2] == edge[1][:2]}
    assert ground == upper - upright
    below = open_edges(*soup(model, PartName.GROUND, PartName.BORDER))
    assert all(max(a[2], b[2]) < lowest - 1.4 for a, b in below)


def test_the_border_is_one_chain_around_the_strip(bent: tuple[Extent, AirborneModel]) -> None:
    extent, model = bent
    edges = rim(model, PartName.GROUND)
    ends = Counter(end for edge in edges for end in edge)
    assert set(ends.values()) == {2}
    places = np.array(list(ends)) + model.origin
    assert shapely.distance(shapely.boundary(extent), shapely.points(places[:, :2])).max() < 2e-3


def test_houses_are_whole_whatever_block_they_are_in(monkeypatch: pytest.MonkeyPatch) -> None:
    extent = along((12, 40), (68, 40), width=46)
    houses = together(gable(22, 22, 38, 34, 5, 0.6), gable(30, 44, 52, 56, 6, 0.5), gable(56, 24, 66, 38, 5, 0.7))
    points = flown(houses, SIDE)
    one = in_strip(points, extent)
    monkeypatch.setattr(cells, "BLOCK_M", 14.0)
    several = in_strip(points, extent)
    assert len(cells.split_blocks(points.positions[points.classes == PointClass.BUILDING], extent)) == 3
    areas = [
        face_areas(roofs.positions * np.array([1, 1, 0], np.float32), roofs.faces).sum()
        for roofs in (part(one, PartName.ROOFS), part(several, PartName.ROOFS))
    ]
    assert areas[1] == pytest.approx(areas[0], rel=0.01)
    assert areas[1] == pytest.approx(16 * 12 + 22 * 12 + 10 * 14, rel=0.04)
    lowest = part(several, PartName.GROUND).positions[:, 2].min()
    assert all(max(a[2], b[2]) < lowest - 0.2 for a, b in open_edges(*soup(several, *SOLID)))


def test_a_pond_at_the_border_is_closed_there() -> None:
    extent = along((12, 40), (68, 40), width=46)
    points = flown(None, SIDE, ground=lambda x, y: np.where((np.abs(x - 40) < 12) & (y > 45), -1.0, 0.0))
    pond = points.positions[:, 2] < 29.5
    classes = np.where(pond, PointClass.WATER, points.classes).astype(np.uint8)
    model = in_strip(AirbornePoints(points.positions, classes, points.returns, points.return_counts), extent)
    edges = [
        (a, b)
        for a, b in rim(model, PartName.WATER)
        if shapely.distance(shapely.boundary(extent), shapely.Point(np.add(a, model.origin)[:2])) < 3e-3
        and shapely.distance(shapely.boundary(extent), shapely.Point(np.add(b, model.origin)[:2])) < 3e-3
    ]
    skirt = {tuple(place) for place in soup(model, PartName.BORDER)[0].tolist()}
    assert sum(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in edges) == pytest.approx(24, abs=3)
    assert all(a in skirt and b in skirt for a, b in edges)


def test_the_order_of_the_points_does_not_matter() -> None:
    extent = along((12, 12), (40, 20), (66, 66), width=22)
    points = flown(gable(34, 24, 48, 36, 5, 0.6), SIDE)
    turned = AirbornePoints(*(values[::-1] for values in vars(points).values()))
    one, other = in_strip(points, extent), in_strip(turned, extent)
    assert [(part.positions.tobytes(), part.faces.tobytes()) for part in one.parts] == [
        (part.positions.tobytes(), part.faces.tobytes()) for part in other.parts
    ]


@pytest.fixture(scope="module")
def terrace() -> tuple[Extent, AirborneModel, AirborneModel]:
    """Return a strip across the real tiles, in small blocks and windows, and all of them."""
    record = survey_record.read(FOLDER / survey_record.NAME)
    points, picture = read_points(FOLDER, record).points, read_picture(FOLDER, record, Role.ORTHOPHOTO)
    west, south, _, _ = record.bounds
    extent = along((25, 30), (80, 45), (125, 70), width=54, east=west, north=south)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "BLOCK_M", 30.0)
        patch.setattr(windows_of_strips, "SIDE_M", 30.0)
        own = reconstruct_cleaned(clean_points(points, extent), picture, extent)
    return extent, own, reconstruct(points, picture, record.bounds)


def well_inside(extent: Extent) -> tuple[Lattice, np.ndarray]:
    """Return cells over a strip, and which of them are away from its border."""
    lattice = Lattice.over(extent.bounds, 0.5)
    middles = np.stack(np.meshgrid(*lattice.centers()), axis=2).reshape(-1, 2)
    return lattice, covers(extent.buffer(-3.0), middles).reshape(lattice.shape)


def from_above(model: AirborneModel, lattice: Lattice, *names: PartName) -> np.ndarray:
    positions, faces = soup(model, *names)
    return seen_from_above(lattice, positions + model.origin, faces).heights


def test_a_strip_of_real_tiles_is_what_the_whole_is_there(terrace: tuple[Extent, AirborneModel, AirborneModel]) -> None:
    extent, own, whole = terrace
    lattice, cells = well_inside(extent)
    for names, most in (((PartName.GROUND,), 0.1), ((PartName.GROUND, *SOLID), 0.25)):
        off = np.abs(from_above(own, lattice, *names) - from_above(whole, lattice, *names))[cells]
        assert np.isfinite(off).all()
        assert np.median(off) < 0.01
        assert np.quantile(off, 0.95) < most
    for name in (PartName.GROUND, PartName.ROOFS, PartName.CROWNS):
        assert own.accuracy[name].median < 1.1 * whole.accuracy[name].median + 0.002


def test_buildings_and_trees_are_as_many(terrace: tuple[Extent, AirborneModel, AirborneModel]) -> None:
    extent, own, whole = terrace
    lattice, cells = well_inside(extent)
    roofs = [np.isfinite(from_above(model, lattice, PartName.ROOFS)) & cells for model in (own, whole)]
    assert (roofs[0] != roofs[1])[cells].mean() < 0.02
    large = [np.bincount(ndimage.label(mask)[0].ravel())[1:] > 80 for mask in roofs]
    assert large[0].sum() == large[1].sum() >= 5
    trunks = [part(model, PartName.TRUNKS).positions + model.origin for model in (own, whole)]
    counts = [covers(extent.buffer(-3.0), each).sum() / 10 for each in trunks]
    assert counts[1] >= 10
    assert counts[0] == pytest.approx(counts[1], rel=0.1)


def shown(model: AirborneModel, places: DoubleArray) -> DoubleArray:
    """Return the colours (n, 3) of a model's photograph at places (n, 2)."""
    assert model.picture is not None
    row = np.floor((model.picture.north - places[:, 1]) / model.picture.pixel_m).astype(int)
    column = np.floor((places[:, 0] - model.picture.west) / model.picture.pixel_m).astype(int)
    return np.asarray(model.picture.pixels[row, column], np.float64)


def test_windows_leave_no_trace_in_the_photograph(terrace: tuple[Extent, AirborneModel, AirborneModel]) -> None:
    extent, own, whole = terrace
    lattice, cells = well_inside(extent)
    x, y = np.meshgrid(*lattice.centers())
    places = np.column_stack([x[cells], y[cells]])
    off = np.abs(shown(own, places) - shown(whole, places)).mean(axis=1)
    assert np.median(off) < 3
    assert np.quantile(off, 0.95) < 15
    assert shown(own, places).mean(axis=1).min() > 10
