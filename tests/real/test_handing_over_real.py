"""The levels of a real scan are in their folder before they are measured, and an old report is not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from carreau.base.options import ModelOptions
from carreau.models.flow import build_models
from carreau.runs.cache import Cache
from carreau.runs.scheduler import watching
from tests.pipeline.onlooker import Onlooker
from tests.pipeline.quick_looks import quick_looks


def test_levels_are_there_before_their_report(scans: Path, tmp_path: Path) -> None:
    out, levels = tmp_path / "out", ("preview", "phone")
    out.mkdir()
    (out / "report.json").write_text("of an earlier build")
    onlooker, cache = Onlooker(out), Cache(tmp_path / "cache")
    options = ModelOptions(out, levels=levels, licence="see LICENSE.txt")
    with quick_looks(), watching(cache, onlooker):
        build_models(scans / "vertexcolour_ply" / "ankylosaurus_mesh.ply", options, cache, onlooker)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert set(onlooker.seen["compress phone"]) == {"report.json"}
    first = onlooker.seen["measure preview"]
    assert set(first) == {"preview.glb", "preview.glb.br", "phone.glb", "phone.glb.br", "poster.png", "poster.webp"}
    assert {level["sha256"] for level in report["levels"]} == {
        hashlib.sha256(first[f"{name}.glb"]).hexdigest() for name in levels
    }
    assert first == {name: (out / name).read_bytes() for name in first}
