"""A first reconstruction of a place, from its official outline and the types that fit it: no number need be typed.

It is to be read and corrected. What the outline gives is deduced, what a fact of the place gives is attested by its
source, and all else is that of the type.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from carreau.air.massing.footprints import outline_rings
from carreau.air.massing.massing_file import Basis, MassingPlace, Point, Ring, is_inside, signed_area
from carreau.air.massing.part_types import PartType, read_type
from carreau.air.massing.reconstructed_shape import RECONSTRUCTED

MOST_BUILDINGS = 12
"""Polygons of an outline that become buildings, the largest first."""
LEAST_M2 = 20.0

_STREET_M, _GAP_M = 14.0, 6.0
"""From front to front across a street, and from one row to the next."""
_ROWS = 4


@dataclass(frozen=True)
class KnownPlace:
    """What a catalogue knows of a place.

    words : its kind, and the typology that its inscription has
    outline : name of the GeoJSON file beside its sheet
    heights : the height of it or of its parts, as facts give it: metres and source
    """

    name: str
    words: tuple[str, ...]
    place: MassingPlace
    outline: str
    source: str
    heights: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class _Plan:
    """The outline of a place, on which parts of a type are laid out.

    outline : name of its file
    rings : its polygons in metres, the largest first
    """

    outline: str
    rings: tuple[Ring, ...]
    kind: PartType


def origin(lon: float, lat: float) -> MassingPlace:
    """Return the origin of a draft: a point of the catalogue, its y axis to the true north."""
    return MassingPlace(lon, lat, 0.0, Basis("deduced", ("contour",)))


def fitting_types(folder: Path, words: Sequence[str]) -> tuple[PartType, ...]:
    """Return the types of a folder that fit a place; raises FormatError for one that cannot be read."""
    types = (read_type(path) for path in sorted(folder.glob("*.toml")))
    return tuple(each for each in types if set(each.fits) & set(words))


def draft(known: KnownPlace, types: Sequence[PartType], folder: Path) -> str:
    """Return the text of a file of measured facts with a part or more of each type.

    folder : of the place's sheet; raises FormatError or OutlineError for an outline that cannot be read
    """
    rings = outline_rings(folder / known.outline, known.place)
    lines = [
        "# Première reconstitution, d’après le contour officiel et les types qui conviennent : à relire et à corriger.",
        '# Chaque mesure peut avoir sa source : height = { value = 9, sources = ["photo"], evidence = "attested" }',
        "format = 1",
        f"title = {_text(known.name)}",
        'licence = ""',
        'credit = ""',
        "",
        "[place]",
        f"lon = {known.place.lon}",
        f"lat = {known.place.lat}",
        'evidence = "deduced"',
        'sources = ["contour"]',
        "",
        "[sources]",
        f"contour = {_text(known.source)}",
    ]
    lines += [f"fait-{at} = {_text(source)}" for at, (_, source) in enumerate(known.heights, 1)]
    if any(LAYOUTS[each.shape] is not _on_outline for each in types):
        for at in range(min(len(rings), MOST_BUILDINGS)):
            lines += _ground(known, at)
    for each in types:
        for number, part in enumerate(LAYOUTS[each.shape](_Plan(known.outline, rings, each)), 1):
            lines += ["", "[[part]]", f'name = "{each.key}-{number}"', f'type = "{each.key}"']
            lines += [f"{key} = {value}" for key, value in part.items()]
            lines += _height(known, each)
    return "\n".join(lines) + "\n"


def _text(words: str) -> str:
    return json.dumps(" ".join(words.split()), ensure_ascii=False)


def _deduced(value: float) -> str:
    return f'{{ value = {round(value, 1)}, evidence = "deduced", sources = ["contour"] }}'


def _height(known: KnownPlace, kind: PartType) -> list[str]:
    """Return the line of the height that a fact gives: of what is high, not of what is built beside it."""
    if not known.heights or kind.shape not in ("spoil-tip", "lattice-headframe", "portal-headframe"):
        return []
    values = [value for value, _ in known.heights]
    sources = ", ".join(f'"fait-{at}"' for at in range(1, len(values) + 1))
    low, high = min(values), max(values)
    value = f"{low:g}" if low == high else f"[{low:g}, {high:g}]"
    return [f'height = {{ value = {value}, evidence = "attested", sources = [{sources}] }}']


def _footprint(outline: str, at: int) -> str:
    return _text(outline if at == 0 else f"{outline}#{at + 1}")


def _ground(known: KnownPlace, at: int) -> list[str]:
    return [
        "",
        "[[part]]",
        f'name = "contour-{at + 1}"',
        'title = "Contour officiel"',
        'shape = "ground"',
        f"footprint = {_footprint(known.outline, at)}",
        'materials = { ground = "plan-ground" }',
        'evidence = "attested"',
        'sources = ["contour"]',
    ]


def _on_outline(plan: _Plan) -> Iterator[Mapping[str, str]]:
    """Yield a part on each polygon of the outline, as a tip or a pond."""
    for at in range(min(len(plan.rings), MOST_BUILDINGS)):
        yield {"footprint": _footprint(plan.outline, at)}


def _in_rectangles(plan: _Plan) -> Iterator[Mapping[str, str]]:
    """Yield a building in the narrowest rectangle around each polygon, as a school or a church."""
    for ring in [each for each in plan.rings if signed_area(each) >= LEAST_M2][:MOST_BUILDINGS] or plan.rings[:1]:
        (x, y), (length, width), turn = narrowest_rectangle(ring)
        yield {
            "at": f"[{x:.1f}, {y:.1f}]",
            "turn_deg": f"{turn:.1f}",
            "length": _deduced(length),
            "width": _deduced(width),
        }


def _in_the_middle(plan: _Plan) -> Iterator[Mapping[str, str]]:
    """Yield one part in the middle of the largest polygon, as a headframe or a statue."""
    (x, y), _, turn = narrowest_rectangle(plan.rings[0])
    yield {"at": f"[{x:.1f}, {y:.1f}]", "turn_deg": f"{turn:.1f}"}


def _in_a_street(plan: _Plan) -> Iterator[Mapping[str, str]]:
    """Yield rows on both sides of a street along the longest side of the outline: a sample of what is there."""
    ring, kind = plan.rings[0], plan.kind
    edges = [(a, b) for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)]
    (ax, ay), (bx, by) = max(edges, key=lambda edge: math.dist(*edge))
    length = math.dist((ax, ay), (bx, by))
    east, north = (bx - ax) / length, (by - ay) / length
    shape = RECONSTRUCTED[kind.shape].facts.measures
    size = {key: sum(kind.measures.get(key, (each.instead or 1.0,) * 2)) / 2 for key, each in shape.items()}
    count = round(kind.measures.get("count", (8, 8))[0])
    depth, long = size["house_depth"], count * size["house_width"]
    rows = max(1, min(_ROWS, int((length - 2 * _GAP_M) // (long + _GAP_M))))
    turn = -math.degrees(math.atan2(north, east))
    behind = size["garden"] + depth / 2 + 2
    for side, way in ((behind, 180.0), (behind + depth + _STREET_M, 0.0)):
        for at in range(rows):
            along = length / 2 + (at - (rows - 1) / 2) * (long + _GAP_M)
            spot = (ax + along * east - side * north, ay + along * north + side * east)
            if is_inside(ring, spot):
                yield {
                    "at": f"[{spot[0]:.1f}, {spot[1]:.1f}]",
                    "turn_deg": f"{(turn + way + 180) % 360 - 180:.1f}",
                    "count": str(count),
                    "note": _text("Une rue montre le type ; le plan des autres reste à lever."),
                }


def _along_the_outline(plan: _Plan) -> Iterator[Mapping[str, str]]:
    """Yield a line in the middle of each narrow polygon, as an old railway."""
    for ring in plan.rings[:MOST_BUILDINGS]:
        line = ", ".join(f"[{x:.1f}, {y:.1f}]" for x, y in middle_line(ring))
        yield {"path": f"[{line}]"}


LAYOUTS = {
    "spoil-tip": _on_outline, "pond": _on_outline, "trees": _on_outline, "ground": _on_outline,
    "hall": _in_rectangles, "church": _in_rectangles, "pavilion": _in_rectangles,
    "lattice-headframe": _in_the_middle, "portal-headframe": _in_the_middle, "brick-chimney": _in_the_middle,
    "monument": _in_the_middle, "house-row": _in_a_street, "embankment": _along_the_outline,
    "street": _along_the_outline, "fence": _along_the_outline,
}  # fmt: skip
"""How parts of each shape lie on an outline."""


def narrowest_rectangle(ring: Ring) -> tuple[Point, tuple[float, float], float]:
    """Return the middle of the smallest rectangle around a ring, its length and width, and its turn in degrees.

    One of its sides lies along a side of the ring's hull, and any side of the hull is tried by way of the ring's own.

    >>> narrowest_rectangle(((0.0, 0.0), (0.0, -10.0), (4.0, -10.0), (4.0, 0.0)))
    ((2.0, -5.0), (10.0, 4.0), 90.0)
    """
    best: tuple[float, Point, tuple[float, float], float] | None = None
    for a in ring:
        for b in ring:
            if (reach := math.dist(a, b)) < 1e-6:
                continue
            u, v = (b[0] - a[0]) / reach, (b[1] - a[1]) / reach
            along = [x * u + y * v for x, y in ring]
            across = [y * u - x * v for x, y in ring]
            size = max(along) - min(along), max(across) - min(across)
            if size[0] < size[1] - 1e-9:
                continue
            if best is None or size[0] * size[1] < best[0] - 1e-6:
                s, t = (max(along) + min(along)) / 2, (max(across) + min(across)) / 2
                turn = -math.degrees(math.atan2(v, u)) % 180
                best = size[0] * size[1], (s * u - t * v, s * v + t * u), size, turn
    if best is None:
        raise ValueError("the ring has no two corners apart")
    return best[1:]


def middle_line(ring: Ring, places: int = 24) -> tuple[Point, ...]:
    """Return a line in the middle of a long narrow ring, from one end of it to the other."""
    count = len(ring)
    pairs = [(first, second) for first in range(count) for second in range(first + 1, count)]
    first, second = max(pairs, key=lambda pair: math.dist(ring[pair[0]], ring[pair[1]]))
    one = ring[first : second + 1]
    other = (*ring[second:], *ring[: first + 1])[::-1]
    steps = [at / (places - 1) for at in range(places)]
    sides = [[_along(side, share) for share in steps] for side in (one, other)]
    return tuple(((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by) in zip(*sides, strict=True))


def _along(line: Sequence[Point], share: float) -> Point:
    lengths = [math.dist(a, b) for a, b in pairwise(line)]
    left = share * sum(lengths)
    for ((ax, ay), (bx, by)), length in zip(pairwise(line), lengths, strict=True):
        if left <= length and length > 0:
            return ax + (bx - ax) * left / length, ay + (by - ay) * left / length
        left -= length
    return line[-1]
