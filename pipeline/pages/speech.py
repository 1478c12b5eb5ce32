"""Say texts on a page in one language: each marked with the language it is in, and with how far it can be trusted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from pipeline.exports.records.serialize import as_html, linked
from pipeline.exports.records.serialize import plain as unlinked
from pipeline.i18n.languages import LANGUAGES, before_mark
from pipeline.i18n.translator import Translator
from pipeline.schema.words import Text

CONTEXT = "page"
"""Of the catalogues: what the pages say."""

_BEFORE, _AFTER = re.compile("[ \n]+(?=[:;?!»])"), re.compile("«[ \n]+")
_SPACE = re.compile(r"[ \t\r\n]+")
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \n]\d{3})+(?!\d)")
_SIGNS = {"unreviewed": "*", "stale": "†"}
_NOTHING = Markup("")


class Speech:
    """What is said on one page; it remembers which marks it made, so that the page can explain them.

    language : of the page
    address : where a link in a text leads, by its kind ("site", "route" or "media") and name; empty for nowhere
    """

    def __init__(self, language: str, wording: Translator, address: Callable[[str, str], str]) -> None:
        """Begin a page."""
        self.language, self.wording, self._address = language, wording, address
        self._marks: dict[str, str] = {}
        self._made: dict[tuple[str, str], Markup] = {}

    def words(self, message: str, **values: object) -> str:
        """Return a message of the pages."""
        return spaced(self.wording.within(CONTEXT, message, **values), self.wording.language)

    def counted(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form of a message for a number, which it may name as `%(number)s`."""
        shown = {"number": self.wording.count(number), **values}
        return spaced(self.wording.plural_within(CONTEXT, one, many, number, **shown), self.wording.language)

    def say(self, text: Text | None) -> Markup:
        """Return a text on one line, with its language, links and marks."""
        return (
            self._inside(text, linked(_SPACE.sub(" ", spaced(text.text, text.lang)).strip(), self._address))
            if text
            else _NOTHING
        )

    def tell(self, text: Text | None) -> Markup:
        """Return the same without links, for what is a link itself."""
        return self._inside(text, str(escape(plain(text)))) if text else _NOTHING

    def _inside(self, text: Text, said: str) -> Markup:
        if text.lang != self.language:
            said = f"<span{self.lang(text)}>{said}</span>"
        return _safe(said) + self.mark(text)

    def paragraphs(self, text: Text | None) -> Markup:
        """Return a text of several paragraphs, the marks at its end."""
        if text is None:
            return _NOTHING
        made = spaced(as_html(text.text, self._address, self.lang(text)), text.lang)
        return _safe(f"{made.removesuffix('</p>')}{self.mark(text)}</p>") if made else _NOTHING

    def lang(self, text: Text | None) -> Markup:
        """Return the attribute for an element that is in the language of a text; nothing for that of the page."""
        if text is None or text.lang == self.language:
            return _NOTHING
        return _safe(f' lang="{escape(text.lang)}"')

    def mark(self, text: Text | None) -> Markup:
        """Return the marks of a text: the language, where it is not that of the page, and a sign for its standing."""
        if text is None or (text.lang == self.language and text.standing not in _SIGNS):
            return _NOTHING
        key = (text.lang, text.standing)
        if key not in self._made:
            self._made[key] = self._mark(*key)
        return self._made[key]

    def _mark(self, language: str, standing: str) -> Markup:
        keys = [language] if language != self.language else []
        keys += [standing] if standing in _SIGNS else []
        self._marks |= {key: self._meaning(key) for key in keys}
        made = (f'<small class="mark" title="{escape(self._marks[key])}">{escape(_sign(key))}</small>' for key in keys)
        return _safe("\u00a0" + "".join(made))

    def legend(self) -> list[tuple[str, str]]:
        """Return every mark of the page with what it means: languages first."""
        order = [*LANGUAGES, *_SIGNS]
        known = sorted(self._marks, key=lambda key: (order.index(key) if key in order else -1, key))
        return [(_sign(key), self._marks[key]) for key in known]

    def all_of(self, parts: Iterable[str]) -> str:
        """Return what is listed as a sentence lists it."""
        return self.wording.all_of([part for part in parts if part])

    def _meaning(self, key: str) -> str:
        if key == "unreviewed":
            return self.words("translation that nobody has proofread yet")
        if key == "stale":
            return self.words("translation of an earlier wording")
        return self.words("text in another language: %(language)s", language=self._name_of(key))

    def _name_of(self, code: str) -> str:
        name = self.wording.locale.languages.get(code)
        return str(name) if name else code


def _sign(key: str) -> str:
    return _SIGNS.get(key, key)


def plain(text: Text | None) -> str:
    """Return a text on one line, for attributes and titles."""
    return _SPACE.sub(" ", spaced(unlinked(text.text), text.lang)).strip() if text else ""


def spaced(words: str, language: str) -> str:
    r"""Return words in which no line of French begins with a colon, ends with an opening quote, or cuts a number.

    >>> spaced("Un lieu : « la mine » ? 12 000", "fr")
    'Un lieu\xa0: «\xa0la mine\xa0»\xa0? 12\u202f000'
    """
    space = before_mark(language)
    if not space:
        return words
    whole = _NUMBER.sub(lambda found: _SPACE.sub("\u202f", found[0]), words)
    return _AFTER.sub(f"«{space}", _BEFORE.sub(space, whole))


def shortened(text: str, most: int = 160) -> str:
    """Return the beginning of a text, up to a word.

    >>> shortened("Une fosse de Denain", 12)
    'Une fosse…'
    """
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0].rstrip(" ,;:.") + "…"


def _safe(html: str) -> Markup:
    """Return HTML whose texts were escaped where it was made."""
    return Markup(html)  # noqa: S704 - see above
