"""Charts drawn as bitmaps cover what is within reach of them, and never each other."""

import numpy as np
import pytest

from pipeline.geometry.uv.bitmap_packing import draw, place

TRIANGLE = np.array([[3.2, 2.1], [9.7, 3.3], [4.4, 8.9]])
ONE = np.array([[0, 1, 2]], np.int32)


def distances(edge: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return (edge, edge): how far each cell's centre lies from the triangle."""
    points = np.stack(np.meshgrid(np.arange(edge), np.arange(edge)), axis=-1).reshape(-1, 1, 2) + 0.5
    weights = np.random.default_rng(1).dirichlet([0.5, 0.5, 0.5], 4000)
    return np.asarray(np.linalg.norm(points - weights @ TRIANGLE, axis=2).min(axis=1).reshape(edge, edge))


@pytest.mark.parametrize("reach", [0.0, 0.5, 1.5, 2.7])
@pytest.mark.parametrize("winding", [1, -1])
def test_what_lies_within_reach_is_drawn(reach: float, winding: int) -> None:
    bitmap = np.zeros((14, 14), np.uint8)
    draw(TRIANGLE, np.ascontiguousarray(ONE[:, ::winding]), reach, bitmap)
    far = distances(14)
    assert bitmap[far < reach - 0.1].all()
    assert not bitmap[far > 2.5 * reach + 0.1].any()


def test_squares_fill_a_square() -> None:
    uvs = np.tile(np.array([[0, 0], [3, 0], [3, 3], [0, 3.0]]), (4, 1))
    starts = np.arange(0, 17, 4).astype(np.int32)
    faces = (np.array([[0, 1, 2], [0, 2, 3]], np.int32)[None] + starts[:4, None, None]).reshape(-1, 3)
    order, face_starts = np.arange(4, dtype=np.int32), np.arange(0, 9, 2).astype(np.int32)
    places = place(uvs, starts, faces, face_starts, order, 10, 0.5)
    assert len({(column, row) for column, row, _, _ in places.tolist()}) == 4
    assert len(place(uvs, starts, faces, face_starts, order, 7, 0.5)) == 0
