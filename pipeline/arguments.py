"""Command-line arguments of `carreau`."""

from __future__ import annotations

import argparse
import importlib.metadata
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from pipeline.errors import OptionError
from pipeline.formats.registry import names
from pipeline.i18n.languages import LANGUAGES as SPOKEN
from pipeline.i18n.languages import TRANSLATED
from pipeline.levels import DEFAULT_NAMES, NAMES
from pipeline.messages import Message, message
from pipeline.options import AUTO, KINDS, LANGUAGES, UP_AXES, unknown_choice
from pipeline.units import UNITS_M

SCAN = f"mesh ({names('mesh')}), point cloud ({names('points')}) or folder of tiles"


_OPTION = re.compile("--[a-z][a-z-]*")
_VALUE = re.compile("-([xyz]|[0-9.].*)")
"""A value that begins with a hyphen: a direction such as -y, or a negative number, also as the first of several."""


def with_values(arguments: Sequence[str]) -> list[str]:
    """Return a command line whose options have such values after an equals sign, where argparse reads them.

    >>> with_values(["model", "a.obj", "--up", "-y", "--quiet"])
    ['model', 'a.obj', '--up=-y', '--quiet']
    """
    words: list[str] = []
    for argument in arguments:
        if words and _OPTION.fullmatch(words[-1]) and _VALUE.fullmatch(argument):
            words[-1] += f"={argument}"
        else:
            words.append(argument)
    return words


class Parser(argparse.ArgumentParser):
    """An argument parser that raises OptionError, so that a failure is printed like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise OptionError with the text of argparse, which is English."""
        raise OptionError(invalid_usage(message, self.prog))


def invalid_usage(error: str, program: str) -> Message:
    """Return the message for a command line that cannot be parsed."""
    return message("%(error)s; see `%(command)s --help`", error=error, command=program)


def _choice(option: str, choices: Sequence[str]) -> dict[str, Any]:
    """Return keywords of `add_argument` for one of some words; unlike `choices`, they raise OptionError."""

    def parse(text: str) -> str:
        if text not in choices:
            raise unknown_choice(option, text, tuple(choices))
        return text

    return {"type": parse, "metavar": "{" + ",".join(choices) + "}"}


def _whole_number(option: str) -> Callable[[str], int]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> int:
        try:
            return int(text)
        except ValueError as error:
            raise OptionError(
                message("%(option)s: '%(text)s' is not a whole number", option=option, text=text)
            ) from error

    return parse


def _day(option: str) -> Callable[[str], str]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise OptionError(
                message("%(option)s: '%(text)s' is not a day such as 2026-11-01", option=option, text=text)
            ) from error

    return parse


def _number(option: str) -> Callable[[str], float]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> float:
        try:
            return float(text)
        except ValueError as error:
            raise OptionError(message("%(option)s: '%(text)s' is not a number", option=option, text=text)) from error

    return parse


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command; it puts the name of the command into `command`."""
    main = Parser("carreau", description="Turn photogrammetry scans into 3D models for the web, and publish them.")
    main.add_argument(
        "--lang", dest="speech", **_choice("--lang", SPOKEN) | {"metavar": "CODE"},
        help=f"language of messages: {', '.join(SPOKEN)} (default: that of the environment, else English)",
    )  # fmt: skip
    main.add_argument("--version", action="version", version=f"carreau {importlib.metadata.version('carreau')}")
    commands = main.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    _model(commands.add_parser("model", help="build the models, poster and report of scans"))
    _inspect(commands.add_parser("inspect", help="show the properties and defects of a scan, and the repairs"))
    _compare(commands.add_parser("compare", help="measure the difference between a model and its scan"))
    _route(commands.add_parser("route", help="compute the lines of routes along paths and streets, or import them"))
    _survey(commands.add_parser("survey", help="gather open aerial data of sites: points, photographs, buildings"))
    _check(commands.add_parser("check", help="check the catalogue: sites, routes and the files they reference"))
    _new(commands.add_parser("new", help="create a commented file for a new site, route or state"))
    _texts(commands.add_parser("texts", help="update the translations of the catalogue, and show their progress"))
    _export(
        commands.add_parser("export", help="export the catalogue to other formats, for maps, viewers and libraries")
    )
    _build(commands.add_parser("build", help="build the changed models of the catalogue, and publish a bundle"))
    _publish(
        commands.add_parser("publish", help="publish the built models, restore a former release, or copy the bundle")
    )
    _verify(commands.add_parser("verify", help="verify the checksums of a bundle"))
    _serve(commands.add_parser("serve", help="serve a bundle"))
    _stats(commands.add_parser("stats", help="count visits from access logs, without cookies and addresses"))
    _cache(commands.add_parser("cache", help="show or prune cached results"))
    return main


def _model(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("scans", nargs="+", type=Path, metavar="SCAN", help=f"{SCAN}; or a folder of scans")
    add(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder for the models; several scans get a subfolder each",
    )  # fmt: skip
    add("--name", default="", help="name of the model (default: the file name of the scan)")
    add(
        "--as", dest="taken_as", default=AUTO, **_choice("--as", (AUTO, *KINDS)),
        help="a scan is cleaned and baked again; an authored GLB keeps nodes, materials, skins and animations; "
        "historic lays the old photograph of a survey on its ground (default: authored if it is animated)",
    )  # fmt: skip
    add(
        "--unit",
        default=AUTO,
        **_choice("--unit", (AUTO, *UNITS_M)),
        help="unit of the scan's coordinates (default: %(default)s)",
    )
    add(
        "--up",
        default=AUTO,
        **_choice("--up", (AUTO, *UP_AXES)),
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
        **_choice("--lang", LANGUAGES),
        help="language of report.html (default: %(default)s)",
    )
    add("--quiet", action="store_true", help="print failures only")
    _location_options(command)
    _parallel_options(command)
    _cache_option(command)


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


def _parallel_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--jobs", type=_whole_number("--jobs"), default=None, metavar="N",
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


def _inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("scan", type=Path, metavar="SCAN", help=SCAN)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    _cache_option(command)


def _compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("scan", type=Path, metavar="SCAN", help="scan of the model")
    command.add_argument("model", type=Path, metavar="MODEL", help="glTF model, of Carreau or another program")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    _cache_option(command)


def _survey(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("sites", nargs="*", metavar="SITE", help="folder name of a site in the catalogue")
    add("--all", action="store_true", help="gather all sites but demonstrations and examples")
    add(
        "--territory", action="store_true",
        help="gather relief and photograph of all communes, at 5 m, into the folder territory of the catalogue",
    )  # fmt: skip
    add(
        "--buffer", type=_number("--buffer"), metavar="M",
        help="metres around the outline (default: 20, and 40 around a spoil tip)",
    )  # fmt: skip
    add("--dry-run", action="store_true", help="show tiles, bytes and time of each site, and gather nothing")
    add("--refresh", action="store_true", help="gather sites again where the index has a newer edition")
    add(
        "--whole-files", action="store_true",
        help="download whole files, of 75 to 300 MB a tile, where the service gives no parts of them",
    )  # fmt: skip
    _service_options(command)


def _route(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("routes", nargs="*", metavar="ROUTE", help="file name of a route in the catalogue, without .toml")
    add("--all", action="store_true", help="compute the lines of all routes")
    add(
        "--gpx", type=Path, metavar="FILE",
        help="import the line of one route from GPX or GeoJSON instead of computing it",
    )  # fmt: skip
    add("--dry-run", action="store_true", help="show what would be asked for or imported, and write nothing")
    add("--refresh", action="store_true", help="compute lines again, or replace a line by that of --gpx")
    _service_options(command)


def _service_options(command: argparse.ArgumentParser) -> None:
    """Add what the commands that ask open data services have in common."""
    add = command.add_argument
    add("--offline", action="store_true", help="use only what was received before, without the network")
    add("--check", action="store_true", help="try each service, and print a line for each")
    add("--assets", type=Path, default=Path("assets"), metavar="DIR", help="catalogue (default: %(default)s)")
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


def _check(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "assets", nargs="?", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip
    add("--json", action="store_true", help="print JSON instead of text")
    add("--page", type=Path, metavar="FILE", help="write the findings to an HTML page")
    add("--lang", default=SPOKEN[0], **_choice("--lang", SPOKEN), help="language of the page (default: %(default)s)")


def _new(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", **_choice("new", ("site", "route", "state")), help="kind of entry")
    command.add_argument(
        "name", metavar="NAME", help="name of the entry; SITE/STATE for a state, such as fosse-mathilde/1930"
    )
    command.add_argument(
        "--assets", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip


def _texts(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    extract = actions.add_parser("extract", help="write all texts of the catalogue to the translation files")
    _catalogue_options(extract)
    status = actions.add_parser("status", help="count translated, unreviewed, stale and missing texts")
    _catalogue_options(status)
    add = status.add_argument
    add("--site", default="", metavar="SLUG", help="list the texts of one site or route")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--page", type=Path, metavar="FILE", help="write the table to an HTML page")
    add("--lang", default=SPOKEN[0], **_choice("--lang", SPOKEN), help="language of the page (default: %(default)s)")
    _exchange(actions)


def _exchange(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = actions.add_parser("export", help="write the texts of one language to a file for a translator")
    add = export.add_argument
    codes = f"{', '.join(TRANSLATED[:-1])} or {TRANSLATED[-1]}"
    add("--lang", required=True, metavar="CODE", help=f"language to translate into: {codes}")
    add("--out", type=Path, required=True, metavar="FILE", help="file for the translator")
    add("--site", default="", metavar="SLUG", help="texts of one site or route only")
    add(
        "--format", **_choice("--format", ("po", "xliff12", "xliff21")),
        help="format of the file (default: xliff12 for .xlf and .xliff, else po)",
    )  # fmt: skip
    _catalogue_options(export, "--assets")
    import_ = actions.add_parser("import", help="read files that translators returned")
    import_.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PO or XLIFF file")
    _catalogue_options(import_, "--assets")


def _catalogue_options(command: argparse.ArgumentParser, name: str = "") -> None:
    """Add the catalogue and its translations.

    name : of the option for the catalogue; a positional argument if empty
    """
    add = command.add_argument
    kind: Any = {} if name else {"nargs": "?"}
    add(
        name or "assets", type=Path, default=Path("assets"), metavar="DIR", **kind,
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip
    add(
        "--locales",
        type=Path,
        metavar="DIR",
        help="folder of the translations (default: locales/ next to the catalogue)",
    )


def _export(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("format", nargs="?", default="", metavar="FORMAT", help="format to write, or all (default: list the formats)")
    add("--list", action="store_true", help="list the formats and their uses")
    add("--site", nargs="+", action="extend", default=[], metavar="SLUG", help="sites to export (default: all)")
    add("--route", nargs="+", action="extend", default=[], metavar="SLUG", help="routes to export (default: all)")
    add("--out", type=Path, default=Path("exports"), metavar="DIR", help="folder for the files (default: %(default)s)")
    add(
        "--assets", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip
    add("--models", type=Path, metavar="DIR", help="folder of the built models, with SITE/STATE/report.json")
    add("--lang", default=SPOKEN[0], **_choice("--lang", SPOKEN), help="language of formats with a single language")
    add("--base-url", default="https://carreau.example", metavar="URL", help="URL of the publication")
    add("--publisher", default="", metavar="NAME", help="institution responsible for the content")
    add("--aggregator", default="", metavar="NAME", help="institution that delivers the records to Europeana")
    add("--json", action="store_true", help="print JSON instead of text")


def _publish_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "assets", nargs="?", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/, next to that of the translations (default: %(default)s)",
    )  # fmt: skip
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
    add("--keep", type=_whole_number("--keep"), default=None, metavar="N", help="former releases to keep (default: 3)")
    add("--publisher", default="", metavar="NAME", help="institution responsible for the content")
    add(
        "--contact", default="", metavar="ADDRESS",
        help="mail address or web page of the publisher, where visitors can offer a photograph or report a mistake",
    )  # fmt: skip
    add("--aggregator", default="", metavar="NAME", help="institution that delivers the records to Europeana")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--quiet", action="store_true", help="print failures only")


def _build(command: argparse.ArgumentParser) -> None:
    _publish_options(command)
    add = command.add_argument
    add(
        "--report-lang",
        dest="lang",
        default=LANGUAGES[0],
        **_choice("--report-lang", LANGUAGES),
        help="language of the build reports",
    )
    _parallel_options(command)
    _cache_option(command)


def _publish(command: argparse.ArgumentParser) -> None:
    _publish_options(command)
    add = command.add_argument
    add("--to", default="", metavar="URL", help="copy the current release to a folder, file:///… or s3://…")
    add(
        "--rollback", nargs="?", const="", default=None, metavar="RELEASE",
        help="restore the previous release, or the given one",
    )  # fmt: skip
    _cache_option(command)


def _verify(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("bundle", nargs="?", type=Path, default=Path("bundle"), metavar="DIR", help="bundle (default: %(default)s)")
    add("--json", action="store_true", help="print JSON instead of text")


def _serve(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("bundle", nargs="?", type=Path, default=Path("bundle"), metavar="DIR", help="bundle (default: %(default)s)")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_whole_number("--port"), help="port to listen on (default: 8000, or the next free one)")
    add("--base-url", default="", metavar="URL", help="origin of absolute URLs (default: that of the bundle)")
    add("--frame-ancestors", default="*", metavar="ORIGINS", help="origins that may frame /embed/… (default: all)")
    add(
        "--rate",
        type=_number("--rate"),
        default=0.0,
        metavar="N",
        help="requests per second and client (default: unlimited)",
    )
    add(
        "--grace",
        type=_number("--grace"),
        default=20.0,
        metavar="S",
        help="seconds for open requests when the server stops",
    )
    add("--no-access-log", action="store_true", help="do not log requests")


def _stats(command: argparse.ArgumentParser) -> None:
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
    add("--since", type=_day("--since"), metavar="DAY", help="first day to count, such as 2026-11-01")
    add("--until", type=_day("--until"), metavar="DAY", help="last day to count")
    add("--page", type=Path, metavar="FILE", help="write the visits to an HTML page")
    add("--csv", type=Path, metavar="FILE", help="write a row for each day, place and language")
    add("--lang", default=SPOKEN[0], **_choice("--lang", SPOKEN), help="language of the page (default: %(default)s)")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--quiet", action="store_true", help="print failures only")


def _cache(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--prune", action="store_true", help="remove results that became unusable because the code or a library changed"
    )
    add("--max-size", metavar="SIZE", help="remove the least recently used results beyond a size, such as 500M or 20G")
    add("--older-than", metavar="AGE", help="remove results that were not used for a time, such as 12h or 30d")
    add("--clear", action="store_true", help="remove all results")
    add("--json", action="store_true", help="print JSON instead of text")
    _cache_option(command)


def _cache_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--cache", default="", metavar="PLACE",
        help="folder or URL, such as s3://BUCKET/FOLDER, of cached results, for the next run and for other workers "
        "(default: $CARREAU_CACHE, else a folder of this user)",
    )  # fmt: skip
