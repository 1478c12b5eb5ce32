"""Run a command, and print a failure on one line."""

from __future__ import annotations

import argparse
import gc
import io
import sys
from collections.abc import Callable

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.tools import AIR, DESK, MODELS, require
from carreau.command import build_commands, catalogue_commands
from carreau.command.arguments import ASSETS
from carreau.command.output import print_failure, print_notice
from carreau.runs.failures import run_safely
from carreau.runs.progress_display import progress_file

_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "model": build_commands.model,
    "inspect": build_commands.inspect,
    "compare": build_commands.compare,
    "cache": build_commands.cache,
    "build": build_commands.build,
    "publish": build_commands.publish,
    "verify": build_commands.verify,
    "serve": build_commands.serve,
    "desk": build_commands.desk,
    "check": catalogue_commands.check,
    "new": catalogue_commands.new,
    "import": catalogue_commands.import_,
    "texts": catalogue_commands.texts,
    "export": catalogue_commands.export,
    "sheets": catalogue_commands.sheets,
    "survey": catalogue_commands.survey,
    "route": catalogue_commands.route,
    "georeference": catalogue_commands.georeference,
    "stats": catalogue_commands.stats,
}

GARBAGE_AFTER = 100_000
"""Objects made since the last search for cycles until the next. After Python's 700 the search, through all that the
libraries have defined, takes 0.7 s of CPU of the models of a statue; what holds memory here are arrays, which are in no
cycles."""


def _with_assets(chosen: argparse.Namespace) -> argparse.Namespace:
    """Return a command line with the catalogue in `assets`, also if it was named in the former way."""
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
