"""Print results and failures in the person's language, or as JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from carreau.base.languages import ENGLISH
from carreau.base.messages import Line, Message, align
from carreau.models.batch import NOT_BEGUN, BatchResult
from carreau.models.reports.report import Report
from carreau.runs.failures import Failure, one_line, run_safely

LANGUAGE = ContextVar("language", default=ENGLISH)
"""Language of what this run prints."""


def show(result: Any, as_json: bool = False, quiet: bool = False) -> None:
    """Print a result.

    as_json : print its `as_json()`, else its `lines()`
    quiet : print nothing
    """
    if quiet:
        return
    if as_json:
        import json

        print(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
        return
    print("\n".join(align(render_lines(result.lines()))))


def show_batch(result: BatchResult, quiet: bool) -> int:
    """Print the report or the failure of each scan, and return the exit code."""
    for outcome in result.outcomes:
        if outcome.report is not None:
            show(Report(outcome.report), quiet=quiet)
    failures = [Failure(outcome.error, outcome.exit_code) for outcome in result.outcomes if outcome.error]
    for failure in dict.fromkeys(failures):
        if failure.message != NOT_BEGUN:
            print_failure(failure)
    return result.exit_code


def print_failure(failure: Failure | None) -> int:
    """Print a failure on one line, and return its exit code; 0 without one."""
    if failure is None:
        return 0
    print_notice(failure.message)
    return failure.exit_code


def print_notice(text: str) -> None:
    """Print what a person has to know on one line of the standard error."""
    # English where the translations cannot be read: that may be the very failure to print.
    line = run_safely(lambda: translate_line(text, LANGUAGE.get())).result or text
    print(f"carreau: {one_line(line)}", file=sys.stderr)


def render_lines(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines, and the cells of tables, in the language of this run."""
    language = LANGUAGE.get()
    for line in lines:
        if isinstance(line, tuple):
            yield tuple(translate_line(cell, language) for cell in line)
        else:
            yield translate_line(line, language)


def progress_translator() -> Callable[[str], str]:
    """Return what renders messages, and labels of steps, in the language of this run, in whatever thread."""
    language = LANGUAGE.get()
    if language == ENGLISH:
        return str
    from carreau.base.translator import Translator

    translator = Translator(language)
    return lambda text: translator.message(text) if isinstance(text, Message) else translator.step(text)


def translate_line(line: str, language: str) -> str:
    """Return a message in a language; other strings, such as names, as they are."""
    if language == ENGLISH:
        return str(line)
    from carreau.base.translator import Translator

    return Translator(language).message(line)
