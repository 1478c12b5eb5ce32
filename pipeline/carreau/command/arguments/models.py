"""Arguments of the commands that make and look at models: model, inspect, compare, cache."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.base.levels import DEFAULT_NAMES, NAMES
from carreau.base.options import AUTO, KINDS, LANGUAGES, UP_AXES
from carreau.base.units import UNITS_M
from carreau.command.arguments.shared_options import add_cache_option, add_parallel_options, choice_of
from carreau.formats.registry import names

SCAN = f"mesh ({names('mesh')}), point cloud ({names('points')}) or folder of tiles"


def add_model(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau model`."""
    add = command.add_argument
    add("scans", nargs="+", type=Path, metavar="SCAN", help=f"{SCAN}; or a folder of scans")
    add(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder for the models; several scans get a subfolder each",
    )  # fmt: skip
    add("--name", default="", help="name of the model (default: the file name of the scan)")
    add(
        "--as", dest="taken_as", default=AUTO, **choice_of("--as", (AUTO, *KINDS)),
        help="a scan is cleaned and baked again; an authored GLB keeps nodes, materials, skins and animations; "
        "historic lays the old photograph of a survey on its ground (default: authored if it is animated)",
    )  # fmt: skip
    add(
        "--unit",
        default=AUTO,
        **choice_of("--unit", (AUTO, *UNITS_M)),
        help="unit of the scan's coordinates (default: %(default)s)",
    )
    add(
        "--up",
        default=AUTO,
        **choice_of("--up", (AUTO, *UP_AXES)),
        help="axis that points up in the scan (default: %(default)s)",
    )
    add(
        "--levels", default=",".join(DEFAULT_NAMES), metavar="NAMES",
        help=f"levels to build, separated by commas: {', '.join(NAMES)} (default: %(default)s)",
    )  # fmt: skip
    add(
        "--allow-loss", action="store_true",
        help="build a scan that loses more than 20 %% of its surface in reading and cleaning",
    )  # fmt: skip
    add("--source", default="", help="origin of the scan, written into the models")
    add("--licence", default="", help="licence of the models, written into them")
    add("--credit", default="", help="attribution, written into the models")
    add(
        "--lang",
        default=LANGUAGES[0],
        **choice_of("--lang", LANGUAGES),
        help="language of report.html (default: %(default)s)",
    )
    add("--quiet", action="store_true", help="print failures only")
    _location_options(command)
    add_parallel_options(command)
    add_cache_option(command)


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
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_cache_option(command)


def add_compare(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau compare`."""
    command.add_argument("scan", type=Path, metavar="SCAN", help="scan of the model")
    command.add_argument("model", type=Path, metavar="MODEL", help="glTF model, of Carreau or another program")
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
