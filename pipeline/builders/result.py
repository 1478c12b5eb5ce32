"""Put together what a build hands over: the report, its pages, and every file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.builders.archive_package import PACKAGE, write_package
from pipeline.builders.step_log import StepLog
from pipeline.cache.atomic_output import atomic_output
from pipeline.levels import AR, ARCHIVE, LEVELS
from pipeline.options import LANGUAGES, ModelOptions
from pipeline.reports.album import Album
from pipeline.reports.report import Report, stage_rows

if TYPE_CHECKING:
    from pipeline.builders.picture_flow import PictureFlow


def outcome(
    scan: Mapping[str, Any],
    options: ModelOptions,
    made: Mapping[str, Any],
    pictures: PictureFlow,
    records: StepLog,
) -> dict[str, Any]:
    """Return the report as plain values, the files by name, and the pages by name.

    scan : what the report says of it
    """
    poster, levels = made["poster"], [made[name] for name in options.levels if name != ARCHIVE]
    report = {
        "name": options.name,
        "source": options.source,
        "licence": options.licence,
        "credit": options.credit,
        "generator": f"Carreau {version('carreau')}",
        "scan": scan,
        "levels": [level.facts for level in levels],
        **({ARCHIVE: made[ARCHIVE].facts} if ARCHIVE in made else {}),
        "stages": stage_rows(records.together()),
        "poster": sorted(poster),
        "poster_view": pictures.view(),
    }
    made_files = {file: data for name in options.levels for file, data in made[name].files.items()}
    built = {"report": report, "files": {**made_files, **poster}}
    return {**built, "pages": _pages(built, pictures.album(), options.language)}


def as_found(built: Mapping[str, Any], pictures: PictureFlow, language: str) -> dict[str, Any]:
    """Return what a second run hands over: every stage taken from the cache, and its pages saying so."""
    report = built["report"]
    found = {**built, "report": {**report, "stages": [{**stage, "cached": True} for stage in report["stages"]]}}
    return {**found, "pages": _pages(found, pictures.album(), language)}


def hand_over(built: Mapping[str, Any], scan: Path, out: Path) -> Report:
    """Write everything into a folder, all of it or nothing, and return the report."""
    report = Report(built["report"])
    with atomic_output(out, replaces=_all_names()) as folder:
        for name, data in {**built["files"], **built["pages"]}.items():
            (folder / name).write_bytes(data)
        if ARCHIVE in report.data:
            write_package(folder, scan, report.data)
        (folder / "report.json").write_text(report.to_text(), encoding="utf-8")
    return report


def _pages(built: Mapping[str, Any], album: Album, language: str) -> dict[str, bytes]:
    from pipeline.reports.report_page import report_pages

    return report_pages(built["report"], built["files"]["poster.webp"], album, language)


def _all_names() -> tuple[str, ...]:
    levels = (f"{name}{ending}" for name in LEVELS for ending in (".glb", ".glb.br"))
    pages = ("report.html", *(f"report.{language}.html" for language in LANGUAGES))
    return (*levels, f"{AR.name}.glb", f"{AR.name}.usdz", f"{ARCHIVE}.glb", PACKAGE, *pages)
