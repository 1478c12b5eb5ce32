"""Buildings of known shape come back from their points: size, slopes, closed shells, faces to the outside."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.air.airborne.reconstruction.reconstruct import change_messages
from carreau.air.airborne.survey_data import AirborneModel, AirbornePoints, Orthophoto, PartName, PointClass
from carreau.base.errors import OptionError
from carreau.base.model import DoubleArray
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.triangles import face_areas
from tests.pipeline.air.airborne.made_up_places import (
    EAST,
    NORTH,
    Roof,
    flat,
    flown,
    gable,
    headframe,
    hip,
    open_edges,
    part,
    soup,
    together,
    turned,
)
from tests.pipeline.air.airborne.whole_places import reconstruct

SOLID = (PartName.ROOFS, PartName.WALLS)
SHAPES: dict[str, Roof] = {
    "gable": gable(10, 14, 28, 24, 5, 0.8),
    "turned gable": turned(gable(10, 14, 28, 24, 5, 0.8), 27),
    "hip": hip(8, 12, 30, 24, 4, 0.6),
    "L": together(gable(8, 8, 30, 16, 5, 0.7), turned(gable(8, 8, 30, 16, 5, 0.7), 90, (12, 12))),
    "flat": flat(10, 12, 30, 26, 9),
    "flat with a higher part": together(flat(10, 12, 30, 26, 6), flat(10, 12, 18, 26, 9)),
    "row down a slope": together(*(gable(6 + 7 * k, 14, 13 + 7 * k, 23, 7 - 0.8 * k, 0.7) for k in range(4))),
}


def footprint(model: AirborneModel) -> float:
    """Return the area of the roofs as seen from above."""
    roofs = part(model, PartName.ROOFS)
    flattened = roofs.positions * np.array([1, 1, 0], np.float32)
    return float(face_areas(flattened, roofs.faces).sum())


def true_area(roof: Roof, side: float = 40.0) -> float:
    x, y = np.meshgrid(np.arange(0, side, 0.05) + 0.025, np.arange(0, side, 0.05) + 0.025)
    return float(np.isfinite(roof(x, y)).sum() * 0.05**2)


def off_roof(model: AirborneModel, roof: Roof, side: float = 40.0) -> DoubleArray:
    """Return how far the model's surface is above the true one, at a grid of places of which it has a roof, too."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(0.5, side, 0.5), np.arange(0.5, side, 0.5)))
    places, faces = soup(model, *SOLID)
    down = np.broadcast_to([0, 0, -1], (len(x), 3))
    start = np.column_stack([x + EAST - model.origin[0], y + NORTH - model.origin[1], np.full(len(x), 100.0)])
    hits = Scene(places.astype(np.float32), faces).cast(np.column_stack([start, down]).astype(np.float32))
    off = 100 - hits.distances + model.origin[2] - 30 - roof(x, y)
    return np.asarray(off[np.isfinite(off)])


@pytest.mark.parametrize("density", [3, 10, 30])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_roof_has_its_size_and_its_heights(shape: str, density: int) -> None:
    model = reconstruct(flown(SHAPES[shape], density=density, noise=0.03))
    rough = {3: 0.12, 10: 0.07, 30: 0.04}[density]
    assert footprint(model) == pytest.approx(true_area(SHAPES[shape]), rel=rough)
    off = np.abs(off_roof(model, SHAPES[shape]))
    assert np.median(off) < 0.03
    assert np.percentile(off, 90) < {3: 0.25, 10: 0.1, 30: 0.06}[density]


@pytest.mark.parametrize("shape", SHAPES)
def test_roofs_and_walls_are_closed_down_to_their_feet(shape: str) -> None:
    model = reconstruct(flown(SHAPES[shape]))
    ground = part(model, PartName.GROUND).positions[:, 2].min()
    assert all(a[2] < ground - 0.2 and b[2] < ground - 0.2 for a, b in open_edges(*soup(model, *SOLID)))


@pytest.mark.parametrize("shape", SHAPES)
def test_whoever_stands_outside_sees_no_face_from_behind(shape: str) -> None:
    model = reconstruct(flown(SHAPES[shape]))
    places, faces = soup(model, *(part.name for part in model.parts))
    random = np.random.default_rng(3)
    eyes = random.normal(size=(20_000, 3))
    eyes[:, 2] = np.abs(eyes[:, 2]) * 0.6
    eyes *= 60 / np.linalg.norm(eyes, axis=1, keepdims=True)
    aims = random.uniform([-15, -15, 0], [15, 15, 8], (len(eyes), 3))
    hits = Scene(places.astype(np.float32), faces).cast(np.column_stack([eyes, aims - eyes]).astype(np.float32))
    a, b, c = (places[faces[hits.faces[hits.faces >= 0], k]] for k in range(3))
    facing = (np.cross(b - a, c - a) * (aims - eyes)[hits.faces >= 0]).sum(axis=1)
    assert (facing > 1e-6).mean() < 2e-4
    assert (hits.faces >= 0).mean() > 0.5


@pytest.mark.parametrize("shape", ["gable", "turned gable", "hip"])
def test_the_corners_of_a_house_are_few_and_square(shape: str) -> None:
    model = reconstruct(flown(SHAPES[shape], density=20))
    roofs = part(model, PartName.ROOFS)
    assert len(roofs.faces) <= 16
    large = roofs.faces[face_areas(roofs.positions, roofs.faces) > 1]
    a, b, c = (roofs.positions[large[:, k]].astype(np.float64) for k in range(3))
    normals = np.cross(b - a, c - a)
    slopes = np.linalg.norm(normals[:, :2], axis=1) / normals[:, 2]
    assert slopes == pytest.approx(np.full(len(slopes), 0.6 if shape == "hip" else 0.8), abs=0.05)


def with_headframe(at: tuple[float, float]) -> AirbornePoints:
    """Return a house, and returns from a headframe that no class tells from a fence."""
    house = flown(gable(4, 6, 14, 14, 5, 0.8))
    frame = headframe() + np.array([EAST + at[0], NORTH + at[1], 30.0])
    ones = np.ones(len(frame), np.uint8)
    return AirbornePoints(
        np.concatenate([house.positions, frame]),
        np.concatenate([house.classes, np.full(len(frame), PointClass.UNCLASSIFIED, np.uint8)]),
        np.concatenate([house.returns, ones]),
        np.concatenate([house.return_counts, ones]),
    )


def test_lattice_stands_where_the_outline_says_that_it_may() -> None:
    points = with_headframe((28.0, 28.0))
    ring = np.array([[20, 20], [36, 20], [36, 36], [20, 36]]) + np.array([EAST, NORTH])
    shown = part(reconstruct(points, outline=(ring,), has_lattice=True), PartName.STRUCTURES)
    assert np.ptp(shown.positions[:, 2]) == pytest.approx(30, abs=1.5)
    for others in (reconstruct(points, outline=(ring,)), reconstruct(points, outline=(ring - 25,), has_lattice=True)):
        assert PartName.STRUCTURES not in {each.name for each in others.parts}


def test_walls_within_the_outline_are_of_brick_and_the_others_of_render() -> None:
    houses = together(gable(4, 6, 14, 14, 5, 0.8), gable(24, 6, 34, 14, 5, 0.8))
    ring = np.array([[2, 2], [18, 2], [18, 18], [2, 18]]) + np.array([EAST, NORTH])
    model = reconstruct(flown(houses), outline=(ring,))
    walls = part(model, PartName.WALLS)
    assert walls.colors is not None
    east = walls.positions[:, 0] + model.origin[0] - EAST
    red = walls.colors[:, 0].astype(float) - walls.colors[:, 2]
    assert red[east < 18].min() > red[east > 20].max()


@pytest.mark.parametrize(("cut", "is_brick"), [(20, True), (13, False)])
def test_a_house_that_the_outline_cuts_has_one_tone(cut: float, is_brick: bool) -> None:
    """With its chimney, which stands on the other side of the outline."""
    chimney = flat(24, 17, 25.2, 18, 11) if is_brick else flat(11, 17, 12.2, 18, 11)
    ring = np.array([[0, 0], [cut, 0], [cut, 40], [0, 40]]) + np.array([EAST, NORTH])
    walls = part(reconstruct(flown(together(SHAPES["gable"], chimney), density=20), outline=(ring,)), PartName.WALLS)
    assert walls.colors is not None
    lit = walls.colors[walls.colors[:, 0] > 100].astype(float)
    shares = lit[:, 2] / lit[:, 0]
    assert shares == pytest.approx(np.full(len(lit), 106 / 182 if is_brick else 170 / 208), abs=0.02)


def test_a_chimney_is_a_box() -> None:
    chimney = flat(17, 17, 18.2, 18, 11)
    model = reconstruct(flown(together(SHAPES["gable"], chimney), density=20))
    off = np.abs(off_roof(model, together(SHAPES["gable"], chimney)))
    assert part(model, PartName.ROOFS).positions[:, 2].max() + model.origin[2] - 30 == pytest.approx(11, abs=0.1)
    assert np.percentile(off, 95) < 0.1


def front(west: float, east: float) -> Roof:
    """Return a strip whose points lie at all heights of a wall 12 m high."""
    return lambda x, y: np.where((x >= west) & (x < east), 12 * np.modf(997 * (x + y))[0], np.nan)


def test_the_fringe_of_a_building_that_the_border_cuts_is_cut_with_it() -> None:
    """Of a tall house beside the place only the front lies in it, and no roof is there for its points."""
    house = SHAPES["gable"]
    alone, cut = (
        reconstruct(flown(each, density=20)).accuracy[PartName.ROOFS]
        for each in (house, together(house, front(39.4, 40)))
    )
    assert cut.p95 < alone.p95 + 0.1
    assert cut.points < alone.points + 100


def test_points_inside_a_place_that_no_roof_takes_still_count() -> None:
    house = together(SHAPES["gable"], front(4, 4.6))
    assert reconstruct(flown(house, density=20)).accuracy[PartName.ROOFS].p95 > 1


def test_walls_stand_back_where_they_were_seen_below_the_eaves() -> None:
    points = flown(SHAPES["gable"], density=20)
    random = np.random.default_rng(5)
    seen = np.column_stack([random.uniform(10.5, 27.5, 200), np.full(200, 14.5), random.uniform(0.5, 4.5, 200)])
    seen += random.normal(0, 0.02, seen.shape) + np.array([EAST, NORTH, 30])
    ones = np.ones(200, np.uint8)
    more = AirbornePoints(
        np.concatenate([points.positions, seen]),
        np.concatenate([points.classes, ones * np.uint8(PointClass.BUILDING)]),
        np.concatenate([points.returns, ones]),
        np.concatenate([points.return_counts, ones]),
    )
    bare, told = reconstruct(points), reconstruct(more)
    before, after = (model.accuracy[PartName.ROOFS].p95 for model in (bare, told))
    assert after < 0.1
    assert before < 0.1
    feet = soup(told, PartName.WALLS)[0] + [*told.origin[:2] - [EAST, NORTH], 0]
    lowest = feet[feet[:, 2] < feet[:, 2].min() + 0.2]
    assert lowest[:, 1].min() == pytest.approx(14.5, abs=0.1)


def test_a_building_cut_by_the_border_ends_there_and_is_closed() -> None:
    model = reconstruct(flown(gable(-10, 14, 18, 24, 5, 0.8), density=15), bounds=(EAST, NORTH, EAST + 40, NORTH + 40))
    places, _ = soup(model, PartName.ROOFS, PartName.WALLS, PartName.BORDER, PartName.GROUND)
    inside = places[:, :2] + model.origin[:2] - [EAST, NORTH]
    assert inside.min() >= -2e-3
    assert inside.max() <= 40 + 2e-3
    cut = part(model, PartName.BORDER).positions
    assert cut[:, 2].max() + model.origin[2] - 30 == pytest.approx(9, abs=0.3)


def test_one_building_may_fill_the_place() -> None:
    points = flown(flat(-5, -5, 39.5, 50, 6), density=10)
    model = reconstruct(points)
    assert footprint(model) == pytest.approx(39.5 * 40, rel=0.02)


def test_ground_alone_is_ground_with_a_skirt() -> None:
    def waves(x: DoubleArray, y: DoubleArray) -> DoubleArray:
        return np.sin(x / 6) + y * 0.1

    model = reconstruct(flown(None, ground=waves))
    assert [part.name for part in model.parts] == [PartName.GROUND, PartName.BORDER]
    assert model.accuracy[PartName.GROUND].rms < 0.04
    places, faces = soup(model, PartName.GROUND, PartName.BORDER)
    bottom = places[:, 2].min()
    assert all(a[2] == bottom and b[2] == bottom for a, b in open_edges(places, faces))


def test_a_bridge_is_a_slab_over_lower_ground() -> None:
    def ditch(x: DoubleArray, y: DoubleArray) -> DoubleArray:
        return np.where(np.abs(x - 20) < 8, -5.0, 0.0)

    points = flown(flat(11, 16, 29, 24, 0.0), ground=ditch, roof_class=PointClass.BRIDGE)
    model = reconstruct(points)
    deck = part(model, PartName.BRIDGES)
    assert np.ptp(deck.positions[:, 2]) == pytest.approx(0.9, abs=0.15)
    assert not open_edges(*soup(model, PartName.BRIDGES))
    assert model.accuracy[PartName.BRIDGES].median < 0.05


@pytest.mark.parametrize(("size", "every"), [(3, 1), (6, 20)])
def test_a_bridge_of_few_points_is_left_out_with_a_word(size: float, every: int) -> None:
    """Few because it is small, or because few returns have the class."""
    decks = flown(together(flat(2, 16, 20, 24, 0.0), flat(28, 28, 28 + size, 28 + size, 1.5)),
                  roof_class=PointClass.BRIDGE)  # fmt: skip
    scrap = (decks.positions[:, 0] > EAST + 25) & (decks.classes == PointClass.BRIDGE)
    keep = ~scrap | (np.cumsum(scrap) % every == 0)
    points = AirbornePoints(*(values[keep] for values in vars(decks).values()))
    model = reconstruct(points)
    deck = part(model, PartName.BRIDGES)
    assert (deck.positions[:, 0] + model.origin[0]).max() < EAST + 21
    assert change_messages(model) == ["1 bridge of too few points to draw is left out"]
    assert np.ptp(part(model, PartName.GROUND).positions[:, 2]) < 0.5


def test_water_is_level_and_the_ground_stays_below() -> None:
    points = flown(flat(12, 10, 30, 30, -1.0), ground=lambda x, y: 0 * x, noise=0.03, roof_class=PointClass.WATER)
    model = reconstruct(points)
    lake = part(model, PartName.WATER)
    assert np.ptp(lake.positions[:, 2]) == 0
    assert lake.positions[0, 2] + model.origin[2] == pytest.approx(29, abs=0.02)


def test_artefacts_and_virtual_points_are_dropped() -> None:
    points = flown(SHAPES["gable"])
    high = points.positions[:300] + np.array([0, 0, 50])
    classes = np.tile(np.array([PointClass.ARTEFACT, PointClass.VIRTUAL, PointClass.NOISE], np.uint8), 100)
    ones = np.ones(300, np.uint8)
    more = AirbornePoints(
        np.concatenate([points.positions, high]),
        np.concatenate([points.classes, classes]),
        np.concatenate([points.returns, ones]),
        np.concatenate([points.return_counts, ones]),
    )
    one, other = reconstruct(points), reconstruct(more)
    assert [len(part.faces) for part in one.parts] == [len(part.faces) for part in other.parts]


def test_the_same_points_in_another_order_give_the_same_bytes() -> None:
    points = flown(SHAPES["L"])
    order = np.random.default_rng(2).permutation(len(points))
    other = AirbornePoints(
        points.positions[order], points.classes[order], points.returns[order], points.return_counts[order]
    )
    for one, two in zip(reconstruct(points).parts, reconstruct(other).parts, strict=True):
        assert one.positions.tobytes() == two.positions.tobytes()
        assert one.faces.tobytes() == two.faces.tobytes()


def test_points_that_are_not_numbers_or_come_twice_change_nothing() -> None:
    points = flown(SHAPES["hip"])
    bad = points.positions[:50].copy()
    bad[::2] = np.nan
    bad[1::4, 2] = np.inf
    more = AirbornePoints(
        np.concatenate([points.positions, bad, points.positions[:1000]]),
        np.concatenate([points.classes, points.classes[:50], points.classes[:1000]]),
        np.ones(len(points) + 1050, np.uint8),
        np.ones(len(points) + 1050, np.uint8),
    )
    one, other = reconstruct(points), reconstruct(more)
    assert [part.positions.tobytes() for part in one.parts] == [part.positions.tobytes() for part in other.parts]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_without_ground_there_is_no_model(count: int) -> None:
    points = flown(None)
    few = AirbornePoints(
        points.positions[:count], points.classes[:count], points.returns[:count], points.return_counts[:count]
    )
    with pytest.raises(OptionError, match=r"no ground \(class 2\)"):
        reconstruct(few)


def test_points_that_are_kilometres_apart_are_refused_at_once() -> None:
    points = flown(None)
    far = points.positions.copy()
    far[0, :2] += 1e7
    with pytest.raises(OptionError, match="km²; cut them to 4 km² at most"):
        reconstruct(AirbornePoints(far, points.classes, points.returns, points.return_counts))


def test_three_points_are_a_place() -> None:
    points = flown(None)
    few = AirbornePoints(points.positions[:3], points.classes[:3], points.returns[:3], points.return_counts[:3])
    assert part(reconstruct(few), PartName.GROUND).faces.size


@pytest.mark.parametrize("rows", [100, 200])
def test_the_picture_lies_on_ground_and_roofs_and_plain_tones_where_it_ends(rows: int) -> None:
    """Where it ends, or is white because the service has nothing there."""
    pixels = np.full((rows, 200, 3), 255, np.uint8)
    pixels[-100:] = [40, 90, 200]
    picture = Orthophoto(pixels, EAST, NORTH + rows / 5, 0.2)
    model = reconstruct(flown(SHAPES["gable"]), picture, bounds=(EAST, NORTH, EAST + 40, NORTH + 40))
    assert model.picture is not None
    assert model.picture.pixels.shape[:2] == (200, 200)
    south, north = model.picture.pixels[150], model.picture.pixels[50]
    assert (south[:, 2] > south[:, 0]).all()
    assert not (north[:, 2] > north[:, 0]).any()
    assert north.max() < 200
    for name in (PartName.GROUND, PartName.ROOFS):
        coordinates = part(model, name).texcoords
        assert coordinates is not None
        assert coordinates.min() >= -1e-5
        assert coordinates.max() <= 1 + 1e-5
    assert part(model, PartName.WALLS).texcoords is None
