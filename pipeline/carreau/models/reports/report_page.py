"""The page of a report: one HTML file without scripts or external requests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carreau.base.languages import OWN_NAMES, SOURCE
from carreau.base.package_folders import LOCALES
from carreau.base.terms import SURVEY_CONTEXT, closeness, label, open_words, translate_term
from carreau.base.translator import INTERFACE, MESSAGES, NOTHING, TaggedText, Translator, chosen_languages
from carreau.models.reports.page_parts import (
    authored_part,
    cleaned_note,
    data_uri,
    legend,
    lit_shots,
    place_part,
    poster_figure,
    reality_part,
    scan_facts,
    size_note,
    view_rows,
)
from carreau.models.reports.report import (
    FIRST_WINDOW_BYTES,
    LONG_WAIT_S,
    NETWORKS,
    ROUND_TRIPS,
    budget_cells,
    decision_groups,
    error_row,
    file_rows,
    finding_rows,
    has_made_photograph,
    is_simulated,
    level_name,
    level_rows,
    mapping,
    network_name,
    sent_bytes,
    stage_table,
    texture_words,
    wait_cells,
    warning_list,
)

if TYPE_CHECKING:
    from jinja2 import Environment

    from carreau.models.reports.report import Album
    from carreau.models.stages.pictures import LevelPictures, ScanPictures, UpPicture

PAGES = Path(__file__).parent / "pages"


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


def _survey_words(part: Mapping[str, Any], wording: Translator) -> str:
    """Return whether a part is measured, and how close the points lie to it."""
    if not part.get("is_measured"):
        return wording.within(SURVEY_CONTEXT, "assumed")
    accuracy = mapping(part.get("accuracy"))
    measured = wording.within(SURVEY_CONTEXT, "measured")
    if not accuracy:
        return measured
    return f"{measured}. {closeness(float(accuracy['median']), float(accuracy['p95']), wording)}"


def _words(part: Mapping[str, Any], wording: Translator) -> str:
    """Return how sure a part is, what its measures leave open, and its sources."""
    words = [translate_term("evidence", str(part["evidence"]), wording)]
    words += [open_words(part["ranges"], wording)] if part["is_open"] else []
    words += ["; ".join(part["sources"])] if part["sources"] else []
    return " – ".join(words)


def massing_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return the parts of a massing model; None for other models."""
    massing = mapping(mapping(report.get("scan")).get("massing"))
    if not massing:
        return None
    rows = [(TaggedText(str(part["title"]), SOURCE), _words(part, wording)) for part in massing.get("parts") or ()]
    note = wording.text("What is assumed, or open between two measures, is translucent.")
    return {"id": "massing", "title": wording.text("Measured facts"), "note": note, "rows": rows}


def survey_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return what a survey was made of, its parts and their accuracy; None for other models."""
    survey = mapping(mapping(report.get("scan")).get("survey"))
    if not survey:
        return None
    area = float(survey.get("area_m2") or 0)
    density = wording.number(float(survey.get("points") or 0) / area, 1) if area else NOTHING
    facts = [
        (wording.text("Flown"), str(survey.get("flown") or NOTHING)),
        (wording.text("Date of the photograph"), str(mapping(survey.get("photograph")).get("flown") or NOTHING)),
        (wording.text("Laser points"), wording.count(survey.get("points"))),
        (wording.text("Points per m²"), density),
    ]
    facts += _changes(mapping(survey.get("changes")), survey, wording)
    rows = [(TaggedText(name, wording.language), text) for name, text in facts]
    for part in survey.get("parts") or ():
        rows.append((TaggedText(label(str(part["name"]), wording), wording.language), _survey_words(part, wording)))
    gaps = ", ".join(f"{gap.get('role')}: {gap.get('reason')}" for gap in survey.get("gaps") or ())
    rows += [(TaggedText(wording.text("Not there"), wording.language), gaps)] if gaps else []
    note = wording.text("Measured parts carry laser points; assumed ones were drawn below or beside them.")
    return {"id": "survey", "title": wording.text("Survey from the air"), "note": note, "rows": rows}


def report_pages(
    report: Mapping[str, Any], poster: bytes, album: Album | None = None, language: str = "fr"
) -> dict[str, bytes]:
    """Return the pages of a build in every language by file name, `report.html` in the one asked for."""
    pages = chosen_languages(language)
    scan, levels, ups = (album.scan, album.levels, album.ups) if album else (None, None, ())
    return {
        file: make_report(report, poster, scan, levels, code, {c: f for c, f in pages.items() if c != code}, ups)
        for code, file in pages.items()
    }


def make_report(
    report: Mapping[str, Any],
    poster: bytes,
    scan: ScanPictures | None = None,
    levels: Mapping[str, LevelPictures] | None = None,
    language: str = "fr",
    others: Mapping[str, str] | None = None,
    ups: Sequence[UpPicture] = (),
) -> bytes:
    """Return the HTML of one build in one language; the same report and pictures give the same bytes.

    report : what `report.json` holds; what it lacks, as those of other versions do, is left out
    poster : a WebP or PNG, empty when there is none
    scan, levels : pictures of the scan and of its levels by name, None when there are none
    others : files of the same page by language
    ups : pictures of the directions that may be up, empty when that is sure
    """
    wording = Translator(language)
    rows = level_rows(report)
    views = view_rows(report, scan, levels or {}, wording) if scan else []
    page = {
        "language": wording.language,
        "others": [(code, OWN_NAMES.get(code, code), file) for code, file in (others or {}).items()],
        "name": str(report.get("name") or mapping(report.get("scan")).get("file") or ""),
        "generator": str(report.get("generator", "Carreau")),
        "file": str(mapping(report.get("scan")).get("file", "")),
        "is_simulated": is_simulated(report),
        "has_made_photograph": has_made_photograph(report),
        "poster": poster_figure(report, poster, wording),
        "facts": scan_facts(report, wording),
        "upright": upright_part(report, ups, wording),
        "size_note": size_note(mapping(report.get("scan")), wording),
        "warnings": warning_list(report, wording),
        "views": views,
        "lit": lit_shots(report, scan, levels or {}, wording),
        "decisions": decision_groups(report, wording),
        "findings": finding_rows(mapping(report.get("scan")), wording),
        "cleaned_note": cleaned_note(mapping(report.get("scan")), wording),
        "parts": [
            part(report, wording)
            for part in (survey_part, massing_part, authored_part, reality_part, place_part)
            if part(report, wording)
        ],
        "stages": stage_table(report, wording),
        "files": file_rows(report, wording),
        **legend(scan, levels or {}, wording),
        **_levels(rows, size_note(mapping(report.get("scan")), wording), wording),
    }
    titles = _titles(wording)
    page |= {"titles": titles, "contents": _contents(titles, page)}
    return environment(wording).get_template("report.html").render(page).encode()


def environment(wording: Translator) -> Environment:
    """Return the templates, in a language; every value put into them is escaped."""
    return _templates(wording.language)


@cache
def _templates(language: str) -> Environment:
    """Return the environment of a language, which compiles each template once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    translations = Translator(language).translations
    templates.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return templates


def _titles(wording: Translator) -> dict[str, str]:
    return {
        "warnings": wording.text("Needs attention"),
        "pictures": wording.text("Scan and models side by side"),
        "nearness": wording.text("How close each model is to the scan"),
        "budgets": wording.text("Budgets"),
        "waits": wording.text("Time to view"),
        "defects": wording.text("Defects and repairs"),
        "decisions": wording.text("Decisions and reasons"),
        "stages": wording.text("Time and memory per stage"),
        "files": wording.text("Files"),
    }


def _contents(titles: Mapping[str, str], page: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the sections there are, in their order on the page."""
    is_there = {
        "warnings": page["warnings"], "pictures": page["views"], "nearness": page["errors"],
        "budgets": page["errors"], "waits": page["errors"], "decisions": page["decisions"],
        "stages": page["stages"]["rows"],
    }  # fmt: skip
    sections = [(key, title) for key, title in titles.items() if is_there.get(key, True)]
    before = next(k for k, (key, _) in enumerate(sections) if key in ("stages", "files"))
    return [*sections[:before], *((part["id"], part["title"]) for part in page["parts"]), *sections[before:]]


def _levels(rows: Sequence[Mapping[str, Any]], unsure: str, wording: Translator) -> dict[str, Any]:
    """Return the tables that have a row a level.

    unsure : what is to be said of lengths, empty when they are known
    """
    names = [level_name(level.get("name"), wording) for level in rows]
    budgets = [{"cells": budget_cells(level, wording), "texture": texture_words(level, wording)} for level in rows]
    waits = [{"cells": wait_cells(level, wording), "size": wording.size(sent_bytes(level))} for level in rows]
    looked = next((mapping(level.get("error")) for level in rows if mapping(level.get("error")).get("views")), {})
    return {
        "errors": [error_row(level, wording) for level in rows],
        "nearness_note": f"{_nearness_note(looked, wording)} {unsure}".strip(),
        "budgets": [{**row, "name": name} for row, name in zip(budgets, names, strict=True)],
        "waits": [{**row, "name": name} for row, name in zip(waits, names, strict=True)],
        "wait_labels": [wording.text("Level"), *(network_name(network.name, wording) for network in NETWORKS)],
        "long_wait": wording.seconds(LONG_WAIT_S, 0),
        "round_trips": wording.count(ROUND_TRIPS),
        "first_window": wording.size(FIRST_WINDOW_BYTES),
        "networks": [
            {
                "name": network_name(network.name, wording),
                "rate": wording.rate(network.rate),
                "trip": wording.milliseconds(network.round_trip_s),
                "source": network.source,
            }
            for network in NETWORKS
        ],
    }


def _nearness_note(looked: Mapping[str, Any], wording: Translator) -> str:
    """Return how the errors were measured."""
    if not looked:
        return ""
    note = wording.text(
        "Measured on the published files: pictures from %(views)s directions at %(size)s × %(size)s pixels, and "
        "distances between the surfaces. A higher PSNR and an SSIM closer to 1 are closer to the scan.",
        views=wording.count(looked.get("views")),
        size=wording.count(looked.get("size_px")),
    )
    if not looked.get("lit_views"):
        return note
    lit = wording.text(
        "Under light: pictures from %(views)s directions at %(size)s × %(size)s pixels, below an invented sky with two "
        "lamps; normals, relief, metal and roughness show in them.",
        views=wording.count(looked.get("lit_views")),
        size=wording.count(looked.get("lit_px")),
    )
    return f"{note} {lit}"


def looks_key() -> str:
    """Return a digest of all that the pages' code reads: templates, style and catalogues."""
    files = [
        *PAGES.iterdir(),
        *(path for domain in (INTERFACE, MESSAGES) for path in LOCALES.glob(f"*/LC_MESSAGES/{domain}.po")),
    ]
    named = sorted((path.relative_to(PAGES if path.parent == PAGES else LOCALES).as_posix(), path) for path in files)
    digest = hashlib.sha256()
    for name, path in named:
        data = path.read_bytes()
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def upright_part(
    report: Mapping[str, Any], pictures: Sequence[UpPicture], wording: Translator
) -> dict[str, Any] | None:
    """Return the candidates with their pictures and options, the most likely first; None where up is sure."""
    scan = mapping(report.get("scan"))
    candidates = [mapping(candidate) for candidate in scan.get("up_candidates") or ()]
    if scan.get("up_sure", True) or not candidates:
        return None
    by_name = {picture.up: picture for picture in pictures}
    rows = []
    for candidate in candidates:
        up = str(candidate.get("up", ""))
        picture = by_name.get(up)
        is_taken = up == scan.get("up")
        share = wording.percent(candidate.get("share"))
        alt = (
            wording.text("The scan as it was built, with its %(axis)s axis up.", axis=up)
            if is_taken
            else wording.text("The scan with its %(axis)s axis up.", axis=up)
        )
        rows.append(
            {
                "option": str(candidate.get("option", f"--up {up}")),
                "share": wording.text("%(share)s likely", share=share),
                "is_taken": is_taken,
                "alt": alt,
                "uri": data_uri(picture.image) if picture else "",
                "width": picture.width if picture else 0,
                "height": picture.height if picture else 0,
            }
        )
    return {"rows": rows, "up": str(scan.get("up", ""))}
