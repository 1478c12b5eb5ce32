"""Let one address ask only so often: a bucket that fills with time, a drop a request."""

from __future__ import annotations

import time
from collections import OrderedDict

_MOST_ADDRESSES = 10_000


class Buckets:
    """How much each address may still ask; the addresses are in memory only, and only the last ones.

    rate : requests a second; 0 for any number
    burst : requests at once
    """

    def __init__(self, rate: float, burst: int) -> None:
        """Begin with full ones."""
        self._rate, self._burst = rate, burst
        self._all: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, address: str, now: float | None = None) -> float:
        """Take a drop, and return 0; or how many seconds it takes until there is one.

        >>> buckets = Buckets(2.0, 1)
        >>> buckets.wait_s("192.0.2.1", 10.0), buckets.wait_s("192.0.2.1", 10.0), buckets.wait_s("192.0.2.1", 11.0)
        (0.0, 0.5, 0.0)
        """
        if self._rate <= 0:
            return 0.0
        now = time.monotonic() if now is None else now
        level, since = self._all.pop(address, (float(self._burst), now))
        level = min(float(self._burst), level + (now - since) * self._rate)
        self._all[address] = (max(0.0, level - 1) if level >= 1 else level, now)
        if len(self._all) > _MOST_ADDRESSES:
            self._all.popitem(last=False)
        return 0.0 if level >= 1 else (1 - level) / self._rate
