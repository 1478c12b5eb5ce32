"""Simulated files come from the generator of the project's own sources, and from no other code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.site import media_preparation
from carreau.site.media_preparation import simulate
from tests.conftest import PROJECT


def test_an_installation_without_the_sources_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_preparation, "GENERATOR", tmp_path / "assets" / "demonstration")
    with pytest.raises(OptionError, match="only a source checkout of Carreau can generate it; run this command there"):
        simulate("winding-engine-simulated", tmp_path)


def test_code_in_another_folder_called_assets_is_not_run(tmp_path: Path) -> None:
    package = tmp_path / "assets" / "demonstration"
    package.mkdir(parents=True)
    for name in ("__init__.py", "named.py"):
        (package / name).write_text("raise SystemExit('run')\n", encoding="utf-8")
    script = (
        f"import sys; sys.path.append({str(PROJECT)!r})\n"
        "from pathlib import Path; from carreau.site.media_preparation import simulate\n"
        "print(simulate('winding-engine-simulated', Path('made')).name)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "winding-engine-simulated.flac\n"), done.stderr


def test_the_whole_generator_loads_where_only_the_package_is_installed(tmp_path: Path) -> None:
    """As for the command `carreau`, whose import path has the packages and not the folder of the project."""
    script = (
        "import importlib, sys\n"
        f"sys.meta_path.append(type('Editable', (), {{'find_spec': staticmethod(lambda name, path=None, target=None:"
        f" importlib.util.spec_from_file_location('pipeline', {str(PROJECT / 'pipeline' / '__init__.py')!r},"
        f" submodule_search_locations=[{str(PROJECT / 'pipeline')!r}]) if name == 'pipeline' else None)}}))\n"
        "from carreau.site import media_preparation as prepare\n"
        "prepare._load_package()\n"
        "importlib.import_module('assets.demonstration.sample')\n"
        "importlib.import_module('assets.demonstration.earlier')"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
