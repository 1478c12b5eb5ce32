"""A program is told how far a command is, in lines of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from carreau.base.messages import from_json, message
from carreau.base.options import ModelOptions
from carreau.models.flow import build_models
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet, QuietBoard
from carreau.runs.progress_display import FileDashboard, FileProgress, ProgressFile
from carreau.runs.scheduler import watching
from carreau.runs.store import Record
from tests.pipeline.authored_scenes import pit_head
from tests.pipeline.stand_in import blank_posters


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_part_is_a_part_of_the_whole_and_the_share_never_falls(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    told = ProgressFile(path)
    told.report(0.0, (message("reading the catalogue"),))
    told.begin_part(0.0, 0.8)
    told.report(0.5, ("clean",), 60.0)
    told.report(0.25, ("clean",))
    told.begin_part(0.8, 1.0)
    told.report(0.5)
    told.finish()
    told.finish()
    lines = lines_of(path)
    assert [each["share"] for each in lines] == [0.0, 0.4, 0.4, 0.9, 1.0]
    assert from_json(lines[0]["doing"][0]) == "reading the catalogue"
    assert lines[1]["doing"] == ["clean"]
    assert [each["seconds_left"] for each in lines] == [None, 90.0, None, None, 0.0]


def test_a_plan_that_grew_does_not_make_hours_of_minutes(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    told = ProgressFile(path)
    told.begin_part(0.0, 0.5)
    told.report(0.99, ("read",))
    told.report(0.1, ("clean",), 100.0)
    assert lines_of(path)[-1]["share"] == pytest.approx(0.495)
    assert lines_of(path)[-1]["seconds_left"] == pytest.approx(100 * 0.95 / 0.45, abs=0.1)


def test_nothing_is_written_where_nobody_asked_or_nothing_can_be(tmp_path: Path) -> None:
    ProgressFile(None).finish()
    broken = ProgressFile(tmp_path / "missing" / "progress")
    broken.report(0.5)
    assert not broken.is_wanted
    assert list(tmp_path.iterdir()) == []


def test_several_scans_are_told_with_their_names_and_steps(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    board = FileDashboard(QuietBoard(), {"mill": 3_000_000, "pump": 1_000_000}, ProgressFile(path))
    mill = board.of("mill")
    mill.plan([("read", 1.0), ("clean", 1.0)])
    mill.begin("read")
    mill.done(Record("stage", "read", 1.0, 0))
    mill.begin("clean")
    assert [lines_of(path)[-1]["share"], *lines_of(path)[-1]["doing"][1:]] == [
        pytest.approx(0.375, abs=0.01),
        "mill",
        "clean",
    ]
    mill.done(Record("stage", "clean", 1.0, 0))
    mill.close()
    board.finish("mill", is_made=True)
    board.finish("pump", is_made=False)
    board.close()
    lines = lines_of(path)
    assert [each["share"] for each in lines] == sorted(each["share"] for each in lines)
    assert lines[-1]["share"] == 1
    assert from_json(lines[-1]["doing"][0]) == "2 of 2 scans"


@pytest.mark.usefixtures("small_looks")
def test_an_authored_model_is_not_nearly_done_before_its_levels_are(tmp_path: Path) -> None:
    path, cache, model = tmp_path / "progress", Cache(tmp_path / "cache"), tmp_path / "head.glb"
    model.write_bytes(pit_head().glb())
    progress = FileProgress(Quiet(), ProgressFile(path))
    options = ModelOptions(out=tmp_path / "out", levels=("preview",), taken_as="authored")
    with pytest.MonkeyPatch.context() as patch, watching(cache, progress):
        blank_posters(patch)
        build_models(model, options, cache, progress)
    progress.close()
    begun = next(each["share"] for each in lines_of(path) if "pack preview" in each["doing"])
    assert begun < 0.6
