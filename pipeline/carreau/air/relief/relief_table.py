"""Make the table model of a territory from outlines alone, as a museum's relief table is made.

The communes are plates on a slab, with a groove between them. Each place stands on its exact outline, with its edges
bevelled inwards, so that its area from above is that of the outline. A heap rises from its outline as loose spoil does,
and no steeper than its height asks for. Soft shade at the foot of what stands is baked into the colours of the plates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
import shapely.ops
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from carreau.air.relief.table_data import Color, Form, Plate, RaisedPlace, Skin, TablePart, TableScale, polygons_of

PLATE, COMMUNES, ROUTES = "plate", "communes", "routes"
"""Names of the nodes that are no place."""

SLAB_COLOR: Color = (86, 64, 48)
ROUTE_COLOR: Color = (150, 104, 36)
SLAB_M, RIM_M = 190.0, 130.0
"""Thickness of the slab, in heights, and how far it reaches beyond the communes."""
BAY_M = 700.0
"""Bays narrower than twice this are part of the slab."""
TOLERANCE_M = 100.0
"""Borders of communes lose corners whose triangles have an area below the square of this (Visvalingam-Whyatt)."""
GROOVE_M, BEVEL_M, DEPTH_M = 9.0, 26.0, 14.0
"""Of a plate: half the groove, width of the bevel, height of the plate above the slab."""
REPOSE_RAD = math.radians(34.0)
"""Angle of repose of loose spoil."""
SHADE_M = 45.0
"""How far the shade at the foot of a place reaches."""
INLAY_M, INLAY_HALF_M, DASH_M, GAP_M = 2.5, 11.0, 130.0, 90.0
"""Of a route: height above the plates, half the width, and length of dashes and gaps where it only joins its stops."""
_HEAP_STEPS = (0.0, 0.3, 0.6, 0.85, 1.0)


def relief_table(
    plates: Sequence[Plate],
    places: Sequence[RaisedPlace],
    routes: Iterable[tuple[LineString, bool]],
    scale: TableScale,
) -> tuple[TablePart, ...]:
    """Return the parts of the model: slab, plates, routes, then each place; equal arguments give equal bytes.

    routes : in metres on the ground, and whether each only joins its stops by straight lines
    """
    outlines = simplified([plate.outline for plate in plates])
    foot = shapely.union_all([place.outline for place in places]) if places else shapely.Polygon()
    parts = [slab(outlines, scale), _plates(plates, outlines, foot, scale)]
    inlays = _routes(routes, scale)
    return (*parts, *([inlays] if inlays else []), *(raised_place(place, scale) for place in places))


def simplified(outlines: list[BaseGeometry]) -> list[BaseGeometry]:
    """Return outlines with fewer points; borders that two of them share stay shared."""
    return list(shapely.coverage_simplify(outlines, TOLERANCE_M))


def _inset(shape: BaseGeometry, by: float) -> BaseGeometry:
    return shapely.buffer(shape, -by, join_style="mitre", mitre_limit=2.5)


def darker(color: Color, share: float) -> Color:
    """Return a colour with a share of its light.

    >>> darker((200, 100, 50), 0.5)
    (100, 50, 25)
    """
    red, green, blue = (round(channel * share) for channel in color)
    return red, green, blue


def lighter(color: Color, share: float) -> Color:
    """Return a colour mixed with a share of white.

    >>> lighter((200, 100, 0), 0.5)
    (228, 178, 128)
    """
    red, green, blue = (round(channel + (255 - channel) * share) for channel in color)
    return red, green, blue


def slab(outlines: Sequence[BaseGeometry], scale: TableScale) -> TablePart:
    """Return what the communes lie on."""
    closed = shapely.buffer(shapely.buffer(shapely.union_all(outlines), BAY_M, quad_segs=2), RIM_M - BAY_M, quad_segs=2)
    around = shapely.simplify(closed, 90.0)
    rim = shapely.union_all([shapely.Polygon(each.exterior) for each in polygons_of(around)])
    inside = _inset(rim, 55.0)
    skin, top = Skin(scale), -DEPTH_M
    skin.level(inside, top, darker(SLAB_COLOR, 0.62))
    skin.slope(rim, inside, top - 14.0, top, lighter(SLAB_COLOR, 0.10), lighter(SLAB_COLOR, 0.16))
    skin.wall(rim, top - SLAB_M, top - 14.0, darker(SLAB_COLOR, 0.55), SLAB_COLOR)
    return skin.part(PLATE)


def _plates(
    plates: Sequence[Plate], outlines: Sequence[BaseGeometry], foot: BaseGeometry, scale: TableScale
) -> TablePart:
    """Return the plates; around the foot of the places, the plates are darker towards it."""
    skin = Skin(scale)
    near = shapely.buffer(foot, SHADE_M, quad_segs=2)
    for plate, outline in zip(plates, outlines, strict=True):
        edge = _inset(outline, GROOVE_M)
        cap = _inset(edge, BEVEL_M)
        shaded = shapely.intersection(cap, near)
        skin.slope(edge, cap, -DEPTH_M, 0.0, darker(plate.color, 0.42), lighter(plate.color, 0.10))
        skin.level(shapely.difference(cap, near), 0.0, plate.color)
        skin.shaded(shapely.difference(shaded, foot), shapely.boundary(foot), darker(plate.color, 0.5), plate.color)
        skin.level(shapely.intersection(cap, foot), 0.0, darker(plate.color, 0.45))
    return skin.part(COMMUNES)


def _routes(routes: Iterable[tuple[LineString, bool]], scale: TableScale) -> TablePart | None:
    skin, is_empty = Skin(scale), True
    for strip in polygons_of(route_strips(routes)):
        skin.level(strip, INLAY_M, ROUTE_COLOR)
        is_empty = False
    return None if is_empty else skin.part(ROUTES)


def route_strips(routes: Iterable[tuple[LineString, bool]]) -> BaseGeometry:
    """Return the area of routes, dashed where they only join their stops."""
    strips = [
        shapely.buffer(piece, INLAY_HALF_M, quad_segs=2, cap_style="flat")
        for line, is_dashed in routes
        for piece in (_dashes(line) if is_dashed else [line])
    ]
    return shapely.union_all(strips)


def _dashes(line: LineString) -> list[BaseGeometry]:
    starts = np.arange(0.0, line.length, DASH_M + GAP_M)
    return [shapely.ops.substring(line, start, min(start + DASH_M, line.length)) for start in starts.tolist()]


def inradius(shape: BaseGeometry) -> float:
    """Return the radius of the largest circle inside a polygon, of the widest of several."""
    return max((shapely.maximum_inscribed_circle(each, tolerance=0.5).length for each in polygons_of(shape)), default=0)


def raised_place(place: RaisedPlace, scale: TableScale) -> TablePart:
    """Return a place that stands on its outline by its form."""
    skin = Skin(scale)
    if place.form is Form.HEAP:
        _heap(skin, place)
        return skin.part(place.name, is_smooth=True)
    if place.form is Form.WATER:
        inside = _inset(place.outline, min(18.0, inradius(place.outline) / 3))
        skin.slope(place.outline, inside, 3.0, 1.0, lighter(place.color, 0.35), place.color)
        skin.level(inside, 1.0, place.color)
        return skin.part(place.name, is_water=True)
    for outline in polygons_of(place.outline):
        bevel = min(6.0, inradius(outline) / 4, place.height_m / 2)
        inside, shoulder = _inset(outline, bevel), place.height_m - bevel
        skin.wall(outline, 0.0, shoulder, darker(place.color, 0.5), darker(place.color, 0.82))
        skin.slope(outline, inside, shoulder, place.height_m, lighter(place.color, 0.12), lighter(place.color, 0.16))
        skin.level(inside, place.height_m, place.color)
    return skin.part(place.name)


def _heap(skin: Skin, place: RaisedPlace) -> None:
    """Rise by the angle of repose up to the height, or as steeply as needed to reach it in the middle."""
    for outline in polygons_of(place.outline):
        reach = inradius(outline)
        run = min(place.height_m / math.tan(REPOSE_RAD), 0.94 * reach)
        rings = [outline, *(shapely.buffer(outline, -run * step, quad_segs=2) for step in _HEAP_STEPS[1:])]
        shades = [darker(place.color, 0.5 + 0.5 * step) for step in _HEAP_STEPS]
        heights = [place.height_m * step for step in _HEAP_STEPS]
        for at in range(len(rings) - 1):
            skin.slope(rings[at], rings[at + 1], heights[at], heights[at + 1], shades[at], shades[at + 1])
        skin.level(rings[-1], heights[-1], shades[-1])
