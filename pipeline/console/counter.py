"""Show on a terminal how many of many are done."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

_CLEAR = "\r\x1b[K"
_FEW = 3


def counter_for(stream: IO[str]) -> Callable[[int, int], None]:
    """Return what writes `12 of 58` in one line of a terminal and takes it away at the end; nothing anywhere else."""

    def count(done: int, total: int) -> None:
        if stream.isatty() and total > _FEW:
            stream.write(f"{_CLEAR}{done} of {total}" if done < total else _CLEAR)
            stream.flush()

    return count
