"""Time and memory of earlier runs of each step, for estimates."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path

from carreau.runs.cache.store import Record, write_whole

_MOST_RUNS = 8
_Run = tuple[float, int, int]


class Timings:
    """Seconds and memory of the last runs of each step, with the size of its input files."""

    def __init__(self, root: Path) -> None:
        """Use a file in the folder of a cache."""
        self._root = root
        self._path = root / "timings.json"
        self._lock = threading.Lock()

    def add(self, record: Record) -> None:
        """Add a record; if two processes do so at the same time, one is lost, which is harmless."""
        with self._lock:
            runs_by_label = self._read()
            others = [run for run in runs_by_label.get(record.label, []) if run[1] != record.size_bytes]
            run = round(record.seconds, 3), record.size_bytes, record.grown_bytes
            runs_by_label[record.label] = [*others, run][-_MOST_RUNS:]
            text = json.dumps(runs_by_label, sort_keys=True).encode()
            write_whole(self._path, [text], self._root / "partial")

    def estimate(self, label: str, size_bytes: int) -> float | None:
        """Return the estimated seconds of a step for files of a size, None if it never ran.

        They are proportional to the run with the nearest size, usually the same scan with another option.
        """
        runs = self._read().get(label)
        if not runs:
            return None
        seconds, size, _ = min(runs, key=lambda run: _distance(run, size_bytes))
        return seconds * size_bytes / size if size and size_bytes else seconds

    def memory(self, label: str, size_bytes: int) -> tuple[int, int] | None:
        """Return the memory that the run of a step with the nearest size took, and that size; None if it never ran."""
        runs = [run for run in self._read().get(label, []) if run[2]]
        if not runs:
            return None
        _, size, grown_bytes = min(runs, key=lambda run: _distance(run, size_bytes))
        return grown_bytes, size

    def _read(self) -> dict[str, list[_Run]]:
        try:
            runs_by_label = json.loads(self._path.read_bytes())
            return {str(label): [_run(*run) for run in runs] for label, runs in runs_by_label.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def _run(seconds: float, size_bytes: int, grown_bytes: int = 0) -> _Run:
    return float(seconds), int(size_bytes), int(grown_bytes)


def _distance(run: _Run, size_bytes: int) -> float:
    return abs(math.log((run[1] + 1) / (size_bytes + 1)))
