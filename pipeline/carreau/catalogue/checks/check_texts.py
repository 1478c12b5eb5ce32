"""Find in the texts for visitors what is none: notes to the team, HTML, and the signs of a typewriter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.base.document import TomlDocument
from carreau.base.messages import message
from carreau.catalogue.checks.check_files import is_file_name
from carreau.catalogue.markup import html_in

QUOTED = frozenset({"transcript"})
"""Keys whose words are those of others."""

_TO_DO = (
    "actualiser|ajouter|chercher|compléter|compter|confirmer|corriger|dater|décider|demander|éclaircir|écrire|formuler|"
    "géolocaliser|harmoniser|localiser|mesurer|mettre à jour|préciser|recouper|relever|relire|retrouver|trancher|"
    "trouver|vérifier"
)
_DOUBTED = "confirmé|consulté|documenté|établi|étudié|repris|retenu|trouvé|vérifié|vu"
_TEAM = re.compile(
    "|".join(
        (
            rf"\bà (?:re)?(?:{_TO_DO})\b",
            r"\b(?:TODO|FIXME|TBD|XXX)\b|\?\?",
            r"\bvoir avec\b|[:;] (?:comparer|demander|relire|savoir|vérifier)\b",
            rf"\bdoi(?:t|vent) être (?:{_DOUBTED})e?s?\b",
            r"\bne (?:pas|jamais) (?:l[ae]s? |l'|y )*(?:inviter|présenter|écrire|citer|confondre|publier|promettre)\b",
            rf"\b(?:n'|ne )(?:est|sont|a|ont|soit|soient) pas (?:encore )?(?:été )?(?:connu|{_DOUBTED})e?s?\b",
            rf"\bnon (?:{_DOUBTED})e?s?\b",
            rf"\b(?:aucune? |pas de |pas d')\w+ (?:{_DOUBTED})e?s?\b",
            r"\bd'après (?:la |les |une |des )?(?:dernière |seule )?(?:page|source|fiche)s? (?:consultée|lue|vue)s?\b",
            r"\b(?:d'après|selon|lue?s? sur|via) [\w.-]+\.(?:be|com|eu|fr|info|net|org|wiki)\b",
            r"\b(?:données|jeu|tranche|polygone) MBM\b|\b(?:polygone officiel|contour officiel MBM|centroïde)\b",
            r"\b(?:l'inventaire du projet|notes de l'inventaire|source unique|(?:intitulé|titre) éditorial)\b",
        )
    ),
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\s\d(])|\n\s*\n")


def team_sentences(text: str) -> list[str]:
    """Return the sentences of a French text that read as notes to the team.

    >>> team_sentences("Visible depuis la rue. Usage actuel à vérifier.")
    ['Usage actuel à vérifier.']
    """
    sentences = (" ".join(each.split()) for each in _SENTENCE.split(text))
    return [each for each in sentences if _TEAM.search(each.replace("’", "'"))]


def check_audience(document: TomlDocument, table: Any) -> None:
    """Report the sentences of a site or route that visitors read, and that were written for the team."""
    for key, text in visitor_texts(table):
        for sentence in team_sentences(text) if key[-1] not in QUOTED else ():
            cause = message("'%(sentence)s' reads as a note to the team", sentence=sentence)
            cure = message("write it for visitors, or move it to questions")
            document.question("note to the team", key, cause, cure)


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


NOT_FOR_VISITORS = frozenset({"questions", "basis", "inscription"})
"""Keys that pages do not show: notes to the team, how a figure was found, and the entry of the list as published."""


def visitor_texts(table: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of a table and of those in it, with their keys."""
    for each in fields(table):
        if each.name in NOT_FOR_VISITORS:
            continue
        rule, value, key = each.metadata["rule"], getattr(table, each.name), (*path, each.name)
        if rule.kind == "one" and value is not None:
            yield from visitor_texts(value, key)
        elif rule.kind == "many":
            for place, inner in enumerate(value):
                yield from visitor_texts(inner, (*key, place))
        elif rule.kind in ("text", "texts", "value"):
            texts = value if isinstance(value, tuple) else (value,)
            yield from ((key, text) for text in texts if isinstance(text, str))
