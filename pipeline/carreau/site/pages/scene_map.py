"""The pictures of a map that moves: one for each event, over a common ground."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from carreau.base.schema.parts import MapScene, SceneEvent, SceneFeature, SceneSpot
from carreau.site.pages.basemap import Basemap, DrawnArea, Frame, Point, frame_around, line_path, scale_bar
from carreau.site.pages.map_drawing import Ground, Map, declutter, lay_ground

SIZE = (640, 640)
CELL = (50.0, 42.0)
"""Width and height that a counter has among those at the same place, in units of the drawing: 27 by 23 CSS pixels on a
phone. Counters of different places keep the smaller one as their distance."""
_COLUMNS = 3
AROUND_M = 1_000.0
"""Least radius of the ring around a place that something was somewhere around; it says "about", and no distance."""
_MOVED = 14.0
"""Units that a counter has to move for the line of its move to be drawn."""
_LETTER = 12.0, 24.0
"""Width and height of a letter of a name on a phone, where it is largest, in units."""
_SIDES = ("first", "second", "third")
COUNTER_SHAPES: Mapping[str, str] = {
    "first": "M-22-15h44v30h-44z",
    "second": "M-8-15h16a15 15 0 0 1 0 30h-16a15 15 0 0 1 0-30z",
    "third": "M-24 0l11-15h26l11 15-11 15h-26z",
    "bridge": "M-22-16q22 9 44 0v32q-22-9-44 0z",
    "work": "M-22-9h9v-8h8v8h10v-8h8v8h9v25h-44z",
    "shaft": "M0-24l24 40h-48z",
    "strike": "M-9-18h18l11 11v14l-11 11h-18l-11-11v-14z",
    **dict.fromkeys(("unit", "command", "convoy", "line"), "M-18 0a18 18 0 1 0 36 0a18 18 0 1 0-36 0z"),
}
"""Outlines of counters, about their middle: no two kinds and no two sides are told apart by colour alone."""
_SIGNS: Mapping[str, str] = {
    "command": "M0-24l3 6 6 1-4 4 1 6-6-3-6 3 1-6-4-4 6-1z",
    "convoy": "M-13 18a5 5 0 1 0 10 0a5 5 0 1 0-10 0M3 18a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
}
"""Beside the shape of a counter: a star on top, wheels below."""


@dataclass(frozen=True)
class Counter:
    """A feature on a picture.

    key : id of the feature
    label : one to three letters
    shape : "first", "second" or "third" for a side, else the kind of the feature
    sign : path beside the shape; empty for none
    x, y : of its middle; from_x, from_y : of its place, which others may share
    """

    key: str
    label: str
    shape: str
    sign: str
    x: int
    y: int
    from_x: int
    from_y: int
    is_supposed: bool
    is_new: bool
    state: str = ""

    @property
    def is_led(self) -> bool:
        """Return whether a line has to connect the counter with its place."""
        return abs(self.x - self.from_x) + abs(self.y - self.from_y) > 4


@dataclass(frozen=True)
class Elsewhere:
    """Where other sources have a feature of a picture.

    tie : path from the counter that the picture has of it; empty where it has none
    ring : middle and radius of a place that is only supposed; None of a point that a source gives
    """

    counter: Counter
    tie: str
    ring: tuple[int, int, int] | None


@dataclass(frozen=True)
class Still:
    """The picture of one event.

    rings : middle and radius of the places that are only supposed
    moves : paths from where a counter was to where it is; straight, as nobody knows the way
    lines : key, path, and whether it is supposed
    elsewhere : what is shown as long as the note of other sources is open
    """

    counters: Sequence[Counter]
    rings: Sequence[tuple[int, int, int]]
    moves: Sequence[str]
    lines: Sequence[tuple[str, str, bool]]
    elsewhere: Sequence[Elsewhere] = ()

    @property
    def all_rings(self) -> list[tuple[int, int, int]]:
        """Return the rings of both."""
        return [*self.rings, *(each.ring for each in self.elsewhere if each.ring)]


@dataclass(frozen=True)
class SceneMap:
    """The pictures of a map that moves.

    ground : what lies under all of them
    stills : by event
    """

    ground: Map
    stills: Sequence[Still]

    def still(self, event: SceneEvent) -> Still:
        """Return the picture of an event."""
        return self.stills[event.number - 1]


def choose_shape(feature: SceneFeature, scene: MapScene) -> str:
    """Return what distinguishes a feature without colour: the shape of its side, or that of its kind."""
    sides = [side.id for side in scene.sides]
    if feature.side in sides[: len(_SIDES)] and feature.kind.code in ("unit", "command", "convoy"):
        return _SIDES[sides.index(feature.side)]
    return feature.kind.code


def scene_map(scene: MapScene, basemap: Basemap, ground: Ground | None = None) -> SceneMap | None:
    """Return the pictures of a map; None where the position of nothing on it is known or supposed."""
    points = [point for event in scene.events for each in _all_spots(event) for point in each.points]
    frame = frame_around(points, *SIZE, margin=0.12, least_m=1_500)
    if frame is None:
        return None
    own = Ground(scene.ground.url, scene.ground.bounds) if scene.ground else None
    features = {each.id: each for each in scene.features}
    stills = list[Still]()
    for event in scene.events:
        before = {each.key: each for each in stills[-1].counters} if stills else {}
        stills.append(_still(event, scene, features, before, frame))
    bar = scale_bar(frame)
    drawn = Map(
        *SIZE,
        communes=_name_communes(basemap.communes_in(frame), scene, stills, bar[1], frame),
        outlines={},
        bar=bar,
        bounds=frame.bounds,
        ground=lay_ground(own or ground, frame),
    )
    return SceneMap(drawn, stills)


def _name_communes(
    communes: Mapping[str, DrawnArea], scene: MapScene, stills: Sequence[Still], bar_units: int, frame: Frame
) -> dict[str, DrawnArea]:
    """Return communes with names that no ring of any still hides and no scale bar crosses."""
    around = {spot.around: spot.points[0] for event in scene.events for spot in _all_spots(event) if spot.around}
    rings = sorted({ring for still in stills for ring in still.all_rings})
    named = dict[str, DrawnArea]()
    for insee, drawn in communes.items():
        name = drawn
        if drawn.name in around:
            ((x, y),) = _round([frame.at(*around[drawn.name])])
            name = replace(drawn, x=x, y=y, is_large=True)
        named[insee] = _above_bar(_off_rings(name, rings, frame), bar_units, frame)
    labels = [each for each in named.values() if each.name in around]
    return {
        insee: each
        if each in labels or not any(_is_over(each, label) for label in labels)
        else replace(each, is_large=False)
        for insee, each in named.items()
    }


def _is_on_ring(name: DrawnArea, ring: tuple[int, int, int]) -> bool:
    """Return whether a name touches what is inside a ring: x, y and radius."""
    x, y, radius = ring
    width, height = _LETTER
    off = max(abs(name.x - x) - width / 2 * len(name.name), 0.0)
    return math.hypot(off, max(name.y - height - y, y - name.y, 0.0)) < radius


def _off_rings(name: DrawnArea, rings: Sequence[tuple[int, int, int]], frame: Frame) -> DrawnArea:
    """Return a name above or below the rings that it touches, where it touches none, if there is such a place."""
    touched = [ring for ring in rings if _is_on_ring(name, ring)]
    beside = [
        replace(name, y=baseline)
        for _, middle, radius in touched
        for baseline in (middle - radius - 7, middle + radius + round(_LETTER[1]))
        if _LETTER[1] < baseline < frame.height
    ]
    free = [each for each in beside if not any(_is_on_ring(each, ring) for ring in rings)]
    return next(iter([*free, *beside]), name)


def _above_bar(name: DrawnArea, bar_units: int, frame: Frame) -> DrawnArea:
    """Return a name that does not lie on the scale bar in the lower right corner."""
    width, height = _LETTER
    left, top = frame.width - 20 - bar_units, round(frame.height - 32 - height)
    is_on_it = name.x + width / 2 * len(name.name) > left and name.y > top
    return replace(name, y=top) if is_on_it else name


def _is_over(one: DrawnArea, other: DrawnArea) -> bool:
    """Return whether two names touch."""
    width, height = _LETTER
    return abs(one.x - other.x) < width / 2 * (len(one.name) + len(other.name)) and abs(one.y - other.y) < height


def _still(
    event: SceneEvent,
    scene: MapScene,
    features: Mapping[str, SceneFeature],
    before: Mapping[str, Counter],
    frame: Frame,
) -> Still:
    own = [spot for spot in event.spots if len(spot.points) == 1]
    spots = [*own, *_elsewhere_at(event)]
    places = [frame.at(*spot.points[0]) for spot in spots]
    # What other sources say has its room from the beginning, so that nothing moves when the note is opened.
    moved = declutter(_side_by_side(places, frame), min(CELL) - 0.5, frame.box(-min(CELL) / 2))
    drawn = [
        _counter(features[spot.feature], spot, place, at, scene)
        for spot, place, at in zip(spots, places, moved, strict=True)
    ]
    counters = drawn[: len(own)]
    supposed = {place: spot for spot, place in zip(own, places[: len(own)], strict=True) if spot.is_supposed}
    rings = {place: _radius(places.count(place), bool(spot.around), frame) for place, spot in supposed.items()}
    return Still(
        counters,
        rings=[(round(x), round(y), radius) for (x, y), radius in rings.items()],
        moves=[path for each in counters if (path := _move(before.get(each.key), each))],
        lines=[
            (spot.feature, line_path(spot.points, frame), spot.is_supposed)
            for spot in event.spots
            if len(spot.points) > 1
        ],
        elsewhere=[
            _elsewhere(each, counters, "" if place in rings else spot.around, frame)
            for each, spot, place in zip(drawn[len(own) :], spots[len(own) :], places[len(own) :], strict=True)
        ],
    )


def _elsewhere_at(event: SceneEvent) -> list[SceneSpot]:
    """Return where other sources have something at an event."""
    return [
        SceneSpot(feature=each.feature, points=each.points, around=each.around, is_supposed=True)
        for each in event.others
        if each.points
    ]


def _all_spots(event: SceneEvent) -> list[SceneSpot]:
    return [*event.spots, *_elsewhere_at(event)]


def _elsewhere(counter: Counter, counters: Sequence[Counter], around: str, frame: Frame) -> Elsewhere:
    """Return where other sources have a feature; around : commune that has no ring yet, or empty."""
    own = next((each for each in counters if each.key == counter.key), None)
    tie = f"M{own.x} {own.y}L{counter.x} {counter.y}" if own else ""
    ring = (counter.from_x, counter.from_y, _radius(1, is_around=True, frame=frame)) if around else None
    return Elsewhere(counter, tie, ring)


def _radius(count: int, is_around: bool, frame: Frame) -> int:
    """Return the radius of a ring round so many counters at its middle, and round more where they were around there."""
    columns, rows = min(count, _COLUMNS), -(-count // _COLUMNS)
    least = AROUND_M * frame.units_a_m if is_around else 0.0
    return round(max(least, math.hypot(CELL[0] * columns, CELL[1] * rows) / 2))


def _side_by_side(places: Sequence[Point], frame: Frame) -> list[Point]:
    """Return places for counters, those at the same place in rows about it, and none of them off the map."""
    at = dict[Point, list[int]]()
    for number, place in enumerate(places):
        at.setdefault(place, []).append(number)
    moved = list(places)
    for (x, y), numbers in at.items():
        rows = [numbers[start : start + _COLUMNS] for start in range(0, len(numbers), _COLUMNS)]
        half_x, half_y = CELL[0] * len(rows[0]) / 2, CELL[1] * len(rows) / 2
        x, y = min(max(x, half_x), frame.width - half_x), min(max(y, half_y), frame.height - half_y)
        for row, members in enumerate(rows):
            for column, number in enumerate(members):
                across, down = column - (len(members) - 1) / 2, row - (len(rows) - 1) / 2
                moved[number] = x + across * CELL[0], y + down * CELL[1]
    return moved


def _counter(feature: SceneFeature, spot: SceneSpot, place: Point, at: Point, scene: MapScene) -> Counter:
    (x, y), (from_x, from_y) = _round((at, place))
    kind = feature.kind.code
    shape = choose_shape(feature, scene)
    sign = _SIGNS.get(kind, "") if shape in _SIDES else ""
    state = spot.state.code if spot.state else ""
    return Counter(
        feature.id, feature.label, shape, sign, x, y, from_x, from_y, spot.is_supposed, spot.is_new, state
    )  # fmt: skip


def _round(points: Iterable[Point]) -> Iterator[tuple[int, int]]:
    yield from ((round(x), round(y)) for x, y in points)


def _move(before: Counter | None, now: Counter) -> str:
    """Return the path of a move, with the head of an arrow at two thirds of it; empty where nothing moved."""
    if before is None or not now.is_new:
        return ""
    x, y = now.from_x - before.from_x, now.from_y - before.from_y
    length = (x * x + y * y) ** 0.5
    if length < _MOVED:
        return ""
    along_x, along_y = x / length, y / length
    tip_x, tip_y = before.from_x + x * 0.67, before.from_y + y * 0.67
    wings = [
        (round(tip_x - 12 * along_x + side * 7 * along_y), round(tip_y - 12 * along_y - side * 7 * along_x))
        for side in (-1, 1)
    ]
    head = f"M{wings[0][0]} {wings[0][1]}L{round(tip_x)} {round(tip_y)}L{wings[1][0]} {wings[1][1]}"
    return f"M{before.from_x} {before.from_y}L{now.from_x} {now.from_y}{head}"
