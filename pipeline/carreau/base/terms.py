"""Words of closed lists in every language, and licences with their URLs.

Europeana and IIIF accept Creative Commons and RightsStatements.org only, and compare the addresses letter by letter:
they begin with `http://`. The Licence Ouverte is on neither list. It describes itself as compatible with CC BY, but
the owner of the work has to choose it: such a licence is an SPDX expression, `etalab-2.0 OR CC-BY-4.0`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
            "massing": "reconstruction from what is known",
            "historic": "old photograph on today’s ground",
        },
        "evidence": {
            "attested": "attested by sources",
            "deduced": "deduced",
            "typical": "typical of its kind",
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


def _range(part: Mapping[str, Any], translator: Translator) -> str:
    low, high = (_metres(float(part[name]), translator) for name in ("low", "high"))
    return translator.within(MASSING_CONTEXT, MEASURES[part["measure"]], low=low, high=high)


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


@dataclass(frozen=True)
class Licence:
    """A licence.

    name : SPDX identifier, or name of RightsStatements.org
    url : of its text or deed
    uri : for Europeana and IIIF, empty where they do not accept it
    """

    name: str
    url: str
    uri: str = ""


def _creative_commons(name: str, path: str) -> Licence:
    address = f"//creativecommons.org/{path}/"
    return Licence(name, f"https:{address}", f"http:{address}")


def _statement(name: str) -> Licence:
    address = f"http://rightsstatements.org/vocab/{name}/1.0/"
    return Licence(name, address, address)


_ATTRIBUTIONS = ("BY", "BY-SA", "BY-ND", "BY-NC", "BY-NC-SA", "BY-NC-ND")
_STATEMENTS = ("InC", "InC-EDU", "InC-OW-EU", "NoC-NC", "NoC-OKLR", "CNE")
"""Statements of RightsStatements.org that Europeana accepts: Europeana, Available Rights Statements."""

LICENCES: tuple[Licence, ...] = (
    Licence("etalab-2.0", "https://spdx.org/licenses/etalab-2.0.html"),
    *(_creative_commons(f"CC-{kind}-4.0", f"licenses/{kind.lower()}/4.0") for kind in _ATTRIBUTIONS),
    _creative_commons("CC0-1.0", "publicdomain/zero/1.0"),
    _creative_commons("PDM-1.0", "publicdomain/mark/1.0"),
    *(_statement(name) for name in _STATEMENTS),
)

_SPOKEN = {
    "licence ouverte 2.0": "etalab-2.0",
    "licence ouverte / etalab 2.0": "etalab-2.0",
    "licence ouverte v2.0": "etalab-2.0",
    "cc0": "CC0-1.0",
    "public domain mark": "PDM-1.0",
    "domaine public": "PDM-1.0",
}
_CREATIVE_COMMONS = re.compile(r"cc[ -](by(?:-(?:sa|nd|nc|nc-sa|nc-nd))?)[ -]4\.0", re.IGNORECASE)


def licences(text: str) -> tuple[Licence, ...]:
    """Return the known licences of an expression, of which users choose one.

    >>> [each.name for each in licences("Licence Ouverte 2.0 OR CC BY 4.0")], licences("tous droits réservés")
    (['etalab-2.0', 'CC-BY-4.0'], ())
    """
    parts = (_licence(part.strip()) for part in re.split(r"\s+OR\s+", text.strip()))
    return tuple(each for each in parts if each is not None)


def licence_url(text: str) -> str:
    """Return the URL of a licence, empty for an unknown one."""
    return next((each.url for each in licences(text)), "")


def rights_uri(text: str) -> str:
    """Return the URI of a licence for Europeana and IIIF, empty for one that they do not accept.

    >>> rights_uri("CC-BY-4.0"), rights_uri("etalab-2.0")
    ('http://creativecommons.org/licenses/by/4.0/', '')
    """
    return next((each.uri for each in licences(text) if each.uri), "")


def _licence(text: str) -> Licence | None:
    match = _CREATIVE_COMMONS.fullmatch(text)
    name = _SPOKEN.get(text.lower(), f"CC-{match[1]}-4.0" if match else text)
    addresses = {re.sub("^https?", "", part) for part in (text, f"{text}/")}
    for each in LICENCES:
        if each.name.lower() == name.lower() or re.sub("^https?", "", each.url) in addresses:
            return each
    return None
