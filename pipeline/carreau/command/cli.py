"""The `carreau` command: its parser, arguments in, an exit code out; `carreau.command.run` has the commands."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from carreau.base.errors import OptionError
from carreau.base.languages import LANGUAGES, cli_locale
from carreau.base.messages import Message, message
from carreau.base.process import keep_one_blas_thread
from carreau.command.arguments import (
    add_cache,
    add_compare,
    add_georeference,
    add_inspect,
    add_model,
    add_route,
    add_stats,
    add_survey,
    choice_arguments,
)
from carreau.command.content_arguments import (
    add_build,
    add_check,
    add_desk,
    add_export,
    add_import,
    add_new,
    add_publish,
    add_serve,
    add_sheets,
    add_texts,
    add_verify,
)
from carreau.runs.failures import INTERRUPTED, run_safely

_OPTION = re.compile("--[a-z][a-z-]*")
_VALUE = re.compile("-([xyz]|[0-9.].*)")
"""A value that begins with a hyphen: a direction such as -y, or a negative number, also as the first of several."""


def with_values(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose options have such values after an equals sign, where argparse reads them.

    >>> with_values(["model", "a.obj", "--up", "-y", "--quiet"])
    ['model', 'a.obj', '--up=-y', '--quiet']
    """
    words: list[str] = []
    for argument in arguments:
        if words and _OPTION.fullmatch(words[-1]) and _VALUE.fullmatch(argument):
            words[-1] += f"={argument}"
        else:
            words.append(argument)
    return words


class Parser(argparse.ArgumentParser):
    """An argument parser that raises OptionError, so that a failure is printed like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise OptionError with the text of argparse, which is English."""
        raise OptionError(invalid_usage(message, self.prog))


def invalid_usage(error: str, program: str) -> Message:
    """Return the message for a command line that cannot be parsed."""
    return message("%(error)s; see `%(command)s --help`", error=error, command=program)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command; it puts the name of the command into `command`."""
    main = Parser("carreau", description="Turn photogrammetry scans into 3D models for the web, and publish them.")
    main.add_argument(  # its name is long enough for the column that the longest command needs
        "--lang", dest="speech", **choice_arguments("--lang", LANGUAGES) | {"metavar": "LANGUAGE"},
        help=f"language of messages: {', '.join(LANGUAGES)} (default: that of the environment, else English)",
    )  # fmt: skip
    main.add_argument("--version", action="version", version=f"carreau {importlib.metadata.version('carreau')}")
    commands = main.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    add_model(commands.add_parser("model", help="build the models, poster and report of scans"))
    add_inspect(commands.add_parser("inspect", help="show the properties and defects of a scan, and the repairs"))
    add_compare(commands.add_parser("compare", help="measure the difference between a model and its scan"))
    add_route(commands.add_parser("route", help="compute the lines of routes along paths and streets, or import them"))
    add_survey(commands.add_parser("survey", help="gather open aerial data of sites: points, photographs, buildings"))
    add_georeference(commands.add_parser("georeference", help="put a scan of an old map on today's coordinates"))
    add_check(commands.add_parser("check", help="check the catalogue: sites, routes and the files they reference"))
    add_new(commands.add_parser("new", help="create a commented file for a new site, route or state"))
    add_import(commands.add_parser("import", help="import a place from Voyager, IIIF, or a page with <model-viewer>"))
    add_desk(commands.add_parser("desk", help="edit the catalogue in the browser, on this machine"))
    add_sheets(commands.add_parser("sheets", help="write the catalogue to spreadsheets, and read them again"))
    add_texts(commands.add_parser("texts", help="update the translations of the catalogue, and show their progress"))
    add_export(
        commands.add_parser("export", help="export the catalogue to other formats, for maps, viewers and libraries")
    )
    add_build(commands.add_parser("build", help="build the changed models of the catalogue, and publish a bundle"))
    add_publish(
        commands.add_parser("publish", help="publish the built models, restore a former release, or copy the bundle")
    )
    add_verify(commands.add_parser("verify", help="verify the checksums of a bundle"))
    add_serve(commands.add_parser("serve", help="serve a bundle"))
    add_stats(commands.add_parser("stats", help="count visits from access logs, without cookies and addresses"))
    add_cache(commands.add_parser("cache", help="show or prune cached results"))
    return main


__all__ = ["main", "parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 failed, 2 bad scan or option, 70 defect, 130 interrupted."""
    keep_one_blas_thread()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parsed = run_safely(lambda: parser().parse_args(with_values(arguments)))
    from carreau.command.output import LANGUAGE, print_failure

    LANGUAGE.set(cli_locale(_language_option(arguments), os.environ))
    if parsed.result is None:
        return print_failure(parsed.failure)
    from carreau.command.run import run

    code = run(parsed.result)
    if code == INTERRUPTED and threading.active_count() > 1:
        # A step in a native library cannot be stopped, and Python would wait for it. Nothing half made is kept.
        sys.stderr.flush()
        os._exit(code)
    return int(code)


def _language_option(arguments: Sequence[str]) -> str | None:
    """Return the language of `carreau --lang`, also of a command line that cannot be parsed."""
    first, second = (*arguments[:2], "", "")[:2]
    code = second if first == "--lang" else first.removeprefix("--lang=")
    return code if code in LANGUAGES else None


if __name__ == "__main__":
    sys.exit(main())
