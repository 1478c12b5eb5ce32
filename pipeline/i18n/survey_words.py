"""Words about surveys from the air: titles of their states, names of parts, and how close points lie to them."""

from __future__ import annotations

from pipeline.catalogue.dates import When
from pipeline.catalogue.state import State
from pipeline.i18n.translator import Translator

CONTEXT = "survey"
LABELS = {
    "ground": "ground",
    "roofs": "roofs",
    "walls": "walls",
    "crowns": "tree crowns",
    "trunks": "tree trunks",
    "bridges": "bridges",
    "water": "water",
    "structures": "lattice structures",
    "border": "edge of the model",
}
"""English labels of the parts of a survey by the names of their nodes; the other languages have them in `interface`."""


def title(state: State, translator: Translator) -> str:
    """Return what a survey without a title of its own is called in a language, such as "Seen from the air, 2022"."""
    years = years_of(state.date)
    if state.is_historic:
        words = "Seen from the air, %(years)s (photograph on today’s ground)"
        short = "Seen from the air (old photograph on today’s ground)"
    elif state.evidence == "hypothetical":
        words = "Seen from the air, %(years)s (relief and buildings assumed)"
        short = "Seen from the air (relief and buildings assumed)"
    else:
        words, short = "Seen from the air, %(years)s", "Seen from the air"
    return translator.within(CONTEXT, words, years=years) if years else translator.within(CONTEXT, short)


def years_of(date: When | None) -> str:
    """Return the years of a date, such as 1950–1965; empty if an end is unknown.

    >>> from pipeline.catalogue.dates import parse_when
    >>> [years_of(parse_when(text)) for text in ("2022-05-29/2022-06-15", "1950/1965", "1950/..")]
    ['2022', '1950–1965', '']
    """
    if date is None or date.first is None or date.last is None:
        return ""
    return "–".join(dict.fromkeys(str(day.year) for day in (date.first, date.last)))


def label(name: str, translator: Translator) -> str:
    """Return the name of a part in a language."""
    return translator.within(CONTEXT, LABELS[name]) if name in LABELS else name


def closeness(median_m: float, p95_m: float, translator: Translator) -> str:
    """Return how close half of the measured points and nearly all of them lie to a part."""
    return translator.within(
        CONTEXT,
        "Half of the points lie within %(median)s, and %(share)s within %(p95)s.",
        median=_centimetres(median_m, translator),
        share=translator.percent(0.95),
        p95=_centimetres(p95_m, translator),
    )


def _centimetres(length_m: float, translator: Translator) -> str:
    centimetres = length_m * 100
    return f"{translator.number(centimetres, 0 if centimetres >= 10 else 1)} cm"
