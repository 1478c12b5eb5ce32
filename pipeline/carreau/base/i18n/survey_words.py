"""Words about surveys from the air: names of parts, and how close points lie to them."""

from __future__ import annotations

from carreau.base.i18n.translator import Translator

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
