"""What is known of a lost building: places, measures, and who says so, as a file of measured facts holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from carreau.base.messages import Message, message

Evidence = Literal["attested", "deduced", "typical", "hypothetical"]
EVIDENCE: tuple[Evidence, ...] = ("attested", "deduced", "typical", "hypothetical")
"""How sure a fact is, the surest first; of what is typical, a source says that the thing stood, and its measures are
those of its type."""

TYPICAL: Evidence = "typical"
HYPOTHETICAL: Evidence = "hypothetical"
ENDING = "massing.toml"
RANGE_ENDING = "-range"
"""Suffix of the node's name for what the measures of a part leave open; the name of the part comes before it."""


def is_massing(path: Path) -> bool:
    """Return whether a file holds measured facts, by its name: `massing.toml` or `NAME.massing.toml`."""
    name = path.name.lower()
    return (name == ENDING or name.endswith(f".{ENDING}")) and path.is_file()


def massing_stem(path: Path) -> str:
    """Return the name of a file without its ending; that of its folder where there is nothing else.

    >>> massing_stem(Path("abbey/church.massing.toml")), massing_stem(Path("abbey/massing.toml"))
    ('church', 'abbey')
    """
    return path.name[: -len(ENDING) - 1] or path.absolute().parent.name


@dataclass(frozen=True)
class Basis:
    """Who says something, and how sure it is.

    sources : keys of `Massing.sources`
    """

    evidence: Evidence
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Measure:
    """A measured number, or a range from its least to its greatest value.

    low, high : metres, or a count; equal where it is known
    """

    low: float
    high: float
    basis: Basis

    @property
    def is_range(self) -> bool:
        """Return whether only its least and its most are known."""
        return self.low < self.high


@dataclass(frozen=True)
class OpeningRow:
    """Doors or windows of one kind in a wall.

    wall : number of the edge of the outline, from 0
    is_round : whether they end in a half circle
    """

    wall: int
    start: float
    width: float
    sill: float
    height: float
    depth: float
    count: int
    step: float
    is_round: bool
    basis: Basis


Point = tuple[float, float]
Ring = tuple[Point, ...]


@dataclass(frozen=True)
class MassingPart:
    """A part of a building: one shape.

    name : of its node in the model
    shape : key of `SHAPES`
    basis : of what its measures do not say themselves
    at : x, y and z of its foot in the file's axes, metres
    anchor : (east, north), -1, 0 or 1: which point of its outline stands there, (0, 0) for the middle
    turn_deg : clockwise, seen from above
    footprint : counter-clockwise about `at`; empty for a shape of length and width
    path : the line that it follows, about `at`; empty for a shape that follows none
    choices : words by key, of a shape with materials
    materials : keys of materials by role, of a shape with materials
    type : key of the type that gives what the part does not say; empty for none
    has_materials : whether its shape is one of a reconstruction, drawn once, at the middle of each range
    """

    name: str
    title: str
    shape: str
    basis: Basis
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    anchor: tuple[int, int] = (0, 0)
    turn_deg: float = 0.0
    measures: Mapping[str, Measure] = field(default_factory=dict)
    footprint: Ring = ()
    stages: tuple[Mapping[str, Measure], ...] = ()
    openings: tuple[OpeningRow, ...] = ()
    is_round: bool = False
    path: tuple[Point, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    materials: Mapping[str, str] = field(default_factory=dict)
    type: str = ""
    has_materials: bool = False

    def bases(self) -> Iterator[Basis]:
        """Yield what its measures and openings rest on; its own too, as it says where it stands."""
        yield self.basis
        for measures in (self.measures, *self.stages):
            yield from (measure.basis for measure in measures.values())
        yield from (row.basis for row in self.openings)

    @property
    def evidence(self) -> Evidence:
        """Return how sure it is: as its least sure fact."""
        return max((basis.evidence for basis in self.bases()), key=EVIDENCE.index)

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the keys of all its sources, each once."""
        return tuple(dict.fromkeys(key for basis in self.bases() for key in basis.sources))

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is noted of it and its measures."""
        return tuple(dict.fromkeys(basis.note for basis in self.bases() if basis.note))

    @property
    def ranges(self) -> tuple[tuple[str, Measure], ...]:
        """Return the measures of which only the least and the most are known, by key."""
        rows = [*self.measures.items(), *(item for stage in self.stages for item in stage.items())]
        return tuple((key, measure) for key, measure in rows if measure.is_range)

    @property
    def node_names(self) -> tuple[str, ...]:
        """Return the names of its nodes: of what is certain, unless a measure may be 0, and of what is open."""
        if self.has_materials:
            return (self.name,)
        certain = () if any(each.low == 0 for _, each in self.ranges) else (self.name,)
        return (*certain, *((self.name + RANGE_ENDING,) if self.ranges else ()))


@dataclass(frozen=True)
class MassingPlace:
    """Where the file's origin is.

    lon, lat : degrees in WGS 84
    turn_deg : from true north to the file's y axis, clockwise
    """

    lon: float
    lat: float
    turn_deg: float
    basis: Basis


@dataclass(frozen=True)
class MassingView:
    """What the picture of a model is of, and from where.

    parts : names of those that fill it; all that stands where none is named
    from_deg : where one stands to look, clockwise from true north; None for the side that shows most
    above_deg : how far above the horizon
    """

    parts: tuple[str, ...] = ()
    from_deg: float | None = None
    above_deg: float = 8.0


@dataclass(frozen=True)
class Massing:
    """The content of a file of measured facts.

    sources : texts by key
    """

    title: str
    place: MassingPlace
    parts: tuple[MassingPart, ...]
    sources: Mapping[str, str]
    licence: str = ""
    credit: str = ""
    view: MassingView = MassingView()


MOST_M = 2000.0
"""Largest length in plan."""

HIGHEST_M = 500.0
STEEPEST = 3.0
"""Most that a roof may rise, as a multiple of its width; 80° for a gable roof."""

SIDES = (4, 8, 12, 16, 24)


@dataclass(frozen=True)
class MeasureLimits:
    """What a measure may be.

    most : greatest value
    instead : the value of a measure that is not written; None for one that must be
    may_be_zero : whether 0 is a value; else it is only the least of a range
    is_whole : whether it is a count, which has no range
    """

    most: float
    instead: float | None = None
    may_be_zero: bool = False
    is_whole: bool = False


@dataclass(frozen=True)
class ShapeFacts:
    """A shape, and the measures that it needs.

    measures : by key
    has_footprint : whether its outline is given by corners; of a block instead of length and width
    has_openings : whether it may have doors and windows
    has_stages : whether it is made of storeys
    has_head : whether its openings may end in a half circle
    may_be_range : whether a measure may be the least and the most of it
    choices : words of a key, the usual one first
    has_path : whether it follows a line of two corners or more
    """

    measures: Mapping[str, MeasureLimits]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_path: bool = False
    has_footprint: bool = False
    has_openings: bool = False
    has_stages: bool = False
    has_head: bool = False
    may_be_range: bool = True


_LENGTH, _HEIGHT = MeasureLimits(MOST_M), MeasureLimits(HIGHEST_M)
_BOX = {"length": _LENGTH, "width": _LENGTH, "height": _HEIGHT}

SHAPES: Mapping[str, ShapeFacts] = {
    "block": ShapeFacts(_BOX, has_footprint=True, has_openings=True),
    "gable-roof": ShapeFacts(_BOX),
    "hip-roof": ShapeFacts({**_BOX, "ridge": MeasureLimits(MOST_M, may_be_zero=True)}),
    "tower": ShapeFacts({}, has_stages=True),
    "arcade": ShapeFacts(
        {
            "length": _LENGTH,
            "thickness": _LENGTH,
            "height": _HEIGHT,
            "bays": MeasureLimits(100, is_whole=True),
            "opening_width": _LENGTH,
            "opening_height": _HEIGHT,
        },
        has_head=True,
        may_be_range=False,
    ),
    "dome": ShapeFacts({"diameter": _LENGTH, "height": _HEIGHT}),
    "chimney": ShapeFacts({"diameter": _LENGTH, "top_diameter": _LENGTH, "height": _HEIGHT}),
    "headframe": ShapeFacts(
        {
            **_BOX,
            "top_length": _LENGTH,
            "top_width": _LENGTH,
            "bar": MeasureLimits(10.0),
            "reach": MeasureLimits(MOST_M, 0.0, may_be_zero=True),
            "wheel": MeasureLimits(50.0, 0.0, may_be_zero=True),
        },
        may_be_range=False,
    ),
    "wall": ShapeFacts({"length": _LENGTH, "thickness": _LENGTH, "height": _HEIGHT}),
    "buttress": ShapeFacts(
        {
            "length": _LENGTH,
            "thickness": _LENGTH,
            "top_thickness": MeasureLimits(MOST_M, may_be_zero=True),
            "height": _HEIGHT,
        }
    ),
    "spire": ShapeFacts({"width": _LENGTH, "height": _HEIGHT, "sides": MeasureLimits(24, 4, is_whole=True)}),
    "cone": ShapeFacts({"diameter": _LENGTH, "height": _HEIGHT}),
    "stair": ShapeFacts({**_BOX, "steps": MeasureLimits(200, is_whole=True)}),
    "ramp": ShapeFacts(_BOX),
    "enclosure": ShapeFacts({"thickness": _LENGTH, "height": _HEIGHT}, has_footprint=True),
}
"""The shapes by their names in the file."""

STAGE = {"width": _LENGTH, "height": _HEIGHT, "sides": MeasureLimits(24, 4, is_whole=True)}
"""The measures of a storey of a tower."""

OPENING = {
    "wall": MeasureLimits(200, is_whole=True),
    "start": MeasureLimits(MOST_M, may_be_zero=True),
    "width": _LENGTH,
    "sill": MeasureLimits(HIGHEST_M, 0.0, may_be_zero=True),
    "height": _HEIGHT,
    "depth": MeasureLimits(10.0, 0.3),
    "count": MeasureLimits(200, 1, is_whole=True),
    "step": MeasureLimits(MOST_M, 0.0, may_be_zero=True),
}
"""The measures of a row of openings."""

MOST_CORNERS = 200
LEAST_M2 = 0.01
NEAR_M = 0.001
"""Distance below which two corners count as one: what models are exact to."""


def outline_mistake(ring: Ring) -> Message | None:
    """Return what is wrong with a ring of at least three corners, None for a sound one.

    >>> outline_mistake(((0, 0), (4, 0), (0, 3), (4, 3)))
    'its sides 2 and 4 cross or touch each other'
    """
    if len(ring) > MOST_CORNERS:
        return message("it has more than %(count)s corners", count=MOST_CORNERS)
    count = len(ring)
    for at in range(count):
        if _distance(ring[at], ring[(at + 1) % count]) < NEAR_M:
            return message(
                "its corners %(first)s and %(second)s are in one place", first=at + 1, second=(at + 1) % count + 1
            )
    for first in range(count):
        for second in range(first + 1, count):
            if _is_crossing(ring, first, second):
                return message(
                    "its sides %(first)s and %(second)s cross or touch each other", first=first + 1, second=second + 1
                )
    if abs(signed_area(ring)) < LEAST_M2:
        return message("it has no area")
    return None


def signed_area(ring: Ring) -> float:
    """Return the area of a ring, positive where it is counter-clockwise."""
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, (*ring[1:], ring[0]), strict=True)) / 2


def is_inside(ring: Ring, point: Point) -> bool:
    """Return whether a point lies inside a ring."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def do_cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether two segments cross, or touch within a millimetre."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, c, d), (b, c, d), (c, a, b), (d, a, b))
    return any(_away(*each) < NEAR_M for each in ends)


def _is_crossing(ring: Ring, first: int, second: int) -> bool:
    count = len(ring)
    a, b, c, d = ring[first], ring[(first + 1) % count], ring[second], ring[(second + 1) % count]
    if second == first + 1:  # they share b; one that folds back lies on the other
        return _away(d, a, b) < NEAR_M or _away(a, c, d) < NEAR_M
    if first == (second + 1) % count:
        return _away(b, c, d) < NEAR_M or _away(c, a, b) < NEAR_M
    return do_cross(a, b, c, d)


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _away(point: Point, start: Point, end: Point) -> float:
    """Return the distance of a point from a segment."""
    length = _distance(start, end)
    along = ((point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (end[1] - start[1])) / length**2
    share = min(max(along, 0.0), 1.0)
    return _distance(point, (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
