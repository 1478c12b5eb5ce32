"""Processes of our own import nothing from the folder that a person works in, whatever it is called there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from carreau.base.process import own_command, own_environment
from carreau.desk.web.desk import DONE, Jobs
from tests.conftest import PROJECT
from tests.waiting import wait_until

FOLDERS, FILES = ("carreau", "carreau_server", "numpy", "multiprocessing"), ("random.py", "signal.py", "pickle.py")
"""Names of ours, of a library, and of Python itself, that a folder of somebody may have."""


def occupied(folder: Path) -> Path:
    """Fill a folder with packages and modules of those names, which end whoever imports them."""
    for name in FOLDERS:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise SystemExit('{name} of the current folder')")
    for name in FILES:
        (folder / name).write_text(f"raise SystemExit('{name} of the current folder')")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(occupied(tmp_path))
    return tmp_path


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**own_environment(), **variables}
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_python_alone_does_import_them(folder: Path) -> None:
    assert "carreau of the current folder" in run(sys.executable, "-m", "carreau.command.cli").stderr


@pytest.mark.parametrize(("module", "option"), [("carreau.command.cli", "--version"), ("carreau_server", "--help")])
def test_a_command_of_ours_does_not(folder: Path, module: str, option: str) -> None:
    done = run(*own_command(module), option)
    assert (done.returncode, done.stderr) == (0, "")


def test_our_code_comes_first_where_it_is_not_installed() -> None:
    folders = own_environment()["PYTHONPATH"].split(os.pathsep)
    assert folders[:2] == [str(PROJECT / "pipeline"), str(PROJECT / "server")]


def test_worker_processes_do_not(folder: Path) -> None:
    script = """
import multiprocessing
from multiprocessing import resource_tracker
from carreau.base.process import safe_path
if __name__ == "__main__":
    with safe_path():
        resource_tracker.ensure_running()
        worker = multiprocessing.get_context("spawn").Process(target=print, args=("it works",), kwargs={"flush": True})
        worker.start()
    worker.join()
"""
    done = run(sys.executable, "-P", "-c", script)
    assert (done.stdout, done.stderr) == ("it works\n", "")


def test_what_others_start_keeps_its_folder() -> None:
    assert "PYTHONSAFEPATH" not in own_environment()


def test_a_job_of_the_desk_does_not(folder: Path) -> None:
    job = Jobs().start("look", "", [["--version"]], "fr")
    wait_until(lambda: job.ended > 0, "the job has ended")
    assert (job.state, list(job.lines)) == (DONE, [])


@pytest.mark.parametrize(
    "begin",
    [
        "from carreau.command.cli import main; main(['cache'])",
        "from carreau.runs.remote import _begin; sys.modules['open3d'] = None; _begin(1, 0)",
    ],
)
def test_a_process_of_ours_sums_in_one_order(tmp_path: Path, begin: str) -> None:
    """Before NumPy is loaded, and only there: `import carreau` leaves the environment alone."""
    script = f"import os, sys, pipeline; print(os.environ.get('OPENBLAS_NUM_THREADS')); {begin}\n"
    script += "print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    environment = {name: value for name, value in own_environment().items() if not name.endswith("_NUM_THREADS")}
    environment["CARREAU_CACHE"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("None", "1 False"), done.stderr
