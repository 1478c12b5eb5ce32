"""Arguments of the commands georeference, route, survey and stats."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.command.arguments.shared_options import add_page_options, add_service_options, choice_of, day, number

METHODS = ("affine", "projective", "thin-plate")


def add_georeference(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau georeference`."""
    add = command.add_argument
    add("scan", type=Path, metavar="SCAN", help="picture of an old map: PNG, JPEG, WebP or TIFF")
    add("points", type=Path, metavar="POINTS.csv", help="control points, at least 6: x, y in pixels, lon, lat, name")
    add("--out", type=Path, required=True, metavar="FILE.webp", help="picture to write, with its record beside it")
    add(
        "--method", **choice_of("--method", METHODS), default="affine",
        help="affine (default), projective for a photographed sheet, thin-plate for a warped map",
    )  # fmt: skip
    add("--source", required=True, metavar="TEXT", help="where the scan is from")
    add("--licence", required=True, metavar="TEXT", help="licence of the scan")
    add("--credit", required=True, metavar="TEXT", help="whom to name: author and collection")
    add("--json", action="store_true", help="print the record as JSON")


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


def add_stats(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau stats`."""
    add = command.add_argument
    add(
        "logs", nargs="+", metavar="LOG",
        help="access log of our server or its nginx, or one in the combined format; also compressed (.gz); - for the "
        "standard input",
    )  # fmt: skip
    add(
        "--bundle", type=Path, default=Path("bundle"), metavar="DIR",
        help="bundle that was served, with its kept releases (default: %(default)s)",
    )  # fmt: skip
    add("--since", type=day("--since"), metavar="DAY", help="first day to count, such as 2026-11-01")
    add("--until", type=day("--until"), metavar="DAY", help="last day to count")
    add("--csv", type=Path, metavar="FILE", help="write a row for each day, place and language")
    add_page_options(command, "visits")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--quiet", action="store_true", help="print failures only")
