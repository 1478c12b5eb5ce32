"""Find what people write for a licence, and is none: it says neither who made a thing nor what others may do."""

from __future__ import annotations

import re

from carreau.base.diagnostics import KeyPath
from carreau.base.document import TomlDocument
from carreau.base.messages import message
from carreau.catalogue.media import Medium
from carreau.catalogue.route import Route
from carreau.catalogue.show import Show
from carreau.catalogue.site import Rights, Site
from carreau.catalogue.state import State
from carreau.catalogue.trail import Trail

_FREE = re.compile(
    r"\b(?:"
    r"libres? (?:de|des) (?:tous? )?droits?|sans droits?(?: d['’]auteur)?|licence libre|"
    r"(?:royalty|royalties|rights?|copyright)[ -]?free|free of (?:rights|copyright|royalties)|"
    r"(?:royalty|rechten|copyright)[ -]?vrije?|vrij van (?:auteurs)?rechten|zonder (?:auteurs)?rechten|"
    r"(?:lizenz|rechte|gebühren|urheberrechts?)[ -]?freie?[mnrs]?|frei von rechten|ohne urheberrecht|"
    r"woln[aey] od (?:praw|opłat|tantiem)|bez (?:praw|opłat|tantiem)(?: autorskich)?"
    r")\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\bcc[ -]?(?:by|0|zero)|creative ?commons|ouverte|etalab|odbl|public|rightsstatements", re.IGNORECASE
)
"""A licence, or a statement of rights, that is named as well."""


def free_phrase(text: str) -> str:
    """Return the words of a text that promise something for free without naming a licence; empty without such words.

    >>> free_phrase("Photo libre de droits"), free_phrase("CC-BY-4.0"), free_phrase("royalty-free")
    ('libre de droits', '', 'royalty-free')
    """
    found = _FREE.search(text)
    return found[0] if found else ""


def check_licences(document: TomlDocument, of: Site | Route | Trail | Show) -> None:
    """Report licences and credits that are none; of a draft, which has no file yet, as a question."""
    for place, right in enumerate(of.rights):
        _check(document, ("rights", place), right, is_draft=False)
    for place, medium in enumerate(of.media):
        _check(document, ("media", place), medium, is_draft=not medium.file)
    for place, state in enumerate(of.state if isinstance(of, Site) else ()):
        _check(document, ("state", place), state, is_draft=not state.file)


def _check(document: TomlDocument, key: KeyPath, of: Rights | Medium | State, *, is_draft: bool) -> None:
    if (phrase := free_phrase(of.licence)) and not _NAMED.search(of.licence):
        cause = message("'%(text)s' is no licence: it does not say what others may do", text=phrase)
        cure = message("name the licence, such as CC-BY-4.0 or Licence Ouverte 2.0; ask the author if it is not known")
        document.draft(is_draft, "missing licence", (*key, "licence"), cause, cure)
    if phrase := free_phrase(of.credit):
        cause = message("'%(text)s' is nobody's name", text=phrase)
        cure = message("name the author and the collection here, and the licence in licence")
        document.draft(is_draft, "missing credit", (*key, "credit"), cause, cure)
