"""Options that several commands have."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.languages import LANGUAGES
from carreau.base.messages import message
from carreau.base.options import unknown_choice

ASSETS = Path("assets")
"""The folder of the catalogue, where none is named."""


def add_catalogue(command: argparse.ArgumentParser, *, was_positional: bool = False) -> None:
    """Add the folder of the catalogue, which all commands call `--assets`.

    was_positional : whether the command took it without the option before; it still does, with a notice
    """
    command.add_argument(
        "--assets", type=Path, default=ASSETS, metavar="DIR",
        help="folder of the catalogue, with sites/ and routes/, beside that of the translations (default: %(default)s)",
    )  # fmt: skip
    if was_positional:
        command.add_argument("former_assets", nargs="?", type=Path, default=None, help=argparse.SUPPRESS)


def add_catalogue_options(command: argparse.ArgumentParser, *, was_positional: bool = False) -> None:
    """Add the catalogue and its translations; see `add_catalogue`."""
    add_catalogue(command, was_positional=was_positional)
    command.add_argument(
        "--locales",
        type=Path,
        metavar="DIR",
        help="folder of the translations (default: locales/ next to the catalogue)",
    )


def add_page_options(command: argparse.ArgumentParser, content: str) -> None:
    """Add the file for an HTML page, and its language.

    content : what the page is of, for the help
    """
    add = command.add_argument
    add("--page", type=Path, metavar="FILE", help=f"write the {content} to an HTML page")
    add(
        "--lang", default=LANGUAGES[0], **choice_of("--lang", LANGUAGES),
        help="language of the page (default: %(default)s)",
    )  # fmt: skip


def add_service_options(command: argparse.ArgumentParser) -> None:
    """Add what the commands that ask open data services have in common."""
    add = command.add_argument
    add("--offline", action="store_true", help="use only what was received before, without the network")
    add("--check", action="store_true", help="try each service, and print a line for each")
    add_catalogue(command)
    add(
        "--services", type=Path, metavar="FILE",
        help="addresses, names and limits that differ (default: services.toml in the catalogue, if there is one)",
    )  # fmt: skip
    add("--json", action="store_true", help="print JSON instead of text")
    add("--quiet", action="store_true", help="print only failures")
    add(
        "--cache", type=Path, metavar="DIR",
        help="folder of what was received (default: survey in $CARREAU_CACHE, else in this user's cache folder)",
    )  # fmt: skip


def add_parallel_options(command: argparse.ArgumentParser) -> None:
    """Add how much runs at a time, and where."""
    add = command.add_argument
    add(
        "--jobs", type=whole_number("--jobs"), default=None, metavar="N",
        help="steps to run in parallel, of all scans together (default: one per processor or worker)",
    )  # fmt: skip
    add(
        "--memory", metavar="SIZE",
        help="memory for all running steps, such as 6G; a step that does not fit waits "
        "(default: three quarters of the machine's)",
    )  # fmt: skip
    add(
        "--executor", default="", metavar="WHERE",
        help="where steps run: `processes` on this machine, or tcp://HOST:PORT for the workers of a Dask scheduler "
        "(default: in this process)",
    )  # fmt: skip


def add_cache_option(command: argparse.ArgumentParser) -> None:
    """Add where results are cached."""
    command.add_argument(
        "--cache", default="", metavar="PLACE",
        help="folder or URL, such as s3://BUCKET/FOLDER, of cached results, for the next run and for other workers "
        "(default: $CARREAU_CACHE, else a folder of this user)",
    )  # fmt: skip


def choice_of(option: str, choices: Sequence[str]) -> dict[str, Any]:
    """Return keywords of `add_argument` for one of some words; unlike `choices`, they raise OptionError."""

    def parse(text: str) -> str:
        if text not in choices:
            raise unknown_choice(option, text, tuple(choices))
        return text

    return {"type": parse, "metavar": "{" + ",".join(choices) + "}"}


def whole_number(option: str) -> Callable[[str], int]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> int:
        try:
            return int(text)
        except ValueError as error:
            raise OptionError(
                message("%(option)s: '%(text)s' is not a whole number", option=option, text=text)
            ) from error

    return parse


def number(option: str) -> Callable[[str], float]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> float:
        try:
            return float(text)
        except ValueError as error:
            raise OptionError(message("%(option)s: '%(text)s' is not a number", option=option, text=text)) from error

    return parse


def day(option: str) -> Callable[[str], str]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise OptionError(
                message("%(option)s: '%(text)s' is not a day such as 2026-11-01", option=option, text=text)
            ) from error

    return parse
