"""A site, `assets/sites/<slug>/site.toml`."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

from dataclasses import dataclass

from carreau.catalogue import fields
from carreau.catalogue.dates import When
from carreau.catalogue.media import Medium
from carreau.catalogue.state import Annotation, State, Tour

KINDS = (
    "cite", "terril", "ecole", "hopital/dispensaire", "eglise", "fosse", "cavalier/gare", "chevalement",
    "etang-affaissement", "salle-des-fetes", "chateau/maison-directeur", "other",
    "example", "story",
)  # fmt: skip
EXAMPLE = "example"
"""The kind of a real place that is outside the territory and not on its list; it shows what a page can offer."""
STORY = "story"
"""The kind of a real place that a trail tells of, and that is not on the territory's list."""

THEMES = ("habitat", "cadre de vie", "exploitation")
CONFIDENCES = ("high", "medium", "low")
EVENTS = ("begun", "built", "opened", "closed", "filled", "demolished", "restored", "protected", "other")
UNITS = (
    "m", "km", "m²", "ha", "t", "Mt", "%", "min", "h", "ans", "EUR", "francs", "habitants", "personnes", "mineurs",
    "ouvriers", "logements", "maisons", "lignes", "espèces", "°",
)  # fmt: skip


@dataclass(frozen=True)
class Position:
    """The location of a place.

    lon, lat : degrees in WGS 84
    basis : where these figures come from
    """

    lon: float | None = fields.number(-180, 180, fields.DEGREES)
    lat: float | None = fields.number(-90, 90, fields.DEGREES)
    basis: str = fields.text()

    @property
    def point(self) -> tuple[float, float] | None:
        """Return (lon, lat), None where one of them is missing."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


@dataclass(frozen=True)
class Inscription:
    """The entry of the official list; the values are as published, even where they are wrong.

    list : number of the UNESCO list, 1360 for the mining basin
    code : UNESCO's code of the component, "1360-0NN"; empty where it is unknown
    component_number, component : as Mission Bassin Minier counts and names them
    element : its id, "15A"
    """

    list: int | None = fields.whole(1, 9999, fields.MUST)
    code: str = fields.text(fields.OUGHT)
    component_number: int | None = fields.whole(1, 109)
    component: str = fields.text()
    element: str = fields.text(fields.MUST)
    typology: str = fields.text()
    company: str = fields.text()
    period: str = fields.text()
    interest: str = fields.text()
    protection: str = fields.text()
    source: str = fields.text(fields.MUST)


@dataclass(frozen=True)
class Dated:
    """A dated event, `[[date]]`.

    event : its kind
    of : to which part it happened, where not to the whole: "puits 2"
    disputed : whether sources contradict each other about it
    """

    event: str = fields.word(*EVENTS)
    when: When | None = fields.when(fields.MUST)
    label: str = fields.text(translatable=True, limit=fields.NAME)
    of: str = fields.text(translatable=True, limit=fields.NAME)
    source: str = fields.text()
    disputed: bool | None = fields.flag()


@dataclass(frozen=True)
class Fact:
    """A fact, `[[fact]]`, with its source.

    name : identifier, for translators and programs
    value : a number in `unit`, or text; None while it is unknown
    disputed : whether sources contradict each other about it
    """

    name: str = fields.text(fields.MUST)
    label: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    value: str | float | None = fields.value(translatable=True)
    unit: str = fields.text()
    source: str = fields.text()
    note: str = fields.text(translatable=True)
    disputed: bool | None = fields.flag()


@dataclass(frozen=True)
class Architect:
    """An architect, `[[architect]]`."""

    name: str = fields.text(fields.MUST)
    role: str = fields.text(translatable=True, limit=fields.NAME)
    source: str = fields.text()


@dataclass(frozen=True)
class Source:
    """A source, `[[source]]`."""

    title: str = fields.text(fields.MUST)
    url: str = fields.text()


@dataclass(frozen=True)
class Rights:
    """The owner and the licence of something, `[[rights]]`.

    of : the thing owned
    """

    of: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    credit: str = fields.text(fields.OUGHT)
    licence: str = fields.text(fields.OUGHT)
    url: str = fields.text()


@dataclass(frozen=True)
class Visit:
    """Information for visitors.

    parking, bus : where to leave a car, and the nearest stop
    step_free : whether one arrives without a step
    parking_source, bus_source, step_free_source : where that was read, or who looked and when
    """

    see_today: str = fields.text(fields.OUGHT, translatable=True)
    access: str = fields.text(fields.OUGHT, translatable=True)
    safety: str = fields.text(fields.OUGHT, translatable=True)
    accessibility: str = fields.text(fields.OUGHT, translatable=True)
    parking: str = fields.text(translatable=True)
    parking_source: str = fields.text()
    bus: str = fields.text(translatable=True)
    bus_source: str = fields.text()
    step_free: bool | None = fields.flag()
    step_free_source: str = fields.text()


@dataclass(frozen=True)
class Extent:
    """The size of a site.

    share_in_territory : share of its area in La Porte du Hainaut, 0 to 1
    """

    area_ha: float | None = fields.number(0, 100_000, fields.HECTARES)
    length_m: float | None = fields.number(0, 1e6, fields.METRES)
    share_in_territory: float | None = fields.number(0, 1)
    basis: str = fields.text()


@dataclass(frozen=True)
class Site:
    """A site of the catalogue.

    demonstration : whether it is invented, to show every feature
    insee : code of `commune`
    postcode : only where the commune has several
    communes : all communes that it is in
    outline : GeoJSON file beside
    period : of its construction or use; period_note is the same in words
    basis : sources of the entry
    confidence : how sure it is; all but "high" has to be verified
    questions : to the team
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    demonstration: bool | None = fields.flag()
    other_names: tuple[str, ...] = fields.texts(translatable=True, limit=fields.NAME)
    kind: str = fields.word(*KINDS)
    theme: str = fields.word(*THEMES)
    commune: str = fields.text(fields.MUST)
    insee: str = fields.text(fields.MUST)
    postcode: str = fields.text()
    communes: tuple[str, ...] = fields.texts()
    period: When | None = fields.when(fields.OUGHT)
    period_note: str = fields.text(translatable=True)
    company: str = fields.text(fields.OUGHT, translatable=True)
    summary: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    description: str = fields.text(fields.OUGHT, translatable=True)
    keywords: tuple[str, ...] = fields.texts(fields.OUGHT, translatable=True)
    confidence: str = fields.word(*CONFIDENCES)
    basis: tuple[str, ...] = fields.texts()
    questions: tuple[str, ...] = fields.texts()
    related: tuple[str, ...] = fields.texts()
    outline: str = fields.text(fields.OUGHT)
    position: Position | None = fields.one(Position, fields.OUGHT)
    extent: Extent | None = fields.one(Extent)
    inscription: Inscription | None = fields.one(Inscription)
    visit: Visit | None = fields.one(Visit, fields.OUGHT)
    date: tuple[Dated, ...] = fields.many(Dated)
    architect: tuple[Architect, ...] = fields.many(Architect)
    fact: tuple[Fact, ...] = fields.many(Fact)
    source: tuple[Source, ...] = fields.many(Source)
    rights: tuple[Rights, ...] = fields.many(Rights, fields.MUST)
    state: tuple[State, ...] = fields.many(State, fields.OUGHT)
    annotation: tuple[Annotation, ...] = fields.many(Annotation)
    tour: tuple[Tour, ...] = fields.many(Tour)
    media: tuple[Medium, ...] = fields.many(Medium)

    @property
    def is_apart(self) -> bool:
        """Return whether it is not on the territory's list: a demonstration, an example, or a place of a trail."""
        return self.demonstration is True or self.kind in (EXAMPLE, STORY)
