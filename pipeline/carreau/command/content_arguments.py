"""Command-line arguments of the commands on the catalogue and its bundle."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.base.languages import LANGUAGES, TRANSLATED
from carreau.base.options import REPORT_LANGUAGES
from carreau.command.arguments import (
    add_cache_option,
    add_catalogue,
    add_catalogue_options,
    add_page_options,
    add_parallel_options,
    choice_arguments,
    number,
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
        "what",
        **choice_arguments("new", ("site", "route", "trail", "show", "map", "state", "massing", "reconstruction")),
        help="kind of entry",
    )
    command.add_argument(
        "name",
        metavar="NAME",
        help="name of the entry; SITE/NAME for a state, a massing model, a reconstruction, a show or a map, such as "
        "fosse-mathilde/1930",
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
        "--role", **choice_arguments("--role", ("translator", "editor", "publisher")), default="translator",
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
    add("--separator", **choice_arguments("--separator", (";", ",")), default=";", help="of CSV files (default: ;)")
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
        "--format", **choice_arguments("--format", ("po", "xliff12", "xliff21")),
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
        **choice_arguments("--lang", LANGUAGES),
        help="language of formats with a single language",
    )
    add("--base-url", default="https://carreau.example", metavar="URL", help="URL of the publication")
    add("--publisher", default="", metavar="NAME", help="institution responsible for the content")
    add("--aggregator", default="", metavar="NAME", help="institution that delivers the records to Europeana")
    add("--json", action="store_true", help="print JSON instead of text")


def add_build(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau build`."""
    _publish_options(command)
    add = command.add_argument
    add(
        "--report-lang",
        dest="lang",
        default=REPORT_LANGUAGES[0],
        **choice_arguments("--report-lang", REPORT_LANGUAGES),
        help="language of the build reports",
    )
    add(
        "--whole", nargs="+", action="extend", metavar="SITE",
        help="build all levels of these places, and of every other the preview and the poster only, to try pages soon "
        "(default: all levels of all places)",
    )  # fmt: skip
    add_parallel_options(command)
    add_cache_option(command)


def add_publish(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau publish`."""
    _publish_options(command)
    add = command.add_argument
    add("--to", default="", metavar="URL", help="copy the current release to a folder, file:///… or s3://…")
    add(
        "--rollback", nargs="?", const="", default=None, metavar="RELEASE",
        help="restore the previous release, or the given one",
    )  # fmt: skip
    add_cache_option(command)


def _publish_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add_catalogue(command, was_positional=True)
    add_release_options(command)
    add(
        "--draft", action="store_true",
        help="only build the next release, for `carreau desk` to show; what is served stays as it is",
    )  # fmt: skip
    add("--json", action="store_true", help="print JSON instead of text")
    add("--quiet", action="store_true", help="print failures only")


def add_release_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say what is published, and where to."""
    add = command.add_argument
    add("--bundle", type=Path, default=Path("bundle"), metavar="DIR", help="bundle to publish (default: %(default)s)")
    add(
        "--models", type=Path, default=Path("build/models"), metavar="DIR",
        help="folder of the models, with SITE/STATE/ (default: %(default)s)",
    )  # fmt: skip
    add(
        "--base-url", default="", metavar="URL",
        help="public address of your server, such as https://carreau.example; pages, plates and embed codes carry it",
    )  # fmt: skip
    add(
        "--local", action="store_true",
        help="only try the pages on this machine: allow an address that cannot be reached from elsewhere "
        "(default with it: http://127.0.0.1:8000)",
    )  # fmt: skip
    add("--keep", type=whole_number("--keep"), default=None, metavar="N", help="former releases to keep (default: 3)")
    add("--publisher", default="", metavar="NAME", help="institution responsible for the content")
    add(
        "--contact", default="", metavar="ADDRESS",
        help="mail address or web page of the publisher, where visitors can offer a photograph or report a mistake",
    )  # fmt: skip
    add("--aggregator", default="", metavar="NAME", help="institution that delivers the records to Europeana")


def add_verify(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau verify`."""
    add = command.add_argument
    add("bundle", nargs="?", type=Path, default=Path("bundle"), metavar="DIR", help="bundle (default: %(default)s)")
    add("--json", action="store_true", help="print JSON instead of text")


def add_serve(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau serve`."""
    add = command.add_argument
    add("bundle", nargs="?", type=Path, default=Path("bundle"), metavar="DIR", help="bundle (default: %(default)s)")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=whole_number("--port"), help="port to listen on (default: 8000, or the next free one)")
    add("--base-url", default="", metavar="URL", help="origin of absolute URLs (default: that of the bundle)")
    add("--frame-ancestors", default="*", metavar="ORIGINS", help="origins that may frame /embed/… (default: all)")
    add(
        "--rate",
        type=number("--rate"),
        default=0.0,
        metavar="N",
        help="requests per second and client (default: unlimited)",
    )
    add(
        "--trusted-proxies",
        default="",
        metavar="LIST",
        help="addresses and networks of proxies that name the visitor in X-Forwarded-For, separated by commas; or none "
        "(default: this machine)",
    )
    add(
        "--grace",
        type=number("--grace"),
        default=20.0,
        metavar="S",
        help="seconds for open requests when the server stops",
    )
    add("--no-access-log", action="store_true", help="do not log requests")
