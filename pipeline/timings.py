"""Remember how long each step took, to tell how long it may take now."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path

from pipeline.store import Record, write_whole

_KEPT = 8


class Timings:
    """The seconds of the last few runs of each step, with the size of the scan's files it began from."""

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
            known[record.label] = [*others, (round(record.seconds, 3), record.size_bytes)][-_KEPT:]
            text = json.dumps(known, sort_keys=True).encode()
            write_whole(self._path, [text], self._root / "partial")

    def estimate(self, label: str, size_bytes: int) -> float | None:
        """Return the seconds a step may take on files of a size, None when it never ran.

        The run on the nearest size tells, in proportion: most often it is the same scan with another option.
        """
        runs = self._known().get(label)
        if not runs:
            return None
        seconds, size = min(runs, key=lambda run: abs(math.log((run[1] + 1) / (size_bytes + 1))))
        return seconds * size_bytes / size if size and size_bytes else seconds

    def _known(self) -> dict[str, list[tuple[float, int]]]:
        try:
            known = json.loads(self._path.read_bytes())
            return {str(label): [(float(s), int(size)) for s, size in runs] for label, runs in known.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
