"""Say of an authored model what moves in it, and how near its levels are to it while it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.i18n.translator import NOTHING, TaggedText, Translator
from pipeline.reports.page_rows import level_name, level_rows, mapping

MOST_NAMES = 24
"""Nodes that are named on the page; a rig has hundreds, and `report.json` has them all."""


def authored_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return what an authored model has that a scan has not; None for a scan."""
    found = mapping(mapping(report.get("scan")).get("authored"))
    if not found:
        return None
    names = [str(name) for name in found.get("named_nodes") or ()]
    more = ["…"] if len(names) > MOST_NAMES else []
    clips = [_clip(mapping(clip), wording) for clip in found.get("clips") or ()]
    facts = (
        (wording.text("Clips"), "; ".join(clips) or wording.text("none")),
        (wording.text("Skins"), wording.count(found.get("skins"))),
        (wording.text("Joints"), wording.count(found.get("joints"))),
        (wording.text("Morph targets"), wording.count(found.get("morph_targets"))),
        (wording.text("Nodes"), wording.count(found.get("nodes"))),
        (wording.text("Named nodes"), ", ".join([*names[:MOST_NAMES], *more]) or NOTHING),
        (wording.text("Materials"), wording.count(found.get("materials"))),
        (wording.text("Extensions kept"), ", ".join(str(name) for name in found.get("extensions") or ()) or NOTHING),
    )
    rows = [(TaggedText(label, wording.language), text) for label, text in facts]
    note = wording.text("This model was authored: every GLB file keeps its nodes, materials and animations.")
    return {
        "id": "authored",
        "title": wording.text("Authored model"),
        "note": note,
        "rows": [*rows, *_moments(report, wording)],
    }


def _clip(clip: Mapping[str, Any], wording: Translator) -> str:
    return f"{clip.get('name', '')}, {wording.seconds(clip.get('duration_s'), 1)}"


def _moments(report: Mapping[str, Any], wording: Translator) -> list[tuple[TaggedText, str]]:
    """Return how like the model each level is at the moments that were looked at."""
    rows = []
    for level in level_rows(report):
        for posed in level.get("posed") or ():
            error = mapping(posed.get("error"))
            psnr = error.get("psnr_db")
            label = wording.text(
                "%(level)s at %(time)s of %(clip)s",
                level=level_name(level.get("name"), wording),
                time=wording.seconds(posed.get("time_s"), 1),
                clip=str(posed.get("clip", "")),
            )
            likeness = wording.text("no pixel differs") if psnr is None else wording.decibels(psnr)
            distance = wording.length(mapping(error.get("to_scan")).get("rms"))
            rows.append((TaggedText(label, wording.language), f"{likeness}, {distance} RMS"))
    return rows
