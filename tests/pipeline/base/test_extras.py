"""A part that is not installed is named in one line with the command that installs it, and nothing is begun."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from carreau.base.errors import PartError
from carreau.base.tools import EXTRAS, INCLUDED, install, is_installed, missing_part, require
from carreau.command.cli import main
from carreau.runs.failures import run_safely
from tests.requirements import PROJECT


def own(extra: str) -> list[Requirement]:
    return [Requirement(each) for each in PROJECT["optional-dependencies"][extra]]


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_table_has_what_the_distribution_declares(extra: str) -> None:
    """Of what an extra brings itself, each has a row, by the name that it is imported by."""
    declared = {each.name.lower().replace("_", "-") for each in own(extra) if each.name != PROJECT["name"]}
    known = packages_distributions()
    rows = {name: {each.lower().replace("_", "-") for each in known.get(name, [name])} for name in EXTRAS[extra]}
    transitive = {"llvmlite", "dask"}
    assert {name for name, found in rows.items() if not found & declared} <= transitive
    assert declared - {each for found in rows.values() for each in found} <= {"open3d"}  # elsewhere than here
    assert {extra for each in own(extra) if each.name == PROJECT["name"] for extra in each.extras} == set(
        INCLUDED.get(extra, ())
    )


def test_all_is_everything() -> None:
    [requirement] = own("all")
    assert requirement.extras == set(EXTRAS)


def test_what_is_here_is_installed() -> None:
    assert [extra for extra in EXTRAS if not is_installed(extra)] == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_part_without_its_packages_is_not_installed(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, EXTRAS[extra][0], None)
    with pytest.raises(PartError) as raised:
        require(extra)
    assert str(raised.value).endswith(install(extra))
    assert "\n" not in str(raised.value)


def test_a_part_without_what_it_includes_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert not is_installed("air")
    assert is_installed("desk")


def test_a_module_that_only_a_missing_part_brings_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_part("trimesh.exchange") is None  # it is there: the module itself is damaged
    assert missing_part("elsewhere") is None
    monkeypatch.setitem(sys.modules, "numpy", None)

    def compute() -> None:
        import numpy  # noqa: F401

    failure = run_safely(compute).failure
    assert failure is not None
    assert (failure.exit_code, failure.message.endswith(install("models"))) == (2, True)


@pytest.mark.parametrize("language", ["fr", "nl", "de", "pl"])
def test_the_line_is_in_the_language_of_the_person(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "open3d", None)
    arguments = ["model", str(tmp_path / "scan.obj"), "--out", str(tmp_path / "out")]
    assert main(["--lang", language, *arguments]) == main(["--lang", "en", *arguments]) == 2
    line, english = capsys.readouterr().err.splitlines()
    assert line.endswith(install("models"))
    assert english.endswith(install("models"))
    assert line != english
    assert list(tmp_path.iterdir()) == []
