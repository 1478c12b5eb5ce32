"""The result of a build: report, pages and files; cached as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from carreau.base.levels import ARCHIVE, LEVELS
from carreau.base.options import ModelOptions
from carreau.models.builders.input_files import place_files
from carreau.models.reports.album import Album
from carreau.models.reports.report import left_out, stage_rows
from carreau.models.reports.report_page import looks_key
from carreau.runs.cache.cache import Cache, InputFiles
from carreau.runs.cache.fingerprint import code_digest, digest
from carreau.runs.cache.store import Record

if TYPE_CHECKING:
    from carreau.models.builders.level_builder import BuiltLevel
    from carreau.models.builders.picture_builder import PictureBuilder


def assemble_result(
    scan: Mapping[str, Any],
    options: ModelOptions,
    results: Mapping[str, Any],
    pictures: PictureBuilder,
    records: StepLog,
) -> dict[str, Any]:
    """Return the report as plain values, the files by name, and the pages by name.

    scan : its facts in the report
    results : levels, measured, and poster by name; None for another encoding of a level, which would save too little
        to be made
    """
    made = [name for name in options.levels if results[name] is not None]
    poster, levels = results["poster"], [results[name] for name in made if name != ARCHIVE]
    for name in set(options.levels) - set(made):
        if LEVELS[name].alternative_to in made:
            results[LEVELS[name].alternative_to].facts["decisions"].append(left_out(LEVELS[name]))
    report = {
        "name": options.name,
        "source": options.source,
        "licence": options.licence,
        "credit": options.credit,
        "generator": f"Carreau {version('carreau')}",
        "scan": scan,
        **_warnings(levels),
        "levels": [level.facts for level in levels],
        **({ARCHIVE: results[ARCHIVE].facts} if ARCHIVE in results else {}),
        "stages": stage_rows(records.by_label()),
        "poster": sorted(poster),
        "poster_view": pictures.view(),
    }
    built = {"report": report, "files": files_of(results)}
    return {**built, "pages": _pages(built, pictures.album(), options.language)}


def files_of(results: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of levels and poster by name; see `assemble_result`."""
    levels = (result for name, result in results.items() if name != "poster" and result is not None)
    return {**{file: data for level in levels for file, data in level.files.items()}, **results["poster"]}


def _warnings(levels: list[BuiltLevel]) -> dict[str, Any]:
    """Return the warnings about levels, each once."""
    from carreau.models.builders.surface_maps import warnings

    texts = warnings({level.name: level.facts.get("left_out", ()) for level in levels})
    return {"warnings": list(texts)} if texts else {}


def as_cached(built: Mapping[str, Any], pictures: PictureBuilder, language: str) -> dict[str, Any]:
    """Return the result of a second run: in its report and pages, every stage comes from the cache."""
    report = built["report"]
    cached = {**built, "report": {**report, "stages": [{**stage, "cached": True} for stage in report["stages"]]}}
    return {**cached, "pages": _pages(cached, pictures.album(), language)}


def _pages(built: Mapping[str, Any], album: Album, language: str) -> dict[str, bytes]:
    from carreau.models.reports.report_page import report_pages

    return report_pages(built["report"], built["files"]["poster.webp"], album, language)


_FLOW = "carreau.models.flow:build_models"
"""The function whose code, with its imports, is that of a build: all builders and stages."""


def find_build(files: InputFiles, options: ModelOptions, cache: Cache) -> Mapping[str, Any] | None:
    """Return the result of an earlier run with the same scan, options and code, or None."""
    cached = cache.store.read("build", _key(files, options, cache), None)
    return cached[0] if cached else None


def store_build(built: Mapping[str, Any], files: InputFiles, options: ModelOptions, cache: Cache) -> None:
    """Cache the result of a build."""
    record = Record("build", "build", 0.0, 0, files.size_bytes)
    cache.store.write("build", _key(files, options, cache), built, record, f"{_FLOW} {code_digest(_FLOW)}", None)


def _key(files: InputFiles, options: ModelOptions, cache: Cache) -> str:
    choices = {key: value for key, value in vars(options).items() if key not in ("out", "jobs")}
    codes = [code_digest(_FLOW), looks_key()]
    placed = place_files(files.path, cache)
    return digest({"scan": files, "placed": placed, "name": files.path.name, "options": choices, "codes": codes})


class StepLog:
    """The records of all steps of a run, in the order in which they ended.

    Steps with the same label, such as the drafts of a level, differ in their times, which are cached with the values.
    """

    def __init__(self, cache: Cache) -> None:
        """Listen to the steps of a cache during a `with` block."""
        self._cache = cache
        self._records: dict[tuple[str, float], Record] = {}

    def __enter__(self) -> StepLog:
        self._stop = self._cache.listen(lambda _: None, self._add)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _add(self, record: Record) -> None:
        self._records.setdefault((record.label, record.seconds), record)

    def by_label(self) -> list[Record]:
        """Return a record for each label: the seconds of all its steps, and whether all were cached."""
        labelled: dict[str, Record] = {}
        for record in tuple(self._records.values()):
            total = labelled.get(record.label, replace(record, seconds=0.0))
            labelled[record.label] = replace(
                total,
                seconds=total.seconds + record.seconds,
                peak_memory_bytes=max(total.peak_memory_bytes, record.peak_memory_bytes),
                cached=total.cached and record.cached,
            )
        return list(labelled.values())
