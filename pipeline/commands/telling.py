"""Tell results in the language of a run: for a person, or as JSON for a program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, overload

from pipeline.batch import NOT_BEGUN, BatchResult
from pipeline.i18n.cli_locale import ENGLISH
from pipeline.messages import Line, Message, aligned
from pipeline.reports.report import Report

SPEECH = ContextVar("speech", default=ENGLISH)
"""The language of this run's results."""


def show(result: Any, as_json: bool = False) -> None:
    """Print a result."""
    import json

    if as_json:
        print(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
        return
    print("\n".join(aligned(in_speech(result.lines()))))


def tell_result(result: Any, chosen: argparse.Namespace) -> None:
    """Print a result, but where the person wants none."""
    if not chosen.quiet:
        show(result, chosen.json)


def told_all(result: BatchResult, quiet: bool) -> int:
    """Print what became of each scan; returns the exit code."""
    for outcome in result.outcomes:
        if outcome.report is not None and not quiet:
            show(Report(outcome.report))
    failures = dict.fromkeys(outcome.error for outcome in result.outcomes if outcome.error not in ("", NOT_BEGUN))
    for line in in_speech(failures):
        print(f"carreau: {line}", file=sys.stderr)
    return result.exit_code


@overload
def in_speech(lines: Iterable[str]) -> Iterable[str]: ...
@overload
def in_speech(lines: Iterable[Line]) -> Iterable[Line]: ...
def in_speech(lines: Iterable[Line]) -> Iterable[Line]:
    """Return lines in the language of this run's results."""
    language = SPEECH.get()
    if language == ENGLISH:
        return lines
    return (
        tuple(translated(cell, language) for cell in line) if isinstance(line, tuple) else translated(line, language)
        for line in lines
    )


def translated(line: str, language: str) -> str:
    """Return a line in a language."""
    from pipeline.i18n.translator import Translator

    if isinstance(line, Message):
        return Translator(language).message(line)
    from pipeline.i18n.telling import tell  # until every line is a message

    return " ".join(tell([line], language))
