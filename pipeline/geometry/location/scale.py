"""The likely unit of a scan whose file states none, or an implausible one."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.messages import Message, Number, message
from pipeline.units import UNITS_M

LARGEST_M = 500.0
"""Greatest length of a scan in metres; whole pit heads are shorter, and spoil tips are surveyed."""

SMALLEST_M = 0.02
"""Least length of a scan in metres, the lower end of close-range photogrammetry."""


@dataclass(frozen=True)
class LikelyUnit:
    """The likely unit of a scan.

    unit : a key of `UNITS_M`, or None if no unit fits
    plausible : whether the unit in the file, if any, is plausible
    reason : a clause for a sentence
    """

    unit: str | None
    plausible: bool
    reason: Message


def likely_unit(longest: float, unit_m: float | None, format_name: str = "", projected: bool = False) -> LikelyUnit:
    """Return the likely unit, from the longest side of the scan in its own unit and the unit in the file.

    It is for messages only: no scan is scaled by a guess.

    >>> likely_unit(2118.9, 1.0, "GLB").unit
    'mm'
    """
    if projected:
        return LikelyUnit("m", True, message("its coordinates look like eastings and northings, which are in metres"))
    if unit_m is not None:
        return _stated(longest, unit_m, format_name)
    if longest > LARGEST_M:
        unit = "mm" if longest * UNITS_M["mm"] <= LARGEST_M else None
        length = Number(longest, ",.0f")
        return LikelyUnit(
            unit, True, message("its longest side, %(length)s, would be too long in metres", length=length)
        )
    if longest < SMALLEST_M:
        length = Number(longest, ".3g")
        return LikelyUnit(None, True, message("its longest side, %(length)s, fits no common unit", length=length))
    if format_name == "STL" and longest > 10:
        return LikelyUnit("mm", True, message("STL files are usually in millimetres"))
    typical = message(
        "its longest side, %(length)s, is typical in metres, but the scale may differ", length=Number(longest, ".3g")
    )
    return LikelyUnit("m", True, typical)


def _stated(longest: float, unit_m: float, format_name: str) -> LikelyUnit:
    length = longest * unit_m
    name = next((name for name, size in UNITS_M.items() if size == unit_m), None)
    if length <= LARGEST_M:
        return LikelyUnit(name, True, message("according to %(source)s", source=format_name or message("the file")))
    smaller = [(unit, UNITS_M[unit]) for unit in ("mm", "cm") if UNITS_M[unit] < unit_m]
    fitting = [unit for unit, size in smaller if SMALLEST_M <= longest * size <= LARGEST_M / 10]
    reason = message(
        "according to %(source)s the unit is %(unit)s, which would make the scan %(length)s m long",
        source=format_name or message("the file"),
        unit=name or message("%(size)s m", size=Number(unit_m, "g")),
        length=Number(length, ",.0f"),
    )
    return LikelyUnit(fitting[0] if fitting else None, False, reason)
