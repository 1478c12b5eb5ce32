"""What the steps took is told by their labels."""

from __future__ import annotations

from carreau.models.builders.result import StepLog
from carreau.runs.cache import Cache
from carreau.runs.store import Record


def test_steps_of_one_label_are_told_together(cache: Cache) -> None:
    with StepLog(cache) as records:
        for seconds, peak, cached in ((1.0, 10, True), (2.0, 30, False), (2.0, 30, True), (4.0, 20, True)):
            cache.notify_done(Record("pack", "pack phone", seconds, peak, 0, cached))
        cache.notify_done(Record("read", "read", 5.0, 1, 0, True))
    cache.notify_done(Record("late", "late", 1.0, 1))
    assert [(each.label, each.seconds, each.peak_memory_bytes, each.cached) for each in records.by_label()] == [
        ("pack phone", 7.0, 30, False),
        ("read", 5.0, 1, True),
    ]
