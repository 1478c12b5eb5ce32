"""Texts of a source by language, cleaned, and cut to the lengths that the catalogue allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from carreau.base.i18n.languages import LANGUAGES, OWN_NAMES, SOURCE
from carreau.base.messages import Message, message
from carreau.exports.importing.local_files import shortened
from carreau.exports.importing.record import Texts

_CODE = re.compile(r"[a-z]{2,3}(?![a-z])")
_UNNAMED = ("none", "und", "mul", "zxx")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""Control characters, and those that turn the direction of writing, behind which another text can hide."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_LINK = re.compile(r"\](?=\(\s*(?:site|route|trail|media|https?):)")


def language_of(code: Any) -> str:
    """Return the language of a code, empty for none that is named.

    >>> language_of("EN"), language_of("fr-CA"), language_of("@none"), language_of("haw")
    ('en', 'fr', '', 'haw')
    """
    match = _CODE.match(code.strip().lower()) if isinstance(code, str) else None
    return match[0] if match and match[0] not in _UNNAMED and code.strip().lower() not in _UNNAMED else ""


def clean(text: Any) -> str:
    r"""Return a text as the catalogue may hold it, its paragraphs separated by an empty line; empty for none.

    What reads as a link of the catalogue is none in a source, and becomes plain.

    >>> clean("One\r\nline.\n \nTwo\u202e [a](site:b)")
    'One line.\n\nTwo [a] (site:b)'
    """
    if not isinstance(text, str):
        return ""
    whole = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    parts = re.split(r"\n[ \t]*\n", _INVISIBLE.sub("", whole))
    paragraphs = (re.sub(r"[ \t\n\u2028\u2029]+", " ", part).strip(" ") for part in parts)
    return "\n\n".join(_LINK.sub("] ", part) for part in paragraphs if part)


def one_line(text: Any) -> str:
    """Return a text that is clean, without paragraphs."""
    return clean(text).replace("\n\n", " ")


def texts_of(members: Mapping[str, Any]) -> Texts:
    """Return the texts of a map by language code; a list of strings is one text of several paragraphs."""
    found = dict[str, str]()
    for code, value in members.items():
        text = clean("\n\n".join(each for each in value if isinstance(each, str)) if isinstance(value, list) else value)
        if text:
            found.setdefault(language_of(code), text)
    return found


def main_language(texts: Texts) -> str:
    """Return the language of the text that stands in the file of the catalogue: French, else the first there is."""
    order = (*LANGUAGES, *sorted(set(texts) - set(LANGUAGES) - {""}), "")
    return next((code for code in order if code in texts), SOURCE)


def main_text(texts: Texts) -> str:
    """Return the text of the main language, empty where there is none."""
    return texts.get(main_language(texts), "")


def main_title(texts: Texts, otherwise: str) -> str:
    """Return the title of an item for a message."""
    return shortened(main_text(texts)) or shortened(otherwise) or "?"


def language_names(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of languages, each in itself, for a message."""
    return tuple(OWN_NAMES.get(code) or code or message("a language that is not named") for code in codes)


def in_languages(texts: Texts) -> Message:
    """Return the languages for a message in which the catalogue keeps a text: its own, and the main one."""
    order = [*(code for code in LANGUAGES if code in texts), *({main_language(texts)} - set(LANGUAGES))]
    return message("in %(languages)s", languages=language_names(order))


def joined_texts(*parts: Texts) -> Texts:
    """Return texts one below the other, in each language those that it has."""
    codes = dict.fromkeys(code for part in parts for code in part)
    return {code: "\n\n".join(part[code] for part in parts if part.get(code)) for code in codes}


def titled(texts: Texts, limit: int) -> tuple[Texts, Texts]:
    """Return the titles and the rest of texts whose first paragraph may be a title.

    The first paragraph is the title where it is short enough; otherwise its beginning is, and the whole is the text.
    """
    titles, rest = dict[str, str](), dict[str, str]()
    for code, text in texts.items():
        first, _, below = text.partition("\n\n")
        titles[code] = first if len(first) <= limit else _cut(first, limit)
        rest[code] = below if len(first) <= limit else text
    return titles, {code: text for code, text in rest.items() if text}


def fitted(texts: Texts, limit: int) -> tuple[Texts, Texts]:
    """Return texts of one paragraph that are not longer than a limit, and what does not fit, so that nothing is lost.

    Whole sentences that fit are kept; one that is too long itself is cut between words, and is whole in the rest.
    """
    short, rest = dict[str, str](), dict[str, str]()
    for code, text in texts.items():
        if len(text) <= limit and "\n\n" not in text:
            short[code] = text
            continue
        first, _, below = text.partition("\n\n")
        sentences, kept = _SENTENCE_END.split(first), ""
        while sentences and len(f"{kept} {sentences[0]}".strip()) <= limit:
            kept = f"{kept} {sentences.pop(0)}".strip()
        left = "\n\n".join(part for part in (" ".join(sentences), below) if part)
        short[code], rest[code] = (kept, left) if kept else (_cut(first, limit), text)
    return short, rest


def _cut(text: str, limit: int) -> str:
    """Return the beginning of a text with an ellipsis, cut between words where there is a gap."""
    head = text[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head.strip() else head).rstrip(" ,;:") + "…"
