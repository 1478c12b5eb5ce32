"""Say a report's English sentences in another language, by finding the template that each was made from.

The stages write plain English into `report.json`, where programs and people find it. The catalogues in `locales/` hold
each sentence once, under the context "sentence", with a name in braces for what changes: the name says how that part
is treated.

{name} {name2} {file} {other} {words} {format} {unit} {axis} {option} {place} : anything, left as it is
{clause} {reason} : another sentence of the catalogue
{clauses} : several of them with ", " between
any other : a number, written as the language writes numbers
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.i18n.languages import PSEUDO
from pipeline.i18n.pseudo import pseudo
from pipeline.i18n.translator import TaggedText, Translator, catalogue
from pipeline.messages import Message

CONTEXT = "sentence"
VERBATIM = frozenset({"name", "file", "other", "words", "format", "unit", "axis", "option", "place"})
CLAUSES = frozenset({"clause", "reason", "clauses"})
_PLACE = re.compile(r"\{([a-z]+)(\d*)\}")
_NUMBER = r"[-+]?(?:\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)"


@dataclass(frozen=True)
class _Template:
    pattern: re.Pattern[str]
    translation: str


def say(sentence: str, wording: Translator) -> TaggedText:
    """Return a sentence of a report in a language, or in English where its catalogue does not have it."""
    if wording.language == "en":
        return TaggedText(sentence, "en")
    if isinstance(sentence, Message):
        return TaggedText(wording.message(sentence), wording.language)
    if wording.language == PSEUDO:
        return TaggedText(pseudo(sentence), PSEUDO)
    found = _translated(sentence, wording)
    return TaggedText(sentence, "en") if found is None else TaggedText(found, wording.language)


def _translated(sentence: str, wording: Translator) -> str | None:
    for template in _templates(wording.language):
        match = template.pattern.fullmatch(sentence)
        parts = _parts(match.groupdict(), wording) if match else None
        if parts is not None:
            return _PLACE.sub(lambda place: parts[place[1] + place[2]], template.translation)  # noqa: B023
    return None


def _parts(found: dict[str, str], wording: Translator) -> dict[str, str] | None:
    """Return what each place of a template holds, as the language says it; None when a clause is unknown."""
    parts: dict[str, str] = {}
    for name, text in found.items():
        said = _part(name.rstrip("0123456789"), text, wording)
        if said is None:
            return None
        parts[name] = said
    return parts


def _part(kind: str, text: str, wording: Translator) -> str | None:
    if kind in VERBATIM:
        return text
    if kind == "clauses":
        said = [_translated(clause, wording) for clause in text.split(", ")]
        return ", ".join(clause for clause in said if clause) if all(said) else None
    return _translated(text, wording) if kind in CLAUSES else _number(text, wording)


def _number(text: str, wording: Translator) -> str:
    """Return a number as Python wrote it in English, as the language writes it."""
    if not re.fullmatch(r"[-+]?\d[\d,]*(\.\d+)?", text):
        return text.replace("inf", "∞")
    decimals = len(text.partition(".")[2])
    return wording.number(float(text.replace(",", "")), decimals)


@cache
def _templates(language: str) -> tuple[_Template, ...]:
    """Return the templates of a language, the one that says most by itself first."""
    found = sorted(sentences(language), key=lambda pair: (-len(_PLACE.sub("", pair[0])), pair[0]))
    return tuple(_Template(re.compile(_pattern(english)), translation) for english, translation in found)


def sentences(language: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences that a catalogue has, in English and in its language; not those somebody must look at."""
    for message in catalogue(language) or ():
        if message.context == CONTEXT and message.string and not message.fuzzy:
            yield str(message.id), str(message.string)


def _pattern(english: str) -> str:
    r"""Return the regular expression that a template is found by.

    >>> _pattern("'{file}': {reason}")
    "'(?P<file>.+)':\\ (?P<reason>.+?)"
    """
    pieces, end = [], 0
    for place in _PLACE.finditer(english):
        inside = ".+" if place[1] in VERBATIM else ".+?" if place[1] in CLAUSES else _NUMBER
        pieces += [re.escape(english[end : place.start()]), f"(?P<{place[1]}{place[2]}>{inside})"]
        end = place.end()
    return "".join([*pieces, re.escape(english[end:])])
