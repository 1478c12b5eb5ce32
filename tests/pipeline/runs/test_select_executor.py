"""Steps run without the library for clusters, and what needs it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.command.cli import main
from carreau.runs.select_executor import select_executor

ADDRESS = "tcp://127.0.0.1:8786"
TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
MISSING = {
    "en": "support for Dask clusters is not installed",
    "fr": "la prise en charge des clusters Dask n’est pas installée",
    "nl": "ondersteuning voor Dask-clusters is niet geïnstalleerd",
    "de": "Unterstützung für Dask-Cluster ist nicht installiert",
    "pl": "obsługa klastrów Dask nie jest zainstalowana",
}


@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)


@pytest.mark.usefixtures("blocked")
def test_a_cluster_without_its_library_names_the_extra() -> None:
    with pytest.raises(OptionError, match=r'^--executor tcp://.*: .*; pip install "carreau\[cluster\]"$'):
        select_executor(ADDRESS)


@pytest.mark.usefixtures("blocked")
@pytest.mark.parametrize("language", sorted(MISSING))
def test_the_command_says_so_in_every_language_and_writes_nothing(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scan.obj").write_text(TRIANGLE)
    arguments = ["model", str(tmp_path / "scan.obj"), "--out", str(tmp_path / "out"), "--executor", ADDRESS]
    assert main(["--lang", language, *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert MISSING[language] in line
    assert line.endswith('pip install "carreau[cluster]"')
    assert not (tmp_path / "out").exists()


READ = """
import sys
from pathlib import Path
from carreau.runs.cache import Cache
from carreau.runs.select_executor import select_executor
from carreau.models.stages.read import read

if __name__ == "__main__":
    executor = select_executor("processes", 1)
    cache = Cache(Path(sys.argv[2]), executor)
    step = cache.step(read, cache.files(Path(sys.argv[1]), []))
    print(len(step.value().mesh.faces))
    executor.close()
"""


def test_processes_run_steps_without_the_library_for_clusters(tmp_path: Path) -> None:
    """The import is blocked in the processes too."""
    for name in ("distributed", "dask"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('blocked')\n")
    (tmp_path / "scan.obj").write_text(TRIANGLE)
    (tmp_path / "read.py").write_text(READ)
    path = os.pathsep.join((str(tmp_path), os.environ["PYTHONPATH"]))
    done = subprocess.run(
        [sys.executable, "read.py", "scan.obj", "cache"],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
