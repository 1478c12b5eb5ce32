"""Rows of a fixed size read from a binary file in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.formats.io.file_errors import DAMAGED, too_many_points

BATCH_BYTES = 32 << 20


def rows_in(path: Path, start: int, row: np.dtype[Any], count: int) -> Iterator[NDArray[Any]]:
    """Yield `count` rows from byte `start` on as structured arrays. Raises FormatError if the file contains fewer."""
    if row.itemsize * count > path.stat().st_size - start:
        raise too_many_points(path, count, row.itemsize)
    step = max(1, BATCH_BYTES // row.itemsize)
    with path.open("rb") as file:
        file.seek(start)
        for first in range(0, count, step):
            size = min(step, count - first)
            rows = np.fromfile(file, row, size)
            if len(rows) < size:
                place = message("point %(number)s", number=first + len(rows))
                raise FormatError(path, place, message("the point data ends here"), DAMAGED)
            yield rows
