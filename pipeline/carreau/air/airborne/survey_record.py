"""`survey.toml`, the record of what was gathered for a place from open aerial data: layers, editions, credits."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from carreau.base.errors import FormatError, ScanError, UnsafePathError
from carreau.base.messages import Message, message
from carreau.formats.location.text_files import Key, Ring, Table, toml_table

NAME = "survey.toml"
FORMAT = 1
WIDEST_M = 100_000.0
"""Longest side of the bounds: what a person can mean by a place or a territory."""

Word = TypeVar("Word", bound=StrEnum)

_DAY = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_FLOWN = re.compile(rf"{_DAY}(?:/{_DAY})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLAIN_NAME = re.compile(r"[^/\\:\x00-\x1f.][^/\\:\x00-\x1f]*")


class Role(StrEnum):
    """What a layer is for."""

    POINTS = "points"
    ORTHOPHOTO = "orthophoto"
    HISTORIC = "historic"
    BUILDINGS = "buildings"
    TERRAIN = "terrain"


PICTURES = (Role.ORTHOPHOTO, Role.HISTORIC)
RASTERS = (*PICTURES, Role.TERRAIN)


class Reason(StrEnum):
    """Why data that was requested is missing."""

    UNPUBLISHED = "unpublished"
    """Not flown or not published yet: the service has nothing here."""
    PARTIAL = "partial"
    """Only a part of the place is covered."""
    EMPTY = "empty"
    """The service answered with nothing but void: a white picture, a raster without heights."""
    FAILED = "failed"
    """The service did not answer as it should."""


@dataclass(frozen=True)
class Grid:
    """Where the cells of a picture or raster lie.

    west, north : outer corner of the first cell
    pixel_m : size of a cell on the ground
    columns, rows : number of cells
    """

    west: float
    north: float
    pixel_m: float
    columns: int
    rows: int

    @property
    def bounds(self) -> Bounds:
        """Return west, south, east and north of the outer edges."""
        return (
            self.west,
            self.north - self.rows * self.pixel_m,
            self.west + self.columns * self.pixel_m,
            self.north,
        )


Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Layer:
    """One file of a survey.

    file : plain name of the file, in the folder of the record
    name : of the layer or product that was asked for
    edition : day, month or name; empty if unknown
    flown : when it was taken: a day, month or year, or two of them with a slash; empty if unknown
    tiles : names of the tiles it was cut from
    bytes : of the file; None to leave it unchecked
    sha256 : of the file, 64 hexadecimal digits; empty to leave it unchecked
    source : page of the data set
    crs : EPSG code of the coordinates where it is not that of the record (buildings: 4326)
    simulated : whether it was made to show what a real one would give
    grid : of pictures and rasters, None for others
    """

    role: Role
    file: str
    name: str = ""
    edition: str = ""
    flown: str = ""
    tiles: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str = ""
    credit: str = ""
    licence: str = ""
    source: str = ""
    crs: int | None = None
    grid: Grid | None = None
    simulated: bool = False


@dataclass(frozen=True)
class Gap:
    """Data that was requested and is missing, or incomplete.

    name : of the layer or product
    detail : what the service said, in its words
    """

    role: Role
    reason: Reason
    name: str = ""
    detail: str = ""


def span(intervals: Iterable[str]) -> str:
    """Return one interval around several.

    >>> span(["2022-05-29/2022-06-15", "2022-06-20", ""])
    '2022-05-29/2022-06-20'
    """
    days = sorted(day for each in intervals for day in each.split("/") if day)
    return "/".join(dict.fromkeys((days[0], days[-1]))) if days else ""


@dataclass(frozen=True)
class SurveyRecord:
    """The content of a `survey.toml`.

    epsg : projected system, in metres, of all coordinates
    bounds : what was asked for
    gathered : day
    vertical_epsg : system of the heights; None if unknown
    title : name of the place, may be empty
    outline : rings of the place itself, without the surroundings that were gathered with it
    has_lattice : whether lattice stands in the outline, as a headframe does
    """

    epsg: int
    bounds: Bounds
    gathered: date
    layers: tuple[Layer, ...]
    vertical_epsg: int | None = None
    title: str = ""
    gaps: tuple[Gap, ...] = ()
    outline: tuple[Ring, ...] = ()
    has_lattice: bool = False

    def of(self, role: Role) -> tuple[Layer, ...]:
        """Return the layers of a role, in their order."""
        return tuple(layer for layer in self.layers if layer.role is role)

    @property
    def crs(self) -> str:
        """Return the name of the coordinate system: "EPSG:2154+5720"."""
        return f"EPSG:{self.epsg}" + (f"+{self.vertical_epsg}" if self.vertical_epsg else "")


def is_survey(folder: Path) -> bool:
    """Tell whether a folder is that of a survey."""
    return (folder / NAME).is_file()


def survey_files(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the record of a survey with the files of its layers, and the names of missing ones, which reading reports.

    Raises ScanError for an invalid record.
    """
    names = [layer.file for layer in read(folder / NAME).layers]
    present = [folder / name for name in names if (folder / name).is_file()]
    return [folder / NAME, *present], [name for name in names if not (folder / name).is_file()]


def layer_path(folder: Path, layer: Layer) -> Path:
    """Return the file of a layer.

    Raises ScanError if it is missing or not that of the record, UnsafePathError if it is a link to a file outside the
    folder.
    """
    path = folder / layer.file
    if not path.is_file():
        cause = message("the file '%(file)s' of the layer '%(role)s' is missing", file=layer.file, role=layer.role)
        raise ScanError(folder / NAME, "", cause, RENEW)
    if not path.resolve().is_relative_to(folder.resolve()):
        cause = message("'%(file)s' is a link to a file outside the folder", file=layer.file)
        raise UnsafePathError(folder / NAME, "", cause, message("copy the file into the folder"))
    if layer.bytes not in (None, path.stat().st_size) or layer.sha256 not in ("", _digest(path)):
        cause = message("'%(file)s' is not the file on record: it was cut or changed", file=layer.file)
        raise FormatError(folder / NAME, "", cause, RENEW)
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


RENEW = message("gather it again with `carreau survey --refresh`, or copy the folder again")


def read(path: Path) -> SurveyRecord:
    """Return a record.

    path : the `survey.toml`
    Raises FormatError naming file, line and key for invalid TOML, an unknown or missing key, or an invalid value;
    UnsafePathError for a layer whose file is not a plain name.
    """
    top = toml_table(path)
    # Before anything else: a later format may have other keys.
    version = _require(top, "format").whole(1)
    if version != FORMAT:
        cause = message("format %(format)s is unknown", format=version or 0)
        raise top.key("format").error(cause, message("update Carreau"))
    top.allow(
        "format", "epsg", "vertical_epsg", "bounds", "gathered", "title", "outline", "has_lattice", "layer", "gap"
    )
    vertical = top.key("vertical_epsg").whole(1)
    epsg = _parse_projected(_require(top, "epsg"))
    layers = tuple(_layer(table) for table in top.key("layer").tables())
    if not layers:
        cause = message("%(key)s is missing", key="layer")
        raise FormatError(path, "", cause, RENEW)
    return SurveyRecord(
        epsg=epsg,
        vertical_epsg=vertical,
        bounds=_bounds(_require(top, "bounds")),
        gathered=_day(_require(top, "gathered")),
        title=top.key("title").text(),
        layers=layers,
        gaps=tuple(_gap(table) for table in top.key("gap").tables()),
        outline=top.key("outline").rings(),
        has_lattice=top.key("has_lattice").flag(),
    )


def _require(table: Table, name: str) -> Key:
    key = table.key(name)
    if key.exists:
        return key
    raise key.error(message("%(key)s is missing", key=name), message("write it as `carreau survey` does"))


def _parse_projected(key: Key) -> int:
    """Return the code of a projected coordinate system in metres."""
    from carreau.formats.location.crs import horizontal, parsed_crs

    code, crs = key.whole(1), horizontal(parsed_crs(key.crs()))
    if not crs.is_projected or {axis.unit_name for axis in crs.axis_info} != {"metre"}:
        cause = message("%(value)s is not a projected system in metres", value=key.shown)
        raise key.error(cause, message("use 2154, which is Lambert-93"))
    return code or 0


def _bounds(key: Key) -> Bounds:
    west, south, east, north = key.numbers(4) or (0.0,) * 4
    if not (0 < east - west <= WIDEST_M and 0 < north - south <= WIDEST_M):
        cause = message("%(value)s are not west, south, east and north in metres", value=key.shown)
        raise key.error(cause, message("write [west, south, east, north]"))
    return west, south, east, north


def _day(key: Key) -> date:
    if type(key.value) is not date:
        raise key.error(message("%(value)s is not a day", value=key.shown), message("write 2026-11-27, without quotes"))
    return key.value


def _layer(table: Table) -> Layer:
    own = ("role", "file", "name", "edition", "flown", "tiles", "bytes", "sha256", "credit", "licence", "source",
           "simulated")  # fmt: skip
    grid = ("west", "north", "pixel_m", "columns", "rows")
    role = _word(_require(table, "role"), Role)
    table.allow(*own, *(("crs",) if role is Role.BUILDINGS else ()), *(grid if role in RASTERS else ()))
    text = {name: table.key(name).text() for name in ("name", "edition", "credit", "licence", "source")}
    return Layer(
        role=role,
        file=_file(_require(table, "file")),
        flown=_matching(table.key("flown"), _FLOWN, message("write 2022-05-29, or two days with a slash")),
        tiles=table.key("tiles").texts(),
        bytes=table.key("bytes").whole(),
        sha256=_matching(table.key("sha256"), _SHA256, message("write its 64 hexadecimal digits, or nothing")),
        crs=_code(table.key("crs")),
        grid=_grid(table) if role in RASTERS else None,
        simulated=table.key("simulated").flag(),
        **text,
    )


def _code(key: Key) -> int | None:
    key.crs()
    return key.whole(1)


def _word(key: Key, words: type[Word]) -> Word:
    if key.value in list(words):
        return words(key.value)
    cure = message("use one of %(choices)s", choices=tuple(words))
    raise key.error(message("%(value)s is not allowed", value=key.shown), cure)


def _matching(key: Key, pattern: re.Pattern[str], cure: Message) -> str:
    text = key.text()
    if text and not pattern.fullmatch(text):
        raise key.error(message("%(value)s is not allowed", value=key.shown), cure)
    return text


def _file(key: Key) -> str:
    name = key.text()
    if name != key.value or not _PLAIN_NAME.fullmatch(name):
        _refuse(key, name)
    return name


def _refuse(key: Key, name: str) -> NoReturn:
    refused = key.error(
        message("'%(file)s' is not the plain name of a file", file=name),
        message("put the file into the folder of survey.toml, and write its name alone"),
    )
    raise UnsafePathError(refused.file, refused.place, refused.cause, refused.cure)


def _grid(table: Table) -> Grid:
    west, north = _require(table, "west").number() or 0.0, _require(table, "north").number() or 0.0
    pixel_m = _require(table, "pixel_m").positive() or 0.0
    columns, rows = _require(table, "columns").whole(1) or 0, _require(table, "rows").whole(1) or 0
    return Grid(west, north, pixel_m, columns, rows)


def _gap(table: Table) -> Gap:
    table.allow("role", "reason", "name", "detail")
    role, reason = _word(_require(table, "role"), Role), _word(_require(table, "reason"), Reason)
    return Gap(role, reason, table.key("name").text(), table.key("detail").text())


HEADER = "# Written by `carreau survey`. Change nothing here; `carreau survey SITE --refresh` renews it.\n"


def write(record: SurveyRecord) -> bytes:
    """Return the text of a record; `read` of it returns an equal one, but for white space in texts."""
    top = {
        "format": FORMAT,
        "epsg": record.epsg,
        "vertical_epsg": record.vertical_epsg,
        "bounds": record.bounds,
        "gathered": record.gathered,
        "title": record.title,
        "has_lattice": record.has_lattice,
        "outline": record.outline,
    }
    blocks = [HEADER + _lines(top)]
    for layer in record.layers:
        fields = {name: value for name, value in vars(layer).items() if name != "grid"}
        blocks.append("[[layer]]\n" + _lines(fields | (vars(layer.grid) if layer.grid else {})))
    blocks += ["[[gap]]\n" + _lines(vars(gap)) for gap in record.gaps]
    return "\n".join(blocks).encode()


def _lines(values: Mapping[str, object]) -> str:
    return "".join(
        f"{name} = {_value(value)}\n" for name, value in values.items() if value not in (None, "", (), False)
    )


def _value(value: object) -> str:
    if isinstance(value, str):
        # JSON's strings are TOML's but for DEL, which TOML wants escaped too.
        return json.dumps(" ".join(value.split()), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else repr(value)
