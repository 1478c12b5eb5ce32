"""Slow down those who guess passwords: after some failures each further attempt has to wait longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LONGEST_WAIT_S = 900.0
_FORGOTTEN_S = 3600.0
"""After so long without an attempt the failures of a key are forgotten."""
_MOST_KEYS = 10_000


@dataclass
class _Tries:
    count: int = 0
    until: float = 0.0


class Backoff:
    """Counts the failures of keys, such as a login or an address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the clock, in seconds."""
        self._clock = clock
        self._tries: dict[str, _Tries] = {}
        self._lock = threading.Lock()

    def begin(self, free: Mapping[str, int]) -> float:
        """Count an attempt as failed before it is made, so that many at once gain nothing; return how long to wait.

        free : keys of the attempt, each with the number of failures that cost nothing
        While one of them has to wait, the result is over 0, and the attempt is not to be made.
        """
        with self._lock:
            now = self._clock()
            wait = max(self._tries[key].until - now if key in self._tries else 0.0 for key in free)
            if wait > 0:
                return wait
            for key, allowed in free.items():
                tries = self._tries.get(key)
                if tries is None or now > tries.until + _FORGOTTEN_S:
                    self._make_room()
                    tries = self._tries[key] = _Tries()
                tries.count += 1
                over = tries.count - allowed
                tries.until = now + (min(2.0 ** min(over, 20), LONGEST_WAIT_S) if over >= 0 else 0.0)
            return 0.0

    def succeeded(self, forgiven: str, *others: str) -> None:
        """Forget the failures of one key, and take back the attempt from the others."""
        with self._lock:
            self._tries.pop(forgiven, None)
            for key in others:
                if key in self._tries:
                    self._tries[key].count -= 1
                    self._tries[key].until = 0.0

    def _make_room(self) -> None:
        if len(self._tries) >= _MOST_KEYS:
            del self._tries[min(self._tries, key=lambda key: self._tries[key].until)]
