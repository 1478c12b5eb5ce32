"""Units of length, in metres."""

from __future__ import annotations

UNITS_M: dict[str, float] = {
    "m": 1.0,
    "dm": 0.1,
    "cm": 0.01,
    "mm": 0.001,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
}
"""Length of each unit in metres; inch and foot are the international ones of 1959."""
