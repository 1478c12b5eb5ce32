"""Scans of a batch are made side by side, and one that fails fails alone."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import pytest

from carreau.base.errors import BudgetError, FormatError, ScanError
from carreau.base.messages import message
from carreau.models.batch import NOT_BEGUN, BatchResult, NamedScan, make_batch
from carreau.models.reports.report import Report
from carreau.runs.progress import Dashboard, Progress, QuietBoard
from carreau.runs.progress_display import dashboard_for

BAD = FormatError("bad.obj", "line 3", message("a face names vertex 9 of 8"), message("export it again"))


def report(name: str) -> Report:
    levels = [{"name": "phone", "warnings": ["lossy"]}]
    return Report({"name": name, "scan": {"warnings": ["no texture"]}, "levels": levels})


def batch(
    tmp_path: Path, errors: dict[str, BaseException | None], at_once: int = 1, board: Dashboard | None = None
) -> BatchResult:
    def build(scan: NamedScan, out: Path, progress: Progress) -> Report:
        progress.begin("read")
        error = errors[scan.name]
        if error is not None:
            raise error
        (out / "phone.glb").write_bytes(b"glTF")
        return report(scan.name)

    scans = [NamedScan(name, Path(f"{name}.obj")) for name in errors]
    return make_batch(scans, tmp_path / "out", build, board or QuietBoard(), at_once)


def test_each_scan_has_a_folder_and_all_have_a_page(tmp_path: Path) -> None:
    result = batch(tmp_path, {"mill": None, "pump": None}, at_once=2)
    assert result.exit_code == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"mill", "pump", "batch.json", "index.html"} <= names
    assert {path.name for path in (tmp_path / "out" / "mill").iterdir()} == {"build.log", "phone.glb"}
    data = json.loads((tmp_path / "out" / "batch.json").read_text())
    assert data["exit_code"] == 0
    assert [(scan["name"], scan["folder"], scan["made"], scan["error"]) for scan in data["scans"]] == [
        ("mill", "mill", True, None),
        ("pump", "pump", True, None),
    ]
    assert data["scans"][0]["warnings"] == ["no texture", "lossy"]


def test_one_failing_scan_fails_alone(tmp_path: Path) -> None:
    result = batch(tmp_path, {"bad": BAD, "mill": None, "poor": BudgetError(message("too\nlarge"))}, at_once=2)
    assert [outcome.exit_code for outcome in result.outcomes] == [2, 0, 1]
    assert [scan["error"] for scan in result.as_json()["scans"]] == [str(BAD), None, "too large"]
    out = tmp_path / "out"
    assert not (out / "bad").exists()  # what is refused leaves nothing
    assert (out / "mill" / "phone.glb").is_file()
    assert "too\nlarge" in (out / "poor" / "build.log").read_text()
    assert "mill" in (out / "index.html").read_text()
    assert json.loads((out / "batch.json").read_text())["scans"][0]["error"] == str(BAD)


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([None, None], 0),
        ([BAD, None], 2),
        ([BAD, ScanError("a", "", message("b"), message("c"))], 2),
        ([BAD, BudgetError(message("no"))], 1),
        ([BudgetError(message("no")), None], 1),
        ([BAD, ZeroDivisionError("oh")], 70),
        ([KeyboardInterrupt(), None], 130),
    ],
)
def test_the_exit_code_says_what_failed(tmp_path: Path, errors: list[BaseException | None], code: int) -> None:
    assert batch(tmp_path, {f"scan{number}": error for number, error in enumerate(errors)}).exit_code == code


def test_an_interrupted_batch_begins_no_other_scan(tmp_path: Path) -> None:
    result = batch(tmp_path, {"a": None, "b": KeyboardInterrupt(), "c": None})
    assert [outcome.error for outcome in result.outcomes][2] == NOT_BEGUN
    assert not (tmp_path / "out" / "c").exists()


def test_scans_are_made_side_by_side(tmp_path: Path) -> None:
    both = threading.Barrier(2)

    def build(scan: NamedScan, out: Path, progress: Progress) -> Report:
        both.wait(30)
        return report(scan.name)

    scans = [NamedScan(name, Path(name)) for name in "abcd"]
    assert make_batch(scans, tmp_path, build, QuietBoard(), 2).exit_code == 0


def test_lines_begin_with_the_name_of_the_scan(tmp_path: Path) -> None:
    stream = io.StringIO()
    board = dashboard_for(stream, {"mill": 1000, "bad": 1000})
    batch(tmp_path, {"mill": None, "bad": BAD}, board=board)
    board.close()
    said = [line[10:] for line in stream.getvalue().splitlines()]
    assert [line.partition(", about")[0].rstrip(")") for line in said] == [
        "mill: read …",
        "mill: done (1 of 2 scans",
        "bad: read …",
        "bad: failed (2 of 2 scans",
    ]
    assert "read" in (tmp_path / "out" / "mill" / "build.log").read_text()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_row_a_scan_and_one_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    board = dashboard_for(stream, {"mill [bold]": 1000, "pump": 1000})
    row = board.of("mill [bold]")
    row.plan([("read", 2.0), ("clean", 2.0)])
    row.begin("read")
    board.of("pump").note("it has no texture")
    board.finish("pump", is_made=True)
    board.finish("mill [bold]", is_made=False)
    board.close()
    text = stream.getvalue()
    for said in ("mill [bold]: read", "pump: it has no texture", "pump: done", "mill [bold]: failed", "of 2 scans"):
        assert said in text


def test_a_quiet_batch_shows_nothing() -> None:
    stream = Terminal()
    board = dashboard_for(stream, {"a": 1}, quiet=True)
    board.of("a").note("x")
    board.finish("a", is_made=True)
    board.close()
    assert stream.getvalue() == ""
