"""What documents say of states that were surveyed from the air: parts, their evidence and accuracy, gaps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pipeline.catalogue.dates import DateError, When, parse_when
from pipeline.catalogue.state import State
from pipeline.exports.standards.geopose import quaternion
from pipeline.i18n.survey_words import CONTEXT, LABELS, closeness, label
from pipeline.publish.localizer import Localizer
from pipeline.schema.place import Pose
from pipeline.schema.state import Accuracy, NamedPart, Survey
from pipeline.schema.words import Day, Term, Text

SUPPOSED = {
    "roofs": "Supposed: raised from a record of buildings.",
    "walls": "Supposed: nobody saw them from the air; they are drawn upright below the eaves.",
    "trunks": "Supposed: drawn below the crowns.",
    "water": "Its level is supposed.",
    "border": "Not a part of the place: it closes the model.",
}
GAPS = {
    "points": "The laser survey is missing: not flown or not published yet.",
    "orthophoto": "The aerial photograph is missing.",
    "historic": "The old aerial photograph is missing.",
    "buildings": "The records of buildings are missing.",
    "terrain": "The terrain raster is missing.",
}
PARTIAL = {
    "points": "The laser survey covers only a part.",
    "orthophoto": "The aerial photograph covers only a part.",
    "historic": "The old aerial photograph covers only a part.",
    "buildings": "The records of buildings cover only a part.",
    "terrain": "The terrain raster covers only a part.",
}


def kind(state: State, localizer: Localizer) -> Term:
    """Return the kind of a state; an old photograph says of what years it is."""
    term = localizer.term("state", state.shown_as)
    if not state.is_historic:
        return term
    years = _years(state.date)
    words = "photograph of %(years)s on today’s ground"
    return Term(code=state.kind, text=localizer.translator.within(CONTEXT, words, years=years) if years else term.text)


def _years(date: When | None) -> str:
    """Return the years of a date, such as 1950–1965; empty if an end is unknown."""
    if date is None or date.first is None or date.last is None:
        return ""
    return "–".join(dict.fromkeys(str(day.year) for day in (date.first, date.last)))


def pose(place: tuple[float, float, float] | None) -> Pose | None:
    """Return the pose of a survey, whose axes are true east, up and south; its height is not that of the ellipsoid."""
    if place is None:
        return None
    return Pose(lon=place[0], lat=place[1], height_m=None, quaternion=quaternion(0, 0, 0), yaw_deg=0)


def parts(told: Mapping[str, Any] | None, written: Collection[str], localizer: Localizer) -> tuple[NamedPart, ...]:
    """Return the parts of a survey but those that the curator wrote."""
    if told is None:
        return ()
    flown = _day(told["flown"], localizer)
    return tuple(_part(part, flown, localizer) for part in told["parts"] if part["name"] not in written)


def _part(part: Mapping[str, Any], flown: Day | None, localizer: Localizer) -> NamedPart:
    name, is_measured, translator = str(part["name"]), bool(part["is_measured"]), localizer.translator
    accuracy = _accuracy(part.get("accuracy"))
    note = _measured(accuracy, flown, localizer) if is_measured else ""
    if not is_measured and name in SUPPOSED:
        note = translator.within(CONTEXT, SUPPOSED[name])
    return NamedPart(
        name=name,
        label=part_label(name, localizer) or Text(text=name, lang="en", standing="source"),
        evidence=Term(
            code="attested" if is_measured else "hypothetical",
            text=translator.within(CONTEXT, "measured" if is_measured else "supposed"),
        ),
        note=localizer.own_text(note),
        accuracy=accuracy,
    )


def part_label(name: str, localizer: Localizer) -> Text | None:
    """Return the label of a part that every survey can have, None for a part of another name."""
    return localizer.own_text(label(name, localizer.translator)) if name in LABELS else None


def _accuracy(told: Mapping[str, Any] | None) -> Accuracy | None:
    return Accuracy(points=told["points"], median_m=told["median"], p95_m=told["p95"]) if told else None


def _measured(accuracy: Accuracy | None, flown: Day | None, localizer: Localizer) -> str:
    """Return that a part was measured, when, and how close the points lie to it."""
    translator = localizer.translator
    when = (
        translator.within(CONTEXT, "Measured from the air: %(date)s.", date=flown.text)
        if flown
        else translator.within(CONTEXT, "Measured from the air, date unknown.")
    )
    if accuracy is None:
        return when
    close = closeness(accuracy.median_m, accuracy.p95_m, translator)
    return f"{when} {close}"


def survey(told: Mapping[str, Any] | None, localizer: Localizer) -> Survey | None:
    """Return what a survey was made of; None for a state of another kind."""
    if told is None:
        return None
    photograph = told["photograph"] or {}
    return Survey(
        flown=_day(told["flown"], localizer),
        has_photograph=bool(photograph),
        photograph=_day(photograph.get("flown", ""), localizer),
        is_historic=photograph.get("role") == "historic",
        points_per_m2=round(told["points"] / told["area_m2"], 1) if told["area_m2"] else 0.0,
        gaps=tuple(text for gap in told["gaps"] if (text := _gap(gap, localizer))),
    )


def _gap(gap: Mapping[str, Any], localizer: Localizer) -> Text | None:
    words = PARTIAL if gap["reason"] == "partial" else GAPS
    return localizer.own_text(localizer.translator.within(CONTEXT, words[gap["role"]]) if gap["role"] in words else "")


def _day(text: str, localizer: Localizer) -> Day | None:
    try:
        return localizer.date(parse_when(text)) if text else None
    except DateError:
        return None
