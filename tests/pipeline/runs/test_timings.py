"""The run on the nearest size tells how long a step may take."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.runs.store import Record
from carreau.runs.tasks import Timings


def test_the_nearest_size_tells_between_the_same_and_in_proportion(tmp_path: Path) -> None:
    timings = Timings(tmp_path)
    for seconds, size_bytes in ((1.0, 1000), (50.0, 2_000_000)):
        timings.add(Record("bake", "bake phone", seconds, 0, size_bytes))
    again = Timings(tmp_path)
    assert again.estimate("bake phone", 1000) == pytest.approx(1.0)
    assert again.estimate("bake phone", 2000) == pytest.approx(2**0.5, rel=1e-3)
    assert again.estimate("bake phone", 500_000) == pytest.approx(25.0, rel=1e-3)
    assert again.estimate("bake desktop", 1000) is None


def test_a_run_on_a_tiny_file_does_not_make_hours_of_minutes(tmp_path: Path) -> None:
    timings = Timings(tmp_path)
    timings.add(Record("bake", "bake phone", 0.25, 0, 1000))
    assert timings.estimate("bake phone", 40_000_000) is None  # in proportion, 2 h 47 min
    assert timings.estimate("bake phone", 0) is None
    assert timings.has_run("bake phone")
    assert not timings.has_run("bake desktop")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bake": 3}', '{"bake": [["x", 1]]}'])
def test_a_broken_note_is_no_note(tmp_path: Path, text: str) -> None:
    (tmp_path / "timings.json").write_text(text)
    timings = Timings(tmp_path)
    assert timings.estimate("bake", 1) is None
    timings.add(Record("bake", "bake", 1.0, 0, 1))
    assert timings.estimate("bake", 1) == pytest.approx(1.0)
