"""What plays beside a trail or a site: shows for a kiosk, `NAME.show.toml`, and maps that move, `NAME.scene.toml`."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carreau.base.messages import Message, message
from carreau.catalogue import fields
from carreau.catalogue.media import Medium
from carreau.catalogue.site import EVIDENCE, Position, Rights
from carreau.catalogue.table_reader import Moment
from carreau.catalogue.trail import TrailSource
from carreau.formats.geodata import Commune

ENDING = ".show.toml"
"""Of its file; the name before it is free."""

DARK, LAMP, DUST, HEADFRAME, DAY = "dark", "lamp", "dust", "headframe", "day"
LIGHTS = (DARK, LAMP, DUST, HEADFRAME, DAY)
"""What is drawn behind the words: nothing; a miner's lamp; its cone with coal dust; a headframe against the sky;
daylight at the top of a shaft."""

TOUCH, KEY, PRESENCE = "touch", "key", "presence"
STARTS = (TOUCH, KEY, PRESENCE)
"""What begins it: a touch of the screen, Enter or the space bar, a sensor that presses `presence_key`."""

SHORTEST_S, LONGEST_S = 2, 600


@dataclass(frozen=True)
class Attract:
    """What the screen shows while nobody watches, `[attract]`.

    text : that invites
    """

    text: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    light: str = fields.word(*LIGHTS, need=fields.MAY)


@dataclass(frozen=True)
class Quiet:
    """Hours with a lower volume, `[[quiet]]`, in the clock of the kiosk.

    begins, ends : full hours; hours that end before they begin go over midnight
    volume : share of the full volume; 0 is silence
    """

    begins: int | None = fields.whole(0, 23, fields.MUST)
    ends: int | None = fields.whole(0, 24, fields.MUST)
    volume: float | None = fields.number(0, 1, need=fields.MUST)


@dataclass(frozen=True)
class Scene:
    """A scene, `[[scene]]`.

    seconds : that it lasts; with a voice or a film that is longer, as long as that
    text : words of ours
    lines : words of somebody else, line by line, as they are written there
    lang : language of the lines, BCP 47, as "pcd" for Picard
    translation : of each line
    is_read : whether a speaker of that language has read the translation
    credit : whose the lines are, and where they stand
    voice, figure : ids of a sound, and of a picture or film, in `[[media]]`
    model : a state of a site that turns in place of a figure, as SITE/STATE
    sources : ids of `[[source]]`
    """

    id: str = fields.name()
    seconds: float | None = fields.number(SHORTEST_S, LONGEST_S, fields.SECONDS, fields.MUST)
    light: str = fields.word(*LIGHTS, need=fields.MAY)
    text: str = fields.text(translatable=True)
    lines: tuple[str, ...] = fields.texts()
    lang: str = fields.text()
    translation: tuple[str, ...] = fields.texts(translatable=True)
    is_read: bool | None = fields.flag()
    credit: str = fields.text(translatable=True, limit=fields.SUMMARY)
    voice: str = fields.text()
    figure: str = fields.text()
    model: str = fields.text()
    sources: tuple[str, ...] = fields.texts(fields.OUGHT)


@dataclass(frozen=True)
class Show:
    """A show.

    start : what begins it
    presence_key : name of the key that a sensor presses, as `KeyboardEvent.key` has it
    volume : greatest, as a share of the full volume
    questions : to the team
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    summary: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    care: str = fields.text(translatable=True)
    start: tuple[str, ...] = fields.words(*STARTS)
    presence_key: str = fields.text()
    volume: float | None = fields.number(0, 1)
    attract: Attract | None = fields.one(Attract, fields.MUST)
    quiet: tuple[Quiet, ...] = fields.many(Quiet)
    basis: tuple[str, ...] = fields.texts()
    questions: tuple[str, ...] = fields.texts()
    scene: tuple[Scene, ...] = fields.many(Scene, fields.MUST)
    source: tuple[TrailSource, ...] = fields.many(TrailSource, fields.MUST)
    rights: tuple[Rights, ...] = fields.many(Rights, fields.MUST)
    media: tuple[Medium, ...] = fields.many(Medium)


UNIT, COMMAND, CONVOY, LINE, BRIDGE, WORK, SHAFT, STRIKE = (
    "unit", "command", "convoy", "line", "bridge", "work", "shaft", "strike",
)  # fmt: skip
KINDS = (UNIT, COMMAND, CONVOY, LINE, BRIDGE, WORK, SHAFT, STRIKE)
MOVABLE = (UNIT, COMMAND, CONVOY)
"""Kinds that go from place to place; the others stay where they are."""

GONE = "gone"
STATES = ("planned", "sinking", "standing", "working", "stopped", "attacked", "taken", "broken", "closed", GONE)

SOLAR, CIVIL = "solar", "civil"
CLOCKS = (SOLAR, CIVIL)
"""Whether hours are those of the sun at the place, or of a clock of the country."""

MOST_SIDES = 3
"""As many sides as the map has shapes for."""


@dataclass(frozen=True)
class Side:
    """Who something belongs to, `[[side]]`; the map gives each a shape and a pattern, and none a flag."""

    id: str = fields.name()
    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)


@dataclass(frozen=True)
class At:
    """Where a feature is from an event on, `[[feature.at]]`; without any place its position is not known.

    event : id
    insee : a commune that it was somewhere around: it is drawn at the middle of that commune, and as supposed
    position : a point that a source gives
    line : points [lon, lat] of a line that a source gives
    state : what became of it; "gone" takes it off the map
    evidence : how sure the position is; of a commune it is "hypothetical"
    sources : ids of those that say it; without any, those of the feature
    """

    event: str = fields.name()
    insee: str = fields.text()
    position: Position | None = fields.one(Position)
    line: tuple[tuple[float, float], ...] = fields.points()
    state: str = fields.word(*STATES, need=fields.MAY)
    evidence: str = fields.word(*EVIDENCE, need=fields.MAY)
    sources: tuple[str, ...] = fields.texts()

    @property
    def is_placed(self) -> bool:
        """Return whether anything says where it is."""
        return bool(self.insee or self.line or (self.position and self.position.point))


@dataclass(frozen=True)
class Feature:
    """Something on the map, `[[feature]]`.

    side : id; empty for what belongs to nobody
    label : one to three letters on the map
    text : what is known of it
    """

    id: str = fields.name()
    kind: str = fields.word(*KINDS)
    side: str = fields.text()
    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    label: str = fields.text(fields.MUST)
    text: str = fields.text(translatable=True)
    sources: tuple[str, ...] = fields.texts(fields.MUST)
    evidence: str = fields.word(*EVIDENCE)
    at: tuple[At, ...] = fields.many(At)


@dataclass(frozen=True)
class Other:
    """What other sources say of an event, `[[event.other]]`: another hour, number or place.

    feature : id of what they have elsewhere at this event, with `insee` or `position`
    insee : a commune that they have it somewhere around
    position : a point that they give
    """

    text: str = fields.text(fields.MUST, translatable=True)
    time: Moment | None = fields.moment()
    feature: str = fields.text()
    insee: str = fields.text()
    position: Position | None = fields.one(Position)
    sources: tuple[str, ...] = fields.texts(fields.MUST)

    @property
    def is_placed(self) -> bool:
        """Return whether it says where something was."""
        return bool(self.insee or self.position)


@dataclass(frozen=True)
class Event:
    """A step of the map, `[[event]]`, in the order in which they happened.

    time : as precise as the sources are, "1712-07-24T13:00" or "1954"
    told : the same in words: "vers 13 heures"
    spoken : what the map shows, for those who do not see it
    """

    id: str = fields.name()
    time: Moment | None = fields.moment(fields.MUST)
    told: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    title: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    text: str = fields.text(fields.MUST, translatable=True)
    spoken: str = fields.text(fields.OUGHT, translatable=True)
    sources: tuple[str, ...] = fields.texts(fields.MUST)
    evidence: str = fields.word(*EVIDENCE)
    other: tuple[Other, ...] = fields.many(Other)


@dataclass(frozen=True)
class MapScene:
    """A map that moves.

    clock : of the hours; without any of them it does not matter
    note : what nobody knows, for visitors
    ground : a picture written by `carreau georeference`, beside the file, with its record; else the map of today
    questions : to the team
    source : besides the sources of the trail that it lies beside
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    summary: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    clock: str = fields.word(*CLOCKS, need=fields.MAY)
    note: str = fields.text(translatable=True)
    ground: str = fields.text()
    questions: tuple[str, ...] = fields.texts()
    side: tuple[Side, ...] = fields.many(Side)
    feature: tuple[Feature, ...] = fields.many(Feature, fields.MUST)
    event: tuple[Event, ...] = fields.many(Event, fields.MUST)
    source: tuple[TrailSource, ...] = fields.many(TrailSource)

    def find_number(self, event: str) -> int | None:
        """Return the index of an event by its id; None where there is none."""
        return next((number for number, each in enumerate(self.event) if each.id == event), None)


Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Where a feature is at an event.

    at : what says it
    event : index of the event since which it is there
    points : one of a point, more of a line, none where the position is not known; (lon, lat) in degrees
    commune : that it was somewhere around; None where its position is given
    """

    at: At
    event: int
    points: tuple[Point, ...]
    commune: Commune | None = None

    @property
    def is_supposed(self) -> bool:
        """Return whether it is drawn at a place that no source states."""
        return self.commune is not None or self.at.evidence == "hypothetical"


def find_spots(feature: Feature, scene: MapScene, communes: Mapping[str, Commune]) -> list[Spot]:
    """Return the places of a feature in the order of the events; of events that do not exist there is none."""
    numbers = {event.id: number for number, event in enumerate(scene.event)}
    return [_spot(each, numbers[each.event], communes) for each in feature.at if each.event in numbers]


def spot_at(spots: list[Spot], event: int) -> Spot | None:
    """Return where a feature is at an event; None before its first place, and once it is gone."""
    spot = next((each for each in reversed(spots) if each.event <= event), None)
    return None if spot is None or spot.at.state == GONE else spot


def find_place(of: At | Other, communes: Mapping[str, Commune]) -> tuple[tuple[Point, ...], Commune | None]:
    """Return the point of a place, if there is one, and the commune that it is only the middle of."""
    point = of.position.point if of.position else None
    if point:
        return (point,), None
    commune = communes.get(of.insee)
    return (commune.outline.middle,) if commune else (), commune


def _spot(at: At, event: int, communes: Mapping[str, Commune]) -> Spot:
    return Spot(at, event, at.line) if at.line else Spot(at, event, *find_place(at, communes))


SUFFIX = ".webp"


@dataclass(frozen=True)
class Georeferenced:
    """A picture whose rows and columns are parallels and meridians.

    bounds : west, south, east and north, degrees
    rms_m : how well its control points fit
    """

    path: Path
    bounds: tuple[float, float, float, float]
    source: str
    licence: str
    credit: str
    rms_m: float


class RecordError(Exception):
    """A picture has no record, or one that says too little; `cause` and `cure` are messages."""

    def __init__(self, cause: Message) -> None:
        """Set both."""
        super().__init__(cause)
        self.cause, self.cure = cause, message("write the picture again with carreau georeference")


def record_path(picture: Path) -> Path:
    """Return the path of the record of a picture."""
    return picture.with_suffix(".json")


def read_georeferenced(picture: Path) -> Georeferenced:
    """Return a picture with its record; raises RecordError."""
    try:
        record = json.loads(record_path(picture).read_bytes())
        west, south, east, north = (float(each) for each in record["bounds"])
        source, licence, credit = (str(record[each]).strip() for each in ("source", "licence", "credit"))
        rms_m = float(record["rms_m"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(message("'%(file)s' has no record beside it", file=picture.name)) from error
    if not (-180 <= west < east <= 180 and -85 < south < north < 85 and math.isfinite(rms_m)) or not all(
        (source, licence, credit)
    ):
        raise RecordError(message("the record of '%(file)s' does not say where and whose it is", file=picture.name))
    return Georeferenced(picture, (west, south, east, north), source, licence, credit, rms_m)
