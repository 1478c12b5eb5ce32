"""An itinerary, `assets/routes/<slug>.toml`."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

from dataclasses import dataclass

from carreau.catalogue import fields
from carreau.catalogue.media import Medium
from carreau.catalogue.site import Position, Rights, Source

STANDINGS = ("proposal", "tested", "official")
MODES = ("walk", "bike", "car", "bus")
COMPUTED = "computed"
MEASURES = ("indicative", "documented", "measured", COMPUTED)
SHORTEST, FIXED = "shortest", "fixed"
ORDERS = (SHORTEST, FIXED)


@dataclass(frozen=True)
class Place:
    """A stop outside the catalogue."""

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    commune: str = fields.text(fields.OUGHT)
    insee: str = fields.text()
    position: Position | None = fields.one(Position, fields.OUGHT)


@dataclass(frozen=True)
class Stop:
    """One stop, `[[stop]]`: a site of the catalogue, or a place outside it.

    site : its slug
    at : where one stands, if that is not the middle of the site: its gate, or the way along it
    minutes : that a visit takes
    """

    site: str = fields.text()
    place: Place | None = fields.one(Place)
    at: Position | None = fields.one(Position)
    minutes: float | None = fields.number(0, 600, fields.MINUTES)
    optional: bool | None = fields.flag()
    text: str = fields.text(fields.OUGHT, translatable=True)


@dataclass(frozen=True)
class Route:
    """An itinerary.

    standing : a proposal until it has been tested on the ground
    order : "shortest" for the stops in the order of the shortest walk, "fixed" for that of the file, because a story or
        a document needs it; without it, a line of one's own fixes the order
    path : GPX or GeoJSON file beside; empty for straight lines between the stops, which are indicative
    length_measure, path_measure : how far to trust them
    walked : whether somebody followed the path on the ground and found it passable; None while nobody has
    length_km, climb_m, duration_min : of documents or signposts; without them, they are taken from the path
    step_free : None while it is unknown
    documented, proposed : what sources say, and what we add
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    standing: str = fields.word(*STANDINGS)
    mode: str = fields.word(*MODES)
    loop: bool | None = fields.flag(fields.OUGHT)
    order: str = fields.word(*ORDERS, need=fields.MAY)
    summary: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    description: str = fields.text(translatable=True)
    path: str = fields.text(fields.OUGHT)
    path_measure: str = fields.word(*MEASURES)
    walked: bool | None = fields.flag()
    length_km: float | None = fields.number(0, 500, fields.KILOMETRES)
    length_measure: str = fields.word(*MEASURES)
    length_note: str = fields.text(translatable=True)
    climb_m: float | None = fields.number(0, 5000, fields.METRES)
    duration_min: float | None = fields.number(1, 10_080, fields.MINUTES)
    surface: str = fields.text(fields.OUGHT, translatable=True)
    step_free: bool | None = fields.flag(fields.OUGHT)
    transport: str = fields.text(fields.OUGHT, translatable=True)
    safety: str = fields.text(fields.OUGHT, translatable=True)
    documented: str = fields.text(translatable=True)
    proposed: str = fields.text(translatable=True)
    basis: tuple[str, ...] = fields.texts()
    questions: tuple[str, ...] = fields.texts()
    stop: tuple[Stop, ...] = fields.many(Stop, fields.MUST)
    source: tuple[Source, ...] = fields.many(Source)
    rights: tuple[Rights, ...] = fields.many(Rights, fields.MUST)
    media: tuple[Medium, ...] = fields.many(Medium)

    @property
    def has_fixed_order(self) -> bool:
        """Return whether the stops come as the file has them: the author says so, or has drawn or recorded a line."""
        has_own_line = bool(self.path) and self.path_measure != COMPUTED
        return self.order == FIXED or (has_own_line and self.order != SHORTEST)
