"""Run a command, and print a failure on one line."""

from __future__ import annotations

import argparse
import gc
import io
import sys
from collections.abc import Callable

from carreau.base.errors import OptionError
from carreau.base.extras import AIR, DESK, MODELS, require
from carreau.base.messages import message
from carreau.command.arguments.shared_options import ASSETS
from carreau.command.commands import aids, content, models, publishing
from carreau.command.commands.output import print_failure, print_notice
from carreau.runs.failures import run_safely
from carreau.runs.progress_file import progress_file

_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "model": models.model, "inspect": models.inspect, "compare": models.compare, "cache": models.cache,
    "check": content.check,
    "new": content.new, "import": content.import_, "desk": publishing.desk, "texts": content.texts,
    "export": content.export, "sheets": content.sheets,
    "survey": aids.survey, "route": aids.route, "georeference": aids.georeference,
    "build": publishing.build, "publish": publishing.publish, "verify": publishing.verify, "serve": publishing.serve,
    "stats": aids.stats,
}  # fmt: skip

GARBAGE_AFTER = 100_000
"""Objects made since the last search for cycles until the next. After Python's 700 the search, through all that the
libraries have defined, takes 0.7 s of CPU of the models of a statue; what holds memory here are arrays, which are in no
cycles."""


def _with_assets(chosen: argparse.Namespace) -> argparse.Namespace:
    """Return a command line whose catalogue is in `assets`, also where it was given as it was before that option."""
    former = getattr(chosen, "former_assets", None)
    if former is None:
        return chosen
    parts = {"folder": str(former), "command": f"carreau {chosen.command} --assets {former}"}
    if getattr(chosen, "action", ""):
        parts["command"] = f"carreau {chosen.command} {chosen.action} --assets {former}"
    if chosen.assets not in (ASSETS, former):
        raise OptionError(message("%(folder)s: the catalogue is named twice; name it once: `%(command)s`", **parts))
    if not getattr(chosen, "quiet", False):
        notice = message(
            "%(folder)s: the catalogue is named with --assets now, in all commands: `%(command)s`", **parts
        )
        print_notice(notice)
    chosen.assets = former
    return chosen


_NEEDED = {
    "model": MODELS, "inspect": MODELS, "compare": MODELS, "georeference": MODELS, "survey": AIR, "route": AIR,
    "desk": DESK,
}  # fmt: skip
"""Extras without which a command can do nothing; others look once they know what there is to do."""


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command in _NEEDED:
        require(_NEEDED[chosen.command])
    return _COMMANDS[chosen.command](_with_assets(chosen))


def run(chosen: argparse.Namespace) -> int:
    """Run the chosen command, print a failure, and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 has no typographic apostrophe
    gc.set_threshold(GARBAGE_AFTER)
    attempt = run_safely(lambda: _run(chosen))
    code = print_failure(attempt.failure) or attempt.result or 0
    if code == 0:
        progress_file().finish()
    return code
