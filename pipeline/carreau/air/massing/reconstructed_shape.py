"""What a shape of a reconstruction is made from, and what it yields: the form of its tables of shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from carreau.air.massing.massing_file import Point, Ring, ShapeFacts
from carreau.air.massing.pieces import Face


@dataclass(frozen=True)
class ShapeInput:
    """What is known of a part when it is made.

    numbers : its measures by key, metres, degrees or counts; of a range, the middle
    choices : its words by key
    materials : keys of materials by role ("wall", "roof" …), of the roles that the part or its type names
    footprint : its outline about its foot, counter-clockwise; empty where it has length and width
    path : the line that it follows, about its foot; empty where it follows none
    """

    numbers: Mapping[str, float]
    choices: Mapping[str, str] = field(default_factory=dict)
    materials: Mapping[str, str] = field(default_factory=dict)
    footprint: Ring = ()
    path: tuple[Point, ...] = ()

    def count(self, key: str) -> int:
        """Return a measure that is a count."""
        return round(self.numbers[key])

    def material(self, role: str, usual: str) -> str:
        """Return the material of a role, or the usual one."""
        return self.materials.get(role, usual)


@dataclass(frozen=True)
class ReconstructedShape:
    """A shape whose faces have materials.

    facts : the keys that it has in a file
    make : yields its faces about the middle of its plan, its foot at the height 0, its length along x and its front to
        the south
    """

    facts: ShapeFacts
    make: Callable[[ShapeInput], Iterable[Face]]
