"""Return a site or route as it is told in one language, each text with the language it is in and its standing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.catalogue.catalogue import Entry
from pipeline.catalogue.dates import When
from pipeline.catalogue.fields import FieldRule
from pipeline.i18n.contexts import context_of, numbered, rules_of
from pipeline.i18n.localized_text import LocalizedText
from pipeline.i18n.source_texts import words_of
from pipeline.i18n.translations import Translations

_Say = Callable[[FieldRule, Any, str], LocalizedText | None]


def localize(entry: Entry[Any], translations: Translations, language: str) -> dict[str, Any]:
    """Return an entry for JSON: what is translated as {"text", "lang", "standing"}, a list of texts as a list of those.

    Dates are EDTF strings, numbers and names stay as they are, and what is empty is left out. Raises FormatError and
    ScanError, as reading translations does.
    """

    def say(rule: FieldRule, value: Any, context: str) -> LocalizedText | None:
        french = words_of(entry, rule, value)
        return translations.say(context, french, language) if french else None

    return _table(entry.of, context_of(entry), say)


def _table(table: Any, context: str, say: _Say) -> dict[str, Any]:
    made = {}
    for key, rule in rules_of(table.__class__):
        value = _value(rule, getattr(table, key), context, key, say)
        if value not in (None, "", [], {}):
            made[key] = value
    return made


def _value(rule: FieldRule, value: Any, context: str, key: str, say: _Say) -> Any:
    if value is None:
        return None
    if rule.kind == "one":
        return _table(value, f"{context}.{key}", say)
    if rule.kind == "many":
        return [_table(each, called, say) for _, each, called in numbered(context, key, value)]
    if isinstance(value, tuple):
        return [_plain(rule, each, f"{context}.{key}", say) for each in value]
    return _plain(rule, value, f"{context}.{key}", say)


def _plain(rule: FieldRule, value: Any, context: str, say: _Say) -> Any:
    if isinstance(value, When):
        return value.text
    said = say(rule, value, context)
    return value if said is None else {"text": said.text, "lang": said.language, "standing": said.standing}
