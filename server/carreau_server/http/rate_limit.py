"""Token-bucket rate limiter, one bucket per client address."""

from __future__ import annotations

import time
from collections import OrderedDict

_MAX_CLIENTS = 10_000


class RateLimiter:
    """The buckets; addresses are kept in memory only, and only the most recent ones.

    rate : tokens per second; 0 for no limit
    burst : capacity of a bucket
    """

    def __init__(self, rate: float, burst: int) -> None:
        """Start with full buckets."""
        self._rate, self._burst = rate, float(burst)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def retry_after_s(self, client: str, now: float | None = None) -> float:
        """Take a token and return 0, or return the seconds until there is one.

        >>> limiter = RateLimiter(2.0, 1)
        >>> [limiter.retry_after_s("192.0.2.1", now) for now in (10.0, 10.0, 11.0)]
        [0.0, 0.5, 0.0]
        """
        if self._rate <= 0:
            return 0.0
        now = time.monotonic() if now is None else now
        tokens, since = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        is_allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if is_allowed else tokens), now
        if len(self._buckets) > _MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - tokens) / self._rate
