"""The shapes of a reconstruction, whose faces have materials: what each needs, and what makes it.

Makers are text, `module:function`, so that a file of measured facts is read without the numerics that draw it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from carreau.air.massing.massing_file import (
    HIGHEST_M,
    MOST_M,
    MassingPart,
    MeasureLimits,
    Point,
    Ring,
    ShapeFacts,
)
from carreau.base.messages import Message, Number, message

if TYPE_CHECKING:
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
    maker : function of a ShapeInput that yields its faces about the middle of its plan, its foot at the height 0, its
        length along x and its front to the south
    """

    facts: ShapeFacts
    maker: str

    def make(self, known: ShapeInput) -> Iterable[Face]:
        """Return the faces of the shape."""
        faces: Iterable[Face] = resolve_name(self.maker)(known)
        return faces


def _m(usual: float | None = None, most: float = 100.0, may_be_zero: bool = False) -> MeasureLimits:
    """Return the limits of a length in metres; without a usual value it must be written."""
    return MeasureLimits(most, usual, may_be_zero)


def _count(usual: int | None, most: int) -> MeasureLimits:
    return MeasureLimits(most, usual, is_whole=True)


_LENGTH, _HEIGHT = MeasureLimits(MOST_M), MeasureLimits(HIGHEST_M)
_HEADFRAME = {"height": MeasureLimits(120.0), "wheel": _m(5, 12)}
_WHEELS = ("side-by-side", "superposed")

RECONSTRUCTED: Mapping[str, ReconstructedShape] = {
    "lattice-headframe": ReconstructedShape(
        ShapeFacts(
            {**_HEADFRAME, "base": _m(9, 40), "top": _m(5, 40), "reach": _m(16, 80), "count": _count(2, 4)},
            choices={"wheels": _WHEELS, "roof": ("gable", "none")},
        ),
        "carreau.air.massing.headframes:lattice_headframe",
    ),
    "portal-headframe": ReconstructedShape(
        ShapeFacts(
            {**_HEADFRAME, "span": _m(26, 80), "width": _m(12, 60), "top": _m(6, 40), "count": _count(4, 4)},
            choices={"wheels": _WHEELS[::-1]},
        ),
        "carreau.air.massing.headframes:portal_headframe",
    ),
    "hall": ReconstructedShape(
        ShapeFacts(
            {"length": _LENGTH, "width": _LENGTH, "height": _HEIGHT, "roof_height": _m(4), "bays": _count(6, 40)},
            choices={"roof": ("gable", "hip", "saw-tooth", "flat"), "windows": ("round", "flat", "none")},
        ),
        "carreau.air.massing.works:hall",
    ),
    "brick-chimney": ReconstructedShape(
        ShapeFacts({"height": _HEIGHT, "diameter": _m(4, 30), "top_diameter": _m(2.4, 30)}),
        "carreau.air.massing.works:brick_chimney"
    ),
    "church": ReconstructedShape(
        ShapeFacts(
            {
                "length": _LENGTH, "width": _LENGTH, "height": _HEIGHT, "roof_height": _m(6), "bays": _count(5, 20),
                "aisle_width": _m(3, may_be_zero=True), "aisle_height": _m(5), "tower_width": _m(6),
                "tower_height": _m(18, HIGHEST_M), "spire_height": _m(10, may_be_zero=True),
            },
            choices={"tower": ("west", "none"), "apse": ("polygonal", "flat")},
        ),
        "carreau.air.massing.works:church",
    ),
    "house-row": ReconstructedShape(
        ShapeFacts(
            {
                "count": _count(None, 60), "house_width": _m(5.5, 30), "house_depth": _m(8, 30),
                "storeys": _count(1, 4), "storey_height": _m(2.8, 8), "roof_height": _m(3.2, 15),
                "attic": _m(0, 3, may_be_zero=True), "garden": _m(12, 60, may_be_zero=True),
            },
            choices={
                "roof": ("gable", "hip"), "mirrored": ("pairs", "no"), "dormers": ("none", "each"),
                "decor": ("plain", "bands", "frames", "arches"), "outbuilding": ("none", "lean-to"),
                "fence": ("hedge", "pales", "none"),
            },
        ),
        "carreau.air.massing.houses:house_row",
    ),
    "pavilion": ReconstructedShape(
        ShapeFacts(
            {
                "length": _LENGTH, "width": _LENGTH, "storeys": _count(1, 6), "storey_height": _m(3.6, 12),
                "roof_height": _m(3.5, 30), "bays": _count(5, 40), "window_width": _m(1.2, 8),
            },
            choices={"roof": ("hip", "gable", "flat"), "decor": ("bands", "plain")},
        ),
        "carreau.air.massing.houses:pavilion",
    ),
    "monument": ReconstructedShape(
        ShapeFacts(
            {
                "height": MeasureLimits(60.0), "width": _m(3, 40),
                "count": MeasureLimits(6, 0, may_be_zero=True, is_whole=True),
            }
        ),
        "carreau.air.massing.works:monument",
    ),
    "spoil-tip": ReconstructedShape(
        ShapeFacts(
            {"height": _HEIGHT, "angle": _m(35, 60)},
            has_footprint=True,
            choices={
                "top": ("cone", "ridge", "flat"), "cover": ("sparse", "none", "grass"),
                "trees": ("sparse", "none", "woods"),
            },
        ),
        "carreau.air.massing.landscape:spoil_tip",
    ),
    "pond": ReconstructedShape(
        ShapeFacts({"bank": _m(1, 20)}, has_footprint=True, choices={"reeds": ("some", "none")}),
        "carreau.air.massing.landscape:pond"
    ),
    "embankment": ReconstructedShape(
        ShapeFacts(
            {"height": MeasureLimits(40.0), "width": _m(8, 60), "angle": _m(34, 80)},
            has_path=True,
            choices={"track": ("single", "double", "none")},
        ),
        "carreau.air.massing.landscape:embankment",
    ),
    "ground": ReconstructedShape(ShapeFacts({}, has_footprint=True), "carreau.air.massing.landscape:ground"),
    "street": ReconstructedShape(
        ShapeFacts(
            {"width": _m(6, 60), "pavement": _m(1.5, 20), "spacing": _m(9, 100)},
            has_path=True,
            choices={"trees": ("none", "broadleaf", "poplar", "birch")},
        ),
        "carreau.air.massing.landscape:street",
    ),
    "fence": ReconstructedShape(
        ShapeFacts(
            {"height": _m(1.4, 12), "width": _m(0.6, 5)},
            has_path=True,
            choices={"kind": ("hedge", "wall", "pales")},
        ),
        "carreau.air.massing.landscape:fence",
    ),
    "trees": ReconstructedShape(
        ShapeFacts(
            {"count": _count(20, 120), "height": _m(9, 40)},
            has_footprint=True,
            choices={"kind": ("broadleaf", "birch", "poplar")},
        ),
        "carreau.air.massing.landscape:trees",
    ),
}  # fmt: skip
"""The shapes whose faces have materials, by their names in the file; those with a usual value need not be written."""

_ORDERED = {
    "lattice-headframe": (("top", "base"), ("wheel", "height")),
    "portal-headframe": (("wheel", "height"),),
    "brick-chimney": (("top_diameter", "diameter"),),
    "church": (("tower_width", "width"),),
}
"""By shape: measures of which the first is at most the second."""


def reconstructed_mistakes(part: MassingPart) -> Iterator[tuple[str, Message, Message]]:
    """Yield what of a part's measures does not go together: key, cause and cure."""
    numbers = middle_numbers(part)
    ordered = () if part.choices.get("tower") == "none" else _ORDERED.get(part.shape, ())
    for small, large in ordered:
        if numbers[small] > numbers[large]:
            cause = message(
                "%(small)s is more than %(large)s, which is %(most)s m",
                small=small, large=large, most=Number(numbers[large], ",.6g"),
            )  # fmt: skip
            yield small, cause, message("correct one of them")


def middle_numbers(part: MassingPart) -> dict[str, float]:
    """Return the measures of a part as numbers: the middle of those of which the least and the most are known."""
    counts = {key for key, each in RECONSTRUCTED[part.shape].facts.measures.items() if each.is_whole}
    middles = {key: (each.low + each.high) / 2 for key, each in part.measures.items()}
    return {key: round(value) if key in counts else value for key, value in middles.items()}
