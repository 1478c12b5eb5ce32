"""The section of a report's page about a survey from the air: what is measured, how closely, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.i18n.survey_words import CONTEXT, closeness, label
from carreau.base.i18n.translator import NOTHING, TaggedText, Translator
from carreau.models.reports.page_rows import mapping


def survey_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return what a survey was made of, its parts and their accuracy; None for other models."""
    survey = mapping(mapping(report.get("scan")).get("survey"))
    if not survey:
        return None
    area = float(survey.get("area_m2") or 0)
    density = wording.number(float(survey.get("points") or 0) / area, 1) if area else NOTHING
    facts = [
        (wording.text("Flown"), str(survey.get("flown") or NOTHING)),
        (wording.text("Laser points"), wording.count(survey.get("points"))),
        (wording.text("Points per m²"), density),
    ]
    facts += _changes(mapping(survey.get("changes")), survey, wording)
    rows = [(TaggedText(name, wording.language), text) for name, text in facts]
    for part in survey.get("parts") or ():
        rows.append((TaggedText(label(str(part["name"]), wording), wording.language), _words(part, wording)))
    gaps = ", ".join(f"{gap.get('role')}: {gap.get('reason')}" for gap in survey.get("gaps") or ())
    rows += [(TaggedText(wording.text("Not there"), wording.language), gaps)] if gaps else []
    note = wording.text("Measured parts carry laser points; assumed ones were drawn below or beside them.")
    return {"id": "survey", "title": wording.text("Survey from the air"), "note": note, "rows": rows}


def _changes(changes: Mapping[str, Any], survey: Mapping[str, Any], wording: Translator) -> list[tuple[str, str]]:
    """Return what was changed of the survey, and what is missing in it."""
    counts = {
        "trees": wording.text("Trees"),
        "shrubs": wording.text("Shrubs and hedges"),
        "dropped": wording.text("Pieces of leaves left out: too small, or carried by nothing"),
    }
    shares = {
        "softened": wording.text("Photograph: shadow made lighter"),
        "filled": wording.text("Photograph: ground below crowns, in the tone of what lies around"),
    }
    areas = {
        "voids_m2": wording.text("Photograph: void"),
        "raster_m2": wording.text("Without laser points: from the terrain raster"),
        "interpolated_m2": wording.text("Without laser points: interpolated from around"),
    }
    values = {**survey, **changes}
    return [
        *((words, wording.count(changes[name])) for name, words in counts.items() if name in changes),
        *((words, wording.percent(changes[name], 1)) for name, words in shares.items() if changes.get(name)),
        *((words, f"{wording.count(values[name])} m²") for name, words in areas.items() if values.get(name)),
    ]


def _words(part: Mapping[str, Any], wording: Translator) -> str:
    """Return whether a part is measured, and how close the points lie to it."""
    if not part.get("is_measured"):
        return wording.within(CONTEXT, "assumed")
    accuracy = mapping(part.get("accuracy"))
    measured = wording.within(CONTEXT, "measured")
    if not accuracy:
        return measured
    return f"{measured}. {closeness(float(accuracy['median']), float(accuracy['p95']), wording)}"
