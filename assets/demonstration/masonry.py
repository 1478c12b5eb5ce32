"""The faces of hall and houses: which texel is wall, roof, window or ornament."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from assets.demonstration import bricks, hall, houses, joinery, roofs
from assets.demonstration.colors import mixed, ramp, srgb
from assets.demonstration.noise import smooth_noise
from assets.demonstration.shapes import Arch
from carreau.base.model import FloatArray

SIGN, SIGN_M = "SIMULATION", (6.6, 0.92)
SIGN_X, SIGN_Y = hall.MIDDLE - SIGN_M[0] / 2, 9.98


@cache
def _lettering() -> FloatArray:
    """Return (h, w) 0..1: the word on the parapet, 60 texels a metre."""
    font = ImageFont.load_default(size=58)
    picture = Image.new("L", (round(SIGN_M[0] * 60), round(SIGN_M[1] * 60)), 0)
    pen = ImageDraw.Draw(picture)
    gap = (picture.width - 24 - sum(font.getlength(letter) for letter in SIGN)) / (len(SIGN) - 1)
    x = 12.0
    for letter in SIGN:
        pen.text((x, picture.height / 2), letter, 255, font, anchor="lm", stroke_width=1)
        x += font.getlength(letter) + gap
    return np.asarray(picture, np.float32) / np.float32(255)


def _signed(colors: FloatArray, places: FloatArray, normals: FloatArray) -> FloatArray:
    letters = _lettering()
    column = np.floor((places[:, 0] - SIGN_X) * 60).astype(int)
    row = np.floor((SIGN_Y + SIGN_M[1] - places[:, 1]) * 60).astype(int)
    on = (column >= 0) & (column < letters.shape[1]) & (row >= 0) & (row < letters.shape[0]) & (normals[:, 2] > 0.5)
    share = np.zeros(len(places), np.float32)
    share[on] = letters[row[on], column[on]]
    return mixed(colors, srgb(232, 226, 208), share * (0.55 + 0.5 * smooth_noise(places, 4.0, 151, 3)))


def _along(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k,) metres along the wall that a place lies on."""
    return np.where(np.abs(normals[:, 0]) > np.abs(normals[:, 2]), places[:, 2], places[:, 0])


def around(opening: Arch, places: FloatArray, reach: float) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Return indices of places around an opening, their offset from its middle, and metres inside its rim."""
    low, high = np.array(opening.low) - reach, np.array(opening.high) + reach
    across, through = 2 - opening.through, opening.through
    low[through] -= 0.15
    high[through] += 0.15
    near = np.flatnonzero(np.all((places > low) & (places < high), axis=1))
    x, y, z = (places[near, axis] for axis in range(3))
    middle = np.full_like(x, (opening.low[through] + opening.high[through]) / 2)
    inside = -opening.distance(x, y, middle) if through == 2 else -opening.distance(middle, y, z)
    offset = places[near, across] - (opening.low[across] + opening.high[across]) / 2
    return near, offset, inside.astype(np.float32)


def ornament(light: FloatArray, places: FloatArray, opening: Arch, width: float) -> None:
    """Mark the light bricks around an opening, in place."""
    near, offset, inside = around(opening, places, 0.5)
    across = 2 - opening.through
    half = (opening.high[across] - opening.low[across]) / 2
    mark = bricks.surround(offset, places[near, 1], half, opening.spring, opening.high[1], width)
    low = places[near, 1] > opening.low[1] - 0.05
    light[near] = np.where((mark >= 0) & low & (inside < 0.02), mark, light[near])


def depth(opening: Arch, places: FloatArray) -> FloatArray:
    """Return (k,) True-like 1 where a place lies at the back of an opening, not on its reveal."""
    axis = opening.through
    outward = opening.high[axis] - opening.low[axis] - 1
    front = places[:, axis] - opening.low[axis]
    back = opening.high[axis] - places[:, axis]
    values: FloatArray = (np.minimum(front, back) < 0.55 * outward).astype(np.float32)
    return values


def hall_wall(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3): the hall's brickwork with its windows, gate, oculus and name."""
    y, u = places[:, 1], _along(places, normals)
    light = bricks.bands(y, (1.5, 3.1, 5.9, 6.5, 8.9, 9.6, 11.1), 2)
    for opening, _ in hall.openings():
        ornament(light, places, opening, 0.3)
    ring = np.hypot(places[:, 0] - hall.OCULUS[0], y - hall.OCULUS[1])
    wedge = np.floor(np.arctan2(places[:, 0] - hall.OCULUS[0], y - hall.OCULUS[1]) * 8 / np.pi) % 2
    light = np.where((ring < hall.OCULUS[2] + 0.3) & (normals[:, 2] > 0.4), wedge, light).astype(np.float32)
    soot = 0.25 + 0.5 * ramp(y, 7.6, 9.3) * ramp(y, 9.7, 9.3) + 0.4 * ramp(y, 5.4, 6.9) * ramp(y, 7.2, 6.9)
    colors = _signed(bricks.wall(places, u, light, soot, 161), places, normals)
    for number, (opening, kind) in enumerate(hall.openings()):
        near, x, inside = around(opening, places, 0.0)
        fill = (
            joinery.timber_gate(x, places[near, 1], inside)
            if kind == "gate"
            else joinery.iron_window(x, places[near, 1], inside, 170 + number)
        )
        pane = (inside > 0.015) * depth(opening, places[near])
        colors[near] = mixed(colors[near], fill, pane)
    round_pane = (ring < hall.OCULUS[2] - 0.02) & (np.abs(places[:, 2] - hall.TOWER_FRONT + hall.RECESS) < 0.12)
    spot = places[round_pane]
    colors[round_pane] = joinery.iron_window(
        spot[:, 0] - hall.OCULUS[0], spot[:, 1] - hall.OCULUS[1], hall.OCULUS[2] - ring[round_pane], 199
    )
    return colors


def house_wall(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3): the row's brickwork with bands, chequered gables, doors, windows and shutters."""
    y, u = places[:, 1], _along(places, normals)
    light = bricks.bands(y, (0.78, 2.86, 3.18, 4.95), 1) + bricks.bands(y, (3.02,), 1) * (np.floor(u / 0.115) % 2)
    diamond = np.abs((u + 0.2) / 1.15 % 2 - 1) + np.abs(y / 1.15 % 2 - 1)
    gable = (np.abs(normals[:, 0]) > 0.6) & (y > 5.2) & (y < 8.4)
    light = np.where(gable & (np.abs(diamond - 1) < 0.10), 1, np.minimum(light, 1)).astype(np.float32)
    dentil = (y > houses.EAVES - 0.42) & (y < houses.EAVES - 0.26) & (normals[:, 2] > 0.5)
    light = np.where(dentil, np.floor(u / 0.14) % 2, light).astype(np.float32)
    for opening, _, _ in houses.openings():
        ornament(light, places, opening, 0.23)
    soot = 0.22 + 0.7 * ramp(y, 8.6, 10.2) + 0.25 * ramp(y, 4.2, 5.4) * ramp(y, 6.2, 5.4)
    tone = 1 + 0.10 * np.sin(1.7 + 2.1 * np.floor((places[:, 0] - houses.LEFT) / houses.WIDTH))
    colors = bricks.wall(places, u, light, soot, 181) * tone[:, None].astype(np.float32)
    for opening, kind, house in houses.openings():
        _fit(colors, places, opening, kind, house)
    values: FloatArray = colors
    return values


def _fit(colors: FloatArray, places: FloatArray, opening: Arch, kind: str, house: int) -> None:
    """Put a door or a window with its shutters into its opening, in place."""
    near, x, inside = around(opening, places, 0.62 if kind == "window" else 0.0)
    y, low, high = places[near, 1], opening.low[1], opening.spring
    if kind == "door":
        fill = joinery.house_door(x, y, inside, low, house)
    else:
        fill = joinery.sash_window(x, y, inside, low, high, 190 + int(10 * low) + house)
    pane = (inside > 0.015) * depth(opening, places[near])
    colors[near] = mixed(colors[near], fill, pane)
    if kind == "window":
        half = (opening.high[0] - opening.low[0]) / 2
        leaf = np.abs(x) - half - 0.29
        hung = (np.abs(leaf) < 0.26) & (y > low + 0.02) & (y < high + 0.04) & (inside < 0)
        colors[near] = mixed(colors[near], joinery.shutter(leaf, y, house), hung.astype(np.float32))


def hall_colors(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3): the hall, walls and slates."""
    over = (places[:, 0] < hall.TOWER_LEFT - 0.03) | (places[:, 0] > hall.TOWER_RIGHT + 0.03)
    roof = over & (normals[:, 1] > 0.35) & (places[:, 1] > hall.EAVES - 0.3)
    colors = hall_wall(places, normals)
    spot = places[roof]
    down = np.abs(spot[:, 2] - (hall.BACK + hall.FRONT) / 2) * 1.16
    colors[roof] = roofs.slates(spot, spot[:, 0], down)
    return colors


def house_colors(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3): the row of houses, walls, tiles and chimney pots."""
    middle = (houses.FRONT + houses.BACK) / 2
    half = (houses.FRONT - houses.BACK) / 2 + 0.38
    plane = houses.EAVES - 0.2 + (houses.RIDGE + 0.36 - houses.EAVES) * (1 - np.abs(places[:, 2] - middle) / half)
    roof = (np.abs(places[:, 1] - plane) < 0.2) & (normals[:, 1] > 0.3) & (places[:, 1] > houses.EAVES - 0.4)
    colors = house_wall(places, normals)
    spot = places[roof]
    colors[roof] = roofs.clay_tiles(spot, spot[:, 0], np.abs(spot[:, 2] - middle) * 1.42)
    pots = places[:, 1] > 10.4
    colors[pots] = srgb(186, 108, 74) * (0.6 + 0.6 * smooth_noise(places[pots], 3.0, 198, 2))[:, None]
    return colors
