"""Guess the unit of a scan that does not say it, or says one that cannot be."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.units import UNITS_M

LARGEST_M = 500.0
"""Longest side of a scan that is believed to be in metres: a whole pit head is shorter, a spoil tip is surveyed."""

SMALLEST_M = 0.02
"""Shortest longest side of a scan that is believed to be in metres: close-range photogrammetry ends there."""


@dataclass(frozen=True)
class LikelyUnit:
    """What a scan's unit probably is.

    unit : a key of `UNITS_M`, or None when the numbers fit none
    plausible : whether what the file says, if anything, can be true
    reason : a clause for a sentence
    """

    unit: str | None
    plausible: bool
    reason: str


def likely_unit(longest: float, unit_m: float | None, format_name: str = "", projected: bool = False) -> LikelyUnit:
    """Guess from the longest side of the scan, in its own unit, and from what the file says of that unit.

    A guess is for people: nothing is ever scaled by it.

    >>> likely_unit(2118.9, 1.0, "GLB").unit
    'mm'
    """
    if projected:
        return LikelyUnit("m", True, "its coordinates look like eastings and northings, which are in metres")
    if unit_m is not None:
        return _stated(longest, unit_m, format_name)
    if longest > LARGEST_M:
        unit = "mm" if longest * UNITS_M["mm"] <= LARGEST_M else None
        return LikelyUnit(unit, True, f"a longest side of {longest:,.0f} units would be too long in metres")
    if longest < SMALLEST_M:
        return LikelyUnit(None, True, f"a longest side of {longest:.3g} units fits no usual unit")
    if format_name == "STL" and longest > 10:
        return LikelyUnit("mm", True, "STL files are in millimetres by custom")
    side = "1 unit" if f"{longest:.3g}" == "1" else f"{longest:.3g} units"
    return LikelyUnit("m", True, f"a longest side of {side} is usual in metres, but any other scale can be meant")


def _stated(longest: float, unit_m: float, format_name: str) -> LikelyUnit:
    length = longest * unit_m
    name = next((name for name, size in UNITS_M.items() if size == unit_m), None)
    if length <= LARGEST_M:
        return LikelyUnit(name, True, f"{format_name or 'the file'} says so")
    smaller = [(unit, UNITS_M[unit]) for unit in ("mm", "cm") if UNITS_M[unit] < unit_m]
    fitting = [unit for unit, size in smaller if SMALLEST_M <= longest * size <= LARGEST_M / 10]
    said = f"{format_name or 'the file'} says {name or f'{unit_m:g} m'}, which would make the scan {length:,.0f} m long"
    return LikelyUnit(fitting[0] if fitting else None, False, said)
