"""Arguments of the commands for the bundle: build, publish, verify, serve."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.base.options import LANGUAGES
from carreau.command.arguments.shared_options import (
    add_cache_option,
    add_catalogue,
    add_parallel_options,
    choice_of,
    number,
    whole_number,
)


def add_build(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau build`."""
    _publish_options(command)
    add = command.add_argument
    add(
        "--report-lang",
        dest="lang",
        default=LANGUAGES[0],
        **choice_of("--report-lang", LANGUAGES),
        help="language of the build reports",
    )
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
