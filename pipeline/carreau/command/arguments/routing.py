"""Arguments of the command route."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.command.arguments.shared_options import add_service_options


def add_route(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau route`."""
    add = command.add_argument
    add("routes", nargs="*", metavar="ROUTE", help="file name of a route in the catalogue, without .toml")
    add("--all", action="store_true", help="compute the lines of all routes")
    add(
        "--gpx", type=Path, metavar="FILE",
        help="import the line of one route from GPX or GeoJSON instead of computing it",
    )  # fmt: skip
    add("--dry-run", action="store_true", help="show what would be asked for or imported, and write nothing")
    add("--refresh", action="store_true", help="compute lines again, or replace a line by that of --gpx")
    add_service_options(command)
