"""Localisation of documents: texts of the catalogue, terms, dates and numbers in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.i18n.languages import CHAINS, SOURCE
from carreau.base.i18n.terms import TERMS, translate_term
from carreau.base.i18n.translator import Translator
from carreau.base.schema.words import Day, Term, Text
from carreau.catalogue.dates import When
from carreau.catalogue.i18n.periods import format_when
from carreau.catalogue.i18n.typography import typeset
from carreau.exports.records.record import Texts


class Localizer:
    """Texts of documents in one language.

    language : its code
    """

    def __init__(self, language: str) -> None:
        """Load the translations."""
        self.language, self.translator = language, Translator(language)

    def text(self, texts: Texts) -> Text | None:
        """Return a text, typeset, in the first language of the chain that has it, or None."""
        for language in (*CHAINS[self.language], SOURCE):
            if language in texts:
                found_text = texts[language]
                shown = typeset(found_text.text, found_text.language)
                return Text.model_validate(
                    {"text": shown, "lang": found_text.language, "standing": found_text.standing}
                )
        return None

    def required_text(self, texts: Texts, instead: str) -> Text:
        """Return a text, or `instead` in the source language where it is missing."""
        return self.text(texts) or Text(text=typeset(instead, SOURCE), lang=SOURCE, standing="source")

    def texts(self, texts: tuple[Texts, ...]) -> tuple[Text, ...]:
        """Return the texts that exist."""
        return tuple(text for each in texts if (text := self.text(each)))

    def term(self, of: str, code: str) -> Term:
        """Return a term of a closed list; the text of an unknown code is the code."""
        return Term(code=code, text=translate_term(of, code, self.translator) if code in TERMS[of] else code)

    def date(self, when: When | None) -> Day | None:
        """Return a date or a period."""
        return Day(edtf=when.text, text=format_when(when, self.translator)) if when else None

    def own_text(self, text: str) -> Text | None:
        """Return a text of our own in this language."""
        return Text(text=text, lang=self.language, standing="source") if text else None


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not None, for classes whose fields have defaults."""
    return {key: value for key, value in values.items() if value is not None}
