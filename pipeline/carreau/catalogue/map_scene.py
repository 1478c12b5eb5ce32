"""A map that moves, `NAME.scene.toml` beside a trail or a site: what was where, from event to event."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

from dataclasses import dataclass

from carreau.catalogue import fields
from carreau.catalogue.moments import Moment
from carreau.catalogue.site import Position
from carreau.catalogue.state import EVIDENCE
from carreau.catalogue.trail import TrailSource

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

    def number_of(self, event: str) -> int | None:
        """Return the index of an event by its id; None where there is none."""
        return next((number for number, each in enumerate(self.event) if each.id == event), None)
