"""Simulated files come from the generator of the project's own sources, and from no other code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import OptionError
from pipeline.media import simulation
from pipeline.media.simulation import simulate
from tests.conftest import PROJECT


def test_an_installation_without_the_sources_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "GENERATOR", tmp_path / "assets" / "demonstration")
    with pytest.raises(OptionError, match="only a source checkout of Carreau can generate it; run this command there"):
        simulate("winding-engine-simulated", tmp_path)


def test_code_in_another_folder_called_assets_is_not_run(tmp_path: Path) -> None:
    package = tmp_path / "assets" / "demonstration"
    package.mkdir(parents=True)
    for name in ("__init__.py", "named.py"):
        (package / name).write_text("raise SystemExit('run')\n", encoding="utf-8")
    script = (
        f"import sys; sys.path.append({str(PROJECT)!r})\n"
        "from pathlib import Path; from pipeline.media.simulation import simulate\n"
        "print(simulate('winding-engine-simulated', Path('made')).name)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "winding-engine-simulated.flac\n"), done.stderr
