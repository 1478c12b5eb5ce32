"""Say what a curator writes about a place: `assets/sites/<slug>/site.toml`."""

# ruff: noqa: RUF009 - what rules make are fields

from __future__ import annotations

from dataclasses import dataclass

from pipeline.catalogue import rules
from pipeline.catalogue.dates import When
from pipeline.catalogue.media import Medium
from pipeline.catalogue.state import Annotation, State, Tour

KINDS = (
    "cite", "terril", "ecole", "hopital/dispensaire", "eglise", "fosse", "cavalier/gare", "chevalement",
    "etang-affaissement", "salle-des-fetes", "chateau/maison-directeur", "other",
)  # fmt: skip
THEMES = ("habitat", "cadre de vie", "exploitation")
CONFIDENCES = ("high", "medium", "low")
EVENTS = ("begun", "built", "opened", "closed", "filled", "demolished", "restored", "protected", "other")
UNITS = (
    "m", "km", "m²", "ha", "t", "Mt", "%", "min", "h", "ans", "EUR", "francs", "habitants", "personnes", "mineurs",
    "ouvriers", "logements", "maisons", "lignes", "espèces", "°",
)  # fmt: skip


@dataclass(frozen=True)
class Position:
    """Where a place is.

    lon, lat : degrees in WGS 84
    basis : where these figures come from
    """

    lon: float | None = rules.number(-180, 180, "degrees")
    lat: float | None = rules.number(-90, 90, "degrees")
    basis: str = rules.text()


@dataclass(frozen=True)
class Inscription:
    """What the official list says; the values are as published, whether they are right or not.

    list : number of the UNESCO list, 1360 for the mining basin
    code : UNESCO's own code of the component, "1360-0NN"; empty where it was never seen
    component_number, component : as Mission Bassin Minier counts and names them
    element : its id, "15A"
    """

    list: int | None = rules.whole(1, 9999, rules.MUST)
    code: str = rules.text(rules.OUGHT)
    component_number: int | None = rules.whole(1, 109)
    component: str = rules.text()
    element: str = rules.text(rules.MUST)
    typology: str = rules.text()
    company: str = rules.text()
    period: str = rules.text()
    interest: str = rules.text()
    protection: str = rules.text()
    source: str = rules.text(rules.MUST)


@dataclass(frozen=True)
class Dated:
    """Something that happened, `[[date]]`.

    event : what kind of thing
    of : to which part it happened, where not to the whole: "puits 2"
    disputed : whether sources contradict each other about it
    """

    event: str = rules.word(*EVENTS)
    when: When | None = rules.when(rules.MUST)
    label: str = rules.text(spoken=True, limit=rules.NAME)
    of: str = rules.text(spoken=True, limit=rules.NAME)
    source: str = rules.text()
    disputed: bool | None = rules.flag()


@dataclass(frozen=True)
class Fact:
    """Something known, `[[fact]]`, with its source.

    name : what translators and programs know it by
    value : a number in `unit`, or text; None where it is asked for and nobody knows
    disputed : whether sources contradict each other about it
    """

    name: str = rules.text(rules.MUST)
    label: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    value: str | float | None = rules.value(spoken=True)
    unit: str = rules.text()
    source: str = rules.text()
    note: str = rules.text(spoken=True)
    disputed: bool | None = rules.flag()


@dataclass(frozen=True)
class Architect:
    """Who designed it, `[[architect]]`."""

    name: str = rules.text(rules.MUST)
    role: str = rules.text(spoken=True, limit=rules.NAME)
    source: str = rules.text()


@dataclass(frozen=True)
class Source:
    """Where something was read, `[[source]]`."""

    title: str = rules.text(rules.MUST)
    url: str = rules.text()


@dataclass(frozen=True)
class Rights:
    """Whom something belongs to, `[[rights]]`.

    of : what
    """

    of: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    credit: str = rules.text(rules.OUGHT)
    licence: str = rules.text(rules.OUGHT)
    url: str = rules.text()


@dataclass(frozen=True)
class Visit:
    """What a visitor should know before going."""

    see_today: str = rules.text(rules.OUGHT, spoken=True)
    access: str = rules.text(rules.OUGHT, spoken=True)
    safety: str = rules.text(rules.OUGHT, spoken=True)
    accessibility: str = rules.text(rules.OUGHT, spoken=True)


@dataclass(frozen=True)
class Extent:
    """How large it is.

    share_in_territory : of its surface that lies in La Porte du Hainaut, 0 to 1
    """

    area_ha: float | None = rules.number(0, 100_000, "hectares")
    length_m: float | None = rules.number(0, 1e6, "metres")
    share_in_territory: float | None = rules.number(0, 1)
    basis: str = rules.text()


@dataclass(frozen=True)
class Site:
    """A place of the catalogue.

    demonstration : whether it does not exist, and is there to show what a place can have
    insee : code of `commune`
    communes : all that it lies in
    outline : GeoJSON file beside
    period : what dates it, as a date; period_note says it in words
    basis : what the entry was written from
    confidence : how sure it is; all but "high" has to be verified
    questions : what the team has to find out
    """

    name: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    demonstration: bool | None = rules.flag()
    other_names: tuple[str, ...] = rules.texts(spoken=True, limit=rules.NAME)
    kind: str = rules.word(*KINDS)
    theme: str = rules.word(*THEMES)
    commune: str = rules.text(rules.MUST)
    insee: str = rules.text(rules.MUST)
    communes: tuple[str, ...] = rules.texts()
    period: When | None = rules.when(rules.OUGHT)
    period_note: str = rules.text(spoken=True)
    company: str = rules.text(rules.OUGHT, spoken=True)
    summary: str = rules.text(rules.MUST, spoken=True, limit=rules.SUMMARY)
    description: str = rules.text(rules.OUGHT, spoken=True)
    keywords: tuple[str, ...] = rules.texts(rules.OUGHT, spoken=True)
    confidence: str = rules.word(*CONFIDENCES)
    basis: tuple[str, ...] = rules.texts()
    questions: tuple[str, ...] = rules.texts()
    related: tuple[str, ...] = rules.texts()
    outline: str = rules.text(rules.OUGHT)
    position: Position | None = rules.one(Position, rules.OUGHT)
    extent: Extent | None = rules.one(Extent)
    inscription: Inscription | None = rules.one(Inscription)
    visit: Visit | None = rules.one(Visit, rules.OUGHT)
    date: tuple[Dated, ...] = rules.many(Dated)
    architect: tuple[Architect, ...] = rules.many(Architect)
    fact: tuple[Fact, ...] = rules.many(Fact)
    source: tuple[Source, ...] = rules.many(Source)
    rights: tuple[Rights, ...] = rules.many(Rights, rules.MUST)
    state: tuple[State, ...] = rules.many(State, rules.OUGHT)
    annotation: tuple[Annotation, ...] = rules.many(Annotation)
    tour: tuple[Tour, ...] = rules.many(Tour)
    media: tuple[Medium, ...] = rules.many(Medium)
