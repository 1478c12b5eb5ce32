"""Metrics count what they say."""

from __future__ import annotations

from pathlib import Path

from carreau_server.app_state import Metrics, ReleaseManager
from carreau_server.settings import Settings


def test_every_metric_has_its_value(bundle: Path) -> None:
    metrics, releases = Metrics(), ReleaseManager(Settings(bundle))
    releases.swaps, releases.refusals, releases.refused, metrics.failures = 2, 3, "damaged", 4
    for route, seconds in (("/b", 0.001), ("/a", 0.002), ("/a", 7.0)):
        metrics.add(route, 200, 100, seconds)
    lines = metrics.text(releases).splitlines()
    # The upper bound of a bucket is in it.
    for line in (
        'carreau_request_duration_seconds_bucket{le="0.001"} 1',
        'carreau_request_duration_seconds_bucket{le="0.0025"} 2',
        'carreau_request_duration_seconds_bucket{le="2.5"} 2',
        'carreau_request_duration_seconds_bucket{le="+Inf"} 3',
        "carreau_request_duration_seconds_sum 7.003000",
        "carreau_request_duration_seconds_count 3",
        "carreau_response_bytes_total 300",
        "carreau_failures_total 4",
        "carreau_bundle_swaps_total 2",
        "carreau_bundle_refusals_total 3",
        "carreau_bundle_refused 1",
        "# TYPE carreau_bundle_info gauge",
        f'carreau_bundle_info{{release="{releases.bundle.head.release}"}} 1',
        "carreau_sites 2",
    ):
        assert line in lines
    assert lines[1:3] == [
        'carreau_requests_total{route="/a",status="200"} 2',
        'carreau_requests_total{route="/b",status="200"} 1',
    ]
