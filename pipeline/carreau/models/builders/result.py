"""The result of a build: report, pages and files; cached as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from carreau.base.levels import AR, ARCHIVE, LEVELS
from carreau.base.options import REPORT_LANGUAGES, ModelOptions
from carreau.formats.writers.zip_packages import Payload, write_bag
from carreau.models.builders.inputs import place_files
from carreau.models.reports.report import Album, Report, left_out, stage_rows
from carreau.models.reports.report_page import looks_key
from carreau.runs.atomic_output import alone_with, staged_output
from carreau.runs.cache import Cache, InputFiles
from carreau.runs.fingerprint import code_digest, digest
from carreau.runs.store import Record

if TYPE_CHECKING:
    from carreau.models.builders.level_builder import BuiltLevel, PictureBuilder


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
    available = [name for name in options.levels if results[name] is not None]
    poster, levels = results["poster"], [results[name] for name in available if name != ARCHIVE]
    for name in set(options.levels) - set(available):
        if LEVELS[name].alternative_to in available:
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
    built = {"report": report, "files": name_files(results)}
    return {**built, "pages": _pages(built, pictures.album(), options.language)}


def name_files(results: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of levels and poster by name; see `assemble_result`."""
    levels = (result for name, result in results.items() if name != "poster" and result is not None)
    return {**{file: data for level in levels for file, data in level.files.items()}, **results["poster"]}


def _warnings(levels: list[BuiltLevel]) -> dict[str, Any]:
    """Return the warnings about levels, each once."""
    from carreau.models.builders.level_context import warnings

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
"""The function that stands for the code of a build: its imports reach all builders and stages."""


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


REPORT = "report.json"
"""The mark of a finished build: a folder without it counts as not built."""


class ModelFolder:
    """Writes a build in two steps, each as a whole; other builds are kept out from the first one to the end.

    is_handed_over : whether the levels are in the folder
    """

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self.path, self.is_handed_over = path, False
        self._until_closed = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let other builds in."""
        self._until_closed.close()

    def write_levels(self, files: Mapping[str, bytes]) -> None:
        """Replace the files of an earlier build, and remove its report, which tells nothing of the new ones."""
        self._until_closed.enter_context(alone_with(self.path))
        with staged_output(self.path, replaces=_all_names()) as folder:
            _write(folder, files)
        self.is_handed_over = True

    def write_report(self, report: Report, pages: Mapping[str, bytes], scan: Path) -> None:
        """Add the report, its pages, and the package of an archive level.

        scan : of the build, for the package
        """
        with staged_output(self.path, last=REPORT) as folder:
            _write(folder, pages)
            if ARCHIVE in report.data:
                write_package(folder / PACKAGE, self.path / MODEL, scan, report.data)
            (folder / REPORT).write_text(report.to_text(), encoding="utf-8")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _all_names() -> tuple[str, ...]:
    """Return the names of all files that a build may have written, the mark of a finished one first."""
    levels = (f"{name}{ending}" for name in LEVELS for ending in (".glb", ".glb.br"))
    augmented = (f"{AR.name}{file.suffix}" for file in AR.files)
    pages = ("report.html", *(f"report.{language}.html" for language in REPORT_LANGUAGES))
    return (REPORT, *pages, *levels, *augmented, MODEL, PACKAGE)


MODEL = f"{ARCHIVE}.glb"
PACKAGE = f"{ARCHIVE}.zip"


def write_package(package: Path, model: Path, scan: Path, report: Mapping[str, Any]) -> None:
    """Write the bag of a build.

    model : `archive.glb`
    scan : file, or folder of tiles
    report : of the build; the bag has it without the times of its stages, so that a scan always gives the same bag

    Raises ScanError if an original changed since the build, UnsafePathError if it is outside its folder.
    """
    facts = report[ARCHIVE]
    timeless = {key: value for key, value in report.items() if key != "stages"}
    shared = scan.absolute().parent / facts["originals_in"]
    payloads = [
        Payload(f"original/{one['name']}", shared / one["name"], one["sha256"], one["bytes"])
        for one in facts["originals"]
    ]
    payloads.append(Payload(MODEL, model, facts["sha256"], facts["bytes"]))
    payloads.append(Payload.of("report.json", Report(timeless).to_text().encode()))
    info = [
        ("Source-Organization", report["credit"]),
        ("External-Description", f"Scan of {report['name']}, with the cleaned model made from it"),
        ("External-Identifier", report["scan"]["key"]),
        ("Internal-Sender-Identifier", report["scan"]["file"]),
        ("Bag-Software-Agent", report["generator"]),
        ("Source", report["source"]),
        ("Licence", report["licence"]),
        ("Credit", report["credit"]),
    ]
    write_bag(package, report["name"], payloads, info)
