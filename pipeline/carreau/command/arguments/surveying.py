"""Arguments of the command survey."""

from __future__ import annotations

import argparse

from carreau.command.arguments.shared_options import add_service_options
from carreau.command.arguments.value_types import number


def add_survey(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau survey`."""
    add = command.add_argument
    add("sites", nargs="*", metavar="SITE", help="folder name of a site in the catalogue")
    add("--all", action="store_true", help="gather all sites but demonstrations and examples")
    add(
        "--territory", action="store_true",
        help="gather relief and photograph of all communes, at 5 m, into the folder territory of the catalogue",
    )  # fmt: skip
    add(
        "--buffer", type=number("--buffer"), metavar="M",
        help="metres around the outline (default: 20, and 40 around a spoil tip)",
    )  # fmt: skip
    add("--dry-run", action="store_true", help="show tiles, bytes and time of each site, and gather nothing")
    add("--refresh", action="store_true", help="gather sites again where the index has a newer edition")
    add(
        "--whole-files", action="store_true",
        help="download whole files, of 75 to 300 MB a tile, where the service gives no parts of them",
    )  # fmt: skip
    add_service_options(command)
