"""Bitmap packing: charts go to the lowest free position of a square."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled, compiled_bare
from carreau.base.model import ByteArray, DoubleArray, IntArray

WordArray = NDArray[np.uint64]
"""Rows of cells, 64 to a word."""


@compiled
def best_turns(uvs: DoubleArray, starts: IntArray, cosines: DoubleArray, sines: DoubleArray) -> IntArray:
    """Return (charts,): which turn gives each chart the smallest bounding box, the first of those about as good.

    uvs : (n, 2), grouped by chart
    starts : (charts + 1,), where each chart begins
    cosines, sines : (turns,)
    """
    best = np.zeros(len(starts) - 1, np.int32)
    for chart in range(len(best)):
        least = np.inf
        for turn in range(len(cosines)):
            low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
            for n in range(starts[chart], starts[chart + 1]):
                x = uvs[n, 0] * cosines[turn] - uvs[n, 1] * sines[turn]
                y = uvs[n, 0] * sines[turn] + uvs[n, 1] * cosines[turn]
                low_x, high_x, low_y, high_y = min(low_x, x), max(high_x, x), min(low_y, y), max(high_y, y)
            # A later turn must be better by more than rounding; of equals the first stays.
            area = (high_x - low_x) * (high_y - low_y)
            if area < least * (1 - 1e-9):
                least, best[chart] = area, turn
    return best


@compiled_bare
def draw(uvs: DoubleArray, faces: IntArray, reach: float, bitmap: ByteArray) -> None:
    """Set the cells of bitmap (h, w) whose centre lies within reach of a triangle, and a few more beside sharp corners.

    uvs (n, 2) and reach are in cells.
    """
    height, width = bitmap.shape
    for face in range(len(faces)):
        ax, ay = uvs[faces[face, 0], 0], uvs[faces[face, 0], 1]
        bx, by = uvs[faces[face, 1], 0], uvs[faces[face, 1], 1]
        cx, cy = uvs[faces[face, 2], 0], uvs[faces[face, 2], 1]
        # Distances from the three edges, without division: a cell is set where none is below -reach. Lines meet beyond
        # a round offset at sharp corners, which costs a few cells but no square root.
        turn = 1.0 if (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) >= 0 else -1.0
        ex, ey, fx, fy, gx, gy = bx - ax, by - ay, cx - bx, cy - by, ax - cx, ay - cy
        el, fl, gl = np.sqrt(ex * ex + ey * ey), np.sqrt(fx * fx + fy * fy), np.sqrt(gx * gx + gy * gy)
        low_y, high_y = int(np.ceil(min(ay, by, cy) - reach - 0.5)), int(np.floor(max(ay, by, cy) + reach - 0.5))
        low_x, high_x = int(np.ceil(min(ax, bx, cx) - reach - 0.5)), int(np.floor(max(ax, bx, cx) + reach - 0.5))
        for row in range(max(low_y, 0), min(high_y, height - 1) + 1):
            y = row + 0.5
            for column in range(max(low_x, 0), min(high_x, width - 1) + 1):
                if bitmap[row, column]:
                    continue
                x = column + 0.5
                if turn * (ex * (y - ay) - ey * (x - ax)) < -reach * el:
                    continue
                if turn * (fx * (y - by) - fy * (x - bx)) < -reach * fl:
                    continue
                if turn * (gx * (y - cy) - gy * (x - cx)) < -reach * gl:
                    continue
                bitmap[row, column] = 1


@compiled_bare
def _clear(grid: WordArray, words: WordArray, row: int, column: int, hint: int) -> tuple[int, int]:
    """Return the first column from `column` on at which no row is known to be in the way, and a row that was.

    It is the column given where the chart may lie there. The cell that is in the way stays in the way of the run of
    cells left of it, so the chart is moved past all of them.

    hint : the row of the chart to look at first: what was in the way is likely to be so again
    """
    first, shift = column >> 6, np.uint64(column & 63)
    back = np.uint64(64) - shift
    for turn in range(words.shape[0]):
        # 64 cells are compared at once: the chart's word, shifted to the column, meets one or two words of the grid.
        r = hint + turn if hint + turn < words.shape[0] else hint + turn - words.shape[0]
        for w in range(words.shape[1]):
            word = words[r, w]
            if word == 0:
                continue
            hit = (word << shift) & grid[row + r, first + w]
            if hit:
                # The highest cell in the way moves on the most; its own bit in the chart's word is `bit`.
                bit = _highest(hit) - (column & 63)
                return column + _run(word, bit), r
            if shift:
                hit = (word >> back) & grid[row + r, first + w + 1]
                if hit:
                    bit = _highest(hit) + 64 - (column & 63)
                    return column + _run(word, bit), r
    return column, hint


@compiled_bare
def _highest(word: np.uint64) -> int:
    """Return the number of the highest bit of a word that is not 0."""
    bit = 0
    for step in (32, 16, 8, 4, 2, 1):
        if word >> np.uint64(step):
            word >>= np.uint64(step)
            bit += step
    return bit


@compiled_bare
def _run(word: np.uint64, bit: int) -> int:
    """Return how many bits of a word are set without a gap at `bit` and below it."""
    # Everything below the highest gap under `bit` is not part of the run.
    gaps = ~word & ((np.uint64(1) << np.uint64(bit)) - np.uint64(1))
    return bit - _highest(gaps) if gaps else bit + 1


@compiled_bare
def _put(grid: WordArray, words: WordArray, row: int, column: int) -> None:
    first, shift = column >> 6, np.uint64(column & 63)
    back = np.uint64(64) - shift
    for r in range(words.shape[0]):
        for w in range(words.shape[1]):
            grid[row + r, first + w] |= words[r, w] << shift
            if shift:
                grid[row + r, first + w + 1] |= words[r, w] >> back


@compiled
def _words(bitmap: ByteArray) -> WordArray:
    height, width = bitmap.shape
    words = np.zeros((height, (width + 63) // 64), np.uint64)
    for row in range(height):
        for column in range(width):
            if bitmap[row, column]:
                words[row, column >> 6] |= np.uint64(1) << np.uint64(column & 63)
    return words


@compiled_bare
def lowest(grid: WordArray, words: WordArray, width: int, size: int, start: int, limit: int) -> int:
    """Return row * size + column of the lowest free place from row start on and before limit, or -1."""
    height, hint = words.shape[0], 0
    for row in range(start, min(size - height, limit - 1) + 1):
        column = 0
        while column <= size - width:
            # Each look either finds the place free or gives the next column that can be: no column is tried twice.
            position, hint = _clear(grid, words, row, column, hint)
            if position == column:
                return row * size + column
            column = position
    return -1


@compiled
def find_runs(words: WordArray) -> IntArray:
    """Return (k, 3): row, first column and length of each run of cells of a chart at most 64 wide.

    Rows from the middle on come first: they are long, and so the first to say that there is no room.
    """
    height = words.shape[0]
    runs, count = np.empty((height * 32, 3), np.int32), 0
    for turn in range(height):
        row = (height // 2 + turn) % height
        column = 0
        while column < 64:
            length = 0
            while column + length < 64 and words[row, 0] >> np.uint64(column + length) & np.uint64(1):
                length += 1
            if length:
                runs[count, 0], runs[count, 1], runs[count, 2] = row, column, length
                count += 1
            column += length + 1
    return runs[:count]


@compiled_bare
def lowest_narrow(grid: WordArray, runs: IntArray, height: int, width: int, size: int, start: int, limit: int) -> int:
    """Return what `lowest` returns for a chart at most 64 wide, looking at 64 columns at a time.

    A run of cells is in the way at a column where any cell under it is taken: cells are spread to the left over the
    length of the run by doubling.
    """
    one, whole = np.uint64(1), ~np.uint64(0)
    for row in range(start, min(size - height, limit - 1) + 1):
        for word in range((size - width) // 64 + 1):
            taken = np.uint64(0)
            # In the last word, columns at which the chart would stick out count as taken.
            beyond = size - width - 64 * word + 1
            if beyond < 64:
                taken = whole << np.uint64(beyond)
            for n in range(len(runs)):
                low, high = grid[row + runs[n, 0], word], grid[row + runs[n, 0], word + 1]
                if not (low | high):
                    continue
                # Spread each taken cell to the left over the run's length: log2(length) shifts instead of length.
                spread = 1
                while spread < runs[n, 2]:
                    step = np.uint64(min(spread, runs[n, 2] - spread))
                    low |= (low >> step) | (high << (np.uint64(64) - step))
                    high |= high >> step
                    spread *= 2
                # A taken cell under the run rules out the column `first` cells to its left.
                first = np.uint64(runs[n, 1])
                taken |= (low >> first) | (high << one << (np.uint64(63) - first))
                if taken == whole:
                    break
            if taken != whole:
                # free & -free leaves the lowest free bit, which is the leftmost column.
                free = ~taken
                return row * size + word * 64 + _highest(free & (~free + one))
    return -1


@compiled
def _turned_bitmap(bitmap: ByteArray, turn: int) -> ByteArray:
    """Return the bitmap turned by a quarter, column to row, when turn is 1; never mirrored."""
    if turn == 0:
        return bitmap
    height, width = bitmap.shape
    out = np.zeros((width, height), np.uint8)
    for row in range(height):
        for column in range(width):
            out[column, height - 1 - row] = bitmap[row, column]
    return out


@compiled
def _draw(uvs: DoubleArray, triangles: IntArray, reach: float) -> ByteArray:
    """Return the bitmap of a chart, its lower corner as far from the edges as it reaches."""
    local = uvs + np.ceil(reach)
    width = int(np.ceil(local[:, 0].max() + np.ceil(reach)))
    height = int(np.ceil(local[:, 1].max() + np.ceil(reach)))
    bitmap = np.zeros((height, width), np.uint8)
    draw(local, triangles, reach, bitmap)
    return bitmap


@compiled
def are_too_many(
    uvs: DoubleArray, starts: IntArray, faces: IntArray, face_starts: IntArray, size: int, reach: float
) -> bool:
    """Return whether the charts have more cells than a square of `size`, or one is longer: then `place` finds no room.

    Of 60,000 charts it takes 0.06 s to say so, and 1 to 4 s to place them in vain.
    """
    # Cells are counted with their gutters, as `place` needs them; the total is only a lower bound of the room needed.
    room = size * size
    for chart in range(len(starts) - 1):
        own = uvs[starts[chart] : starts[chart + 1]]
        if max(own[:, 0].max(), own[:, 1].max()) > size:
            return True
        triangles = faces[face_starts[chart] : face_starts[chart + 1]] - starts[chart]
        room -= int(_draw(own, triangles, reach).sum())
        if room < 0:
            return True
    return False


@compiled
def place(
    uvs: DoubleArray, starts: IntArray, faces: IntArray, face_starts: IntArray, order: IntArray, size: int, reach: float
) -> IntArray:
    """Return (charts, 4): column, row, turn and bitmap height of each chart in cells; empty when one finds no room.

    A chart is looked for from where the last one of about its size was found: 20 times faster, and 1 % of room lost.
    """
    # Two words more than the square has: the shifted last word of a chart needs no test.
    grid = np.zeros((size, size // 64 + 3), np.uint64)
    floors = np.zeros((2, 80), np.int64)
    places = np.zeros((len(starts) - 1, 4), np.int32)
    for chart in order:
        own = uvs[starts[chart] : starts[chart + 1]]
        if max(own[:, 0].max(), own[:, 1].max()) > size:
            return places[:0]
        triangles = faces[face_starts[chart] : face_starts[chart + 1]] - starts[chart]
        bitmap = _draw(own, triangles, reach)
        height, width = bitmap.shape
        if max(width, height) > size:
            return places[:0]
        # Charts come by size: those of about one size share a floor, below which the last of them found no room.
        kind = min(int(np.log2(width * height) * 2), 79)
        best, best_turn = -1, 0
        for turn in range(2):
            shape = _turned_bitmap(bitmap, turn)
            # The second turn is worth looking at only below where the first fits.
            limit = size if best < 0 else best // size
            words, floor = _words(shape), floors[turn, kind]
            if shape.shape[1] <= 64:
                position = lowest_narrow(grid, find_runs(words), shape.shape[0], shape.shape[1], size, floor, limit)
            else:
                position = lowest(grid, words, shape.shape[1], size, floor, limit)
            if position >= 0:
                best, best_turn = position, turn
        if best < 0:
            return places[:0]
        shape = _turned_bitmap(bitmap, best_turn)
        _put(grid, _words(shape), best // size, best % size)
        # Half a chart below where it lies: a smaller one may still fit into the notch beside it.
        floors[best_turn, kind] = max(floors[best_turn, kind], best // size - shape.shape[0] // 2)
        places[chart, 0], places[chart, 1] = best % size, best // size
        places[chart, 2], places[chart, 3] = best_turn, height
    return places
