"""The glossary of mining terms, `locales/glossary.csv`, and the check of translations against it.

Each line is a French term. A cell lists its accepted translations, separated by `|`: first the words, then their other
forms, where `*` matches any letters, for Polish declension and German compounds. The columns `avoid_` list words that
must not be used. An empty cell is not checked, as no word has been chosen yet. `source` is a text of the catalogue with
the term. The file has semicolons and a byte order mark, so that spreadsheets in countries with decimal commas open it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from carreau.base.errors import FormatError, ScanError, cannot_read
from carreau.base.languages import SOURCE, TRANSLATED
from carreau.base.messages import message

NAME = "glossary.csv"
AVOID = "avoid_"
_COLUMNS = (SOURCE, *TRANSLATED, *(AVOID + language for language in TRANSLATED), "note", "source")
_ALIKE = str.maketrans({"’": "'", "ʼ": "'", "\u00a0": " ", "\u202f": " ", "‑": "-"})


@dataclass(frozen=True)
class Stray:
    """A term whose translation is not in the glossary.

    term : as the glossary has it
    word : the word to avoid that is used, empty where only the accepted ones are missing
    expected : the accepted words, as in the glossary
    """

    term: str
    word: str
    expected: str


@dataclass(frozen=True)
class _Term:
    french: str
    accepted: Mapping[str, re.Pattern[str]]
    avoided: Mapping[str, re.Pattern[str]]
    shown: Mapping[str, str]
    warned: Mapping[str, str]


@dataclass(frozen=True)
class TermOccurrence:
    """An occurrence of a term in a text.

    form : of the term, as the glossary has it
    word : as the text has it
    around : the same with the words before and after it, empty where there are too few
    """

    form: str
    word: str
    around: str


@dataclass(frozen=True)
class Piece:
    """A part of a text; where it is a term, with the words that the glossary accepts for it, and those to avoid."""

    text: str
    term: str = ""
    wanted: str = ""
    avoided: str = ""


@dataclass(frozen=True)
class Glossary:
    """The terms, by each of their French forms."""

    terms: Mapping[str, _Term]

    @cached_property
    def _longest(self) -> list[str]:
        # The longest first: "cité pavillonnaire" is not looked at as "cité" a second time.
        return sorted(self.terms, key=lambda form: (-len(form), form))

    @cached_property
    def _any(self) -> re.Pattern[str]:
        named = (f"(?P<t{place}>{_french(form)})" for place, form in enumerate(self._longest))
        return re.compile(rf"(?<!\w)(?:{'|'.join(named) or '(?!)'})(?!\w)")

    @cached_property
    def _occurrences(self) -> dict[str, tuple[TermOccurrence, ...]]:
        return {}

    def places(self, french: str) -> tuple[TermOccurrence, ...]:
        """Return the occurrences of terms in a text; the result is cached for the other languages."""
        if french not in self._occurrences:
            matches = self._any.finditer(french.translate(_ALIKE))
            places = (
                TermOccurrence(self._longest[int(str(each.lastgroup)[1:])], each[0], _find_around(each))
                for each in matches
            )
            self._occurrences[french] = tuple(places)
        return self._occurrences[french]

    def pieces(self, french: str, language: str) -> list[Piece]:
        """Return a text in parts: terms that have translations, and what is between them."""
        pieces, at = list[Piece](), 0
        for match in self._any.finditer(french.translate(_ALIKE)):
            term = self.terms[self._longest[int(str(match.lastgroup)[1:])]]
            if language in term.shown:
                words = french[match.start() : match.end()]
                pieces.append(Piece(french[at : match.start()]))
                pieces.append(Piece(words, term.french, term.shown[language], term.warned.get(language, "")))
                at = match.end()
        return [each for each in (*pieces, Piece(french[at:])) if each.text]

    def pieces_from(self, source: str, text: str, language: str) -> list[Piece]:
        """Return a text that is not French in parts, as `pieces` does.

        source, language : codes, of the text and of its translation
        """
        spans = list[tuple[int, int, _Term]]()
        for term in {each.french: each for each in self.terms.values()}.values():
            if source in term.accepted and (language == SOURCE or language in term.shown):
                matches = term.accepted[source].finditer(text.translate(_ALIKE))
                spans += [(match.start(), match.end(), term) for match in matches]
        pieces, at = list[Piece](), 0
        for start, end, term in sorted(spans, key=lambda each: (each[0], -each[1])):
            if start >= at:
                wanted = term.french if language == SOURCE else term.shown[language]
                pieces.append(Piece(text[at:start]))
                pieces.append(Piece(text[start:end], term.french, wanted, term.warned.get(language, "")))
                at = end
        return [each for each in (*pieces, Piece(text[at:])) if each.text]

    def strays(self, french: str, translation: str, language: str) -> Iterator[Stray]:
        """Yield each term of a text whose translation does not follow the glossary, once."""
        words, reported = translation.translate(_ALIKE), set[str]()
        for place in self.places(french):
            term = self.terms[place.form]
            if language not in term.accepted or term.french in reported or _is_kept(place, words):
                continue
            reported.add(term.french)
            avoided = term.avoided[language].search(words) if language in term.avoided else None
            if avoided or not term.accepted[language].search(words):
                yield Stray(term.french, avoided[0] if avoided else "", term.shown[language])


def _find_around(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()].split(" ")[-2:], match.string[match.end() :].split(" ")[:2]
    around = " ".join(before) + match[0] + " ".join(after)
    return around if len(around.split()) > 2 else ""


def _is_kept(place: TermOccurrence, words: str) -> bool:
    """Return whether a translation keeps the French: as a capitalised name, or with the words around it."""
    return (place.word[0].isupper() and place.word in words) or bool(place.around and place.around in words)


def read_glossary(path: Path) -> Glossary:
    """Return a glossary; raises FormatError, and ScanError where it cannot be opened."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        cause = cannot_read(error)
        raise ScanError(path, "", cause, message("check its name and its permissions")) from error
    except UnicodeDecodeError as error:
        raise FormatError(path, "", message("it is not UTF-8"), message("save it as CSV in UTF-8")) from error
    return parse_glossary(text, str(path))


def parse_glossary(text: str, name: str) -> Glossary:
    """Parse a glossary; raises FormatError.

    name : of the file, for messages
    """
    rows = csv.DictReader(io.StringIO(text), delimiter=";", strict=True)
    terms = dict[str, _Term]()
    try:
        columns = tuple(rows.fieldnames or ())
        # A column of a language may be missing: a new language has no terms yet.
        if not {SOURCE, "note", "source"} <= {*columns} or columns != tuple(
            name for name in _COLUMNS if name in columns
        ):
            cause = message("the column names are missing or wrong")
            cure = message("write %(example)s", example=";".join(_COLUMNS))
            raise FormatError(name, message("line %(line)s", line=1), cause, cure)
        for row in rows:
            _check_row(row, terms, rows.line_num, name)
            term = _term(row)
            terms |= dict.fromkeys(_forms(row[SOURCE]), term)
    except csv.Error as error:
        place = message("line %(line)s", line=rows.line_num + 1)
        raise FormatError(name, place, message("invalid CSV"), message("check its quotation marks")) from error
    return Glossary(terms)


def _check_row(row: Mapping[str, str | None], terms: Mapping[str, _Term], line: int, name: str) -> None:
    place = message("line %(line)s", line=line)
    if None in row or None in row.values():
        cause = message("it does not have %(cells)s cells", cells=len([name for name in row if name]))
        raise FormatError(name, place, cause, message("put cells with a semicolon in quotation marks"))
    forms = _forms(row[SOURCE] or "")
    if not forms:
        raise FormatError(name, place, message("it has no French term"), message("write one, or remove the line"))
    for form in forms:
        if form in terms:
            cause = message("'%(term)s' is there already", term=form)
            raise FormatError(name, place, cause, message("keep one of them"))


def _term(row: Mapping[str, str]) -> _Term:
    cells = {key: row[key] for key in _COLUMNS if _forms(row.get(key, ""))}
    return _Term(
        _forms(row[SOURCE])[0],
        {language: _pattern(cells[language]) for language in TRANSLATED if language in cells},
        {language: _pattern(cells[AVOID + language]) for language in TRANSLATED if AVOID + language in cells},
        {language: _show(cells[language]) for language in TRANSLATED if language in cells},
        {language: _show(cells[AVOID + language]) for language in TRANSLATED if AVOID + language in cells},
    )


def _forms(cell: str) -> list[str]:
    return [form for part in cell.split("|") if (form := " ".join(part.split()))]


def _show(cell: str) -> str:
    """Return the words of a cell for a message: those without an asterisk, or all where each has one."""
    forms = _forms(cell)
    return " / ".join([form for form in forms if "*" not in form] or [form.strip("*") for form in forms])


def _french(form: str) -> str:
    """Return a regular expression for a French term, singular and plural, also at the start of a sentence."""
    words = (f"{re.escape(word)}{'' if word[-1] in 'sx' else '[sx]?'}" for word in form.translate(_ALIKE).split())
    pattern = r"\s+".join(words)
    return f"(?i:{pattern})" if form[0].islower() else pattern


def _pattern(cell: str) -> re.Pattern[str]:
    forms = (
        re.escape(form.translate(_ALIKE)).replace(r"\*", r"[\w'-]*").replace(r"\ ", r"\s+") for form in _forms(cell)
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)
