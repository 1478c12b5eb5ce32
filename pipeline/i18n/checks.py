"""Check the translations: what is missing, stale, too long, or would break; for `carreau check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.catalogue.catalogue import Catalogue, Entry
from pipeline.catalogue.diagnostics import ERROR, QUESTION, Diagnostic, shown_key
from pipeline.errors import ScanError
from pipeline.i18n.checks_of_terms import check_terms, open_glossary
from pipeline.i18n.contexts import context_of
from pipeline.i18n.glossary import Glossary
from pipeline.i18n.languages import BY_CODE, LANGUAGES, SOURCE, TRANSLATED, content_file, locales_beside
from pipeline.i18n.localized_text import STALE, UNREVIEWED, LocalizedText
from pipeline.i18n.messages import Message, messages_of
from pipeline.i18n.placeholders import broken_places
from pipeline.i18n.translations import Translations

INTO = {language: f"into {BY_CODE[language].english_name}" for language in TRANSLATED}

REQUIRED: Mapping[str, tuple[str, ...]] = {"name": LANGUAGES, "summary": LANGUAGES, "description": (SOURCE, "en")}
"""Languages that a text of every site and route has to be there in; that it is in French is checked with the sites."""

_SHORTEN = "say it in fewer words"


def check_texts(catalogue: Catalogue, opened: Translations | None = None) -> list[Diagnostic]:
    """Return what is to be said of the translations, which lie in `locales/` beside the folder of the catalogue.

    opened : these translations, where somebody has read them already
    A catalogue that has no such folder is not translated, and nothing is said of it.
    """
    locales = locales_beside(catalogue.root)
    if not locales.is_dir():
        return []
    found = list[Diagnostic]()
    translations = opened or Translations(locales)
    messages = {entry.slug: list(messages_of(entry)) for entry in catalogue.entries() if entry.sheet.is_read}
    limits = {(each.context, each.text): each.limit for said in messages.values() for each in said}
    glossary, strange = open_glossary(locales)
    found += strange
    for language in TRANSLATED:
        found += _check_file(translations, language, limits, glossary)
    if any(finding.topic == "unreadable" for finding in found):
        return found
    standings = Counter[str]()
    for entry in catalogue.entries():
        for message in messages.get(entry.slug, ()):
            own = translations.own(message.context, message.text)
            found += _check_message(message, own, _required(entry, message))
            standings.update(each for each, said in own.items() if said.standing == UNREVIEWED)
    return [*found, *(_unreviewed(language, standings[language]) for language in TRANSLATED if standings[language])]


def _check_file(
    translations: Translations, language: str, limits: Mapping[tuple[str, str], int | None], glossary: Glossary
) -> Iterator[Diagnostic]:
    name = _file_name(language)
    try:
        units = translations.units(language)
    except ScanError as error:
        line = int(error.place.removeprefix("line ")) if error.place else None
        yield Diagnostic(ERROR, "unreadable", name, line, "", error.cause, error.cure)
        return
    for unit in units:
        if unit.target and (broken := broken_places(unit.text, unit.target)):
            cause = f"'{broken[0]}' is not in both text and translation"
            cure = "write what stands in braces as it is in the text"
            yield Diagnostic(ERROR, "broken placeholder", name, unit.line, unit.context, cause, cure)
        limit = limits.get(unit.key)
        if limit and len(unit.target) > limit:
            cause, cure = f"the translation has {len(unit.target)} characters, {limit} at most", _SHORTEN
            yield Diagnostic(ERROR, "too long", name, unit.line, unit.context, cause, cure)
        if unit.key in limits:
            yield from check_terms(glossary, unit, language, name)


def _check_message(
    message: Message, own: Mapping[str, LocalizedText], required: tuple[str, ...]
) -> Iterator[Diagnostic]:
    def found(level: str, topic: str, cause: str, cure: str) -> Diagnostic:
        return Diagnostic(level, topic, message.file, message.line, shown_key(message.key), cause, cure)

    if message.limit and len(message.text) > message.limit:
        cause = f"the text has {len(message.text)} characters, {message.limit} at most"
        yield found(ERROR, "too long", cause, _SHORTEN)
    for language in TRANSLATED:
        if language not in own and language in required:
            cause, cure = f"there is no translation {INTO[language]}", "have it translated: carreau texts export"
            yield found(QUESTION, "not translated", cause, cure)
        elif language in own and own[language].standing == STALE:
            cause = f"the translation {INTO[language]} is stale: the French has changed since"
            cure = "have it translated again; until then it is not shown"
            yield found(QUESTION, "stale", cause, cure)


def _required(entry: Entry[Any], message: Message) -> tuple[str, ...]:
    key = message.context.removeprefix(f"{context_of(entry)}.")
    return REQUIRED.get(key, ())


def _unreviewed(language: str, count: int) -> Diagnostic:
    cause = f"nobody has reviewed the translations {INTO[language]}: {count:,} of them"
    cure = "have somebody read them who speaks it, and accept them"
    return Diagnostic(QUESTION, "unreviewed", _file_name(language), None, "", cause, cure)


def _file_name(language: str) -> str:
    return content_file(Path("locales"), language).as_posix()
