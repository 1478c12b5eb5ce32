"""Arguments of the commands for curators and translators: check, new, import, desk, sheets, texts, export."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.base.languages import LANGUAGES, TRANSLATED
from carreau.command.arguments.publishing import add_release_options
from carreau.command.arguments.shared_options import (
    add_cache_option,
    add_catalogue,
    add_catalogue_options,
    add_page_options,
    choice_of,
    whole_number,
)


def add_check(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau check`."""
    add = command.add_argument
    add_catalogue(command, was_positional=True)
    add("--json", action="store_true", help="print JSON instead of text")
    add_page_options(command, "findings")


def add_new(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau new`."""
    command.add_argument(
        "what", **choice_of("new", ("site", "route", "trail", "show", "map", "state", "massing")), help="kind of entry"
    )
    command.add_argument(
        "name",
        metavar="NAME",
        help="name of the entry; SITE/NAME for a state, a massing model, a show or a map, such as fosse-mathilde/1930",
    )
    add_catalogue(command)


def add_import(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau import`."""
    add = command.add_argument
    add(
        "source", type=Path, metavar="SOURCE",
        help="scene.svx.json of Voyager, IIIF manifest, or HTML page with <model-viewer>; or the folder of one",
    )  # fmt: skip
    add("--slug", default="", metavar="SLUG", help="name of the new site in links (default: from its name)")
    add_catalogue_options(command)
    add("--json", action="store_true", help="print JSON instead of text")


def add_desk(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau desk`."""
    add = command.add_argument
    add_catalogue(command)
    add_release_options(command)
    add("--review", action="store_true", help="publish only what somebody else has agreed to")
    add("--port", type=whole_number("--port"), help="port to listen on (default: 8010, or the next free one)")
    add("--no-browser", action="store_true", help="only print the address, and open no browser")
    add_cache_option(command)
    add(
        "--translator", default="", metavar="COMMAND",
        help="program that drafts translations: it reads JSON and writes JSON",
    )  # fmt: skip
    team = command.add_argument_group("a team")
    add = team.add_argument
    add("--users", type=Path, metavar="FILE", help="file with the people who may sign in, and their roles")
    add(
        "--behind", default="", metavar="URL",
        help="public address of the server with HTTPS in front, such as https://desk.example",
    )  # fmt: skip
    add("--add-user", default="", metavar="LOGIN", help="add a person to FILE, or change hers; asks for a password")
    add(
        "--role", **choice_of("--role", ("translator", "editor", "publisher")), default="translator",
        help="what the person may do; each may do what those before may (default: %(default)s)",
    )  # fmt: skip
    add("--name", default="", help="name of the person in the history")
    add("--email", default="", help="e-mail of the person in the history")


def add_sheets(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau sheets`."""
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    export = actions.add_parser("export", help="write places, visits, facts, dates and media to spreadsheets")
    add = export.add_argument
    add("--out", type=Path, required=True, metavar="FILE", help="a file that ends in .ods, or a folder for CSV files")
    add("--separator", **choice_of("--separator", (";", ",")), default=";", help="of CSV files (default: ;)")
    add_catalogue(export)
    import_ = actions.add_parser("import", help="show what spreadsheets change, and write it with --write")
    add = import_.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="ODS or CSV file")
    add("--write", action="store_true", help="write the changes; without it they are only shown")
    add("--json", action="store_true", help="print JSON instead of text")
    add_catalogue(import_)


def add_texts(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau texts`."""
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    extract = actions.add_parser("extract", help="write all texts of the catalogue to the translation files")
    add_catalogue_options(extract, was_positional=True)
    status = actions.add_parser("status", help="count translated, unreviewed, stale and missing texts")
    add_catalogue_options(status, was_positional=True)
    add = status.add_argument
    add("--site", default="", metavar="SLUG", help="list the texts of one site or route")
    add("--json", action="store_true", help="print JSON instead of text")
    add_page_options(status, "table")
    _exchange(actions)


def _exchange(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = actions.add_parser("export", help="write the texts of one language to a file for a translator")
    add = export.add_argument
    codes = f"{', '.join(TRANSLATED[:-1])} or {TRANSLATED[-1]}"
    add("--lang", required=True, metavar="CODE", help=f"language to translate into: {codes}")
    add("--out", type=Path, required=True, metavar="FILE", help="file for the translator")
    add("--site", default="", metavar="SLUG", help="texts of one site or route only")
    add(
        "--format", **choice_of("--format", ("po", "xliff12", "xliff21")),
        help="format of the file (default: xliff12 for .xlf and .xliff, else po)",
    )  # fmt: skip
    add_catalogue_options(export)
    import_ = actions.add_parser("import", help="read files that translators returned")
    import_.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PO or XLIFF file")
    add_catalogue_options(import_)


def add_export(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau export`."""
    add = command.add_argument
    add("format", nargs="?", default="", metavar="FORMAT", help="format to write, or all (default: list the formats)")
    add("--list", action="store_true", help="list the formats and their uses")
    add("--site", nargs="+", action="extend", default=[], metavar="SLUG", help="sites to export (default: all)")
    add("--route", nargs="+", action="extend", default=[], metavar="SLUG", help="routes to export (default: all)")
    add("--trail", nargs="+", action="extend", default=[], metavar="SLUG", help="trails to export (default: all)")
    add("--out", type=Path, default=Path("exports"), metavar="DIR", help="folder for the files (default: %(default)s)")
    add_catalogue(command)
    add("--models", type=Path, metavar="DIR", help="folder of the built models, with SITE/STATE/report.json")
    add(
        "--lang",
        default=LANGUAGES[0],
        **choice_of("--lang", LANGUAGES),
        help="language of formats with a single language",
    )
    add("--base-url", default="https://carreau.example", metavar="URL", help="URL of the publication")
    add("--publisher", default="", metavar="NAME", help="institution responsible for the content")
    add("--aggregator", default="", metavar="NAME", help="institution that delivers the records to Europeana")
    add("--json", action="store_true", help="print JSON instead of text")
