"""A site, `assets/sites/<slug>/site.toml`, its states at a date, and simulated samples in place of their files."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from carreau.base.translator import Translator
from carreau.catalogue import fields
from carreau.catalogue.media import SOUND, Medium
from carreau.catalogue.table_reader import When

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


VISIT_TEXTS = tuple(each.name for each in dataclasses.fields(Visit) if each.metadata["rule"].translatable)
"""The texts for visitors, which exports have, too."""


@dataclass(frozen=True)
class Extent:
    """The size of a site.

    share_in_territory : share of its area in La Porte du Hainaut, 0 to 1
    """

    area_ha: float | None = fields.number(0, 100_000, fields.HECTARES)
    length_m: float | None = fields.number(0, 1e6, fields.METRES)
    share_in_territory: float | None = fields.number(0, 1)
    basis: str = fields.text()


Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Annotation:
    """A text pinned to a point of a state, `[[annotation]]`.

    Each text with a label is a kind of annotation; one may be of several.

    state : its id
    point, normal : in the model's metres
    media : ids
    """

    id: str = fields.name()
    state: str = fields.text(fields.MUST)
    point: Triple | None = fields.triple(fields.MUST)
    normal: Triple | None = fields.triple(fields.MUST)
    title: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    text: str = fields.text(translatable=True)
    media: tuple[str, ...] = fields.texts()
    sources: tuple[str, ...] = fields.texts(fields.OUGHT)


ANNOTATION_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        each.name: each.metadata["rule"].label
        for each in dataclasses.fields(Annotation)
        if each.metadata["rule"].translatable and each.name != "title"
    }
)
"""The texts below the title of an annotation, with their labels; its own text has none."""


def annotation_labels(translator: Translator) -> dict[str, str]:
    """Return the labels of the texts of annotations in a language, from the context "annotation" of `interface.po`."""
    return {key: translator.within("annotation", label) if label else "" for key, label in ANNOTATION_TEXTS.items()}


@dataclass(frozen=True)
class Camera:
    """Where a view looks from and at, in the model's metres."""

    position: Triple | None = fields.triple(fields.MUST)
    target: Triple | None = fields.triple(fields.MUST)
    field_deg: float | None = fields.number(5, 120, fields.DEGREES)


EVIDENCE = ("attested", "deduced", "typical", "hypothetical")

SCAN, RECONSTRUCTION, MODEL, SURVEY, MASSING = "scan", "reconstruction", "model", "survey", "massing"


@dataclass(frozen=True)
class Part:
    """A part of a state's model with its own evidence, `[[state.part]]`.

    name : of its node in the model
    title : its name for visitors; the parts of a survey and of a massing model have one of their own
    """

    name: str = fields.text(fields.MUST)
    title: str = fields.text(translatable=True, limit=fields.NAME)
    evidence: str = fields.word(*EVIDENCE)
    sources: tuple[str, ...] = fields.texts()
    note: str = fields.text(translatable=True)

    @property
    def spelt_name(self) -> str:
        """Return its name in words, as long as it has no title.

        >>> Part("batiment-du-puits").spelt_name
        'batiment du puits'
        """
        return re.sub(r"[-_\s]+", " ", self.name).strip()


@dataclass(frozen=True)
class Pose:
    """Position and orientation of a state's origin (OGC GeoPose 1.0, Basic-YPR).

    lon, lat : degrees in WGS 84
    height_m : metres above its ellipsoid
    yaw_deg, pitch_deg, roll_deg : degrees; yaw counts from east to north
    """

    lon: float | None = fields.number(-180, 180, fields.DEGREES, fields.MUST)
    lat: float | None = fields.number(-90, 90, fields.DEGREES, fields.MUST)
    height_m: float | None = fields.number(-500, 9000, fields.METRES)
    yaw_deg: float | None = fields.number(-360, 360, fields.DEGREES)
    pitch_deg: float | None = fields.number(-360, 360, fields.DEGREES)
    roll_deg: float | None = fields.number(-360, 360, fields.DEGREES)


@dataclass(frozen=True)
class Side:
    """From where the poster of a state is taken: azimuth from +Z towards +X, elevation from the horizon."""

    azimuth_deg: float | None = fields.number(-360, 360, fields.DEGREES, fields.MUST)
    elevation_deg: float | None = fields.number(-90, 90, fields.DEGREES, fields.MUST)


@dataclass(frozen=True)
class State:
    """A site at a date, `[[state]]`; without a file it is a draft.

    title : of a survey only where the curator wrote one; else pages have their own in each language
    file : a scan, a folder of one, an authored GLB or measured facts, beside the file it is named in; or a sample,
        "sample:NAME"; of a survey its folder, with "#historic" for its old photograph on the ground of today
    evidence : how sure the whole is; parts may differ
    poster : the side of its poster; without it, the one that shows most
    first_view : of visitors; without it, that of the poster
    """

    id: str = fields.name()
    title: str = fields.text(translatable=True, limit=fields.NAME)
    date: When | None = fields.when()
    kind: str = fields.word(SCAN, RECONSTRUCTION, MODEL, SURVEY, MASSING)
    file: str = fields.text(fields.OUGHT)
    evidence: str = fields.word(*EVIDENCE)
    part: tuple[Part, ...] = fields.many(Part)
    sources: tuple[str, ...] = fields.texts()
    author: str = fields.text()
    licence: str = fields.text()
    credit: str = fields.text()
    geopose: Pose | None = fields.one(Pose)
    poster: Side | None = fields.one(Side)
    first_view: Camera | None = fields.one(Camera)
    note: str = fields.text(translatable=True)

    @property
    def is_survey(self) -> bool:
        """Return whether it was surveyed from the air."""
        return self.kind == SURVEY

    @property
    def is_massing(self) -> bool:
        """Return whether it is made from measured facts, which say themselves where it stands and who says so."""
        return self.kind == MASSING

    @property
    def is_historic(self) -> bool:
        """Return whether it shows the old photograph of a survey."""
        return self.is_survey and self.file.endswith(_OLD_PHOTOGRAPH)

    @property
    def path(self) -> str:
        """Return the name of its file or folder."""
        return self.file.removesuffix(_OLD_PHOTOGRAPH) if self.is_survey else self.file

    @property
    def shown_as(self) -> str:
        """Return its kind, but `HISTORIC` for an old photograph."""
        return HISTORIC if self.is_historic else self.kind

    @property
    def is_capture(self) -> bool:
        """Return whether its date is the day when somebody measured it, and not the period that it shows."""
        return self.kind == SCAN or (self.is_survey and not self.is_historic)


@dataclass(frozen=True)
class Step:
    """One view of a tour, `[[tour.step]]`.

    annotation, sound : ids
    """

    camera: Camera | None = fields.one(Camera)
    annotation: str = fields.text()
    text: str = fields.text(translatable=True)
    sound: str = fields.text()
    duration_s: float | None = fields.number(0.1, 3600, fields.SECONDS, fields.MUST)


@dataclass(frozen=True)
class Tour:
    """A sequence of views, `[[tour]]`.

    state : its id
    """

    id: str = fields.name()
    state: str = fields.text(fields.MUST)
    title: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    summary: str = fields.text(translatable=True, limit=fields.SUMMARY)
    step: tuple[Step, ...] = fields.many(Step, fields.OUGHT)


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


HISTORIC = "historic"
"""What a state of an old photograph on the ground of a survey is shown as."""

_OLD_PHOTOGRAPH = f"#{HISTORIC}"

SHEET = "site.toml"
LEVELS_UP = 3
"""Number of parent folders in which `site.toml` is looked for."""


def state_kind(file: Path) -> str:
    """Return "scan", "reconstruction" or "model" where a `site.toml` near the file has a state with it, else "".

    Unreadable documents are ignored here; `carreau check` reports them.
    """
    path = file.absolute()
    for folder in path.parents[:LEVELS_UP]:
        for state in _states(folder / SHEET):
            named, kind = state.get("file"), state.get("kind")
            if isinstance(named, str) and (folder / named).absolute() == path:
                return str(kind) if kind in (SCAN, RECONSTRUCTION, MODEL) else ""
    return ""


def _states(document: Path) -> list[dict[str, object]]:
    try:
        states = tomllib.loads(document.read_text(encoding="utf-8")).get("state", [])
    except (OSError, ValueError, RecursionError):
        return []
    return [state for state in states if isinstance(state, dict)] if isinstance(states, list) else []


SCHEME = "sample:"

SAMPLES = {
    "headframe-1930-simulated": (RECONSTRUCTION, MODEL),
    "headframe-simulated": (SCAN,),
    "winding-engine-simulated": (SOUND,),
}
"""The kinds of states and media that each sample may be used for; `assets/demonstration` generates them."""


def sample_name(file: str) -> str:
    """Return the name of the sample that a file refers to, empty for a real file.

    >>> sample_name("sample:headframe-simulated"), sample_name("facade.jpg")
    ('headframe-simulated', '')
    """
    return file.removeprefix(SCHEME) if file.startswith(SCHEME) else ""


def is_demonstration(of: object) -> bool:
    """Return whether an entry of the catalogue is a demonstration."""
    return isinstance(of, Site) and of.demonstration is True
