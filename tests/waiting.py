"""Wait for what happens by itself, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_S = 120


def wait_until(condition: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> None:
    """Wait until a condition is true; fail after a while, saying what did not happen."""
    ended = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < ended, f"{what}: not within {limit_s:g} s"
        time.sleep(0.01)
