"""Say what the API answers about a map that moves, in one language."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.parts import FrozenModel, Term, Text

Point = tuple[float, float]
"""Longitude and latitude in WGS 84, degrees."""


class SceneSource(FrozenModel):
    """Where something was read.

    reliability : code "A" to "D", as of trails; None of a site's own sources
    note : what a reader should know of it
    """

    id: str
    title: Text
    url: str = ""
    reliability: Term | None = None
    note: Text | None = None


class SceneSide(FrozenModel):
    """Who features belong to; the map shows it by shape and pattern."""

    id: str
    name: Text


class SceneFeature(FrozenModel):
    """Something on the map.

    side : id; empty for what belongs to nobody
    label : one to three letters on the map
    is_placed : whether its position is known or supposed at any event; else it is only named
    """

    id: str
    kind: Term
    side: str = ""
    name: Text
    label: str
    text: Text | None = None
    sources: tuple[str, ...] = ()
    evidence: Term
    is_placed: bool = False


class SceneSpot(FrozenModel):
    """Where a feature is at an event.

    feature : id
    points : one of a point, more of a line; empty where its position is not known
    around : name of the commune that it was somewhere around; the point is then the middle of that commune
    is_supposed : whether no source gives the position
    is_new : whether its place or its state changes with this event
    """

    feature: str
    points: tuple[Point, ...] = ()
    around: str = ""
    is_supposed: bool = False
    is_new: bool = False
    state: Term | None = None
    sources: tuple[str, ...] = ()


class SceneOther(FrozenModel):
    """What other sources say of an event.

    time : an hour or a date of theirs, as ISO 8601 writes it
    feature : id of what they have at another place; empty where they differ in something else
    points : that place, one point; around : name of the commune that it is only the middle of
    """

    text: Text
    time: str = ""
    feature: str = ""
    points: tuple[Point, ...] = ()
    around: str = ""
    sources: tuple[str, ...] = ()


class SceneEvent(FrozenModel):
    """A step of the map.

    time : as ISO 8601 writes it, no more precise than the sources; told : the same in words
    spoken : what the map shows
    spots : of all features that are part of the story at this step
    """

    id: str
    number: int = Field(ge=1)
    time: str
    told: Text
    title: Text
    text: Text
    spoken: Text | None = None
    sources: tuple[str, ...] = ()
    evidence: Term
    others: tuple[SceneOther, ...] = ()
    spots: tuple[SceneSpot, ...] = ()


class SceneGround(FrozenModel):
    """A map of the time under the map: a picture whose rows and columns are parallels and meridians.

    bounds : west, south, east and north, degrees
    rms_m : how well its control points fit
    """

    url: str
    bounds: tuple[float, float, float, float]
    source: str
    licence: str
    credit: str
    rms_m: float


class MapScene(FrozenModel):
    """A map that moves, step by step.

    clock : "solar" where hours are those of the sun at the place; "civil", or empty
    note : what nobody knows
    ground : None for the map of today
    sources : those that it names
    pages : addresses of its page, by language
    """

    slug: str
    name: Text
    summary: Text
    clock: str = ""
    note: Text | None = None
    ground: SceneGround | None = None
    sides: tuple[SceneSide, ...] = ()
    features: tuple[SceneFeature, ...] = ()
    events: tuple[SceneEvent, ...] = ()
    sources: tuple[SceneSource, ...] = ()
    pages: dict[str, str] = Field(default_factory=dict)
