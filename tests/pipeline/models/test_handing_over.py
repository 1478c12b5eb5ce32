"""Levels are handed over as soon as they stand; measurements, report and pages follow, or the next run adds them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import BudgetError, StorageError, ToolError
from carreau.base.levels import LEVELS, PREVIEW
from carreau.base.messages import message
from carreau.base.options import ModelOptions
from carreau.models.builders import level_builder
from carreau.models.flow import build_models
from carreau.runs.cache import Cache
from carreau.runs.scheduler import watching
from tests.pipeline.flows import SAID, built, models, ran
from tests.pipeline.models.test_flow_gone_wrong import PROJECT, QUICK
from tests.pipeline.onlooker import Onlooker
from tests.pipeline.stand_in import blank_posters, stand_in

pytestmark = pytest.mark.usefixtures("small_looks")

OLD = ("report.json", "report.html", "report.en.html", "desktop.glb", "preview.glb")
REPORT = {"report.json", "report.html", "report.en.html"}


def watched(scan: Path, out: Path, cache: Path, **options: Any) -> Onlooker:
    """Build with a new cache over a folder, and return what was seen."""
    onlooker, opened = Onlooker(out), Cache(cache)
    with pytest.MonkeyPatch.context() as patch, watching(opened, onlooker):
        blank_posters(patch)
        build_models(scan, ModelOptions(out=out, **options), opened, onlooker)
    return onlooker


def earlier(folder: Path) -> Path:
    """Lay files of an earlier build."""
    folder.mkdir()
    for name in OLD:
        (folder / name).write_text("of an earlier build")
    return folder


def test_the_levels_are_there_before_they_are_measured_and_the_old_report_is_gone(
    whole: Mapping[str, Any], shop: Path, tiny_scans: Path, tmp_path: Path
) -> None:
    out = earlier(tmp_path / "out")
    levels = ("preview", "phone", "ar")
    heard = watched(tiny_scans / "globe.obj", out, tmp_path / "cache", levels=levels, **SAID)
    for name in levels:
        assert set(heard.seen[f"compress {name}" if name != "ar" else "check ar"]) == set(OLD)
        for verb in ("measure", "show"):
            seen = heard.seen[f"{verb} {name}"]
            assert "preview.glb.br" in seen
            assert {"poster.webp", "preview.glb", "phone.glb", "ar.glb", "ar.usdz"} <= set(seen)
            assert not {*REPORT, "desktop.glb"} & set(seen)
            assert {file: data for file, data in seen.items() if file[:6] != "poster"} == {
                file: data for file, data in models(shop / "globe").items() if file in seen and file[:6] != "poster"
            }
    assert set(REPORT) <= {path.name for path in out.iterdir()}
    report = json.loads((out / "report.json").read_text())
    assert [level["error"] for level in report["levels"]] == [
        next(each["error"] for each in whole["levels"] if each["name"] == name) for name in levels
    ]


def test_it_is_said_once_and_not_of_what_was_built_before(tiny_scans: Path, tmp_path: Path) -> None:
    scan, out = tiny_scans / "globe.obj", tmp_path / "out"
    first, second = (watched(scan, out, tmp_path / "cache", levels=("preview",), jobs=2) for _ in range(2))
    (said,) = [note for note in first.notes if note.startswith("models ready after ")]
    assert said.endswith(f" s: {out}; measuring and report follow")
    assert [note for note in second.notes if "ready" in note] == []
    assert set(second.seen) == set()


def test_killed_between_levels_and_report_it_is_finished_by_the_next_run(
    whole: Mapping[str, Any], shop: Path, tiny_scans: Path, tmp_path: Path
) -> None:
    out, scan, words = earlier(tmp_path / "out"), tiny_scans / "globe.obj", [f"--{k}={v}" for k, v in SAID.items()]
    command = [sys.executable, "-c", QUICK, "model", str(scan), "--out", str(out), "--levels=preview", "--jobs=1"]
    environment = {**os.environ, "CARREAU_CACHE": str(tmp_path / "cache"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, *words], stderr=subprocess.PIPE, text=True, cwd=PROJECT, env=environment
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "  measure preview …" in line:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    left = {"preview.glb", "preview.glb.br", "poster.webp", "poster.png"}
    assert {path.name for path in out.iterdir()} - {"build.log"} == left
    assert (out / "preview.glb").read_bytes() == (shop / "globe" / "preview.glb").read_bytes()
    report = built(scan, out, tmp_path / "cache", is_posed=True, levels=("preview",), **SAID)
    assert "measure preview" in ran(report)
    assert not {"pack preview", "compress preview", "check preview", "poster"} & ran(report)
    assert {path.name for path in out.iterdir()} - {"build.log"} == left | REPORT
    at_once = built(scan, tmp_path / "at once", tmp_path / "other", is_posed=True, levels=("preview",), **SAID)
    assert models(out) == models(tmp_path / "at once")
    assert {**report, "stages": None} == {**at_once, "stages": None}


def test_over_its_budget_nothing_is_written(tiny_scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LEVELS, "preview", replace(PREVIEW, texture_px=64, file_bytes=500))
    out = earlier(tmp_path / "out")
    with pytest.raises(BudgetError, match="preview: no version fits"):
        watched(tiny_scans / "globe.obj", out, tmp_path / "cache", levels=("preview",), jobs=2)
    assert sorted(path.name for path in out.iterdir()) == sorted(OLD)
    assert {path.read_text() for path in out.iterdir()} == {"of an earlier build"}


def test_levels_that_cannot_be_measured_stay_and_it_is_said(
    whole: Mapping[str, Any], shop: Path, tiny_scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ToolError(message("the rays are out"))

    monkeypatch.setattr(
        level_builder, "measure_published", stand_in("carreau.models.stages.measure:measure_published", broken)
    )
    out, onlooker, cache = earlier(tmp_path / "out"), Onlooker(tmp_path / "out"), Cache(tmp_path / "cache")
    options = ModelOptions(out, levels=("preview",), jobs=2, **SAID)
    with watching(cache, onlooker), pytest.raises(ToolError, match="the rays are out"):
        build_models(tiny_scans / "globe.obj", options, cache, onlooker)
    assert (out / "preview.glb").read_bytes() == (shop / "globe" / "preview.glb").read_bytes()
    assert not REPORT & {path.name for path in out.iterdir()}
    assert onlooker.notes[-1] == (
        f"{out}: the models are complete, but their measurements and report are missing; the next run adds them"
    )


def test_another_build_waits_until_the_report_is_there(
    tiny_scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the report of one build could stand beside the levels of the other."""
    scan, out = tiny_scans / "globe.obj", tmp_path / "out"
    from carreau.models.stages.measure import measure_published

    def meanwhile(*inputs: Any) -> Any:
        with pytest.raises(StorageError, match="another build is writing there"):
            built(scan, out, tmp_path / "other", levels=("preview",), name="Another")
        return measure_published(*inputs)

    with monkeypatch.context() as patch:
        name = "carreau.models.stages.measure:measure_published"
        patch.setattr(level_builder, "measure_published", stand_in(name, meanwhile))
        assert built(scan, out, tmp_path / "cache", levels=("preview",))["name"] == "globe"
    assert built(scan, out, tmp_path / "other", levels=("preview",), name="Another")["name"] == "Another"
