"""What was received is kept by address, and damage counts as nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

from carreau.air.survey.source import KeptAnswers

ADDRESS = "https://data.geopf.fr/a?b=c"


def test_an_answer_is_kept_for_some_days(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path, 7)
    assert kept.read(ADDRESS) is None
    kept.write(ADDRESS, "image/jpeg", b"a\nb")
    assert kept.read(ADDRESS) == ("image/jpeg", b"a\nb")
    assert kept.read(ADDRESS + "d") is None
    (path,) = (tmp_path / "answers").iterdir()
    os.utime(path, (time.time() - 8 * 86400,) * 2)
    assert kept.read(ADDRESS) is None
    assert kept.read(ADDRESS, at_any_age=True) == ("image/jpeg", b"a\nb")
    kept.forget(ADDRESS)
    assert kept.read(ADDRESS, at_any_age=True) is None


def test_parts_are_joined_whatever_their_order(tmp_path: Path) -> None:
    parts = KeptAnswers(tmp_path, 7).parts(ADDRESS)
    parts.agree(100)
    parts.add(20, b"c" * 20)
    parts.add(0, b"a" * 10)
    parts.add(5, b"a" * 5 + b"b" * 10)
    assert parts.missing(0, 100) == [(40, 100)]
    assert parts.read(8, 25) == b"aa" + b"b" * 10 + b"c" * 5
    again = KeptAnswers(tmp_path, 7).parts(ADDRESS)
    assert again.total == 100
    assert again.read(8, 25) == parts.read(8, 25)


def test_a_file_of_another_size_begins_anew(tmp_path: Path) -> None:
    parts = KeptAnswers(tmp_path, 7).parts(ADDRESS)
    parts.agree(100)
    parts.add(0, b"a" * 10)
    parts.agree(100)
    assert parts.missing(0, 10) == []
    parts.agree(99)
    assert parts.missing(0, 10) == [(0, 10)]
    parts.add(0, b"b")
    assert KeptAnswers(tmp_path, 7).parts(ADDRESS).read(0, 1) == b"b"


def test_damage_counts_as_nothing(tmp_path: Path) -> None:
    parts = KeptAnswers(tmp_path, 7).parts(ADDRESS)
    parts.agree(100)
    parts.add(0, b"a" * 10)
    (total,) = tmp_path.rglob("total")
    for content in ("", "x", "1e3"):
        total.write_text(content)
        assert KeptAnswers(tmp_path, 7).parts(ADDRESS).missing(0, 10) == [(0, 10)]
