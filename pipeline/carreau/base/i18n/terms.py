"""Translations of the words of closed lists, such as the kind of a site."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from carreau.base.i18n.translator import Translator

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
