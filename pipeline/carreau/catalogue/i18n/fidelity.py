"""Compare a translation with its text: what must be kept is an error, and what may differ a doubt to be confirmed.

Placeholders, links and addresses must be kept; HTML, and characters that turn or hide text, must not come in. Numbers,
years, dates and Roman numerals are compared by value, so that "2 000", "2,000" and "XIXe siècle", "19th century" are
alike. A difference may be right, as where a translator has shortened; then a note of the text says so:
`confirmed: -1906 +1907`. It holds for this very difference, whatever else is changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from carreau.base.diagnostics import ERROR, QUESTION
from carreau.base.i18n.languages import SOURCE
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.i18n.po import Unit
from carreau.catalogue.i18n.written_numbers import Written, is_in_words, numbers_in
from carreau.catalogue.markup import html_in, markup

CONFIRMED = "confirmed: "
"""Begins the note of a text whose doubts a translator has confirmed."""

KEPT = 20_000
"""Texts whose numbers are kept for their next translation."""

_PLACE = re.compile(r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|\{\w*\}")
_LINK = re.compile(r"\]\(\s*([^()\s]*)\s*\)")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]«»“”„\"]*[^\s<>()\[\]«»“”„\".,;:!?’']|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
_MAY_HAVE_ADDRESS = re.compile("@|//|www")
_HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Controls, and what turns the direction of a text, hides in it, or ends a line; the two joiners are left."""


@dataclass(frozen=True)
class Fault:
    """What a translation does not keep of its text.

    level : `ERROR`, or `QUESTION` for a doubt, which a person may confirm
    topic : a word for the kind
    sign : of a doubt, what its confirmation says; empty for an error
    """

    level: str
    topic: str
    cause: Message
    cure: Message
    sign: str = ""


def faults_of(unit: Unit, language: str, limit: int | None = None) -> list[Fault]:
    """Return what a translation does not keep, without confirmed doubts; a stale one is compared with its own French.

    limit : of the translation in characters, None where there is no limit
    """
    if not unit.target:
        return []
    text = unit.former or unit.text if unit.is_stale else unit.text
    confirmed = {note.removeprefix(CONFIRMED) for note in unit.notes if note.startswith(CONFIRMED)}
    found = faults(text, unit.target, language, limit)
    return [each for each in found if not each.sign or each.sign not in confirmed]


def faults(text: str, target: str, language: str, limit: int | None = None, source: str = SOURCE) -> list[Fault]:
    """Return what a translation does not keep of a text: first the errors, then the doubts.

    limit : of the translation in characters, None where there is no limit
    source : language of the text

    >>> [fault.sign for fault in faults("La fosse de 1906 a 2 000 mineurs.", "The pit of 1907 has 2,000 miners.", "en")]
    ['-1906 +1907']
    """
    found = [*_form(text, target, limit)]
    if target != text:
        found += [*_hidden(text, target), *_places(text, target), *_links(text, target), *_addresses(text, target)]
        found += _numbers(text, target, language, source)
    return sorted(found, key=lambda each: each.level != ERROR)


def confirming(notes: Sequence[str], confirmed: Iterable[Fault]) -> tuple[str, ...]:
    """Return the notes of a text with the doubts that a translator confirms, in place of former ones."""
    signs = [f"{CONFIRMED}{each.sign}" for each in confirmed if each.sign]
    return (*(note for note in notes if not note.startswith(CONFIRMED)), *signs)


def broken_places(text: str, translation: str) -> list[str]:
    """Return the placeholders that do not occur equally often in both, sorted.

    >>> broken_places("%(number)s lieux, {name}", "{nom}: %(number)s sites")
    ['{name}', '{nom}']
    """
    ours, theirs = _PLACE.findall(text), _PLACE.findall(translation)
    if ours == theirs:  # as nearly always: without any
        return []
    return sorted((Counter(ours) - Counter(theirs)) + (Counter(theirs) - Counter(ours)))


def _form(text: str, target: str, limit: int | None) -> Iterator[Fault]:
    if not markup(text) and (html := html_in(target)):
        yield Fault(ERROR, "markup", *html)
    if limit and len(target) > limit:
        cause = plural_message(
            "the translation has %(count)s character; the limit is %(limit)s",
            "the translation has %(count)s characters; the limit is %(limit)s",
            len(target), limit=limit,
        )  # fmt: skip
        yield Fault(ERROR, "too long", cause, message("shorten it"))


def _hidden(text: str, target: str) -> Iterator[Fault]:
    for character in dict.fromkeys(_HIDDEN.findall(target)):
        if target.count(character) > text.count(character):
            name = unicodedata.name(character, "CONTROL")
            cause = message(
                "the translation has the invisible character %(code)s (%(name)s)",
                code=f"U+{ord(character):04X}", name=name,
            )  # fmt: skip
            yield Fault(ERROR, "hidden character", cause, message("remove it: it can turn or hide what visitors read"))


def _places(text: str, target: str) -> Iterator[Fault]:
    if broken := broken_places(text, target):
        cause = message("the placeholder '%(place)s' is not in both text and translation", place=broken[0])
        yield Fault(ERROR, "broken placeholder", cause, message("copy the placeholders of the text as they are"))


def _links(text: str, target: str) -> Iterator[Fault]:
    ours, theirs = (Counter(_LINK.findall(each)) for each in (text, target))
    if lost := sorted(ours - theirs):
        cause = message("the link to '%(link)s' is not in the translation", link=lost[0])
        yield Fault(ERROR, "lost link", cause, message("write it as [words](%(link)s)", link=lost[0]))
    elif more := sorted(theirs - ours):
        cause = message("the translation has a link to '%(link)s', which the text has not", link=more[0])
        yield Fault(ERROR, "lost link", cause, message("remove it, or add it to the text"))


def _addresses(text: str, target: str) -> Iterator[Fault]:
    if not _MAY_HAVE_ADDRESS.search(text) and not _MAY_HAVE_ADDRESS.search(target):
        return
    ours, theirs = (Counter(_ADDRESS.findall(_LINK.sub("]", each))) for each in (text, target))
    lost, more = sorted(ours - theirs), sorted(theirs - ours)
    if len(lost) > len(more):
        cause = message("the address '%(address)s' is not in the translation", address=lost[0])
        yield Fault(ERROR, "lost link", cause, message("copy it"))
    elif more:
        cause = message("the translation has the address '%(address)s', which the text has not", address=more[0])
        yield _doubt("other address", cause, lost, more)


def _numbers(text: str, target: str, language: str, source: str) -> Iterator[Fault]:
    ours, theirs = _source_numbers(text, source), numbers_in(_without_links(target), language)
    before, after = (Counter(each.value for each in found) for found in (ours, theirs))
    if before == after:
        return
    lost = [value for value in sorted(before - after) if not is_in_words(value, target, language)]
    more = [value for value in sorted(after - before) if not is_in_words(value, text, source)]
    if lost or more:
        cause = _differing(_shown(lost, ours), _shown(more, theirs))
        yield _doubt("other number", cause, lost, more)


@lru_cache(KEPT)
def _source_numbers(text: str, source: str) -> tuple[Written, ...]:
    return tuple(numbers_in(_without_links(text), source))


def _differing(lost: tuple[str, ...], more: tuple[str, ...]) -> Message:
    if lost and more:
        return message("the text says %(text)s, and the translation %(target)s", text=lost, target=more)
    if lost:
        return message("%(text)s of the text is not in the translation", text=lost)
    return message("the translation says %(target)s, which is not in the text", target=more)


def _shown(values: Sequence[str], found: Sequence[Written]) -> tuple[str, ...]:
    words = {each.value: each.words for each in found}
    return tuple(words[value] for value in values)


def _doubt(topic: str, cause: Message, lost: Sequence[str], more: Sequence[str]) -> Fault:
    sign = " ".join([*(f"-{each}" for each in lost), *(f"+{each}" for each in more)])
    cure = message(
        "correct it; if it is right, confirm it at the desk, or by the comment '%(note)s'", note=f"# {CONFIRMED}{sign}"
    )
    return Fault(QUESTION, topic, cause, cure, sign)


def _without_links(text: str) -> str:
    rest = _LINK.sub("] ", text) if "](" in text else text
    rest = _ADDRESS.sub(" ", rest) if _MAY_HAVE_ADDRESS.search(rest) else rest
    return _PLACE.sub(" ", rest) if "%" in rest or "{" in rest else rest
