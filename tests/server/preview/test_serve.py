"""`python -m carreau_server` answers for all it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "carreau_server", str(folder), "--check"]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, timeout=120)


def test_a_check_asks_for_everything_once(models: Path, viewer_modules: Path) -> None:
    done = check(models)
    assert (done.returncode, done.stderr) == (0, "")
    assert "answers for all of it" in done.stdout


def test_a_check_fails_without_models(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert done.returncode == 1
    assert "no finished model" in done.stderr
