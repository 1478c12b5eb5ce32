"""Estimated download times on the networks that browser tools simulate."""

from __future__ import annotations

import math
from dataclasses import dataclass

FIRST_WINDOW_BYTES = 14_600
"""What a server sends before it first hears back: ten segments of 1,460 bytes (RFC 6928)."""

ROUND_TRIPS = 4
"""Before the first byte: name, TCP, TLS 1.3, and the request."""


@dataclass(frozen=True)
class Network:
    """A visitor's connection.

    rate : bits a second towards the visitor
    round_trip_s : seconds there and back
    source : whose figures these are
    """

    name: str
    rate: float
    round_trip_s: float
    source: str


NETWORKS = (
    Network("Slow 3G", 400_000, 0.4, "Chrome DevTools “Slow 3G”, WebPageTest “3GSlow”"),
    Network("4G", 1_638_400, 0.15, "Lighthouse “mobileSlow4G”"),
    Network("Wi-Fi", 30_000_000, 0.002, "Firefox DevTools “Wi-Fi”"),
)
"""Lighthouse: core/config/constants.js, its default for phones; the others are the tools' own presets. Chrome writes
2 s for the 0.4 s of slow 3G, since it delays requests and not packets."""


def wait_s(size_bytes: int, network: Network) -> float:
    """Return the seconds from a tap to the last byte, over a new connection whose window doubles each round trip.

    >>> round(wait_s(1_500_000, NETWORKS[1]), 1)
    8.0
    """
    trip, bytes_a_second = network.round_trip_s, network.rate / 8
    window, left, spent = FIRST_WINDOW_BYTES, float(size_bytes), ROUND_TRIPS * trip
    while left > window and window < bytes_a_second * trip:
        left, spent, window = left - window, spent + trip, 2 * window
    return spent + max(left, 0) / bytes_a_second if math.isfinite(left) else math.inf
