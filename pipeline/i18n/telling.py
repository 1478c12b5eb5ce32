"""Say the lines of the command in a person's language.

The code writes them in English, as `place: cause; cure`, a place being a file, its line, an option or a text. What
stands in quotation marks, names and places stay as they are; the rest are sentences of the catalogues, which
`sentences.py` finds. A line or a cause that no catalogue knows stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from pipeline.i18n.languages import before_mark
from pipeline.i18n.sentences import say
from pipeline.i18n.translator import Translator

_MARK = re.compile(r"(question|error|skipped|wrote) {2,}|(  \S+  )")
_MORE = re.compile(r" and (\d+) more$")
_LINE = re.compile(r", line (\d+)\b")
_COUNT = re.compile(r"([\d,]+) (site|demonstration place|route|error|open question)s?")
_SUM = re.compile(rf"(?:{_COUNT.pattern}(?:, |: |$))+")


def tell(lines: Iterable[str], language: str) -> Iterator[str]:
    """Yield lines of the command in a language."""
    wording = Translator(language)
    yield from (_told(line, wording) for line in lines)


def _sum(line: str, wording: Translator) -> str:
    """Return the last line of a check."""
    said = {word: _counted(int(count.replace(",", "")), word, wording) for count, word in _COUNT.findall(line)}
    errors, questions = said.pop("error", ""), said.pop("open question", "")
    places = wording.all_of(list(said.values()))
    message = "%(places)s: %(errors)s, %(questions)s"
    return wording.within("command", message, places=places, errors=errors, questions=questions)


def _counted(count: int, word: str, wording: Translator) -> str:
    one, many = f"%(number)s {word}", f"%(number)s {word}s"
    if word == "demonstration place":
        return wording.plural_within("command", one, many, count, number=wording.count(count))
    return wording.plural(one, many, count)


def _told(line: str, wording: Translator) -> str:
    if _SUM.fullmatch(line):
        return _sum(line, wording)
    mark = _MARK.match(line)
    if mark is None:
        return _sentence(line, wording)
    rest, tail = line[mark.end() :], ""
    if mark[1] == "skipped":  # whose reason stands before what it is of
        rest, _, names = rest.rpartition(": ")
        tail = _stop(wording.language, ":") + _MORE.sub(lambda found: _rest(int(found[1]), wording), names)
    word = f"{wording.within('command', mark[1]):{len(mark[0]) - 2}}  " if mark[1] else mark[0]
    return word + _sentence(rest, wording) + tail


def _rest(count: int, wording: Translator) -> str:
    return " " + wording.plural("and %(number)s more", "and %(number)s more", count)


def _sentence(line: str, wording: Translator) -> str:
    """Return a line: after its place, or as a whole; or with the cure alone where its cause is in somebody's words."""
    ends = [match.start() for match in re.finditer(": ", line)]
    for end in ends:
        if (said := _clauses(line[end + 2 :], wording.language)) is not None:
            return _place(line[:end], wording) + said
    if (whole := _clauses(line, wording.language)) is not None:
        return whole
    head, _, cure = line.rpartition("; ")
    said = _clauses(cure, wording.language)
    if not ends or said is None:
        return line
    return _place(head[: ends[0]], wording) + head[ends[0] + 2 :] + _stop(wording.language, ";") + said


def _place(place: str, wording: Translator) -> str:
    said = wording.known("command", place) or place
    said = _LINE.sub(lambda found: f", {wording.text('line %(line)s', line=found[1])}", said)
    said = _MORE.sub(lambda found: _rest(int(found[1]), wording), said)
    return said + _stop(wording.language, ":")


def _stop(language: str, mark: str) -> str:
    return f"{before_mark(language)}{mark} "


@cache
def _clauses(text: str, language: str) -> str | None:
    """Return sentences parted by semicolons, None where one of them is unknown."""
    said = say(text, Translator(language))
    if said.language == language:
        return said.text
    for match in re.finditer("; ", text):
        first = say(text[: match.start()], Translator(language))
        if first.language == language and (rest := _clauses(text[match.end() :], language)) is not None:
            return first.text + _stop(language, ";") + rest
    return None
