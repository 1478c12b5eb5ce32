"""Say what a site was at a date: its model, how sure it is, and what is told on it."""

# ruff: noqa: RUF009 - what rules make are fields

from __future__ import annotations

from dataclasses import dataclass

from pipeline.catalogue import rules
from pipeline.catalogue.dates import When

SCAN, RECONSTRUCTION, MODEL = "scan", "reconstruction", "model"
EVIDENCE = ("attested", "deduced", "hypothetical")
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Pose:
    """Where a state's origin stands and how it is turned (OGC GeoPose 1.0, Basic-YPR).

    lon, lat : degrees in WGS 84
    height_m : metres above its ellipsoid
    yaw_deg, pitch_deg, roll_deg : degrees; yaw counts from east to north
    """

    lon: float | None = rules.number(-180, 180, "degrees", rules.MUST)
    lat: float | None = rules.number(-90, 90, "degrees", rules.MUST)
    height_m: float | None = rules.number(-500, 9000, "metres")
    yaw_deg: float | None = rules.number(-360, 360, "degrees")
    pitch_deg: float | None = rules.number(-360, 360, "degrees")
    roll_deg: float | None = rules.number(-360, 360, "degrees")


@dataclass(frozen=True)
class Part:
    """A named part of a state's model with an evidence of its own, `[[state.part]]`."""

    name: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    evidence: str = rules.word(*EVIDENCE)
    sources: tuple[str, ...] = rules.texts()
    note: str = rules.text(spoken=True)


@dataclass(frozen=True)
class State:
    """A site at a date, `[[state]]`; without a file it is a draft.

    file : a scan, a folder of one, or an authored GLB, beside the file it is named in; or a sample, "sample:NAME"
    evidence : how sure the whole is; parts may differ
    """

    id: str = rules.name()
    title: str = rules.text(rules.OUGHT, spoken=True, limit=rules.NAME)
    date: When | None = rules.when()
    kind: str = rules.word(SCAN, RECONSTRUCTION, MODEL)
    file: str = rules.text(rules.OUGHT)
    evidence: str = rules.word(*EVIDENCE)
    part: tuple[Part, ...] = rules.many(Part)
    sources: tuple[str, ...] = rules.texts()
    author: str = rules.text()
    licence: str = rules.text()
    credit: str = rules.text()
    geopose: Pose | None = rules.one(Pose)
    note: str = rules.text(spoken=True)


@dataclass(frozen=True)
class Annotation:
    """A text pinned to a point of a state, `[[annotation]]`.

    state : its id
    point, normal : in the model's metres
    media : ids
    """

    id: str = rules.name()
    state: str = rules.text(rules.MUST)
    point: Triple | None = rules.triple(rules.MUST)
    normal: Triple | None = rules.triple(rules.MUST)
    title: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    text: str = rules.text(spoken=True)
    media: tuple[str, ...] = rules.texts()
    sources: tuple[str, ...] = rules.texts(rules.OUGHT)


@dataclass(frozen=True)
class Camera:
    """Where a step of a tour looks from and at, in the model's metres."""

    position: Triple | None = rules.triple(rules.MUST)
    target: Triple | None = rules.triple(rules.MUST)
    field_deg: float | None = rules.number(5, 120, "degrees")


@dataclass(frozen=True)
class Step:
    """One view of a tour, `[[tour.step]]`.

    annotation, sound : ids
    """

    camera: Camera | None = rules.one(Camera)
    annotation: str = rules.text()
    text: str = rules.text(spoken=True)
    sound: str = rules.text()
    duration_s: float | None = rules.number(0.1, 3600, "seconds", rules.MUST)


@dataclass(frozen=True)
class Tour:
    """Views one after the other, `[[tour]]`.

    state : its id
    """

    id: str = rules.name()
    state: str = rules.text(rules.MUST)
    title: str = rules.text(rules.MUST, spoken=True, limit=rules.NAME)
    summary: str = rules.text(spoken=True, limit=rules.SUMMARY)
    step: tuple[Step, ...] = rules.many(Step, rules.OUGHT)
