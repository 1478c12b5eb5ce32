"""State that all requests to one app share."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from carreau_server.bundle.bundle import Bundle
from carreau_server.bundle.releases import ReleaseManager
from carreau_server.http.access_log import AccessLog
from carreau_server.http.security_headers import SecurityHeaders
from carreau_server.http.trusted_proxies import TrustedProxies
from carreau_server.messages import Messages
from carreau_server.settings import Settings


class AppState:
    """State that all requests to one app share.

    in_flight : requests that are being answered
    is_draining : whether the server is stopping, and only finishes requests in flight
    """

    def __init__(self, settings: Settings) -> None:
        """Open the bundle; raises CorruptBundleError if it is damaged or missing."""
        self.settings = settings
        self.releases = ReleaseManager(settings)
        self.messages, self.metrics, self.log = Messages(), Metrics(), AccessLog()
        self.rate_limiter = RateLimiter(settings.requests_per_s, settings.burst)
        self.trusted_proxies = TrustedProxies(settings.trusted_proxies)
        self.in_flight, self.is_draining = 0, False
        self._security_headers: tuple[Bundle, SecurityHeaders] | None = None

    def security_headers(self, bundle: Bundle) -> SecurityHeaders:
        """Return the security headers of a release."""
        if self._security_headers is None or self._security_headers[0] is not bundle:
            is_https = bundle.base_url.startswith("https:")
            self._security_headers = bundle, SecurityHeaders(self.settings, is_https, bundle.styles)
        return self._security_headers[1]


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


BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of durations."""


@dataclass
class Metrics:
    """Counters since the start.

    requests : by route and status
    failures : unexpected exceptions
    """

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    seconds: float = 0.0
    bytes: int = 0
    failures: int = 0

    def add(self, route: str, status: int, size: int, seconds: float) -> None:
        """Count a request."""
        self.requests[route, status] += 1
        self.bytes += size
        self.seconds += seconds
        self.buckets[bisect_left(BUCKETS_S, seconds)] += 1

    def text(self, releases: ReleaseManager) -> str:
        """Return all metrics in the text format, version 0.0.4."""
        lines = ["# TYPE carreau_requests_total counter"]
        lines += [
            f'carreau_requests_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(self.requests.items())
        ]
        lines.append("# TYPE carreau_request_duration_seconds histogram")
        total = 0
        for limit, count in zip((*map(str, BUCKETS_S), "+Inf"), self.buckets, strict=True):
            total += count
            lines.append(f'carreau_request_duration_seconds_bucket{{le="{limit}"}} {total}')
        lines.append(f"carreau_request_duration_seconds_sum {self.seconds:.6f}")
        lines.append(f"carreau_request_duration_seconds_count {total}")
        head = releases.bundle.head
        for name, kind, value in (
            ("carreau_response_bytes_total", "counter", self.bytes),
            ("carreau_failures_total", "counter", self.failures),
            ("carreau_bundle_swaps_total", "counter", releases.swaps),
            ("carreau_bundle_refusals_total", "counter", releases.refusals),
            ("carreau_bundle_refused", "gauge", int(bool(releases.refused))),
            (f'carreau_bundle_info{{release="{head.release}"}}', "gauge", 1),
            ("carreau_sites", "gauge", head.sites),
        ):
            lines += [f"# TYPE {name.partition('{')[0]} {kind}", f"{name} {value}"]
        return "\n".join(lines) + "\n"
