"""Command-line arguments of `carreau`."""

from __future__ import annotations

import argparse
import importlib.metadata
from collections.abc import Callable, Sequence
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
    whole = Parser("carreau", description="Turn scans of mining heritage into models any phone can open.")
    whole.add_argument(
        "--lang", dest="speech", **_choice("--lang", SPOKEN) | {"metavar": "CODE"},
        help=f"language that the command speaks: {', '.join(SPOKEN)} (default: that of the environment, else English)",
    )  # fmt: skip
    whole.add_argument("--version", action="version", version=f"carreau {importlib.metadata.version('carreau')}")
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    _model(commands.add_parser("model", help="make the models, poster and report of scans"))
    _inspect(commands.add_parser("inspect", help="say what a scan is, and what would be done about it"))
    _compare(commands.add_parser("compare", help="measure how far a model is from its scan"))
    _check(commands.add_parser("check", help="check what curators wrote: every site, route and file they name"))
    _new(commands.add_parser("new", help="write a commented file to start a site, a route or a state from"))
    _texts(commands.add_parser("texts", help="bring the translations up to the catalogue, and say how far they are"))
    _export(commands.add_parser("export", help="tell the catalogue in other formats, for maps, viewers and libraries"))
    _build(commands.add_parser("build", help="build what changed of the whole catalogue, and publish it as a bundle"))
    _publish(commands.add_parser("publish", help="publish what is built; put a former release back; copy the bundle"))
    _verify(commands.add_parser("verify", help="hash every file of a bundle again"))
    _serve(commands.add_parser("serve", help="serve a bundle"))
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
    add(
        "--as", dest="taken_as", default=AUTO, **_choice("--as", (AUTO, *KINDS)),
        help="a scan is cleaned and baked anew; an authored GLB keeps nodes, materials, skins and clips "
        "(default: authored when it moves)",
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
        help=f"what to make, separated by commas: {', '.join(NAMES)} (default: %(default)s)",
    )  # fmt: skip
    add("--source", default="", help="where the scan comes from, written into the models")
    add("--licence", default="", help="licence of the models, written into them")
    add("--credit", default="", help="whom to name, written into the models")
    add(
        "--lang",
        default=LANGUAGES[0],
        **_choice("--lang", LANGUAGES),
        help="language of report.html (default: %(default)s)",
    )
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
        "--jobs", type=_whole_number("--jobs"), default=None, metavar="N",
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
    add("--lang", default=SPOKEN[0], **_choice("--lang", SPOKEN), help="language of the page (default: %(default)s)")


def _new(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", **_choice("new", ("site", "route", "state")), help="what to begin")
    command.add_argument("name", metavar="NAME", help="its name; of a state SITE/STATE, such as fosse-mathilde/1930")
    command.add_argument(
        "--assets", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip


def _texts(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    extract = actions.add_parser("extract", help="write every text of the catalogue into the files of the translators")
    _translated(extract)
    status = actions.add_parser("status", help="count what is translated, unreviewed, stale and missing")
    _translated(status)
    add = status.add_argument
    add("--site", default="", metavar="SLUG", help="tell the texts of one site or route one by one")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--page", type=Path, metavar="FILE", help="write a page with the same table")
    add("--lang", default=SPOKEN[0], **_choice("--lang", SPOKEN), help="language of the page (default: %(default)s)")
    _exchanged(actions)


def _exchanged(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sent = actions.add_parser("export", help="write the texts of one language into a file for a translator")
    add = sent.add_argument
    codes = f"{', '.join(TRANSLATED[:-1])} or {TRANSLATED[-1]}"
    add("--lang", required=True, metavar="CODE", help=f"language to translate into: {codes}")
    add("--out", type=Path, required=True, metavar="FILE", help="file for the translator")
    add("--site", default="", metavar="SLUG", help="texts of one site or route only")
    add(
        "--format", **_choice("--format", ("po", "xliff12", "xliff21")),
        help="kind of file (default: xliff12 where its name ends in .xlf or .xliff, else po)",
    )  # fmt: skip
    _translated(sent, "--assets")
    taken = actions.add_parser("import", help="take in what translators did")
    taken.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PO or XLIFF, as it came back")
    _translated(taken, "--assets")


def _translated(command: argparse.ArgumentParser, name: str = "") -> None:
    """Add which catalogue is meant, and where its translations are.

    name : of the option for the catalogue, where something else already stands without one
    """
    add = command.add_argument
    kind: Any = {} if name else {"nargs": "?"}
    add(
        name or "assets", type=Path, default=Path("assets"), metavar="DIR", **kind,
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip
    add("--locales", type=Path, metavar="DIR", help="folder of the translations (default: locales/ beside the other)")


def _export(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("format", nargs="?", default="", metavar="FORMAT", help="what to write: a format, or all (default: list them)")
    add("--list", action="store_true", help="list the formats and what each is for")
    add("--site", nargs="+", action="extend", default=[], metavar="SLUG", help="sites to write (default: everything)")
    add("--route", nargs="+", action="extend", default=[], metavar="SLUG", help="routes to write (default: everything)")
    add("--out", type=Path, default=Path("exports"), metavar="DIR", help="folder for the files (default: %(default)s)")
    add(
        "--assets", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/ (default: %(default)s)",
    )  # fmt: skip
    add("--models", type=Path, metavar="DIR", help="folder of the models that were made, as SITE/STATE/report.json")
    add("--lang", default=SPOKEN[0], **_choice("--lang", SPOKEN), help="language of formats that tell one alone")
    add("--base-url", default="https://carreau.example", metavar="URL", help="where it will be published")
    add("--publisher", default="", metavar="NAME", help="institution that answers for the content")
    add("--aggregator", default="", metavar="NAME", help="institution that hands the records to Europeana")
    add("--json", action="store_true", help="print JSON instead of text")


def _published(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "assets", nargs="?", type=Path, default=Path("assets"), metavar="DIR",
        help="folder with sites/ and routes/; its translations lie beside it (default: %(default)s)",
    )  # fmt: skip
    add("--bundle", type=Path, default=Path("bundle"), metavar="DIR", help="bundle to publish (default: %(default)s)")
    add(
        "--models", type=Path, default=Path("build/models"), metavar="DIR",
        help="folder of the models, as SITE/STATE/ (default: %(default)s)",
    )  # fmt: skip
    add("--base-url", default="https://carreau.example", metavar="URL", help="where it will be served")
    add("--keep", type=_whole_number("--keep"), default=None, metavar="N", help="former releases to keep (default: 3)")
    add("--publisher", default="", metavar="NAME", help="institution that answers for the content")
    add("--aggregator", default="", metavar="NAME", help="institution that hands the records to Europeana")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--quiet", action="store_true", help="print nothing but failures")


def _build(command: argparse.ArgumentParser) -> None:
    _published(command)
    add = command.add_argument
    add(
        "--report-lang",
        dest="lang",
        default=LANGUAGES[0],
        **_choice("--report-lang", LANGUAGES),
        help="language of the build reports",
    )
    _work(command)
    _kept(command)


def _publish(command: argparse.ArgumentParser) -> None:
    _published(command)
    add = command.add_argument
    add("--to", default="", metavar="URL", help="copy the served release there: a folder, file:///…, s3://…")
    add(
        "--rollback", nargs="?", const="", default=None, metavar="RELEASE",
        help="serve the release before this one again, or the one that is named",
    )  # fmt: skip
    _kept(command)


def _verify(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("bundle", nargs="?", type=Path, default=Path("bundle"), metavar="DIR", help="bundle (default: %(default)s)")
    add("--json", action="store_true", help="print JSON instead of text")


def _serve(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("bundle", nargs="?", type=Path, default=Path("bundle"), metavar="DIR", help="bundle (default: %(default)s)")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_whole_number("--port"), help="port to listen on (default: 8000, or the next free one)")
    add("--base-url", default="", metavar="URL", help="origin of absolute addresses (default: that of the bundle)")
    add("--frame-ancestors", default="*", metavar="ORIGINS", help="who may frame /embed/… (default: everybody)")
    add(
        "--rate",
        type=_number("--rate"),
        default=0.0,
        metavar="N",
        help="requests per second and client (default: no limit)",
    )
    add(
        "--grace",
        type=_number("--grace"),
        default=20.0,
        metavar="S",
        help="seconds to finish requests when it is stopped",
    )
    add("--no-access-log", action="store_true", help="do not log requests")


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
