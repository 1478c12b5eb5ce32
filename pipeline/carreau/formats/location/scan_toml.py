"""`scan.toml`, in which a team states what the files of its scan leave out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.messages import message
from carreau.formats.location.crs import PlacementMetadata
from carreau.formats.location.text_files import Key, Table, toml_table

NAME = "scan.toml"
_TEXTS = ("name", "source", "licence", "credit")


@dataclass(frozen=True)
class ScanNotes:
    """The content of a `scan.toml`.

    placement : location and size
    name, source, licence, credit : of the models, empty if missing
    allow_loss : whether to build a scan that loses more than a fifth of its surface
    """

    placement: PlacementMetadata
    name: str = ""
    source: str = ""
    licence: str = ""
    credit: str = ""
    allow_loss: bool = False


def own_notes(scan: Path) -> Path:
    """Return where notes of a scan alone lie: `mill.scan.toml` beside `mill.obj`, `scan.toml` in a folder of tiles."""
    return scan / NAME if scan.is_dir() else scan.with_name(f"{scan.stem}.{NAME}")


def notes_file(scan: Path) -> Path | None:
    """Return the notes of a scan: `mill.scan.toml` beside `mill.obj`, else the `scan.toml` of its folder, else None.

    A folder of tiles has its `scan.toml` inside it. Only the first file counts; they are not merged.
    """
    folder = scan if scan.is_dir() else scan.parent
    return next((path for path in (own_notes(scan), folder / NAME) if path.is_file()), None)


def read_notes(path: Path) -> ScanNotes:
    """Return the content of a `scan.toml`; see `template` for its keys.

    Raises FormatError naming file, line and key for invalid TOML, an unknown key, or an invalid value.
    """
    top = toml_table(path)
    top.allow(*_TEXTS, "unit", "up", "epsg", "offset", "height", "crop", "ground", "allow_loss")
    height_m, between = _height(top)
    placement = PlacementMetadata(
        source=path.name,
        unit=top.key("unit").unit(),
        up=top.key("up").axis(),
        crs=top.key("epsg").crs(),
        offset=top.key("offset").triple(),
        height_m=height_m,
        height_between=between,
        crop=_crop(top),
        ground=_read_ground(top),
    )
    texts = {name: top.key(name).text() for name in _TEXTS}
    return ScanNotes(placement, **texts, allow_loss=top.key("allow_loss").flag())


def _height(top: Table) -> tuple[float | None, Any]:
    key = top.key("height")
    if not key.exists:
        return None, None
    table = key.table()
    table.allow("metres", "between")
    metres, between = table.key("metres"), table.key("between")
    length = metres.positive()
    if length is None:
        raise key.error(message("%(key)s is missing", key="metres"), message("write metres = 12.5 below [height]"))
    points = between.points(2)
    if points is not None and points[0] == points[1]:
        raise between.error(
            message("the two points are identical"), message("give the two ends of the measured length")
        )
    return length, points


def _crop(top: Table) -> Any:
    key = top.key("crop")
    if not key.exists:
        return None
    table = key.table()
    table.allow("min", "max")
    low, high = table.key("min").triple(), table.key("max").triple()
    if low is None and high is None:
        raise key.error(message("it has neither min nor max"), message("write min = [x, y, z] and max = [x, y, z]"))
    infinite = float("inf")
    low, high = low or (-infinite,) * 3, high or (infinite,) * 3
    if any(one >= other for one, other in zip(low, high, strict=True)):
        cause = message("max must be greater than min along every axis")
        raise key.error(cause, message("give the lowest corner as min"))
    return low, high


def _read_ground(top: Table) -> tuple[float, ...] | None:
    key = top.key("ground")
    if not key.exists:
        return None
    if key.value == "auto":
        return ()
    if not isinstance(key.value, dict):
        cause = message('%(value)s is neither "auto" nor a table', value=key.shown)
        raise key.error(cause, message('write ground = "auto", or a table [ground]'))
    table = key.table()
    table.allow("point", "normal", "points")
    return _plane(key, table.key("point"), table.key("normal"), table.key("points"))


def _plane(key: Key, point: Key, normal: Key, points: Key) -> tuple[float, ...]:
    if points.exists and not (point.exists or normal.exists):
        three = points.points(3) or ()
        if are_in_line(three):
            cause = message("the three points lie on one line")
            raise points.error(cause, message("give three points that span a plane"))
        return tuple(number for each in three for number in each)
    at, upright = point.triple(), normal.triple()
    if at is None or points.exists:
        cause = message("it is neither a point and a normal nor three points")
        raise key.error(cause, message("write point = […] and normal = […]"))
    if upright == (0.0, 0.0, 0.0):
        cause = message("the normal has zero length")
        raise normal.error(cause, message("give the direction that points up from the ground"))
    return (*at, *(upright or ()))


def are_in_line(points: Any) -> bool:
    """Tell whether three points lie on one line."""
    a, b, c = points
    one, other = [q - p for p, q in zip(a, b, strict=True)], [q - p for p, q in zip(a, c, strict=True)]
    cross = [one[i - 2] * other[i - 1] - one[i - 1] * other[i - 2] for i in range(3)]
    size = sum(x * x for x in one) * sum(x * x for x in other)
    return bool(sum(x * x for x in cross) <= 1e-12 * size)


def template(name: str = "") -> str:
    """Return a `scan.toml` in which all lines but the name are comments.

    >>> template("Fosse Arenberg").splitlines()[1]
    'name = "Fosse Arenberg"'
    """
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return _TEMPLATE.replace("@NAME@", quoted)


_TEMPLATE = """\
# What the files of this scan leave out. All keys are optional.
name = "@NAME@"
# source = "photographs of June 2026, RealityCapture"
# licence = "CC-BY-4.0"
# credit = "photographer, author of the model"

# Unit of the coordinates: m, dm, cm, mm, km, in or ft.
# unit = "m"
# Axis that points up: x, y, z, -x, -y or -z.
# up = "z"

# Build the scan even if more than 20 % of its surface is lost in reading and cleaning.
# allow_loss = true

# Coordinate system, by its EPSG code: 2154 is Lambert-93, 9794 Lambert-93 in RGF93 v2b, 32631 UTM 31N, 4326 WGS 84
# (x is the longitude then). "2154+5720" adds heights above NGF-IGN69.
# epsg = 2154
# Added to the file's coordinates to get coordinates in that system.
# offset = [722000.0, 7030000.0, 0.0]

# A real length, if the scale of the file is wrong.
# [height]
# metres = 38.5                            # of the scan, from the ground to its top, or
# between = [[0, 0, 0], [0, 0, 12.2]]      # between two points of the file

# The part to keep, in the coordinates of the file; either corner is optional.
# [crop]
# min = [-10.0, -10.0, -1.0]
# max = [10.0, 10.0, 40.0]

# The ground: detected with ground = "auto" (above the first table), or
# [ground]
# point = [0.0, 0.0, 0.0]
# normal = [0.0, 0.0, 1.0]
# points = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]   # instead of point and normal
"""
