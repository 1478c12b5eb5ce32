"""Say things in the languages that Voyager knows: a closed list, without Polish.

Where a scene offers a language, Voyager shows "Missing content" for what is not said in it: so everything is said in
each language of a scene, by the next language of its chain where it has to be.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.exports.markup import words
from pipeline.exports.record import SiteRecord, Texts
from pipeline.i18n.languages import CHAINS, SOURCE, TABLE

CODES: Mapping[str, str] = {each.code: each.voyager for each in TABLE if each.voyager}
"""Voyager's own, `ELanguageType` in its common.ts; its others are ES, JA, IT, HAW and AR."""


def spoken_languages(record: SiteRecord) -> tuple[str, ...]:
    """Return the languages of a site's scenes: French, and those that its name and summary are translated into."""
    names, summaries = record.names(), record.summaries()
    return tuple(code for code in CODES if code == SOURCE or (code in names and code in summaries))


def voyager_code(language: str) -> str:
    """Return what Voyager calls a language, or the next of its chain where it does not know it.

    >>> voyager_code("de"), voyager_code("pl")
    ('DE', 'EN')
    """
    return next(CODES[each] for each in CHAINS[language] if each in CODES)


def in_each(texts: Texts, languages: tuple[str, ...]) -> dict[str, str]:
    """Return a text in plain words by Voyager's code; empty where nobody wrote it in any language."""
    said = {CODES[code]: words(texts, code) for code in languages}
    return said if any(said.values()) else {}
