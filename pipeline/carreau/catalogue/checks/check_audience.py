"""Find notes to the team in texts for visitors, by the words in which curators write them.

It is a heuristic, made on real sentences: among the 1,704 of the catalogue as it was when notes still stood in it, it
finds 33 of the 34 notes, and takes no other sentence for one (`tests/pipeline/catalogue/test_audience.py`). Doubts that
no such word gives away, as "76, 75 ou 70 m selon les sources", are not found.
"""

from __future__ import annotations

import re
from typing import Any

from carreau.base.document import TomlDocument
from carreau.base.messages import message
from carreau.catalogue.checks.visitor_texts import visitor_texts

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
