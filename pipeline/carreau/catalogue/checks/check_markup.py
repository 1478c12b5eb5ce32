"""Find HTML, and the signs of a typewriter, in the texts of sites, routes, trails and shows."""

from __future__ import annotations

import re
from typing import Any

from carreau.base.document import TomlDocument
from carreau.base.messages import message
from carreau.catalogue.checks.check_files import is_file_name
from carreau.catalogue.checks.visitor_texts import visitor_texts
from carreau.catalogue.markup import html_in

_TYPED = (
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
    (re.compile(r"(?<=[IVX])(?:i?[èé]me|eme|è)\b"), "e"),
    (re.compile(r"(?<=\d)(?:i?[èé]me|eme|è)\b"), "e"),
    (re.compile(r"\b1[eè]re\b"), "1re"),
    (re.compile(r"\.\.\."), "…"),
)
"""What a keyboard gives, and what print has in its place; pages raise the "e" of "XIXe" themselves."""

_NOT_TYPESET = frozenset({"file", "captions", "outline", "path", "ground", "model", "url", "lines"})
"""Keys that name a file or a page, and an author's own lines."""


def check_markup(document: TomlDocument, table: Any) -> None:
    """Report HTML and typewriter's signs in the texts of a site or route."""
    for key, text in visitor_texts(table):
        if found := html_in(text):
            document.error("markup", key, *found)
        typeset = key[-1] not in _NOT_TYPESET and not is_file_name(text)
        for typed, printed in typed_words(text) if typeset else ():
            cause = message("'%(typed)s' does not follow French typography", typed=typed)
            document.question("typography", key, cause, message("write '%(printed)s'", printed=printed))


def typed_words(text: str) -> list[tuple[str, str]]:
    """Return the words of a text that have signs of a typewriter, each once, with what print has.

    >>> typed_words("L'église du XIXème siècle")
    [("L'église", 'L’église'), ('XIXème', 'XIXe')]
    """
    found = dict[str, str]()
    for word in text.split():
        printed = word
        for pattern, instead in _TYPED if "://" not in word else ():
            printed = pattern.sub(instead, printed)
        if printed != word:
            found[word] = printed
    return list(found.items())
