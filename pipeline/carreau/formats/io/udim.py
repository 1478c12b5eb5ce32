"""Names of UDIM tiles: textures that cover one unit square of texture coordinates each, numbered 1001 + u + 10 v."""

from __future__ import annotations

import re

COLUMNS, ROWS = 10, 10
"""Tiles side by side, which the numbers limit, and one above another."""

FIRST = 1001
TILES = range(FIRST, FIRST + COLUMNS * ROWS)

_TOKEN = re.compile(r"<udim>", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)1001(?!\d)(?=[^/\\]*$)")


def has_token(name: str) -> bool:
    """Return whether a name stands for all tiles.

    >>> has_token("wall.<UDIM>.png")
    True
    """
    return _TOKEN.search(name) is not None


def tile_name(name: str, tile: int) -> str:
    """Return the name of one tile, from a name with `<UDIM>` or the number of the first tile; else the name itself.

    >>> tile_name("maps/wall.<UDIM>.png", 1012), tile_name("wall_1001.png", 1012), tile_name("wall.png", 1012)
    ('maps/wall.1012.png', 'wall_1012.png', 'wall.png')
    """
    if has_token(name):
        return _TOKEN.sub(str(tile), name)
    return _NUMBER.sub(str(tile), name)


def may_be_tiled(name: str) -> bool:
    """Return whether `tile_name` depends on the tile."""
    return tile_name(name, TILES[-1]) != name
