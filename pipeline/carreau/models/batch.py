"""Build several scans in parallel; the failure of one does not stop the others."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from carreau.base.messages import message
from carreau.base.options import LANGUAGES
from carreau.base.text_encoding import printable
from carreau.models.reports.report import Report, warnings_of
from carreau.models.scan_folder import NamedScan, size_bytes
from carreau.runs.atomic_output import atomic_output
from carreau.runs.failures import DEFECT, INTERRUPTED, Attempt, one_line, run_safely
from carreau.runs.progress import Dashboard, Logged, Progress

NAME = "batch.json"
NOT_BEGUN = message("not started, because the run was interrupted")
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
                "warnings": warnings_of(outcome.report) if outcome.report else [],
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
    scans: Sequence[NamedScan], out: Path, build: Build, board: Dashboard, at_once: int, language: str = LANGUAGES[0]
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
    from carreau.models.reports.batch_page import BatchEntry, batch_pages

    entries = [
        BatchEntry(outcome.name, outcome.report or {}, _poster(outcome), outcome.error) for outcome in result.outcomes
    ]
    return batch_pages(entries, language)


def _poster(outcome: Outcome) -> bytes:
    path = outcome.out / "poster.webp"
    return path.read_bytes() if outcome.report is not None and path.is_file() else b""
