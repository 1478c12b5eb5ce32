"""Words about massing models: what a measure of which only the least and the most are known leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from carreau.base.i18n.translator import Translator

CONTEXT = "massing"
MEASURES = {
    "length": "length: between %(low)s and %(high)s m",
    "width": "width: between %(low)s and %(high)s m",
    "height": "height: between %(low)s and %(high)s m",
    "diameter": "diameter: between %(low)s and %(high)s m",
    "top_diameter": "diameter at the top: between %(low)s and %(high)s m",
    "thickness": "thickness: between %(low)s and %(high)s m",
    "top_thickness": "thickness at the top: between %(low)s and %(high)s m",
    "ridge": "length of the ridge: between %(low)s and %(high)s m",
}
"""English words by the key of the measure; the other languages have them in `interface`."""


def open_words(ranges: Iterable[Mapping[str, Any]], translator: Translator) -> str:
    """Return what measures leave open, such as "length: between 0 and 156 m"; empty where nothing is.

    ranges : "measure", its key, with "low" and "high" in metres
    """
    return ", ".join(_range(each, translator) for each in ranges)


def _range(told: Mapping[str, Any], translator: Translator) -> str:
    low, high = (_metres(float(told[name]), translator) for name in ("low", "high"))
    return translator.within(CONTEXT, MEASURES[told["measure"]], low=low, high=high)


def _metres(length: float, translator: Translator) -> str:
    places = next((places for places in (0, 1, 2) if round(length, places) == length), 3)
    return translator.number(length, places)
