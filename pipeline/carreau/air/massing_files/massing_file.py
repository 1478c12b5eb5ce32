"""What is known of a lost building: places, measures, and who says so, as a file of measured facts holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from carreau.air.massing_files.outline_checks import Ring

Evidence = Literal["attested", "deduced", "hypothetical"]
EVIDENCE: tuple[Evidence, ...] = ("attested", "deduced", "hypothetical")
"""How sure a fact is, the surest first."""

HYPOTHETICAL: Evidence = "hypothetical"
ENDING = "massing.toml"
RANGE_ENDING = "-range"
"""What the name of a part is followed by in that of the node of what its measures leave open."""


def is_massing(path: Path) -> bool:
    """Return whether a file is one of measured facts, by its name: `massing.toml` or `NAME.massing.toml`."""
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
    """A number, or the least and the most of it.

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
