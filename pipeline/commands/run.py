"""Do what was asked, and tell what went wrong in one line."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable

from pipeline.commands import catalogue, models, publishing
from pipeline.commands.telling import SPEECH
from pipeline.console.failures import Failure, one_line, print_failure, run_safely
from pipeline.i18n.languages import ENGLISH, cli_locale

_SPEAKING = ("check", "new", "texts", "export", "build", "publish", "verify")
"""Commands whose results are told in the person's language; failures are, of all commands."""

_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "model": models.model, "inspect": models.inspect, "compare": models.compare, "cache": models.cache,
    "check": catalogue.check, "new": catalogue.new, "texts": catalogue.texts, "export": catalogue.export,
    "build": publishing.build, "publish": publishing.publish, "verify": publishing.verify, "serve": publishing.serve,
}  # fmt: skip


def run(chosen: argparse.Namespace) -> int:
    """Do what was asked, print one line for each failure, and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 has no apostrophe as ours
    language = cli_locale(getattr(chosen, "speech", None), os.environ)
    SPEECH.set(language if chosen.command in _SPEAKING else ENGLISH)
    tried = run_safely(lambda: _ACTIONS[chosen.command](chosen))
    return print_failure(tried.failure, _translated(tried.failure, language)) or tried.result or 0


def _translated(failure: Failure | None, language: str) -> str:
    """Return the line of a failure in a language; English if rendering it fails, too."""
    if failure is None or language == ENGLISH:
        return ""
    from pipeline.commands.telling import translated

    line = run_safely(lambda: translated(failure.message, language)).result
    return one_line(line or failure.line)
