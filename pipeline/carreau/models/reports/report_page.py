"""The page of a report: one HTML file without scripts or external requests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carreau.base.i18n.languages import OWN_NAMES
from carreau.base.i18n.translator import INTERFACE, MESSAGES, Translator, chosen_languages
from carreau.base.package_folders import LOCALES
from carreau.models.reports.massing_part import massing_part
from carreau.models.reports.networks import FIRST_WINDOW_BYTES, NETWORKS, ROUND_TRIPS
from carreau.models.reports.page_parts import (
    authored_part,
    cleaned_note,
    place_part,
    reality_part,
    scan_facts,
    size_note,
)
from carreau.models.reports.page_pictures import legend, lit_shots, poster_figure, view_rows
from carreau.models.reports.page_rows import (
    LONG_WAIT_S,
    budget_cells,
    decision_groups,
    error_row,
    file_rows,
    finding_rows,
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
)  # fmt: skip
from carreau.models.reports.survey_part import survey_part
from carreau.models.reports.upright_part import upright_part

if TYPE_CHECKING:
    from jinja2 import Environment

    from carreau.models.reports.album import Album
    from carreau.models.stages.pictures import LevelPictures, ScanPictures, UpPicture

PAGES = Path(__file__).parent / "pages"
SECTIONS = (survey_part, massing_part, authored_part, reality_part, place_part)
"""What makes the sections that only some reports have."""


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


@cache
def _loaded() -> Any:
    from jinja2 import FileSystemLoader

    return FileSystemLoader(PAGES)


def environment(wording: Translator) -> Environment:
    """Return the templates, in a language; every value put into them is escaped."""
    from jinja2 import Environment, StrictUndefined

    templates = Environment(
        loader=_loaded(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    templates.install_gettext_translations(wording.translations, newstyle=True)  # type: ignore[attr-defined]
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
    """Say how the numbers of the errors were taken."""
    if not looked:
        return ""
    return wording.text(
        "Measured on the published files: pictures from %(views)s directions at %(size)s × %(size)s pixels, and "
        "distances between the surfaces. A higher PSNR and an SSIM closer to 1 are closer to the scan.",
        views=wording.count(looked.get("views")),
        size=wording.count(looked.get("size_px")),
    )


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
