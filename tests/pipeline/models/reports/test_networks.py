"""Waits are what arithmetic on paper gives."""

from __future__ import annotations

import pytest

from carreau.models.reports.report import FIRST_WINDOW_BYTES, NETWORKS, ROUND_TRIPS, Network, wait_s


def test_a_small_file_takes_its_round_trips_and_its_bytes() -> None:
    line = Network("paper", 800_000, 0.1, "")
    assert wait_s(0, line) == pytest.approx(ROUND_TRIPS * 0.1)
    assert wait_s(10_000, line) == pytest.approx(ROUND_TRIPS * 0.1 + 0.1)


def test_a_window_opens_a_round_trip_at_a_time() -> None:
    line = Network("wide and far", 1e9, 1.0, "")
    assert wait_s(3 * FIRST_WINDOW_BYTES, line) == pytest.approx(ROUND_TRIPS + 1, abs=0.01)
    assert wait_s(7 * FIRST_WINDOW_BYTES, line) == pytest.approx(ROUND_TRIPS + 2, abs=0.01)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_more_bytes_never_arrive_sooner(network: Network) -> None:
    waits = [wait_s(size, network) for size in range(0, 3_000_000, 10_000)]
    assert waits == sorted(waits)
    assert waits[-1] >= 8 * 2_990_000 / network.rate
