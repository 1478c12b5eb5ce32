"""Check that translations say mining terms as the glossary does; for `carreau check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.catalogue.diagnostics import ERROR, QUESTION, Diagnostic
from pipeline.errors import ScanError
from pipeline.i18n.glossary import NAME, Glossary, Stray, read_glossary
from pipeline.i18n.po import Unit
from pipeline.messages import Message, message


def open_glossary(locales: Path) -> tuple[Glossary, list[Diagnostic]]:
    """Return the glossary of a folder and what is wrong with it; one without terms where there is none to read."""
    path = locales / NAME
    try:
        return read_glossary(path) if path.is_file() else Glossary({}), []
    except ScanError as error:
        name, line = f"locales/{NAME}", line_of(error)
        return Glossary({}), [Diagnostic(ERROR, "wrong value", name, line, "", error.cause, error.cure)]


def line_of(error: ScanError) -> int | None:
    """Return the line that an error names, None where it names no line."""
    line = error.place.parameters.get("line") if isinstance(error.place, Message) else None
    return line if isinstance(line, int) else None


def check_terms(glossary: Glossary, unit: Unit, language: str, name: str) -> Iterator[Diagnostic]:
    """Yield the terms of a text that stray; a stale translation is not looked at, for it is not shown.

    name : of the file it stands in, for messages
    """
    if unit.target and not unit.is_stale:
        for stray in glossary.strays(unit.text, unit.target, language):
            cause, cure = _messages(stray)
            yield Diagnostic(QUESTION, "stray term", name, unit.line, unit.context, cause, cure)


def _messages(stray: Stray) -> tuple[Message, Message]:
    if stray.found:
        cause = message("the glossary advises against '%(word)s' for '%(term)s'", word=stray.found, term=stray.term)
    else:
        cause = message("the translation uses none of the glossary's words for '%(term)s'", term=stray.term)
    cure = message("write %(words)s, or add the word to %(file)s", words=stray.expected, file=f"locales/{NAME}")
    return cause, cure
