"""Build the models of every state that changed, each failing alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.batch import BatchResult, make_batch
from pipeline.console.progress import Dashboard, Progress
from pipeline.media.simulation import simulate
from pipeline.options import ModelOptions
from pipeline.publish.model_states import StateBuild
from pipeline.reports.report import Report
from pipeline.scan_folder import NamedScan

Make = Callable[[Path, ModelOptions, Progress], Report]
_SHARES = (0.25, 0.5, 0.75)


def build_states(
    states: Sequence[StateBuild], models: Path, samples: Path, make: Make, board: Dashboard, jobs: int, language: str
) -> BatchResult:
    """Make the models of states, each in its folder, and write how it went beside them.

    samples : folder that simulated scans are made in first
    make : makes the models of one scan
    """
    by_name = {state.name: state for state in states}

    def one(scan: NamedScan, out: Path, progress: Progress) -> Report:
        state = by_name[scan.name]
        path = _simulated(state.sample, samples, progress) if state.sample else state.scan
        report = make(path, replace(state.options, out=out, jobs=jobs), progress)
        state.remember()
        return report

    return make_batch([NamedScan(state.name, state.scan) for state in states], models, one, board, jobs, language)


def _simulated(sample: str, samples: Path, progress: Progress) -> Path:
    """Return a simulated scan, made first where it is not there: a minute, of which every quarter is told."""
    told = set[float]()

    def tell(message: str, share: float) -> None:
        for passed in _SHARES:
            if share >= passed and passed not in told:
                told.add(passed)
                progress.note(f"simulating {sample}, {passed:.0%}: {message}")

    return simulate(sample, samples, tell)
