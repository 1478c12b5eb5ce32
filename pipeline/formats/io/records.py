"""Read rows of a fixed size out of a binary file, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FormatError

BATCH_BYTES = 32 << 20
_CURE = "the file may be cut short; copy or export it again"


def rows_in(path: Path, start: int, row: np.dtype[Any], count: int) -> Iterator[NDArray[Any]]:
    """Yield `count` rows from byte `start` on as structured arrays; FormatError when the file holds fewer."""
    size = path.stat().st_size - start
    if row.itemsize * count > size:
        cause = f"it claims {count:,} points of {row.itemsize} bytes, more than the file holds"
        raise FormatError(path, "header", cause, _CURE)
    step = max(1, BATCH_BYTES // row.itemsize)
    with path.open("rb") as file:
        file.seek(start)
        for first in range(0, count, step):
            wanted = min(step, count - first)
            rows = np.fromfile(file, row, wanted)
            if len(rows) < wanted:
                raise FormatError(path, f"point {first + len(rows):,}", "the points end here", _CURE)
            yield rows
