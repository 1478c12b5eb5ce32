"""What a build warns of about its levels is said in the summary of a batch as well."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from carreau.base.levels import LEVELS
from carreau.command.cli import main
from carreau.models.builders import level_builder
from tests.pipeline.bronzes import write_bronze
from tests.pipeline.stand_in import blank_posters

pytestmark = pytest.mark.usefixtures("small_looks")


def test_batch_json_has_the_warnings_of_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview of a bronze has no room for its maps, and encoding is told of however little it takes."""
    (tmp_path / "scans").mkdir()
    write_bronze(tmp_path / "scans" / "bronze.glb")
    (tmp_path / "scans" / "empty.obj").write_text("v 0 0 0\n")  # of a single scan there is no batch
    small = dataclasses.replace(LEVELS["preview"], triangles=400, texture_px=256, gpu_bytes=400_000)
    monkeypatch.setitem(LEVELS, "preview", small)
    monkeypatch.setattr(level_builder, "MOST_LOSS_DB", -100.0)
    monkeypatch.setattr(level_builder, "ENOUGH_DB", 1000.0)
    monkeypatch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
    blank_posters(monkeypatch)
    words = ["--out", str(tmp_path / "out"), "--levels", "preview", "--as", "scan"]
    assert main(["model", str(tmp_path / "scans"), *words]) == 2
    report = json.loads((tmp_path / "out" / "bronze" / "report.json").read_text(encoding="utf-8"))
    scan, _ = json.loads((tmp_path / "out" / "batch.json").read_text(encoding="utf-8"))["scans"]
    of_level, of_levels = report["levels"][0]["warnings"], report["warnings"]
    assert [text for text in of_level if "encoding within" in text]
    assert of_levels
    assert set(scan["warnings"]) == {*report["scan"]["warnings"], *of_levels, *of_level}
