"""`carreau cache` lists what each stage's values take and when they were used, and says what it dropped."""

from __future__ import annotations

import os
import time

import pytest

from carreau.base.errors import OptionError
from carreau.runs.cache import Cache, age, parse_age, parse_size, prune, size
from carreau.runs.store import Record

HOUR = 3600.0


@pytest.fixture
def used(cache: Cache) -> Cache:
    """A cache of three values that were used one, two and thirty hours ago."""
    for stage, key, length, hours in (("read", "a", 1000, 30), ("bake", "b", 50_000, 2), ("bake", "c", 2000, 1)):
        cache.store.write(stage, key, bytes(length), Record(stage, stage, 1.0, 0), "code", None)
        when = time.time() - hours * HOUR
        os.utime(cache.root / "entries" / stage / key, (when, when))
    return cache


def test_each_stage_is_told_with_its_bytes_and_ages(used: Cache) -> None:
    result = prune(used)
    assert [(share.stage, share.entries) for share in result.stages] == [("bake", 2), ("read", 1)]
    bake, read = result.stages
    on_disk = {entry.path.name: entry.path.stat().st_size for entry in used.store.entries()}
    assert (bake.size_bytes, read.size_bytes) == (on_disk["b"] + on_disk["c"], on_disk["a"])
    assert (bake.newest_s, bake.oldest_s) == pytest.approx((HOUR, 2 * HOUR), abs=60)
    assert (read.newest_s, read.oldest_s) == pytest.approx((30 * HOUR, 30 * HOUR), abs=60)
    assert result.as_json()["stages"] == (vars(bake), vars(read))
    head, *rows, last = result.lines()
    assert head == ("stage", "values", "size", "newest use", "oldest use")
    assert [row[:2] for row in rows] == [("bake", "2"), ("read", "1")]
    assert last == f"{size(sum(on_disk.values()))} in {used.root}"


def test_what_was_dropped_is_told_first(used: Cache) -> None:
    gone = (used.root / "entries" / "read" / "a").stat().st_size
    result = prune(used, older_than_s=24 * HOUR)
    assert (result.dropped_entries, result.dropped_bytes) == (1, gone)
    assert result.lines()[0] == f"1 value removed, {size(gone)}"
    assert [share.stage for share in result.stages] == ["bake"]
    assert prune(used, max_bytes=0).lines()[1:] == [f"{size(0)} in {used.root}"]


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [(None, None), ("12", 12), ("3k", 3000), ("500M", 500_000_000), ("1.5G", 1_500_000_000), ("2T", 2 * 10**12)],
)
def test_sizes_are_read_as_people_write_them(text: str | None, size_bytes: int | None) -> None:
    assert parse_size("--max-size", text) == size_bytes


@pytest.mark.parametrize(("text", "age_s"), [("90s", 90.0), ("5m", 300.0), ("2h", 7200.0), ("1.5d", 129_600.0)])
def test_ages_are_read_as_people_write_them(text: str, age_s: float) -> None:
    assert parse_age("--older-than", text) == age_s


@pytest.mark.parametrize("text", ["", "M", "-1G", "1X", "1 000 M", "M1"])
def test_another_size_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="is not a size; use one such as 500M or 20G"):
        parse_size("--max-size", text)


@pytest.mark.parametrize("text", ["", "5", "h", "5M"])
def test_another_age_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="is not an age; use one such as 12h or 30d"):
        parse_age("--older-than", text)


def test_sizes_and_ages_are_written_in_the_largest_unit_that_fits() -> None:
    sizes = [size(each) for each in (999, 1000, 999_900, 10**6, 10**9, 25 * 10**11)]
    assert sizes == ["999 B", "1.0 kB", "999.9 kB", "1.0 MB", "1.0 GB", "2500.0 GB"]
    ages = [age(each) for each in (59.9, 60, 3599, 3600, 86_399, 86_400)]
    assert ages == ["just now", "1 min ago", "59 min ago", "1 h ago", "23 h ago", "1 d ago"]
