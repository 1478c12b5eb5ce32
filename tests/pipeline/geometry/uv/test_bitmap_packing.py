"""Charts drawn as bitmaps cover what is within reach of them, and never each other."""

import numpy as np
import pytest

from carreau.geometry.uv.bitmap_packing import are_too_many, draw, find_runs, lowest, lowest_narrow, place

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


def test_more_cells_than_the_square_are_too_many() -> None:
    uvs = np.tile(np.array([[0, 0], [3, 0], [3, 3], [0, 3.0]]), (4, 1))
    starts = np.arange(0, 17, 4).astype(np.int32)
    faces = (np.array([[0, 1, 2], [0, 2, 3]], np.int32)[None] + starts[:4, None, None]).reshape(-1, 3)
    face_starts = np.arange(0, 9, 2).astype(np.int32)
    assert [are_too_many(uvs, starts, faces, face_starts, size, 0.5) for size in (2, 7, 10)] == [True, True, False]


@pytest.mark.parametrize("width", [1, 3, 31, 63, 64])
@pytest.mark.parametrize("taken", [0.02, 0.2, 0.6])
def test_looking_at_64_columns_at_a_time_finds_the_same_place(width: int, taken: float) -> None:
    random, size = np.random.default_rng(width), 200
    cells = random.random((size, size)) < taken * random.random((size, 1)) / np.sqrt(width)
    grid = np.zeros((size, size // 64 + 3), np.uint64)
    for row, column in np.argwhere(cells):
        grid[row, column >> 6] |= np.uint64(1 << (column & 63))
    for height in (1, 2, 7):
        words = random.integers(1, 1 << min(width, 63), (height, 1), np.uint64)
        words[0] |= np.uint64(1 << (width - 1))
        for start in range(0, 190, 9):
            narrow = lowest_narrow(grid, find_runs(words), height, width, size, start, size)
            assert narrow == lowest(grid, words, width, size, start, size)
