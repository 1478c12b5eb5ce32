"""Arguments go in, a line a failure and the right exit code come out."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import BudgetError, FormatError
from carreau.base.languages import LANGUAGES
from carreau.base.messages import message
from carreau.base.options import ModelOptions
from carreau.command.cli import main
from carreau.runs.cache import Cache, default_root, open_cache
from carreau.runs.store import Record
from tests.pipeline.city_tiles import write_pieces

PROJECT = Path(__file__).parents[3]


class Shown:
    """Stands for a report, an inspection or a comparison."""

    data: Mapping[str, Any] = {
        "name": "née", "levels": [], "scan": {"warnings": ["no texture"]}, "stages": []
    }  # fmt: skip

    def lines(self) -> tuple[str, ...]:
        return ("phone 1.2 MB",)

    def as_json(self) -> dict[str, object]:
        return {"name": "née"}


Flow = Callable[..., None]


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand in for the flow, and note what it is asked."""
    module: Any = types.ModuleType("carreau.models.flow")
    module.asked = []

    def answer(*arguments: object, **_: object) -> Shown:
        module.asked.append(arguments)
        return Shown()

    module.build_models = module.inspect_scan = module.inspect_source = answer
    module.compare_model = answer
    monkeypatch.setitem(sys.modules, "carreau.models.flow", module)
    return module


BAD_FACE = FormatError("a.obj", "line 3", message("a face names vertex 9 of 8"), message("export it again"))


def failing(error: BaseException) -> Callable[..., Shown]:
    def fail(*_: object, **__: object) -> Shown:
        raise error

    return fail


def test_model_hands_its_options_on(flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "--name Fosse --unit mm --up z --levels preview,phone --jobs 2 --source a --licence b --credit c"
    assert main(["model", "scan.obj", "--out", str(tmp_path / "out"), *words.split()]) == 0
    scan, options, cache, _ = flow.asked[0]
    assert scan == Path("scan.obj")
    assert options == ModelOptions(tmp_path / "out", "Fosse", "mm", "z", ("preview", "phone"), 2, "a", "b", "c")
    assert cache.root == default_root()
    assert capsys.readouterr().out == "phone 1.2 MB\n"
    assert (tmp_path / "out" / "build.log").is_file()


def test_pieces_that_adjoin_are_told_once_or_handed_on_as_one(
    flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = write_pieces(tmp_path / "town", ".glb"), ("--out", str(tmp_path / "out"))
    assert main(["model", str(folder), "--as-one", *out]) == 0
    ((scan, options, *_),) = flow.asked
    assert (scan, options.as_one) == (folder, True)
    flow.build_models = failing(BAD_FACE)
    capsys.readouterr()
    for quiet, count in (((), 1), (("--quiet",), 0)):
        assert main(["model", str(folder), *out, *quiet]) == 2
        assert capsys.readouterr().err.count("--as-one") == count


@pytest.mark.parametrize("up", ["-x", "-y", "-z"])
def test_a_direction_with_a_hyphen_is_no_option(flow: Any, tmp_path: Path, up: str) -> None:
    assert main(["model", "scan.obj", "--up", up, "--out", str(tmp_path)]) == 0
    assert flow.asked[0][1].up == up


def test_quiet_prints_nothing(flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "scan.obj", "--out", str(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_several_scans_get_a_folder_each(flow: Any, tmp_path: Path) -> None:
    assert main(["model", "a/scan.obj", "b/scan.obj", "c/other.ply", "--out", str(tmp_path)]) == 0
    assert sorted(asked[1].out.name for asked in flow.asked) == ["a-scan", "b-scan", "other"]


def test_one_bad_scan_does_not_stop_the_others(flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter(
        [
            BAD_FACE,
            None,
            BudgetError(message("no")),
        ]
    )

    def answer(*arguments: object, **_: object) -> Shown:
        flow.asked.append(arguments)
        error = next(answers)
        if error:
            raise error
        return Shown()

    flow.build_models = answer
    assert main(["model", "a.obj", "b.obj", "c.obj", "--out", str(tmp_path), "--jobs=1"]) == 1
    assert len(flow.asked) == 3
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("carreau:")]
    assert said == ["carreau: a.obj, line 3: a face names vertex 9 of 8; export it again", "carreau: no"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["b", "c"]  # a refused one leaves none
    assert (tmp_path / "batch.json").is_file()
    assert (tmp_path / "c" / "build.log").read_text().endswith("  no\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--levels", "huge"], "--levels: 'huge' is unknown"),
        (["--jobs", "0"], "--jobs: 0 is less than 1"),
    ],
)
def test_bad_options_end_with_two(
    flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["model", "scan.obj", "--out", str(tmp_path), *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["model"], ["model", "a.obj"], ["model", "a", "--out", "o", "--unit", "x"], ["dig"]]
)
def test_bad_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("carreau: ")
    assert error.count("\n") == 1
    assert "--help`" in error or "--unit: 'x' is unknown; use one of: auto, m, " in error


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["model", "a", "--out", "o", "--up", "w"],
            "--up : « w » est inconnu ; choisissez parmi : auto, x, y, z, -x, -y, -z",
        ),
        (["model", "a", "--out", "o", "--jobs", "few"], "--jobs : « few » n’est pas un nombre entier"),
        (["serve", "--rate", "slow"], "--rate : « slow » n’est pas un nombre"),
        (
            ["cache", "--max-size", "much"],
            "--max-size : « much » n’est pas une taille ; indiquez par exemple 500M ou 20G",
        ),
        (
            ["new", "mine", "x"],
            "new : « mine » est inconnu ; choisissez parmi : site, route, trail, show, map, state, massing, "
            "reconstruction",
        ),
        (["inspect"], "the following arguments are required: SCAN ; voir `carreau inspect --help`"),
    ],
)
def test_refusals_are_in_the_language_of_the_run(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "fr", *arguments]) == 2
    assert capsys.readouterr().err.replace("\u00a0", " ") == f"carreau: {error}\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_the_cache_is_aligned_in_each_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    cache = open_cache(str(tmp_path))
    for stage, value in (("read", "a"), ("simplify", "b")):
        cache.store.write(stage, "key", value, Record(stage, stage, 1.0, 1), "code", None)
    assert main(["--lang", language, "cache", "--cache", str(tmp_path)]) == 0
    *table, total = capsys.readouterr().out.splitlines()
    assert len(table) == 3
    assert len({len(line) for line in table}) == 1
    assert str(tmp_path) in total
    assert ("just now" in table[1]) is (language == "en")


def test_a_defect_is_one_line_and_its_trace_is_in_the_log(
    flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow.build_models = failing(ZeroDivisionError("division\nby zero"))
    assert main(["model", "scan.obj", "--out", str(tmp_path)]) == 70
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "this is a bug in Carreau (ZeroDivisionError: division by zero)" in error
    assert str(tmp_path / "build.log") in error
    assert "Traceback" in (tmp_path / "build.log").read_text()


def test_ctrl_c_ends_cleanly_and_stops_the_rest(
    flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carreau.command.cli.threading.active_count", lambda: 1)  # whatever other tests left running
    flow.build_models = failing(KeyboardInterrupt())
    assert main(["model", "a.obj", "b.obj", "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err.count("interrupted") == 1


def test_too_little_memory_is_said(flow: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow.build_models = failing(MemoryError())
    assert main(["model", "a.obj", "--out", str(tmp_path)]) == 1
    assert "not enough memory" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["inspect", "scan.obj"], ["compare", "scan.obj", "phone.glb"]])
def test_inspect_and_compare_print_text_or_json(
    flow: Any, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out == "phone 1.2 MB\n"
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "née"}
    flow.inspect_scan = flow.compare_model = failing(
        FormatError("scan.obj", "", message("it is empty"), message("export it again"))
    )
    assert main(arguments) == 2
    assert capsys.readouterr().err == "carreau: scan.obj: it is empty; export it again\n"


def test_the_cache_is_shown_and_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    store = Cache(default_root()).store
    for key in "ab":
        store.write(
            "simplify", key, b"x" * 5000, Record("simplify", "simplify", 0.0, 0), "carreau.base.levels:LEVELS old", None
        )
    assert main(["cache"]) == 0
    shown = capsys.readouterr().out
    assert "simplify" in shown
    assert str(default_root()) in shown
    assert main(["cache", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stages"][0]["entries"] == 2
    assert main(["cache", "--max-size", "8k"]) == 0
    assert "1 value removed" in capsys.readouterr().out
    assert main(["cache", "--older-than", "1d"]) == 0
    assert len(store.entries()) == 1
    assert main(["cache", "--prune"]) == 0
    assert store.entries() == []


def test_the_cache_can_be_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    store = Cache(default_root()).store
    store.write("simplify", "a", 1, Record("simplify", "simplify", 0.0, 0), "x", None)
    assert main(["cache", "--clear"]) == 0
    assert store.entries() == []


@pytest.mark.parametrize("arguments", [["--max-size", "lots"], ["--older-than", "30x"], ["--older-than", "-1d"]])
def test_sizes_and_ages_must_make_sense(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", arguments[0] + "=" + arguments[1]]) == 2
    assert "is not" in capsys.readouterr().err


def test_a_reader_that_had_enough_is_no_failure() -> None:
    command = f"{sys.executable} -m carreau.command.cli cache | head -c 0"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, cwd=PROJECT)
    assert done.stderr == ""


def test_help_is_there_at_once_and_complete() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "carreau.command.cli", "--help"], capture_output=True, text=True, cwd=PROJECT
    )
    assert done.returncode == 0
    for name in ("model", "inspect", "compare", "cache"):
        assert name in done.stdout


def test_the_version_is_that_of_the_installed_package() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "carreau.command.cli", "--version"], capture_output=True, text=True, cwd=PROJECT
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"carreau {version('carreau')}\n", "")
