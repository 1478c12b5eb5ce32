"""Texts of a page in one language, as HTML: messages, and texts of documents with language and status marks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from carreau.base.languages import LANGUAGES
from carreau.base.schema.parts import Text
from carreau.base.translator import Translator
from carreau.catalogue.i18n.typography import first_sentence, typeset
from carreau.exports.records.serializers import as_html, linked
from carreau.exports.records.serializers import plain as unlinked

CONTEXT = "page"
"""Message context in `interface.po`."""

_SPACE = re.compile(r"[ \t\r\n]+")
_NOT_CHECKED = ("unreviewed", "stale")
"""Standings of translations that nobody has accepted, or not in their present wording."""

_EVERY_CATEGORY = (1, 2, 5, 0)
"""Numbers that between them have every plural form of the languages of pages; the last one of a form stands for it."""
_NOTHING = Markup("")


class PageTexts:
    """The texts of one page; it collects the marks that it has used, and whether a translation is unchecked.

    language : of the page
    address : returns the address of a link by kind ("site", "route", "trail" or "media") and name; empty for no link
    """

    def __init__(self, language: str, wording: Translator, address: Callable[[str, str], str]) -> None:
        """Start without marks, and with all translations checked."""
        self.language, self.wording, self._address = language, wording, address
        self._marks: dict[str, Markup] = {}
        self._is_unchecked = False

    def gettext(self, message: str, **values: object) -> str:
        """Return a message in the language of the page."""
        return typeset(self.wording.within(CONTEXT, message, **values), self.wording.language)

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the plural form of a message for a number; its placeholder is `%(number)s`."""
        shown = {"number": self.wording.count(number), **values}
        return typeset(self.wording.plural_within(CONTEXT, one, many, number, **shown), self.wording.language)

    def plural_forms(self, one: str, many: str) -> str:
        """Return all plural forms of a message by CLDR category, as JSON; scripts replace {number}."""
        category, language = self.wording.locale.plural_form, self.wording.language
        forms = {
            category(number): typeset(
                self.wording.plural_within(CONTEXT, one, many, number, number="{number}"), language
            )
            for number in _EVERY_CATEGORY
        }
        return json.dumps({"other": forms[category(0)], **forms}, ensure_ascii=False)

    def inline(self, text: Text | None) -> Markup:
        """Return a text as inline HTML, with its language, links and marks."""
        return (
            self._marked(text, linked(_SPACE.sub(" ", typeset(text.text, text.lang)).strip(), self._address))
            if text
            else _NOTHING
        )

    def unlinked(self, text: Text | None) -> Markup:
        """Return a text as inline HTML without links, for the inside of a link."""
        return self._marked(text, str(escape(plain(text)))) if text else _NOTHING

    def opening(self, text: Text | None) -> Markup:
        """Return the first sentence of a text as inline HTML without links."""
        return self._marked(text, str(escape(first_sentence(plain(text))))) if text else _NOTHING

    def _marked(self, text: Text, html: str) -> Markup:
        if text.lang != self.language:
            html = f"<span{self.lang(text)}>{html}</span>"
        return _safe(html) + self.mark(text)

    def paragraphs(self, text: Text | None) -> Markup:
        """Return a text as paragraphs, with its marks at the end."""
        if text is None:
            return _NOTHING
        html = as_html(typeset(text.text, text.lang), self._address, self.lang(text))
        return _safe(f"{html.removesuffix('</p>')}{self.mark(text)}</p>") if html else _NOTHING

    def lang(self, text: Text | None) -> Markup:
        """Return the `lang` attribute for the element of a text; empty if the text is in the language of the page."""
        if text is None or text.lang == self.language:
            return _NOTHING
        return _safe(f' lang="{escape(text.lang)}"')

    def mark(self, text: Text | None) -> Markup:
        """Return the mark of a text in another language than the page; that a translation is unchecked is noted."""
        if text is None:
            return _NOTHING
        self._is_unchecked = self._is_unchecked or text.standing in _NOT_CHECKED
        if text.lang == self.language:
            return _NOTHING
        if text.lang not in self._marks:
            title, code = escape(self._meaning(text.lang)), escape(text.lang)
            self._marks[text.lang] = _safe(f'\u00a0<small class="mark" title="{title}">{code}</small>')
        return self._marks[text.lang]

    def legend(self) -> list[tuple[str, str]]:
        """Return the languages that texts are marked with, and what each mark means."""
        order = list(LANGUAGES)
        codes = sorted(self._marks, key=lambda code: (order.index(code) if code in order else -1, code))
        return [(code, self._meaning(code)) for code in codes]

    def translation_note(self) -> str:
        """Return, once for the page, that its translations are unchecked; empty if none of them is."""
        if not self._is_unchecked:
            return ""
        return self.gettext("No native speaker has checked the translations on this page yet.")

    def join_list(self, parts: Iterable[str]) -> str:
        """Return parts as a list in a sentence: a, b and c."""
        return self.wording.all_of([part for part in parts if part])

    def _meaning(self, code: str) -> str:
        return self.gettext("text in another language: %(language)s", language=self._name_of(code))

    def _name_of(self, code: str) -> str:
        name = self.wording.locale.languages.get(code)
        return str(name) if name else code


def plain(text: Text | None) -> str:
    """Return a text as plain text on one line, for attributes and titles."""
    return _SPACE.sub(" ", typeset(unlinked(text.text), text.lang)).strip() if text else ""


def shortened(text: str, most: int = 160) -> str:
    """Return a text cut at a word boundary.

    >>> shortened("Une fosse de Denain", 12)
    'Une fosse…'
    """
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0].rstrip(" ,;:.") + "…"


def _safe(html: str) -> Markup:
    """Return HTML whose texts are escaped already."""
    return Markup(html)  # noqa: S704 - see above
