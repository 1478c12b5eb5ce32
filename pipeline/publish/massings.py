"""What documents say of massing models: their parts, who says so, and what measures leave open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pipeline.i18n.languages import SOURCE
from pipeline.i18n.translator import Translator
from pipeline.publish.localizer import Localizer
from pipeline.schema.state import NamedPart
from pipeline.schema.words import Text

CONTEXT = "massing"
"""Message context in `interface.po`."""

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
"""What measures leave open, by the key of the measure."""


def parts(told: Mapping[str, Any] | None, written: Collection[str], localizer: Localizer) -> tuple[NamedPart, ...]:
    """Return the parts of a massing model but those that the curator wrote."""
    if told is None:
        return ()
    return tuple(_part(part, localizer) for part in told["parts"] if part["name"] not in written)


def sources(told: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return all sources of a massing model, each once."""
    if told is None:
        return ()
    named = [*told["sources"], *(source for part in told["parts"] for source in part["sources"])]
    return tuple(dict.fromkeys(named))


def _part(part: Mapping[str, Any], localizer: Localizer) -> NamedPart:
    translator = localizer.translator
    open_ = ", ".join(_range(each, translator) for each in part["ranges"]) if part["is_open"] else ""
    title = str(part["title"])
    label = Text(text=title, lang=SOURCE, standing="source")
    if open_:
        label = Text(text=f"{title} ({open_})", lang=localizer.language, standing="source")
    return NamedPart(
        name=str(part["name"]),
        label=label,
        evidence=localizer.term("evidence", str(part["evidence"])),
        sources=tuple(part["sources"]),
        note=Text(text=part["note"], lang=SOURCE, standing="source") if part["note"] else None,
    )


def _range(told: Mapping[str, Any], translator: Translator) -> str:
    """Return between which lengths a measure lies."""
    low, high = (_metres(float(told[name]), translator) for name in ("low", "high"))
    return translator.within(CONTEXT, MEASURES[told["measure"]], low=low, high=high)


def _metres(length: float, translator: Translator) -> str:
    places = next((places for places in (0, 1, 2) if round(length, places) == length), 3)
    return translator.number(length, places)
