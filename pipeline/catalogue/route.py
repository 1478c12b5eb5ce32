"""Say what a curator writes about an itinerary: `assets/routes/<slug>.toml`."""

# ruff: noqa: RUF009 - what rules make are fields

from __future__ import annotations

from dataclasses import dataclass

from pipeline.catalogue import rules
from pipeline.catalogue.media import Medium
from pipeline.catalogue.site import Position, Rights, Source

STANDINGS = ("proposal", "tested", "official")
MODES = ("walk", "bike", "car", "bus")
MEASURES = ("indicative", "documented", "measured")


@dataclass(frozen=True)
class Place:
    """A stop that is no site of the catalogue."""

    name: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    commune: str = rules.text(rules.OUGHT)
    insee: str = rules.text()
    position: Position | None = rules.one(Position, rules.OUGHT)


@dataclass(frozen=True)
class Stop:
    """One stop, `[[stop]]`: a site of the catalogue, or a place outside it.

    site : its slug
    """

    site: str = rules.text()
    place: Place | None = rules.one(Place)
    optional: bool | None = rules.flag()
    text: str = rules.text(rules.OUGHT, spoken=True)


@dataclass(frozen=True)
class Route:
    """An itinerary.

    standing : a proposal until somebody has walked it
    path : GPX or GeoJSON file beside; empty for straight lines between the stops, which are indicative
    length_measure, path_measure : how far to trust them
    step_free : None as long as nobody has looked
    documented, proposed : what was read somewhere, and what is ours
    """

    name: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    standing: str = rules.word(*STANDINGS)
    mode: str = rules.word(*MODES)
    loop: bool | None = rules.flag(rules.OUGHT)
    summary: str = rules.text(rules.MUST, spoken=True, limit=rules.SUMMARY)
    description: str = rules.text(spoken=True)
    path: str = rules.text(rules.OUGHT)
    path_measure: str = rules.word(*MEASURES)
    length_km: float | None = rules.number(0, 500, "kilometres", rules.OUGHT)
    length_measure: str = rules.word(*MEASURES)
    length_note: str = rules.text(spoken=True)
    climb_m: float | None = rules.number(0, 5000, "metres", rules.OUGHT)
    duration_min: float | None = rules.number(1, 10_080, "minutes", rules.OUGHT)
    surface: str = rules.text(rules.OUGHT, spoken=True)
    step_free: bool | None = rules.flag(rules.OUGHT)
    transport: str = rules.text(rules.OUGHT, spoken=True)
    safety: str = rules.text(rules.OUGHT, spoken=True)
    documented: str = rules.text(spoken=True)
    proposed: str = rules.text(spoken=True)
    basis: tuple[str, ...] = rules.texts()
    questions: tuple[str, ...] = rules.texts()
    stop: tuple[Stop, ...] = rules.many(Stop, rules.MUST)
    source: tuple[Source, ...] = rules.many(Source)
    rights: tuple[Rights, ...] = rules.many(Rights, rules.MUST)
    media: tuple[Medium, ...] = rules.many(Medium)
