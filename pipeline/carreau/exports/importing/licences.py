"""Find a licence that the catalogue knows in what a source says of its rights; another one is never guessed."""

from __future__ import annotations

import re

from carreau.base.licences import licences

_NAMED = re.compile(
    r"https?://[^\s<>\"')]+|\bCC[ -]?BY(?:-(?:SA|ND|NC|NC-SA|NC-ND))?[ -]4\.0\b|\bCC0(?:[ -]1\.0)?\b|\betalab-2\.0\b"
    r"|\bLicence Ouverte(?: / Etalab| v)? ?2\.0\b",
    re.IGNORECASE,
)
_DEED = re.compile(r"(?:/deed\.\w+|/legalcode[\w.]*)$")


def known_licence(text: str) -> str:
    """Return the identifier of the one known licence that a text is or names; empty for none, and for several.

    >>> known_licence("© Museum, https://creativecommons.org/licenses/by/4.0/deed.fr"), known_licence("CC BY 3.0")
    ('CC-BY-4.0', '')
    """
    whole = [each.name for each in licences(_DEED.sub("/", text.strip()))]
    if whole:
        return " OR ".join(whole)
    named = (_DEED.sub("/", match.rstrip(".,;")) for match in _NAMED.findall(text))
    spelt = (re.sub(r"(?i)^CC0 ", "CC0-", re.sub(r"(?i)^CC ?BY", "CC-BY", name)) for name in named)
    found = {each.name for name in spelt for each in licences(name)}
    return found.pop() if len(found) == 1 else ""
