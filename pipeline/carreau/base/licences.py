"""Licences with their URLs.

Europeana and IIIF accept Creative Commons and RightsStatements.org only, and compare the addresses letter by letter:
they begin with `http://`. The Licence Ouverte is on neither list. It describes itself as compatible with CC BY, but
the owner of the work has to choose it: such a licence is an SPDX expression, `etalab-2.0 OR CC-BY-4.0`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


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
"""Those of RightsStatements.org that Europeana takes: Europeana, Available Rights Statements."""

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
