"""What a build made is told in numbers, to machines as JSON and to people in a few lines."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from carreau.base.messages import align
from carreau.models.reports.report import Report, list_warnings, stage_rows
from carreau.runs.store import Record


def level(name: str = "phone", **changes: Any) -> dict[str, Any]:
    """Return a level as the report has it."""
    texture = {"slot": "base", "width": 2048, "height": 2048, "format": "webp"}
    error = {"psnr_db": 41.234, "to_scan": {"rms": 0.00123}}
    counts = {"triangles": 80_000, "bytes": 1_234_567, "brotli_bytes": 1_000_000, "gpu_bytes": 22_369_622}
    return {"name": name, "texture": texture, "error": error, **counts, **changes}


def report(*levels: dict[str, Any], warnings: tuple[str, ...] = ()) -> Report:
    return Report({"name": "Née", "scan": {"warnings": list(warnings)}, "levels": list(levels), "stages": []})


def test_json_comes_back_and_keeps_its_letters() -> None:
    text = report(level()).to_text()
    assert json.loads(text) == report(level()).as_json()
    assert "Née" in text
    assert text.endswith("}\n")


def test_json_holds_no_infinity() -> None:
    with pytest.raises(ValueError, match="JSON"):
        report(level(gpu_bytes=math.inf)).to_text()


def test_people_get_a_row_a_level_and_the_warnings() -> None:
    lines = align(report(level("preview"), level("phone", brotli_bytes=9), warnings=("no unit",)).lines())
    assert [line.split()[0] for line in lines] == ["Née", "level", "preview", "phone", "warning:"]
    assert len({len(line) for line in lines[1:4]}) == 1
    for said in ("80,000", "2048² webp", "1,234,567", "22.4 MB", "41.23 dB", "1.23 mm"):
        assert said in lines[2]


def test_likeness_under_light_has_a_column_of_its_own() -> None:
    lit = level(error={"psnr_db": 41.234, "lit_db": 36.512, "to_scan": {"rms": 0.00123}})
    same = level(error={"psnr_db": 41.234, "lit_db": None, "to_scan": {"rms": 0.00123}})
    names, *rows = (list(line) for line in report(lit, same, level()).lines()[1:])
    column = names.index("lit")
    assert names[column - 1] == "PSNR"
    assert [str(row[column]) for row in rows] == ["36.51 dB", "identical", "–"]


def test_what_is_not_there_is_said_in_words() -> None:
    bare = level(texture=None, error={"psnr_db": None, "to_scan": {"rms": 12.3}})
    row = report(bare).lines()[2]
    assert "no texture" in row
    assert "identical" in row
    assert "12.3 m" in row


def test_stages_tell_what_they_took() -> None:
    rows = stage_rows([Record("pack", "pack phone", 1.23456, 10**9, 7, cached=True)])
    assert rows == [
        {"stage": "pack", "label": "pack phone", "seconds": 1.235, "peak_memory_bytes": 10**9, "cached": True}
    ]


def test_warnings_of_levels_follow_those_of_the_scan() -> None:
    report = {
        "scan": {"warnings": ["no unit"]},
        "levels": [{"name": "preview"}, {"name": "phone", "warnings": ["lossy"]}],
    }
    assert list_warnings(report) == ["no unit", "lossy"]
