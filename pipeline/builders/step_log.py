"""Remember what every step of a run took."""

from __future__ import annotations

from dataclasses import replace

from pipeline.cache.cache import Cache
from pipeline.cache.store import Record


class StepLog:
    """What every step of this run took, in the order they were done.

    Steps of one label, such as the drafts of a level, are told apart by their times, which are kept with their values.
    """

    def __init__(self, cache: Cache) -> None:
        """Listen to the steps of a cache during a `with` block."""
        self._cache = cache
        self._found: dict[tuple[str, float], Record] = {}

    def __enter__(self) -> StepLog:
        self._stop = self._cache.listen(lambda _: None, self._add)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _add(self, record: Record) -> None:
        self._found.setdefault((record.label, record.seconds), record)

    def together(self) -> list[Record]:
        """Return one record a label: the seconds of all its steps, and whether none of them ran now."""
        labelled: dict[str, Record] = {}
        for record in tuple(self._found.values()):
            known = labelled.get(record.label, replace(record, seconds=0.0))
            labelled[record.label] = replace(
                known,
                seconds=known.seconds + record.seconds,
                peak_memory_bytes=max(known.peak_memory_bytes, record.peak_memory_bytes),
                cached=known.cached and record.cached,
            )
        return list(labelled.values())
