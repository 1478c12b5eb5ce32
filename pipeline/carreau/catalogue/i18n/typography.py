"""Apostrophes, spaces and ordinals as printed texts of each language have them."""

from __future__ import annotations

import re

from carreau.base.languages import SOURCE, before_mark

_PICARD = "pcd"
"""The language of the miners, which is written with the marks and spaces of French."""
_APOSTROPHE = re.compile(r"\]\([^)]*\)|(?<=[^\W\d_])'(?=[\w«“])|(?<=\w)'(?=[^\W\d_])|(?<!\S)'(?=[stn]\b)")
"""An apostrophe of a typewriter: between letters, or of Dutch "'s avonds"; not in the address of a link."""
_SPACE = r"(?:[ \t]+\n?|\n)[ \t]*"
_BEFORE, _AFTER = re.compile(rf"(?<=\S){_SPACE}(?=[:;?!»])"), re.compile(rf"«{_SPACE}(?=\S)")
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \n]\d{3})+(?!\d)")
_WHITE = re.compile(r"[ \t\r\n]+")

_PARTS = re.compile(
    r"(<!--.*?-->|<(script|style|title|textarea|code|pre|option|text)\b[^>]*>.*?</\2>|<[^>]*>)", re.DOTALL
)
"""A tag, or an element whose text stays as it is."""
_OPEN = re.compile(r'<(\w+)[^>]*?\slang="([^"]*)"')
_ESCAPED = re.compile("&#(?:39|x27);")
_ORDINAL = re.compile(
    r"(?<![\w.,’-])(?:(1|I)(ers?|res?)|([0-9]{1,4}|X{0,3}(?:IX|IV|V?I{1,3})|X{0,3}V|X{1,3})(es?))(?![\w’])"
)

_WHOLE = re.compile("aujourd’hui", re.IGNORECASE)
"""A word with an apostrophe in it, where browsers would break the line."""


def typeset(text: str, language: str) -> str:
    r"""Return a text with ’ for its apostrophes, and no-break spaces in punctuation and numbers, as French requires.

    >>> typeset("L'entrée : « la mine » ? 12 000", "fr")
    'L’entrée\xa0: «\xa0la mine\xa0»\xa0? 12\u202f000'
    >>> typeset("the miner's [lamp](https://example.org/l'a)", "en")
    "the miner’s [lamp](https://example.org/l'a)"
    """
    if "'" in text:
        text = _APOSTROPHE.sub(lambda match: "’" if match[0] == "'" else match[0], text)
    space = before_mark(SOURCE if language == _PICARD else language)
    if not space:
        return text
    numbers_joined = _NUMBER.sub(lambda match: _WHITE.sub("\u202f", match[0]), text)
    return _AFTER.sub(f"«{space}", _BEFORE.sub(space, numbers_joined))


def typeset_page(html: str, language: str) -> str:
    """Return a page with the texts between its tags typeset, and with the ordinals of French raised.

    Attributes, titles, options and what is drawn stay as they are: no element can stand in them.

    >>> typeset_page('<title>XIXe</title><p>Au XIXe, le 1er puits; <b lang="en">XIXe</b></p>', "fr")
    '<title>XIXe</title><p>Au XIX<sup>e</sup>, le 1<sup>er</sup> puits; <b lang="en">XIXe</b></p>'
    >>> typeset_page("<p>aujourd'hui</p>", "fr")
    '<p><span class="whole">aujourd’hui</span></p>'
    """
    open_in: list[tuple[str, str, int]] = []
    now, parts, at = language, list[str](), 0
    for found in _PARTS.finditer(html):
        parts.append(_typeset_text(html[at : found.start()], now))
        tag, at = found[0], found.end()
        parts.append(tag)
        if found[2] or tag.startswith("<!"):
            continue
        if opened := _OPEN.match(tag):
            open_in.append((opened[1], now, 1))
            now = opened[2]
        elif open_in:
            name, before, depth = open_in[-1]
            if re.match(rf"<{name}\b", tag):
                open_in[-1] = name, before, depth + 1
            elif tag.startswith(f"</{name}>"):
                open_in[-1] = name, before, depth - 1
        while open_in and open_in[-1][2] == 0:
            now = open_in.pop()[1]
    return "".join([*parts, _typeset_text(html[at:], now)])


def _typeset_text(text: str, language: str) -> str:
    if not text or text.isspace():
        return text
    text = typeset(_ESCAPED.sub("'", text), language)
    if language != SOURCE:
        return text
    return _WHOLE.sub(r'<span class="whole">\g<0></span>', _ORDINAL.sub(_raised, text))


def _raised(match: re.Match[str]) -> str:
    return f"{match[1] or match[3]}<sup>{match[2] or match[4]}</sup>"


_END = re.compile(r"""[.!?…]["”»’)\]]*(?=\s+(?:["“«„‘(\[]\s?)*[A-ZÀ-ÖØ-ÞŁŚŻŹĆĄĘŃ0-9])""")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
"""Space where a line may break."""
_SHORT = re.compile(
    r"(?:^|[\s(«“„])(?:[A-Za-zÀ-ÿ]|n[o°]|nos|St|Ste|Mme|Mlle|MM|Cie|env|ca|c|vol|fig|art|av|bd|Dr|Mr|Mrs|No|nr|Nr|"
    r"bzw|usw|Str|resp|ul|św|tzw|ok|im|al|bijv|ongev)\.$"
)
"""What a full stop ends that is no sentence: an initial, or an abbreviation."""


def first_sentence(text: str) -> str:
    r"""Return the first sentence of a text, on one line; the whole first paragraph where no other one follows.

    >>> first_sentence("La fosse de la Cie. des mines, par J. Dupont. Elle ferme en 1989.")
    'La fosse de la Cie. des mines, par J. Dupont.'
    >>> first_sentence("Une tour\u00a0: la plus haute. Elle penche.")
    'Une tour\xa0: la plus haute.'
    """
    paragraph = _SPACES.sub(" ", re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0])
    for end in _END.finditer(paragraph):
        if not _SHORT.search(paragraph[: end.start() + 1]):
            return paragraph[: end.end()]
    return paragraph
