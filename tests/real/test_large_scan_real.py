"""Levels of a real scan that was simplified tile by tile first are as good as those of the whole one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from carreau.command.cli import main
from carreau.models.builders import build_context
from carreau.models.builders.build_context import Limits

STATUE = "venus_statue_obj/venus_statue.obj"
LIMITS = Limits(most=500_000, tile=100_000, left=450_000)
"""The real limits leave a hundred times the triangles of the phone level, these nearly six times."""


def built(scan: Path, out: Path) -> dict[str, Any]:
    words = ["model", str(scan), "--out", str(out), "--levels", "preview,phone", "--quiet"]
    assert main([*words, "--cache", f"{out}-cache"]) == 0
    report: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return report


def test_levels_are_as_good_as_those_of_the_whole_scan(scans: Path, tmp_path: Path) -> None:
    whole = built(scans / STATUE, tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_context, "LIMITS", LIMITS)
        tiled = built(scans / STATUE, tmp_path / "tiled")
    assert tiled["scan"]["triangles"] == whole["scan"]["triangles"] == 597_703
    assert tiled["scan"]["triangles_cleaned"] < 500_000
    for one, other in zip(whole["levels"], tiled["levels"], strict=True):
        assert main(["compare", str(scans / STATUE), str(tmp_path / "tiled" / f"{other['name']}.glb")]) == 0
        assert other["error"]["psnr_db"] > one["error"]["psnr_db"] - 0.1
        assert other["error"]["cracks"]["count"] <= one["error"]["cracks"]["count"]
