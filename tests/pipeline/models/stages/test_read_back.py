"""What is counted of a level's file."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import Material, Mesh, Texture, TextureSlot
from carreau.models.stages.encode import texel_edge

BASE = TextureSlot(Texture("brick.png", b"1", 200, 50))


def squares(*edges_m: float, base: TextureSlot | None = BASE, share: float = 1.0) -> Mesh:
    """Return squares beside each other, each of which shows a share of the texture's width, and all of its height."""
    corners, places = [], []
    for at, edge in enumerate(edges_m):
        low, high = (1000.0 * at, 0.0, 7.0), (1000.0 * at + edge, edge, 7.0)
        right, left = (high[0], low[1], 7.0), (low[0], high[1], 7.0)
        corners += [low, right, high, low, high, left]
        places += [((0, 0), (share, 0), (share, 1)), ((0, 0), (share, 1), (0, 1))]
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    texcoords = (np.array(places, np.float32),)
    return Mesh(np.array(corners, np.float32), faces, texcoords, materials=(Material(base=base),))


def test_a_texel_is_as_large_as_the_texture_lies_on_the_surface() -> None:
    # 10 m by 10 m show 100 by 50 texels: a texel has the area of a square of 0.1414 m.
    assert texel_edge(squares(10.0, share=0.5)) == pytest.approx(np.sqrt(100 / (100 * 50)), rel=1e-4)


def test_the_median_is_that_of_the_surface_and_not_of_the_triangles() -> None:
    fine = texel_edge(squares(1.0))
    assert texel_edge(squares(1.0, 1.0, 1.0, 20.0)) == pytest.approx(20 * fine, rel=1e-4)


def test_what_shows_nothing_of_the_texture_does_not_count() -> None:
    mesh = squares(10.0, 50.0)
    mesh.texcoords[0][2:] = np.nan
    assert texel_edge(mesh) == pytest.approx(texel_edge(squares(10.0)))
    assert texel_edge(squares(10.0, base=None)) == 0
    assert texel_edge(squares(10.0, share=0.0)) == 0
