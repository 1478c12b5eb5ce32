"""The bench's table compares with the better peer, and replaces its own section of a page only."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import peers
from tests.bench.__main__ import PARTS, SCANS
from tests.bench.alone import Beside
from tests.bench.results import RESULTS, Results
from tests.bench.table import END, PAGE, START, Circumstances, Row, gains, page, put, summary, table

OURS = Row("statue", "preview", "carreau", 60_000, 10_000, 26.5, 0.9, 40.0, 60.0, 2_000_000_000)
ALONE = Circumstances("2026-11-28", "Linux, 2 cores; gltfpack 0.22", 0.02)
ROWS = [
    OURS,
    replace(OURS, maker="gltfpack", psnr_db=23.0, within=False),
    replace(OURS, maker="gltf-transform", psnr_db=24.0),
    replace(OURS, scan="grey", decides=False, psnr_db=10.0),
    replace(OURS, scan="grey", decides=False, maker="gltfpack", psnr_db=30.0),
]


def test_gains_are_over_the_better_peer_of_coloured_scans() -> None:
    assert gains(ROWS) == {"preview": [2.5]}
    assert summary(ROWS)[0].startswith("- preview: +2.50 dB above the better peer")


def test_every_row_is_in_the_table_and_exceptions_are_marked() -> None:
    text = table(ROWS)
    assert text.count("| statue | preview |") == 3
    assert "| gltfpack ¹ |" in text
    assert text.splitlines()[-1].startswith("¹")
    assert "¹" not in table([OURS])


def test_likeness_under_light_stands_beside_the_other() -> None:
    lit, dark = table([replace(OURS, lit_db=24.513)]).splitlines(), table([OURS]).splitlines()
    column = lit[0].split(" | ").index("dB lit")
    assert lit[-1].split(" | ")[column] == "24.51"
    assert dark[-1].split(" | ")[column] == ""


NAMES = ("statue", "grey", "times", "survey")


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text(f"before\n{START}\nold\n{END}\nafter\n", "utf-8")
    put(path, page(ROWS, {"times": ["a note"]}, {"statue": ALONE, "times": ALONE}, NAMES))
    text = path.read_text("utf-8")
    assert text.startswith(f"before\n{START}\nMeasured on Linux, 2 cores; gltfpack 0.22. Every command ran alone")
    assert text.endswith(f"{END}\nafter\n")
    assert "- a note" in text.splitlines()
    assert "old" not in text
    put(path, page(ROWS, {}, {"statue": ALONE}, NAMES))
    assert path.read_text("utf-8").count(START) == 1


def test_rows_of_two_machines_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="more than one place"):
        page(ROWS, {}, {"statue": ALONE, "times": replace(ALONE, place="Linux, 4 cores; gltfpack 0.22")}, NAMES)


def test_the_page_says_what_was_measured_when_and_what_was_not() -> None:
    earlier = replace(ALONE, day="2026-11-20")
    lines = page(ROWS, {}, {"survey": earlier, "grey": earlier, "statue": ALONE}, NAMES).splitlines()
    assert lines[2:5] == [
        "- 20 November 2026: grey, survey",
        "- 28 November 2026: statue",
        "- not measured yet: times",
    ]


def test_what_was_found_earlier_is_replaced_part_by_part(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "bench.json", replace(ALONE, place="elsewhere")
    results = Results(list(ROWS), {"times": ["a"], "clouds": ["b"]}, {"statue": ALONE, "grey": ALONE, "times": ALONE})
    results.measured["clouds"] = elsewhere
    same = replace(OURS, psnr_db=math.inf, lit_db=math.inf)
    results.replace("statue", replace(ALONE, day="2026-11-29"), [same], [])
    results.replace("times", replace(ALONE, day="2026-11-29"), [], ["c"])
    results.write(path)
    again = Results.read(path)
    assert again == results
    assert "Infinity" not in path.read_text("utf-8")
    here = again.measured_at(ALONE.place)
    assert here.notes == {"times": ["c"]}
    assert here.rows == [*ROWS[3:], same]
    assert set(here.measured) == {"statue", "grey", "times"}


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="bench:start"):
        put(path, "text")


def test_the_documentation_shows_the_results() -> None:
    results = Results.read(RESULTS)
    section = PAGE.read_text("utf-8").partition(START)[2].partition(END)[0]
    assert section.strip() == page(results.rows, results.notes, results.measured, (*SCANS, *PARTS))
    assert all(each.is_alone for each in results.measured.values())


def test_the_figures_of_the_readme_are_in_the_documentation() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text("utf-8")
    section = readme.partition("## How it compares")[2].partition("\n## ")[0]
    slow_phone = readme.partition("On a slow phone")[2].partition("\n\n")[0]
    figures = set(re.findall(r"[-+]?\d+\.\d+", section + slow_phone))
    assert len(figures) > 5
    assert {figure for figure in figures if figure not in PAGE.read_text("utf-8")} == set()


def test_a_part_is_measured_in_a_folder_that_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, results, written = tmp_path / "not" / "there", tmp_path / "bench.json", tmp_path / "benchmarks.md"
    written.write_text(f"{START}\n{END}\n", "utf-8")
    monkeypatch.setattr(peers, "require", lambda: None)
    monkeypatch.setattr(peers, "versions", lambda: {"gltfpack": "0.22"})
    monkeypatch.setattr(bench, "adopt_orphans", lambda: None)
    monkeypatch.setattr(bench, "most_beside", lambda: Beside("", 0.0))
    monkeypatch.setattr(bench, "edit_catalogue", lambda folder: [f"made in {folder.parent.parent}"])
    options = ["--work", str(work), "--json", str(results), "--page", str(written)]
    monkeypatch.setattr("sys.argv", ["bench", "desk", *options])
    bench.main()
    assert Results.read(results).notes == {"desk": [f"made in {work}"]}
    assert f"- made in {work}" in written.read_text("utf-8").splitlines()
