"""States of a site at a date: their models, evidence, annotations and tours."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from carreau.catalogue import fields
from carreau.catalogue.dates import When

SCAN, RECONSTRUCTION, MODEL, SURVEY, MASSING = "scan", "reconstruction", "model", "survey", "massing"
HISTORIC = "historic"
"""What a state of an old photograph on the ground of a survey is shown as."""

_OLD_PHOTOGRAPH = f"#{HISTORIC}"
EVIDENCE = ("attested", "deduced", "hypothetical")
Triple = tuple[float, float, float]


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
class Camera:
    """Where a view looks from and at, in the model's metres."""

    position: Triple | None = fields.triple(fields.MUST)
    target: Triple | None = fields.triple(fields.MUST)
    field_deg: float | None = fields.number(5, 120, fields.DEGREES)


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
class Annotation:
    """A text pinned to a point of a state, `[[annotation]]`.

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
