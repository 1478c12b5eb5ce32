"""Words of closed lists in every language: kinds of places, parts of surveys and of massing models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from carreau.base.translator import Translator

TERMS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "kind": {
            "cite": "miners’ housing estate",
            "terril": "spoil tip",
            "ecole": "school",
            "hopital/dispensaire": "hospital or health centre",
            "eglise": "church",
            "fosse": "colliery",
            "cavalier/gare": "mine railway or station",
            "chevalement": "headframe",
            "etang-affaissement": "subsidence pond",
            "salle-des-fetes": "community hall",
            "chateau/maison-directeur": "manager’s house",
            "other": "mining heritage",
            "example": "example from elsewhere",
            "story": "place of a trail",
        },
        "theme": {"habitat": "housing", "cadre de vie": "community life", "exploitation": "mining"},
        "confidence": {
            "high": "confirmed by several sources",
            "medium": "one source, or partly deduced",
            "low": "doubtful",
        },
        "event": {
            "begun": "begun",
            "built": "built",
            "opened": "opened",
            "closed": "closed",
            "filled": "filled in",
            "demolished": "demolished",
            "restored": "restored",
            "protected": "protected",
            "other": "event",
        },
        "state": {
            "scan": "scan",
            "reconstruction": "reconstruction",
            "model": "model",
            "survey": "aerial survey",
            "massing": "massing model from measurements",
            "historic": "old photograph on today’s ground",
        },
        "evidence": {
            "attested": "attested by sources",
            "deduced": "deduced",
            "hypothetical": "hypothetical",
        },
        "standing": {
            "proposal": "proposal: not checked on site",
            "tested": "tested on site",
            "official": "official route",
        },
        "audience": {"alone": "for adults", "children": "with children", "class": "as a class"},
        "means": {"walk": "on foot", "bike": "by bicycle", "home": "at home"},
        "reliability": {
            "A": "A: somebody who was there, or an official inventory",
            "B": "B: a scholar, a museum or a public institution",
            "C": "C: a local historian, an association or the press",
            "D": "D: a wiki, a blog, a dealer or an undated page",
        },
        "answered": {
            "place": "by looking at the place",
            "model": "on the model",
            "map": "on the map",
            "words": "from the story",
        },
        "map feature": {
            "unit": "troops",
            "command": "commander",
            "convoy": "wagons",
            "line": "line",
            "bridge": "bridge",
            "work": "earthwork or camp",
            "shaft": "mine shaft",
            "strike": "strike",
        },
        "map state": {
            "planned": "planned",
            "sinking": "being sunk",
            "standing": "in place",
            "working": "at work",
            "stopped": "stopped",
            "attacked": "attacked",
            "taken": "taken",
            "broken": "broken",
            "closed": "closed",
            "gone": "gone",
        },
        "stop order": {"shortest": "the shortest walk", "fixed": "as in the list"},
        "mode": {"walk": "on foot", "bike": "by bicycle", "car": "by car", "bus": "by bus"},
        "measure": {
            "indicative": "approximate",
            "documented": "from a document",
            "measured": "measured",
            "computed": "computed, not walked",
            "walked": "computed, then walked",
            "straight": "in straight lines",
        },
    }
)
"""English words by list and code; the other languages have them in their `interface` catalogue, context "term LIST"."""


def translate_term(of: str, code: str, translator: Translator) -> str:
    """Return a word of a closed list in a language, in English where its catalogue does not have it.

    >>> translate_term("mode", "walk", Translator("fr"))
    'à pied'
    """
    return translator.within(f"term {of}", TERMS[of][code])


MASSING_CONTEXT = "massing"
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
    return translator.within(MASSING_CONTEXT, MEASURES[told["measure"]], low=low, high=high)


def _metres(length: float, translator: Translator) -> str:
    places = next((places for places in (0, 1, 2) if round(length, places) == length), 3)
    return translator.number(length, places)


SURVEY_CONTEXT = "survey"
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
    return translator.within(SURVEY_CONTEXT, LABELS[name]) if name in LABELS else name


def closeness(median_m: float, p95_m: float, translator: Translator) -> str:
    """Return how close half of the measured points and nearly all of them lie to a part."""
    return translator.within(
        SURVEY_CONTEXT,
        "Half of the points lie within %(median)s, and %(share)s within %(p95)s.",
        median=_centimetres(median_m, translator),
        share=translator.percent(0.95),
        p95=_centimetres(p95_m, translator),
    )


def _centimetres(length_m: float, translator: Translator) -> str:
    centimetres = length_m * 100
    return f"{translator.number(centimetres, 0 if centimetres >= 10 else 1)} cm"
