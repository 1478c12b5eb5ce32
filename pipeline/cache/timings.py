"""Remember what each step took, to tell what it may take now."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path

from pipeline.cache.store import Record, write_whole

_KEPT = 8
_Run = tuple[float, int, int]


class Timings:
    """Seconds and memory of the last few runs of each step, with the size of the scan's files it began from."""

    def __init__(self, root: Path) -> None:
        """Remember under a cache's folder."""
        self._root = root
        self._path = root / "timings.json"
        self._lock = threading.Lock()

    def add(self, record: Record) -> None:
        """Keep what a step took; of two processes that do so at once, one is forgotten, which harms nobody."""
        with self._lock:
            known = self._known()
            others = [run for run in known.get(record.label, []) if run[1] != record.size_bytes]
            run = round(record.seconds, 3), record.size_bytes, record.grown_bytes
            known[record.label] = [*others, run][-_KEPT:]
            text = json.dumps(known, sort_keys=True).encode()
            write_whole(self._path, [text], self._root / "partial")

    def estimate(self, label: str, size_bytes: int) -> float | None:
        """Return the seconds a step may take on files of a size, None when it never ran.

        The run on the nearest size tells, in proportion: most often it is the same scan with another option.
        """
        runs = self._known().get(label)
        if not runs:
            return None
        seconds, size, _ = min(runs, key=lambda run: _distance(run, size_bytes))
        return seconds * size_bytes / size if size and size_bytes else seconds

    def memory_bytes(self, label: str, size_bytes: int) -> int | None:
        """Return the memory a step may take on files of a size, None when it never ran.

        In proportion to the nearest size, and never less than it took: textures do not shrink with a scan.
        """
        runs = [run for run in self._known().get(label, []) if run[2]]
        if not runs:
            return None
        _, size, grown_bytes = min(runs, key=lambda run: _distance(run, size_bytes))
        return round(grown_bytes * max(size_bytes / size if size else 1.0, 1.0))

    def _known(self) -> dict[str, list[_Run]]:
        try:
            known = json.loads(self._path.read_bytes())
            return {str(label): [_run(*run) for run in runs] for label, runs in known.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def _run(seconds: float, size_bytes: int, grown_bytes: int = 0) -> _Run:
    return float(seconds), int(size_bytes), int(grown_bytes)


def _distance(run: _Run, size_bytes: int) -> float:
    return abs(math.log((run[1] + 1) / (size_bytes + 1)))
