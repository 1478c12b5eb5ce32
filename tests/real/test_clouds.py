"""The whole command on a real cloud: its models are like its points, and anybody measures the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from carreau.command.cli import main

LION = "lion_copc_laz/lion_takanawa.copc.laz"
LEAST_DB = 25.2
"""What the phone level of the lion is to reach; 25.6 was measured in November 2026."""


@pytest.fixture(scope="module")
def folder(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of the lion."""
    out = tmp_path_factory.mktemp("clouds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARREAU_CACHE", str(out / "cache"))
        assert main(["model", str(scans / LION), "--out", str(out / "lion"), "--levels", "phone", "--quiet"]) == 0
    return out


@pytest.fixture(scope="module")
def report(folder: Path) -> Mapping[str, Any]:
    """What the report of the lion says."""
    found: Mapping[str, Any] = json.loads((folder / "lion" / "report.json").read_text(encoding="utf-8"))
    return found


def test_the_lion_looks_like_its_points(report: Mapping[str, Any]) -> None:
    level = report["levels"][0]
    assert level["error"]["psnr_db"] > LEAST_DB
    assert level["error"]["cracks"]["count"] == 0
    assert level["error"]["to_level"]["rms"] < 0.02
    assert level["brotli_bytes"] <= level["budget"]["file_bytes"]


def test_the_report_says_that_it_was_a_cloud(report: Mapping[str, Any], folder: Path) -> None:
    assert report["scan"]["points"] == 341_989
    assert "triangles" not in report["scan"]
    assert any("compared with the points" in decision for decision in report["scan"]["decisions"])
    page = (folder / "lion" / "report.en.html").read_text(encoding="utf-8")
    assert "341,989 points" in page


def test_anybody_measures_the_same(
    report: Mapping[str, Any],
    folder: Path,
    scans: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CARREAU_CACHE", str(folder / "cache"))
    assert main(["compare", str(scans / LION), str(folder / "lion" / "phone.glb"), "--json"]) == 0
    found, said = json.loads(capsys.readouterr().out), report["levels"][0]["error"]
    assert found["error"]["psnr_db"] == pytest.approx(said["psnr_db"], abs=0.01)
    assert found["error"]["size_px"] == said["size_px"]
    assert found["error"]["to_level"]["rms"] == pytest.approx(said["to_level"]["rms"], rel=0.01)
    assert found["scan_points"] == 341_989
