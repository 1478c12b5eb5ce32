"""Metrics in the text format of Prometheus.

A dozen counters of one process need no library: prometheus_client adds a registry, locks and 2 MB.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from carreau_server.bundle.releases import ReleaseManager

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
