"""Check that translations say mining terms as the glossary does; for `carreau check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.catalogue.diagnostics import ERROR, QUESTION, Diagnostic
from pipeline.errors import ScanError
from pipeline.i18n.glossary import NAME, Glossary, Stray, read_glossary
from pipeline.i18n.po import Unit


def open_glossary(locales: Path) -> tuple[Glossary, list[Diagnostic]]:
    """Return the glossary of a folder and what is wrong with it; one without terms where there is none to read."""
    path = locales / NAME
    try:
        return read_glossary(path) if path.is_file() else Glossary({}), []
    except ScanError as error:
        line = int(error.place.removeprefix("line ")) if error.place else None
        return Glossary({}), [Diagnostic(ERROR, "wrong value", f"locales/{NAME}", line, "", error.cause, error.cure)]


def check_terms(glossary: Glossary, unit: Unit, language: str, name: str) -> Iterator[Diagnostic]:
    """Yield the terms of a text that stray; a stale translation is not looked at, for it is not shown.

    name : of the file it stands in, for messages
    """
    if unit.target and not unit.is_stale:
        for stray in glossary.strays(unit.text, unit.target, language):
            cause, cure = _said(stray)
            yield Diagnostic(QUESTION, "stray term", name, unit.line, unit.context, cause, cure)


def _said(stray: Stray) -> tuple[str, str]:
    if stray.found:
        cause = f"'{stray.found}' stands for '{stray.term}', which the glossary advises against"
    else:
        cause = f"the French says '{stray.term}', the translation none of the glossary's words for it"
    return cause, f"write {stray.expected}, or add its word to locales/{NAME}"
