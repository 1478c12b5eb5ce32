"""Make the relief of a territory: the same model as the table, with measured terrain in the place of level plates.

Where no height is known, the plate stays level and places stand on it by their symbols, as on the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from carreau.air.relief.draping import border, covered, draped, joined, level
from carreau.air.relief.relief_table import (
    COMMUNES,
    DEPTH_M,
    ROUTE_COLOR,
    ROUTES,
    darker,
    lighter,
    raised_place,
    route_strips,
    simplified,
    slab,
)
from carreau.air.relief.table_data import Color, Form, Plate, RaisedPlace, TablePart, TableScale
from carreau.air.relief.terrain_net import Heights, Net, TerrainNet
from carreau.base.model import FloatArray

TOLERANCES_M = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0)
MOST_TRIANGLES = 9_000
"""Of the terrain; the first tolerance that needs no more is taken."""
LIFT_M, LIFT_SHARE = 5.0, 0.25
"""How high the plate of a place lies over the ground: so far, and this share of its symbolic height, by which a church
lies on its estate."""
TINT_LIFT_M, ROUTE_LIFT_M = 3.0, 3.5
"""How high tints on heaps and water, and routes lie over the ground."""
TINT = 0.45
"""How much of a tint is white."""
OUTLINE_M, ROUTE_M = 1.5, 6.0
"""By how much outlines of places and routes may be off, which lie on many triangles."""
LEAST_SHARE = 0.5
"""A place stands on measured ground if it covers this much of its outline."""
SIDE_SHADE = 0.42
Box = tuple[float, float, float, float]
WHITE: Color = (255, 255, 255)


@dataclass(frozen=True, eq=False)
class ReliefGround:
    """The ground of a relief.

    land : area of all communes
    covered : its part with known heights
    net : triangles over the covered part, in metres above `datum_m`
    datum_m : height of the model's level 0
    tolerance_m : by which the net may miss a height
    """

    land: BaseGeometry
    covered: BaseGeometry
    net: Net
    datum_m: float
    tolerance_m: float

    @property
    def share(self) -> float:
        """Return the share of the land whose heights are known."""
        return float(self.covered.area / self.land.area)


@dataclass(frozen=True, eq=False)
class Relief:
    """The parts of a model, and the measured places with their height from their lowest to their highest point."""

    parts: tuple[TablePart, ...]
    heights_m: Mapping[str, float]
    ground: ReliefGround


def relief_ground(plates: Sequence[Plate], heights: Heights) -> ReliefGround | None:
    """Return the ground; None if no height is known within the communes."""
    land = shapely.union_all(simplified([plate.outline for plate in plates]))
    known = covered(heights, land)
    if known.is_empty:
        return None
    terrain = TerrainNet(heights)
    for tolerance in TOLERANCES_M:
        whole = terrain.at(tolerance)
        net = Net(whole.points, whole.faces[_near(whole, known)])
        if len(net.faces) <= MOST_TRIANGLES or tolerance == TOLERANCES_M[-1]:
            break
    net = draped(net, known)
    datum = float(np.floor(net.points[:, 2].min()))
    return ReliefGround(land, known, Net(net.points - np.array([0.0, 0.0, datum]), net.faces), datum, tolerance)


def _near(net: Net, shape: BaseGeometry) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    shapely.prepare(shape)
    return np.asarray(shapely.intersects(shape, shapely.polygons(net.points[net.faces][:, :, :2])))


def relief(
    ground: ReliefGround,
    plates: Sequence[Plate],
    places: Sequence[RaisedPlace],
    routes: Iterable[tuple[LineString, bool]],
    scale: TableScale,
    picture: Box,
) -> Relief:
    """Return the parts of the model, named as those of the table; equal arguments give equal bytes.

    routes : in metres on the ground, and whether each only joins its stops by straight lines
    picture : west, south, east and north of the picture of the ground
    """
    parts = [slab(simplified([plate.outline for plate in plates]), scale)]
    whole = joined([ground.net, level(shapely.difference(ground.land, ground.covered), 0.0)])
    parts.append(_part(COMMUNES, whole, 0.0, -DEPTH_M, WHITE, scale, picture))
    lines = [(shapely.simplify(line, ROUTE_M), is_joined) for line, is_joined in routes]
    strips = draped(whole, shapely.intersection(route_strips(lines), ground.land))
    if len(strips.faces):
        parts.append(_part(ROUTES, strips, ROUTE_LIFT_M, None, ROUTE_COLOR, scale))
    heights = dict[str, float]()
    for place in places:
        measured = shapely.intersection(place.outline, ground.covered)
        if measured.area < LEAST_SHARE * place.outline.area:
            parts.append(raised_place(place, scale))
            continue
        net = draped(ground.net, shapely.simplify(measured, OUTLINE_M))
        heights[place.name] = float(np.ptp(net.points[:, 2]))
        if place.form is Form.BLOCK:
            lift = LIFT_M + LIFT_SHARE * place.height_m
            parts.append(_part(place.name, net, lift, -lift, place.color, scale))
        else:
            tint = lighter(_bright(place.color), TINT)
            parts.append(_part(place.name, net, TINT_LIFT_M, None, tint, scale, picture))
    return Relief(tuple(parts), heights, ground)


def _bright(color: Color) -> Color:
    """Return a colour as light as it can be, so that it tints a picture and does not darken it."""
    share = 255 / max(*color, 1)
    red, green, blue = (round(channel * share) for channel in color)
    return red, green, blue


def _part(
    name: str, net: Net, lift_m: float, foot: float | None, color: Color, scale: TableScale, picture: Box | None = None
) -> TablePart:
    """Return a net as a part, smooth, with upright sides along its border.

    foot : where the sides end: a height below 0 for all of it if nothing is lifted, else below the top; None for none
    picture : of the ground, None for plain colours
    """
    top = net.points + np.array([0.0, 0.0, lift_m])
    positions = scale.place(top)
    corners = positions[net.faces].astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(positions), 3))
    np.add.at(normals, net.faces.reshape(-1), np.repeat(cross, 3, axis=0))
    points, faces, shades = [top], [net.faces], [np.tile(np.array(color, np.uint8), (len(top), 1))]
    if foot is not None:
        start, end = border(net).T
        low = top.copy()
        low[:, 2] = foot if not lift_m else top[:, 2] + foot
        quads = np.stack([low[start], low[end], top[end], top[start]], axis=1)
        points.append(quads.reshape(-1, 3))
        along = scale.place(top[end]).astype(np.float64) - scale.place(top[start])
        # A side looks to the right of its direction, the triangle lies on its left.
        normals = np.concatenate([normals, np.repeat(np.cross(along, [0.0, 1.0, 0.0]), 4, axis=0)])
        first = len(top) + np.arange(len(start), dtype=np.int32)[:, None] * 4
        faces += [first + np.array(each, np.int32) for each in ((0, 1, 2), (0, 2, 3))]
        shades.append(np.tile(np.array(darker(color, SIDE_SHADE), np.uint8), (4 * len(start), 1)))
    rows = np.concatenate(points)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return TablePart(
        name,
        scale.place(rows),
        normals.astype(np.float32),
        np.concatenate(shades),
        np.concatenate(faces),
        texcoords=None if picture is None else _texcoords(rows, picture),
    )


def _texcoords(points: np.ndarray[tuple[int, int], np.dtype[np.float64]], picture: Box) -> FloatArray:
    west, south, east, north = picture
    u, v = (points[:, 0] - west) / (east - west), (north - points[:, 1]) / (north - south)
    return np.clip(np.stack([u, v], axis=1), 0, 1).astype(np.float32)
