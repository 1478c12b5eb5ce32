"""Command-line arguments: options that several commands have, and those of models, surveys, routes and visits."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.languages import LANGUAGES
from carreau.base.levels import DEFAULT_NAMES, NAMES
from carreau.base.messages import message
from carreau.base.options import AUTO, KINDS, REPORT_LANGUAGES, UNITS_M, UP_AXES, unknown_choice
from carreau.formats.registry import names

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
        "--lang", default=LANGUAGES[0], **choice_arguments("--lang", LANGUAGES),
        help="language of the page (default: %(default)s)",
    )  # fmt: skip


def add_service_options(command: argparse.ArgumentParser) -> None:
    """Add what the commands that ask open data services have in common."""
    add = command.add_argument
    add("--offline", action="store_true", help="use only what was received before, without the network")
    add("--check", action="store_true", help="try each service, and print a line for each")
    add(
        "--record", type=Path, metavar="DIR",
        help="with --check: keep each answer in a new folder, without keys and cookies, to send it to the developers",
    )  # fmt: skip
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


def choice_arguments(option: str, choices: Sequence[str]) -> dict[str, Any]:
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


SCAN = f"mesh ({names('mesh')}), point cloud ({names('points')}) or folder of tiles; or the ZIP or folder of one"


def add_model(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau model`."""
    add = command.add_argument
    add("scans", nargs="+", type=Path, metavar="SCAN", help=f"{SCAN}, or of several scans")
    add(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder for the models; several scans get a subfolder each",
    )  # fmt: skip
    add("--name", default="", help="name of the model (default: the file name of the scan)")
    add(
        "--as", dest="taken_as", default=AUTO, **choice_arguments("--as", (AUTO, *KINDS)),
        help="a scan is cleaned and baked again; an authored GLB keeps nodes, materials, skins and animations; "
        "historic lays the old photograph of a survey on its ground (default: authored if it is animated)",
    )  # fmt: skip
    add(
        "--unit",
        default=AUTO,
        **choice_arguments("--unit", (AUTO, *UNITS_M)),
        help="unit of the scan's coordinates (default: %(default)s)",
    )
    add(
        "--up",
        default=AUTO,
        **choice_arguments("--up", (AUTO, *UP_AXES)),
        help="axis that points up in the scan (default: %(default)s)",
    )
    add(
        "--levels", default=",".join(DEFAULT_NAMES), metavar="NAMES",
        help=f"levels to build, separated by commas: {', '.join(NAMES)} (default: %(default)s)",
    )  # fmt: skip
    add(
        "--variant", default="", metavar="NAME",
        help="variant of the materials of a GLB or glTF, which `carreau inspect` lists (default: none)",
    )  # fmt: skip
    add(
        "--allow-loss", action="store_true",
        help="build a scan that loses more than 20 %% of its surface in reading and cleaning",
    )  # fmt: skip
    _as_one_option(command)
    add("--source", default="", help="origin of the scan, written into the models")
    add("--licence", default="", help="licence of the models, written into them")
    add("--credit", default="", help="attribution, written into the models")
    add(
        "--lang",
        default=REPORT_LANGUAGES[0],
        **choice_arguments("--lang", REPORT_LANGUAGES),
        help="language of report.html (default: %(default)s)",
    )
    add("--quiet", action="store_true", help="print failures only")
    _location_options(command)
    add_parallel_options(command)
    add_cache_option(command)


def _as_one_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--as-one", action="store_true",
        help="read all meshes in a folder as one scan, whatever they are called",
    )  # fmt: skip


def _location_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--epsg", default="", metavar="CODE", help="coordinate system of the scan, such as 2154 or 2154+5720")
    add("--offset", metavar="X,Y,Z", help="offset from the scan's coordinates to that system")
    add("--height", metavar="METRES", help="real height of the scan, which sets its scale")
    add("--crop", metavar="X,Y,Z,X,Y,Z", help="box to keep: smallest x, y, z, then largest, in the scan's coordinates")
    add(
        "--ground", metavar="WHERE",
        help="ground plane: auto, a point X,Y,Z of level ground, a point and the up direction, or three points",
    )  # fmt: skip


def add_inspect(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau inspect`."""
    command.add_argument("scan", type=Path, metavar="SCAN", help=SCAN)
    _as_one_option(command)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_cache_option(command)


def add_compare(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau compare`."""
    command.add_argument("scan", type=Path, metavar="SCAN", help="scan of the model")
    command.add_argument("model", type=Path, metavar="MODEL", help="glTF model, of Carreau or another program")
    _as_one_option(command)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_cache_option(command)


def add_cache(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau cache`."""
    add = command.add_argument
    add(
        "--prune", action="store_true", help="remove results that became unusable because the code or a library changed"
    )
    add("--max-size", metavar="SIZE", help="remove the least recently used results beyond a size, such as 500M or 20G")
    add("--older-than", metavar="AGE", help="remove results that were not used for a time, such as 12h or 30d")
    add("--clear", action="store_true", help="remove all results")
    add("--json", action="store_true", help="print JSON instead of text")
    add_cache_option(command)


METHODS = ("affine", "projective", "thin-plate")


def add_georeference(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau georeference`."""
    add = command.add_argument
    add("scan", type=Path, metavar="SCAN", help="picture of an old map: PNG, JPEG, WebP or TIFF")
    add("points", type=Path, metavar="POINTS.csv", help="control points, at least 6: x, y in pixels, lon, lat, name")
    add("--out", type=Path, required=True, metavar="FILE.webp", help="picture to write, with its record beside it")
    add(
        "--method", **choice_arguments("--method", METHODS), default="affine",
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
