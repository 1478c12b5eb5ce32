"""Batches of scans: found in what a person named, and built in parallel; a failure does not stop the others."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from carreau.base.errors import ScanError, cannot_read
from carreau.base.levels import NAMES
from carreau.base.messages import message, printable
from carreau.base.options import REPORT_LANGUAGES
from carreau.formats.registry import SPLATS, suffixes
from carreau.formats.tiles import find_tiles
from carreau.models.builders.sources import recognize_source
from carreau.models.reports.report import Report, list_warnings
from carreau.runs.atomic_output import atomic_output
from carreau.runs.failures import DEFECT, INTERRUPTED, Attempt, one_line, run_safely
from carreau.runs.progress import Dashboard, Logged, Progress

NAME = "batch.json"
NOT_BEGUN = message("not started, because the run was interrupted")


@dataclass(frozen=True)
class NamedScan:
    """A scan, and what its folder among the others' is called."""

    name: str
    path: Path


Build = Callable[[NamedScan, Path, Progress], Report]


@dataclass(frozen=True)
class Outcome:
    """The outcome of one scan of a batch.

    name : of its folder
    scan : path as given
    out : folder of its models
    report : content of its report.json, None if it failed
    error : message of the failure, empty without one
    exit_code : 0 for success, else as for a single scan
    seconds : wall time, while others run beside it
    """

    name: str
    scan: Path
    out: Path
    report: Mapping[str, Any] | None
    error: str
    exit_code: int
    seconds: float


@dataclass(frozen=True)
class BatchResult:
    """The outcomes of the scans of a batch, in the given order."""

    outcomes: tuple[Outcome, ...]

    @property
    def exit_code(self) -> int:
        """Return 0 if all succeeded, 130 after Ctrl-C, 70 after a bug, 2 if all failures are bad inputs, else 1."""
        codes = {outcome.exit_code for outcome in self.outcomes} - {0}
        for code in (INTERRUPTED, DEFECT):
            if code in codes:
                return code
        return min(codes) if len(codes) == 1 else min(len(codes), 1)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, the content of `batch.json`."""
        scans = [
            {
                "name": outcome.name,
                "scan": printable(outcome.scan.name),
                "folder": outcome.name,
                "made": outcome.report is not None,
                "exit_code": outcome.exit_code,
                "error": one_line(outcome.error) or None,
                "warnings": list_warnings(outcome.report) if outcome.report else [],
                **_up(outcome.report),
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in self.outcomes
        ]
        return {"exit_code": self.exit_code, "scans": scans}


def _up(report: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the axis that is up, whether that is sure, and otherwise the candidates; nothing for a failure."""
    scan = report["scan"] if report else {}
    return {key: scan[key] for key in ("up", "up_sure", "up_candidates") if key in scan}


def make_batch(
    scans: Sequence[NamedScan],
    out: Path,
    build: Build,
    board: Dashboard,
    at_once: int,
    language: str = REPORT_LANGUAGES[0],
) -> BatchResult:
    """Build scans, each into a folder of its own, and write a summary of the batch.

    build : builds one scan into a folder, with a progress display
    at_once : scans in parallel, the largest first, so that none of them is left alone at the end; the steps of all of
        them share the slots of the executor
    language : of `index.html`, one of `LANGUAGES`
    Raises StorageError when `out` cannot be written.
    """
    runner = _BatchRunner(out, build, board)
    pool = ThreadPoolExecutor(max(at_once, 1), thread_name_prefix="scan")
    try:
        order = sorted(range(len(scans)), key=lambda index: size_bytes(scans[index].path), reverse=True)
        futures = {index: pool.submit(runner.build_scan, scans[index]) for index in order}
        outcomes = [futures[index].result() for index in range(len(scans))]
    except KeyboardInterrupt:
        runner.stopping.set()
        raise
    finally:
        # Ctrl-C does not wait for running steps; a partial value is not stored.
        pool.shutdown(wait=False, cancel_futures=True)
    result = BatchResult(tuple(outcomes))
    _write(out, result, language)
    return result


class _BatchRunner:
    def __init__(self, out: Path, build: Build, board: Dashboard) -> None:
        self.out, self.build, self.board = out, build, board
        self.stopping = Event()

    def build_scan(self, scan: NamedScan) -> Outcome:
        """Build one scan; a failure is part of the outcome."""
        started, out = time.perf_counter(), self.out / scan.name
        if self.stopping.is_set():
            return Outcome(scan.name, scan.path, out, None, NOT_BEGUN, INTERRUPTED, 0.0)
        attempt = self._attempt(scan, out)
        failure = attempt.failure
        if failure and failure.exit_code == INTERRUPTED:
            self.stopping.set()
        self.board.finish(scan.name, is_made=failure is None)
        error, code = (failure.message, failure.exit_code) if failure else ("", 0)
        report = attempt.result.data if attempt.result else None
        return Outcome(scan.name, scan.path, out, report, error, code, time.perf_counter() - started)

    def _attempt(self, scan: NamedScan, out: Path) -> Attempt[Report]:
        progress = self.board.of(scan.name)
        opening = run_safely(lambda: Logged(progress, out / "build.log"))
        log = opening.result
        if log is None:
            return Attempt(failure=opening.failure)
        return run_safely(lambda: self.build(scan, out, log), log)


def _write(out: Path, result: BatchResult, language: str) -> None:
    with atomic_output(out, last=NAME) as folder:
        for name, page in _pages(result, language).items():
            (folder / name).write_bytes(page)
        text = json.dumps(result.as_json(), indent=2, ensure_ascii=False) + "\n"
        (folder / NAME).write_text(text, encoding="utf-8")


def _pages(result: BatchResult, language: str) -> Mapping[str, bytes]:
    from carreau.models.reports.overview_pages import BatchEntry, batch_pages

    entries = [
        BatchEntry(outcome.name, outcome.report or {}, _poster(outcome), outcome.error) for outcome in result.outcomes
    ]
    return batch_pages(entries, language)


def _poster(outcome: Outcome) -> bytes:
    path = outcome.out / "poster.webp"
    return path.read_bytes() if outcome.report is not None and path.is_file() else b""


@dataclass(frozen=True)
class _Found:
    path: Path
    names: tuple[str, ...]


def name_scans(given: Sequence[Path], out: Path, as_one: bool = False) -> list[NamedScan]:
    """Return every scan that was meant, each with a name that no other has, in the order given.

    A file is a scan, and so is a folder of tiles or a survey. Any other folder is looked through, with all below it:
    each file whose suffix is that of a format is a scan, and so are measured facts, and a splat, which is then refused.
    Hidden folders are left out, and so are `out` and models made earlier.
    as_one : whether each folder is a scan
    Raises ScanError for a folder without any scan.
    """
    scans: list[_Found] = []
    for path in given:
        if is_many(path) and not as_one:
            scans += _require_scans(path, _in_folder(path, out))
        else:
            scans.append(_Found(path, _names((_stem(path),), path)))
    return [NamedScan(printable(name), each.path) for name, each in zip(_unique_names(scans), scans, strict=True)]


def is_many(path: Path) -> bool:
    """Return whether a path is a folder of several scans."""
    return path.is_dir() and not is_one(path)


def is_one(folder: Path) -> bool:
    """Return whether a folder is a single scan: cut into tiles, or a survey from the air."""
    return recognize_source(folder) is not None or bool(find_tiles(folder))


def scans_in(folder: Path, out: Path | None = None) -> list[Path]:
    """Return the scans in a folder, as `name_scans` does; none where there is none.

    Raises ScanError for a folder that cannot be read.
    """
    return [each.path for each in _in_folder(folder, out)]


def _in_folder(folder: Path, out: Path | None) -> list[_Found]:
    try:
        return list(_walk(folder, folder, out and out.absolute(), set()))
    except OSError as error:
        cause = cannot_read(error)
        raise ScanError(error.filename or folder, "", cause, message("check its permissions and the disk")) from error


def _require_scans(folder: Path, scans: list[_Found]) -> list[_Found]:
    if not scans:
        cause = message("it contains no scan")
        raise ScanError(
            folder, "", cause, message("put files there that end in %(endings)s", endings=tuple(suffixes()))
        )
    return scans


def _walk(folder: Path, top: Path, out: Path | None, seen: set[Path]) -> Iterator[_Found]:
    # A link may lead to a folder above, or to one beside: each folder is walked once.
    real = folder.resolve()
    if folder.absolute() == out or real in seen or _is_ours(folder):
        return
    seen.add(real)
    inside = "-".join(folder.relative_to(top).parts)
    if inside and is_one(folder):
        yield _Found(folder, (inside,))
        return
    entries = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    endings = (*suffixes(), *SPLATS)
    files = [path for path in entries if path.is_file() and (path.suffix.lower() in endings or recognize_source(path))]
    for path in files:
        whole = "-".join(part for part in (inside, _stem(path)) if part)
        yield _Found(path, _names((inside, whole) if inside and len(files) == 1 else (whole,), path))
    for path in sorted(entries, key=Path.is_symlink):  # stable: links come last, and folders have their own names
        if path.is_dir() and not path.name.startswith("."):
            yield from _walk(path, top, out, seen)


def _is_ours(folder: Path) -> bool:
    """Return whether a build wrote into a folder; its report comes last, and is missing where it was killed before."""
    names = ("report.json", *(f"{name}.glb" for name in NAMES))
    return (folder / "poster.webp").is_file() and any((folder / name).is_file() for name in names)


def _stem(path: Path) -> str:
    source = recognize_source(path)
    return source.stem(path) if source else path.stem


def _names(first: Iterable[str], path: Path) -> tuple[str, ...]:
    """Return names for a scan, each telling more than the one before."""
    longer = f"{path.absolute().parent.name}-{_stem(path)}"
    return (*first, longer, f"{longer}-{path.suffix[1:].lower()}")


def _unique_names(scans: Sequence[_Found]) -> list[str]:
    """Return the shortest name of each that no other has, with a number where two are alike to the end."""
    chosen = [0] * len(scans)
    while True:
        names = [each.names[number] for each, number in zip(scans, chosen, strict=True)]
        count = Counter(name.casefold() for name in names)  # some file systems do not tell A from a
        alike = [
            place for place, name in enumerate(names)
            if count[name.casefold()] > 1 and chosen[place] + 1 < len(scans[place].names)
        ]  # fmt: skip
        if not alike:
            return _number(names)
        for place in alike:
            chosen[place] += 1


def _number(names: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    result = []
    for name in names:
        number, free = 1, name
        while free.casefold() in taken:
            number += 1
            free = f"{name}-{number}"
        taken.add(free.casefold())
        result.append(free)
    return result


def size_bytes(path: Path) -> int:
    """Return the bytes of a scan's main file, or of all files in its folder, from which its time is estimated."""
    try:
        if path.is_dir():
            return sum((Path(top) / name).stat().st_size for top, _, names in os.walk(path) for name in names)
        return path.stat().st_size
    except OSError:
        return 0
