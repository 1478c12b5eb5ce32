"""Read a file of measured facts; every mistake in it is told with its line, its cause and its cure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from carreau.air.massing.footprints import read_outline
from carreau.air.massing.massing_file import (
    EVIDENCE,
    HYPOTHETICAL,
    MOST_CORNERS,
    OPENING,
    RANGE_ENDING,
    SHAPES,
    SIDES,
    STAGE,
    TYPICAL,
    Basis,
    Massing,
    MassingPart,
    MassingPlace,
    MassingView,
    Measure,
    MeasureLimits,
    OpeningRow,
    Point,
    Ring,
    ShapeFacts,
    outline_mistake,
    signed_area,
)
from carreau.air.massing.materials import NAMED
from carreau.air.massing.part_checks import check_part
from carreau.air.massing.part_types import PartType, choose, read_type, type_names, type_path
from carreau.air.massing.reconstructed_shape import RECONSTRUCTED
from carreau.base.messages import Message, Number, message
from carreau.formats.location.text_files import Key, Table, toml_table

FORMAT = 1
MOST_PARTS = 200
MOST_STAGES = 20
MOST_OPENINGS = 400
FARTHEST_M = 5000.0
"""Farthest that a part stands from the origin: beyond it, what is level there is 2 m above what is level here."""

ANCHORS: Mapping[str, tuple[int, int]] = {
    "centre": (0, 0),
    "west": (-1, 0),
    "east": (1, 0),
    "south": (0, -1),
    "north": (0, 1),
    "south-west": (-1, -1),
    "south-east": (1, -1),
    "north-west": (-1, 1),
    "north-east": (1, 1),
}
HEADS = ("flat", "round")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BASIS = ("evidence", "sources", "note")


def node_names(path: Path) -> tuple[str, ...]:
    """Return the names of the nodes of the model that is made of measured facts; raises FormatError."""
    return tuple(name for part in read_massing(path).parts for name in part.node_names)


def read_massing(path: Path) -> Massing:
    """Return the content of a file of measured facts.

    Raises FormatError naming file, line and key for invalid TOML, an unknown or missing key, a value that no building
    has, an outline that crosses itself, openings that do not fit in their wall, or a fact without a source.
    """
    top = toml_table(path)
    version = _require(top, "format").whole(1)
    if version != FORMAT:
        cause = message("format %(format)s is unknown", format=version or 0)
        raise top.key("format").error(cause, message("update Carreau"))
    top.allow("format", "title", "licence", "credit", "place", "sources", "part", "view")
    sources = _sources(top.key("sources"))
    tables = _require(top, "part").tables()
    if not 0 < len(tables) <= MOST_PARTS:
        cause = message("it has %(count)s parts", count=len(tables))
        raise top.key("part").error(cause, message("write 1 to %(most)s of them", most=MOST_PARTS))
    place = _place(_require(top, "place").table(), sources)
    parts = tuple(_part(table, sources, place) for table in tables)
    _refuse_twice(parts, tables)
    return Massing(
        title=top.key("title").text(),
        place=place,
        parts=parts,
        sources={**sources, **_type_sources(parts, path)},
        licence=top.key("licence").text(),
        credit=top.key("credit").text(),
        view=_view(top.key("view"), [part.name for part in parts]),
    )


def _view(key: Key, names: Sequence[str]) -> MassingView:
    if not key.exists:
        return MassingView()
    table = key.table()
    table.allow("parts", "from_deg", "above_deg")
    chosen = table.key("parts").texts() if table.key("parts").exists else ()
    for name in chosen:
        if name not in names:
            cause = message("no part has the name '%(name)s'", name=name)
            raise table.key("parts").error(cause, message("write names of parts of this file"))
    bearing = _within(table.key("from_deg"), -360, 360) if table.key("from_deg").exists else None
    above = _within(table.key("above_deg"), 0, 89) if table.key("above_deg").exists else MassingView.above_deg
    return MassingView(tuple(chosen), bearing, above)


def _require(table: Table, name: str) -> Key:
    key = table.key(name)
    if key.exists:
        return key
    raise key.error(
        message("%(key)s is missing", key=name), message("write it as in the file of `carreau new massing`")
    )


def _sources(key: Key) -> Mapping[str, str]:
    if not key.exists:
        return {}
    table = key.table()
    for name in table.data:
        if not table.key(name).text():
            raise table.key(name).error(
                message("it is empty"), message("write what the source is, and where to find it")
            )
    return {name: table.key(name).text() for name in table.data}


def _place(table: Table, sources: Mapping[str, str]) -> MassingPlace:
    table.allow("lon", "lat", "turn_deg", *_BASIS)
    lon, lat = _within(_require(table, "lon"), -180, 180), _within(_require(table, "lat"), -90, 90)
    return MassingPlace(lon, lat, _turn(table), _basis(table, sources))


def massing_files(path: Path) -> tuple[list[Path], list[str]]:
    """Return the files that a file of measured facts takes types and outlines from; raises FormatError."""
    massing = read_massing(path)
    types = {part.type for part in massing.parts if part.type}
    files = [type_path(path, each) for each in sorted(types)]
    footprints = [table.key("footprint").value for table in toml_table(path).key("part").tables()]
    outlines = {each.partition("#")[0] for each in footprints if isinstance(each, str)}
    files += [path.parent / each for each in sorted(outlines)]
    return files, []


def _type_sources(parts: Sequence[MassingPart], path: Path) -> dict[str, str]:
    """Return the sources of the types of parts, by the keys that parts name them with."""
    types = dict.fromkeys(part.type for part in parts if part.type)
    return {key: text for each in types for key, text in read_type(type_path(path, each)).sources.items()}


def _part(table: Table, sources: Mapping[str, str], place: MassingPlace) -> MassingPart:
    type_ = _type(table.key("type"))
    shape = type_.shape if type_ else choose(_require(table, "shape"), (*SHAPES, *RECONSTRUCTED))
    facts = RECONSTRUCTED[shape].facts if shape in RECONSTRUCTED else SHAPES[shape]
    footprint = _footprint(table.key("footprint"), place) if facts.has_footprint else ()
    measures = {key: each for key, each in facts.measures.items() if not (footprint and key in ("length", "width"))}
    if facts.has_footprint and not footprint and "length" not in facts.measures:
        _require(table, "footprint")
    own = ["name", "title", "type" if type_ else "shape", "at", "turn_deg", *_BASIS, *measures, *facts.choices]
    own += ["footprint"] if facts.has_footprint else []
    own += ["path"] if facts.has_path else []
    own += ["materials"] if shape in RECONSTRUCTED else []
    own += [] if footprint or facts.has_path else ["anchor"]
    own += ["openings"] if facts.has_openings else []
    own += ["stages"] if facts.has_stages else []
    own += ["head"] if facts.has_head else []
    table.allow(*own)
    basis = _basis(table, sources, type_=type_)
    usual = _usual_measures(measures, type_) if shape in RECONSTRUCTED else {}
    part = MassingPart(
        name=_name(_require(table, "name")),
        title=table.key("title").text() or (type_.title if type_ else ""),
        shape=shape,
        basis=basis,
        at=_at(table.key("at")),
        anchor=ANCHORS[_choice(table.key("anchor"), tuple(ANCHORS), "centre")],
        turn_deg=_turn(table),
        measures=_measures(table, measures, basis, sources, usual, facts.may_be_range),
        footprint=_counter_clockwise(footprint),
        stages=_stages(table, basis, sources) if facts.has_stages else (),
        openings=_openings(table, footprint, basis, sources) if facts.has_openings else (),
        is_round=_choice(table.key("head"), HEADS, "round") == "round" if facts.has_head else False,
        path=_path(_require(table, "path")) if facts.has_path else (),
        choices=_choices(table, facts, type_) if shape in RECONSTRUCTED else {},
        materials=_materials(table.key("materials"), type_) if shape in RECONSTRUCTED else {},
        type=type_.key if type_ else "",
        has_materials=shape in RECONSTRUCTED,
    )
    check_part(part, table)
    return part


def _type(key: Key) -> PartType | None:
    """Return the type that a part names; None where it names none."""
    if not key.exists:
        return None
    known = type_names(key.parent.path)
    if not known:
        cause = message("there is no folder of types for '%(name)s'", name=key.shown)
        raise key.error(cause, message("write the types as files of the folder 'types' beside the folder of the sites"))
    return read_type(type_path(key.parent.path, _choice(key, known)))


def _choices(table: Table, facts: ShapeFacts, type_: PartType | None) -> dict[str, str]:
    """Return the word of each key of a shape: of the part, of its type, or the usual one."""
    usual = type_.choices if type_ else {}
    return {key: _choice(table.key(key), words, usual.get(key, words[0])) for key, words in facts.choices.items()}


def _materials(key: Key, type_: PartType | None) -> dict[str, str]:
    """Return the materials that a part or its type names, by role."""
    usual = dict(type_.materials) if type_ else {}
    if not key.exists:
        return usual
    table = key.table()
    return {**usual, **{role: _choice(table.key(role), NAMED) for role in table.data}}


def _path(key: Key) -> tuple[Point, ...]:
    points = key.line()
    if len(points) > MOST_CORNERS:
        raise key.error(
            message("it has more than %(count)s corners", count=MOST_CORNERS), message("leave some of them out")
        )
    if any(abs(value) > FARTHEST_M for point in points for value in point):
        raise key.error(_far(), _nearer())
    return points


def _name(key: Key) -> str:
    name = key.text()
    if not _NAME.fullmatch(name):
        cause = message("%(value)s is not allowed", value=key.shown)
        raise key.error(cause, message("use small letters, digits and hyphens, as in 'tour-nord'"))
    return name


def _refuse_twice(parts: Sequence[MassingPart], tables: Sequence[Table]) -> None:
    taken: set[str] = set()
    for part, table in zip(parts, tables, strict=True):
        names = {part.name, *([part.name + RANGE_ENDING] if part.ranges else [])}
        if names & taken:
            cause = message("another part has the name '%(name)s'", name=part.name)
            raise table.key("name").error(cause, message("give each part a name of its own"))
        taken |= names


def _basis(
    table: Table, sources: Mapping[str, str], instead: Basis | None = None, type_: PartType | None = None
) -> Basis:
    """Return what a table rests on; each key that it does not have is that of `instead`, or of the type of its part.

    Raises FormatError for an unknown source, for a fact that is not hypothetical and has none, and for one that is
    typical and has no type.
    """
    if type_ is not None:
        instead = Basis(TYPICAL, tuple(type_.sources))
    if instead is None or table.key("evidence").exists:
        word = _choice(_require(table, "evidence"), EVIDENCE)
        evidence = next(each for each in EVIDENCE if each == word)
    else:
        evidence = instead.evidence
    if evidence == TYPICAL and type_ is None and (instead is None or instead.evidence != TYPICAL):
        cause = message("what is typical has a type")
        raise table.key("evidence").error(cause, message("name it: type = with a file of the folder 'types'"))
    key = table.key("sources")
    named = key.texts() if key.exists or instead is None else instead.sources
    for name in named if key.exists else ():
        if name not in sources:
            near = difflib.get_close_matches(name, sources, 1, 0.5)
            cure = (
                message("did you mean '%(name)s'?", name=near[0])
                if near
                else message('write it below [sources], with what it is: %(name)s = "…"', name=name)
            )
            raise key.error(message("the source '%(name)s' is not listed", name=name), cure)
    if not named and evidence != HYPOTHETICAL:
        cause = message("no source is named")
        raise key.error(cause, message('name one of [sources], or write evidence = "hypothetical"'))
    return Basis(evidence, named, table.key("note").text())


def _measures(
    table: Table,
    limits: Mapping[str, MeasureLimits],
    basis: Basis,
    sources: Mapping[str, str],
    usual: Mapping[str, Measure],
    may_be_range: bool = True,
) -> dict[str, Measure]:
    """Return the measures of a table; `usual` has those that need not be written, and are not of its basis."""
    measures = {
        name: usual[name]
        if name in usual and not table.key(name).exists
        else _measure(table.key(name), each, basis, sources, may_be_range and not each.is_whole)
        for name, each in limits.items()
    }
    if "sides" in measures and measures["sides"].low not in SIDES:
        key = table.key("sides")
        cause = message("%(value)s is not allowed", value=key.shown)
        raise key.error(cause, message("use one of %(choices)s", choices=SIDES))
    return measures


def _usual_measures(limits: Mapping[str, MeasureLimits], type_: PartType | None) -> dict[str, Measure]:
    """Return the measures that a part with materials need not write: those of its type, else those of its shape."""
    usual = {
        name: Measure(each.instead, each.instead, Basis(TYPICAL if type_ else HYPOTHETICAL))
        for name, each in limits.items()
        if each.instead is not None
    }
    if type_ is not None:
        own = Basis(TYPICAL, tuple(type_.sources))
        usual |= {name: Measure(*pair, own) for name, pair in type_.measures.items() if name in limits}
    return usual


def _measure(key: Key, limits: MeasureLimits, basis: Basis, sources: Mapping[str, str], may_be_range: bool) -> Measure:
    """Return a number or a range, given alone or as `value` of a table with a basis of its own."""
    without_note = Basis(basis.evidence, basis.sources)
    if not key.exists:
        if limits.instead is None:
            _require(key.parent, key.name)
        return Measure(limits.instead or 0.0, limits.instead or 0.0, without_note)
    if isinstance(key.value, dict):
        table = key.table()
        table.allow("value", *_BASIS)
        without_note = _basis(table, sources, without_note)
        key = _require(table, "value")
    if not isinstance(key.value, list):
        number = _number(key, limits, may_be_zero=limits.may_be_zero)
        return Measure(number, number, without_note)
    if not may_be_range:
        cause = message("%(value)s is a range, which this measure cannot be", value=key.shown)
        raise key.error(cause, message("write one number; mark it as hypothetical where it is not known"))
    low, high = key.numbers(2) or (0.0, 0.0)
    if not 0 <= low < high or high > limits.most:
        cause = message("%(value)s is not the least and the most of a length", value=key.shown)
        raise key.error(cause, message("write [least, most], from 0 to %(most)s m", most=Number(limits.most, ",g")))
    return Measure(low, high, without_note)


def _number(key: Key, limits: MeasureLimits, may_be_zero: bool) -> float:
    number = (key.whole() if limits.is_whole else key.number()) or 0.0
    if number < 0 or (number == 0 and not may_be_zero) or number > limits.most:
        cause = message("%(value)s is not a measure that a building has", value=key.shown)
        most = Number(limits.most, ",g")
        cure = (
            message("write a number from 0 to %(most)s", most=most)
            if may_be_zero
            else message("write a number above 0, %(most)s at most", most=most)
        )
        raise key.error(cause, cure)
    return float(number)


def _stages(table: Table, basis: Basis, sources: Mapping[str, str]) -> tuple[Mapping[str, Measure], ...]:
    key = _require(table, "stages")
    stages = []
    for each in key.tables():
        each.allow(*STAGE, *_BASIS)
        own = _basis(each, sources, Basis(basis.evidence, basis.sources))
        stages.append(_measures(each, STAGE, own, sources, {}))
    if not 0 < len(stages) <= MOST_STAGES:
        cause = message("it has %(count)s stages", count=len(stages))
        raise key.error(cause, message("write 1 to %(most)s of them", most=MOST_STAGES))
    return tuple(stages)


def _openings(table: Table, footprint: Ring, basis: Basis, sources: Mapping[str, str]) -> tuple[OpeningRow, ...]:
    rows = []
    for each in table.key("openings").tables():
        each.allow(*OPENING, "head", *_BASIS)
        own = _basis(each, sources, Basis(basis.evidence, basis.sources))
        values: dict[str, Any] = {
            name: measure.low
            for name, measure in _measures(each, OPENING, own, sources, {}, may_be_range=False).items()
        }
        number, count = int(values.pop("wall")) - 1, int(values.pop("count"))
        walls = len(footprint) or 4
        if number >= walls:
            cause = message("it has no wall %(number)s", number=number + 1)
            raise each.key("wall").error(cause, message("use one of its walls 1 to %(count)s", count=walls))
        if footprint and signed_area(footprint) < 0:
            number = (len(footprint) - 2 - number) % len(footprint)
        is_round = _choice(each.key("head"), HEADS, "flat") == "round"
        rows.append(OpeningRow(wall=number, count=count, is_round=is_round, basis=own, **values))
    if sum(row.count for row in rows) > MOST_OPENINGS:
        cause = message("it has more than %(count)s openings", count=MOST_OPENINGS)
        raise table.key("openings").error(cause, message("part the block, or leave some out"))
    return tuple(rows)


def _footprint(key: Key, place: MassingPlace) -> Ring:
    if isinstance(key.value, str):
        return read_outline(key, place)
    ring = key.ring()
    if len(ring) > 3 and ring[0] == ring[-1]:
        ring = ring[:-1]
    if any(abs(value) > FARTHEST_M for point in ring for value in point):
        raise key.error(_far(), _nearer())
    mistake = outline_mistake(ring) if ring else None
    if mistake is not None:
        cure = message("write the corners in the order in which one meets them along the walls")
        raise key.error(mistake, cure)
    return ring


def _counter_clockwise(ring: Ring) -> Ring:
    return ring[::-1] if ring and signed_area(ring) < 0 else ring


def _at(key: Key) -> tuple[float, float, float]:
    if not key.exists:
        return (0.0, 0.0, 0.0)
    has_height = isinstance(key.value, list) and len(key.value) == 3
    x, y, *z = key.numbers(3 if has_height else 2) or (0.0, 0.0)
    height = z[0] if z else 0.0
    if max(abs(x), abs(y), abs(height)) > FARTHEST_M:
        raise key.error(_far(), _nearer())
    return x, y, height


def _far() -> Message:
    return message("it is farther than %(most)s m from the origin", most=Number(FARTHEST_M, ",g"))


def _nearer() -> Message:
    return message("write metres from the point of [place], not coordinates of a map")


def _turn(table: Table) -> float:
    key = table.key("turn_deg")
    return _within(key, -360, 360) if key.exists else 0.0


def _within(key: Key, least: float, most: float) -> float:
    number = key.number() or 0.0
    if not least <= number <= most:
        cause = message(
            "%(value)s is not an angle from %(least)s to %(most)s°",
            value=key.shown,
            least=Number(least, "g"),
            most=Number(most, "g"),
        )
        raise key.error(cause, message("write degrees, as in 3.42861"))
    return number


def _choice(key: Key, choices: Sequence[str], instead: str = "") -> str:
    return instead if instead and not key.exists else choose(key, choices)
