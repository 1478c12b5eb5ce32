"""The bench's table compares with the better peer, and replaces its own section of a page only."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.kept import Kept
from tests.bench.table import END, PAGE, START, Circumstances, Row, gains, page, put, summary, table

OURS = Row("statue", "preview", "carreau", 60_000, 10_000, 26.5, 0.9, 40.0, 60.0, 2_000_000_000)
ALONE = Circumstances("2026-11-28", "Linux, 2 cores; gltfpack 0.22", 0.02, "gltfpack")
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


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text(f"before\n{START}\nold\n{END}\nafter\n", "utf-8")
    put(path, page(ROWS, ["a note"], {"statue": ALONE, "times": ALONE}))
    text = path.read_text("utf-8")
    assert text.startswith(f"before\n{START}\nMeasured on 28 November 2026: Linux, 2 cores; gltfpack 0.22.")
    assert "ran alone" in text
    assert "instead" not in text
    assert text.endswith(f"{END}\nafter\n")
    assert "- a note" in text
    assert "old" not in text
    put(path, page(ROWS, [], {"statue": ALONE}))
    assert path.read_text("utf-8").count(START) == 1


def test_a_table_of_times_beside_other_work_is_not_written() -> None:
    with pytest.raises(ValueError, match=r"times: 0\.70 cores during carreau model"):
        page(ROWS, [], {"statue": ALONE, "times": replace(ALONE, beside_cores=0.7, beside="carreau model")})


def test_rows_of_two_machines_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="more than one place"):
        page(ROWS, [], {"statue": ALONE, "times": replace(ALONE, place="Linux, 4 cores; gltfpack 0.22")})


def test_what_was_measured_on_another_day_says_so() -> None:
    earlier = replace(ALONE, day="2026-11-20")
    text = page(ROWS, [], {"statue": ALONE, "grey": earlier, "survey": earlier})
    assert "Measured on 20 November 2026 instead: grey, survey." in text.splitlines()


def test_a_bench_goes_on_from_what_was_alone_here(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    busy, elsewhere = replace(ALONE, beside_cores=0.7), replace(ALONE, place="elsewhere")
    measured = {"statue": ALONE, "grey": busy, "times": ALONE, "clouds": elsewhere, "survey": ALONE}
    Kept(ROWS, {"times": ["a"], "clouds": ["b"], "survey": ["c"]}, measured).write(path)
    kept = Kept.read(path).usable(ALONE.place, ["survey"])
    assert set(kept.measured) == {"statue", "times"}
    assert kept.notes == {"times": ["a"]}
    assert kept.rows == ROWS[:3]


def test_numbers_that_do_not_tell_their_circumstances_are_not_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_text('{"rows": [{"scan": "statue"}], "notes": {"times": ["a"]}}', "utf-8")
    assert Kept.read(path) == Kept()


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="bench:start"):
        put(path, "text")


def test_the_documentation_has_the_table_between_the_marks() -> None:
    text = PAGE.read_text("utf-8")
    assert (text.count(START), text.count(END)) == (1, 1)
    section = text.partition(START)[2].partition(END)[0]
    assert section.lstrip().startswith("Measured on ")
    assert "| carreau |" in section
    assert "| gltfpack |" in section


def test_the_figures_of_the_readme_are_in_the_documentation() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text("utf-8")
    section = readme.partition("## How it compares")[2].partition("\n## ")[0]
    slow_phone = readme.partition("On a slow phone")[2].partition("\n\n")[0]
    figures = set(re.findall(r"[-+]?\d+\.\d+", section + slow_phone))
    assert len(figures) > 5
    assert {figure for figure in figures if figure not in PAGE.read_text("utf-8")} == set()
