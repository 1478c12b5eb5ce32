"""Say what the `carreau` command takes."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.levels import DEFAULT_NAMES, NAMES
from pipeline.options import AUTO, LANGUAGES, UP_AXES
from pipeline.units import UNITS_M

SCAN = "mesh (OBJ, PLY, GLB, glTF, STL), point cloud (LAS, LAZ, E57, PCD, PLY, XYZ, PTS) or folder of tiles"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command; what it parses has the name of its command in `command`."""
    whole = argparse.ArgumentParser(
        "carreau", description="Turn scans of mining heritage into models any phone can open."
    )
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    _model(commands.add_parser("model", help="make the models, poster and report of scans"))
    _inspect(commands.add_parser("inspect", help="say what a scan is, and what would be done about it"))
    _compare(commands.add_parser("compare", help="measure how far a model is from its scan"))
    _check(commands.add_parser("check", help="check what curators wrote: every site, route and file they name"))
    _new(commands.add_parser("new", help="write a commented file to start a site, a route or a state from"))
    _cache(commands.add_parser("cache", help="show or prune what earlier runs kept"))
    return whole


def _model(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("scans", nargs="+", type=Path, metavar="SCAN", help=f"{SCAN}; or a folder with any number of them")
    add(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder for the models; one folder each in it for several scans",
    )  # fmt: skip
    add("--name", default="", help="what to call the model (default: the scan's file name)")
    add("--unit", default=AUTO, choices=(AUTO, *UNITS_M), help="unit of the scan's coordinates (default: %(default)s)")
    add("--up", default=AUTO, choices=(AUTO, *UP_AXES), help="axis that points up in the scan (default: %(default)s)")
    add(
        "--levels", default=",".join(DEFAULT_NAMES), metavar="NAMES",
        help=f"what to make, separated by commas: {', '.join(NAMES)} (default: %(default)s)",
    )  # fmt: skip
    add("--source", default="", help="where the scan comes from, written into the models")
    add("--licence", default="", help="licence of the models, written into them")
    add("--credit", default="", help="whom to name, written into the models")
    add("--lang", default=LANGUAGES[0], choices=LANGUAGES, help="language of report.html (default: %(default)s)")
    add("--quiet", action="store_true", help="print nothing but failures")
    _place(command)
    _work(command)
    _kept(command)


def _place(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--epsg", default="", metavar="CODE", help="coordinate system of the scan, such as 2154 or 2154+5720")
    add("--offset", metavar="X,Y,Z", help="what to add to the scan's coordinates to find the place in that system")
    add("--height", metavar="METRES", help="real height of the scan, which says its unit")
    add("--crop", metavar="X,Y,Z,X,Y,Z", help="keep a box: its least corner, then its greatest, as the scan counts")
    add(
        "--ground", metavar="WHERE",
        help="what the model stands on: auto, a point X,Y,Z of level ground, a point and the way up, or three points",
    )  # fmt: skip


def _work(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--jobs", type=int, default=None, metavar="N",
        help="steps that may run at once, of all scans together (default: one a processor, or one a worker)",
    )  # fmt: skip
    add(
        "--memory", metavar="SIZE",
        help="memory that the steps may take together, such as 6G; one that would not fit waits "
        "(default: three quarters of what there is)",
    )  # fmt: skip
    add(
        "--executor", default="", metavar="WHERE",
        help="where steps run: `processes` for processes of this machine, tcp://HOST:PORT for the workers of a Dask "
        "scheduler (default: in this process)",
    )  # fmt: skip


def _inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("scan", type=Path, metavar="SCAN", help=SCAN)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    _kept(command)


def _compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("scan", type=Path, metavar="SCAN", help="the scan a model was made from")
    command.add_argument("model", type=Path, metavar="MODEL", help="the model, ours or anybody's")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    _kept(command)


def _check(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "assets", nargs="?", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip
    add("--json", action="store_true", help="print JSON instead of text")
    add("--page", type=Path, metavar="FILE", help="write a page that the team can work through")
    add("--lang", default=LANGUAGES[0], choices=LANGUAGES, help="language of the page (default: %(default)s)")


def _new(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", choices=("site", "route", "state"), help="what to begin")
    command.add_argument("name", metavar="NAME", help="its name; of a state SITE/STATE, such as fosse-mathilde/1930")
    command.add_argument(
        "--assets", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip


def _cache(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--prune", action="store_true", help="remove what no run can use any more, since the code or a library changed")
    add("--max-size", metavar="SIZE", help="remove the least recently used beyond a size, such as 500M or 20G")
    add("--older-than", metavar="AGE", help="remove what was not used for so long, such as 12h or 30d")
    add("--clear", action="store_true", help="remove everything")
    add("--json", action="store_true", help="print JSON instead of text")
    _kept(command)


def _kept(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--cache", default="", metavar="PLACE",
        help="folder, or URL such as s3://BUCKET/FOLDER, where results are kept for the next run and for other "
        "workers (default: $CARREAU_CACHE, else a folder of this user)",
    )  # fmt: skip
