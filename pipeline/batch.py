"""Make several scans side by side, each failing alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from pipeline.cache.atomic_output import atomic_output
from pipeline.console.errors import DEFECT, INTERRUPTED, Attempt, one_line, run_safely
from pipeline.console.progress import Dashboard, Logged, Progress
from pipeline.messages import message
from pipeline.options import LANGUAGES
from pipeline.reports.report import Report
from pipeline.scan_folder import NamedScan

NAME = "batch.json"
NOT_BEGUN = message("not started, because the run was interrupted")
Build = Callable[[NamedScan, Path, Progress], Report]


@dataclass(frozen=True)
class Outcome:
    """How one scan of a batch went.

    name : what its folder is called
    scan : the scan as it was given
    out : folder of its models
    report : what its report.json holds, None when it failed
    error : message that says why it failed, empty if it did not
    exit_code : 0 made, else as for a scan alone
    seconds : wall time, others' beside it included
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
    """How the scans of a batch went, in the order they were given."""

    outcomes: tuple[Outcome, ...]

    @property
    def exit_code(self) -> int:
        """Return 0 when all were made, 130 after Ctrl-C, 70 for a defect, 2 for bad input alone, else 1."""
        codes = {outcome.exit_code for outcome in self.outcomes} - {0}
        for code in (INTERRUPTED, DEFECT):
            if code in codes:
                return code
        return min(codes) if len(codes) == 1 else min(len(codes), 1)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: what `batch.json` holds."""
        scans = [
            {
                "name": outcome.name,
                "scan": outcome.scan.name,
                "folder": outcome.name,
                "made": outcome.report is not None,
                "exit_code": outcome.exit_code,
                "error": one_line(outcome.error) or None,
                "warnings": list(outcome.report["scan"]["warnings"]) if outcome.report else [],
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in self.outcomes
        ]
        return {"exit_code": self.exit_code, "scans": scans}


def make_batch(
    scans: Sequence[NamedScan], out: Path, build: Build, board: Dashboard, at_once: int, language: str = LANGUAGES[0]
) -> BatchResult:
    """Make scans, each in a folder of its own, and write how it went beside them.

    build : makes one scan into a folder, telling progress
    at_once : how many scans may be under way; the steps of all of them share the executor's places
    language : of `index.html`, one of `LANGUAGES`
    Raises StorageError when `out` cannot be written.
    """
    crew = _Crew(out, build, board)
    pool = ThreadPoolExecutor(max(at_once, 1), thread_name_prefix="scan")
    try:
        futures = [pool.submit(crew.make, scan) for scan in scans]
        outcomes = [future.result() for future in futures]
    except KeyboardInterrupt:
        crew.stopping.set()
        raise
    finally:
        # Who presses Ctrl-C does not wait for the steps that run; what is half made is not kept.
        pool.shutdown(wait=False, cancel_futures=True)
    result = BatchResult(tuple(outcomes))
    _write(out, result, language)
    return result


class _Crew:
    def __init__(self, out: Path, build: Build, board: Dashboard) -> None:
        self.out, self.build, self.board = out, build, board
        self.stopping = Event()

    def make(self, scan: NamedScan) -> Outcome:
        """Make one scan; whatever goes wrong is in what is returned."""
        started, out = time.perf_counter(), self.out / scan.name
        if self.stopping.is_set():
            return Outcome(scan.name, scan.path, out, None, NOT_BEGUN, INTERRUPTED, 0.0)
        tried = self._attempt(scan, out)
        failure = tried.failure
        if failure and failure.exit_code == INTERRUPTED:
            self.stopping.set()
        self.board.finish(scan.name, is_made=failure is None)
        error, code = (failure.message, failure.exit_code) if failure else ("", 0)
        report = tried.result.data if tried.result else None
        return Outcome(scan.name, scan.path, out, report, error, code, time.perf_counter() - started)

    def _attempt(self, scan: NamedScan, out: Path) -> Attempt[Report]:
        shown = self.board.of(scan.name)
        opened = run_safely(lambda: Logged(shown, out / "build.log"))
        log = opened.result
        if log is None:
            return Attempt(failure=opened.failure)
        return run_safely(lambda: self.build(scan, out, log), log)


def _write(out: Path, result: BatchResult, language: str) -> None:
    with atomic_output(out, last=NAME) as folder:
        for name, page in _pages(result, language).items():
            (folder / name).write_bytes(page)
        text = json.dumps(result.as_json(), indent=2, ensure_ascii=False) + "\n"
        (folder / NAME).write_text(text, encoding="utf-8")


def _pages(result: BatchResult, language: str) -> Mapping[str, bytes]:
    from pipeline.reports.batch_page import BatchEntry, batch_pages

    entries = [
        BatchEntry(outcome.name, outcome.report or {}, _poster(outcome), outcome.error) for outcome in result.outcomes
    ]
    return batch_pages(entries, language)


def _poster(outcome: Outcome) -> bytes:
    path = outcome.out / "poster.webp"
    return path.read_bytes() if outcome.report is not None and path.is_file() else b""
