"""What is compiled beforehand is found by those who call it, in another process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from carreau.base import jit, precompile
from carreau.base.precompile import in_order

PARTS = ("jit.py", "process.py", "package_folders.py", "precompile.py")
INNER = """from carreau.base.jit import compiled
@compiled
def grown(x):
    return x + 1
"""
OUTER = """from carreau.inner import grown
from carreau.base.jit import compiled
@compiled
def total(values):
    total = 0.0
    for value in values:
        total += grown(value)
    return total
"""
LISTED = "# types\ncarreau.inner.grown(float64)\ncarreau.outer.total(readonly(float64[::1]))\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of the name of ours with two compiled functions, one of which calls the other."""
    folder = tmp_path / "carreau"
    (folder / "base").mkdir(parents=True)
    for name in ("__init__.py", "base/__init__.py"):
        (folder / name).write_text("")
    for name in PARTS:
        shutil.copy(jit.ROOT / "base" / name, folder / "base")
    (folder / "inner.py").write_text(INNER)
    (folder / "outer.py").write_text(OUTER)
    (folder / "base" / "signatures.txt").write_text(LISTED)
    return folder


def run(package: Path, words: Sequence[str], **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", *words],
        check=False, capture_output=True, text=True, cwd=package.parent, env={**os.environ, **variables}, timeout=300,
    )  # fmt: skip


def run_precompile(package: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(package, ["-m", "carreau.base.precompile", "--jobs", "2"], **variables)


def call(package: Path, **variables: str) -> tuple[float, int, int]:
    """Call the function in a process of its own; return its result, and how often it was found and compiled."""
    script = """import numpy as np
from carreau.outer import total
values = np.arange(3.0)
values.flags.writeable = False
print(total(values), sum(total.stats.cache_hits.values()), sum(total.stats.cache_misses.values()))"""
    done = run(package, ["-c", script], **variables)
    assert done.returncode == 0, done.stderr
    result, hits, misses = done.stdout.split()
    return float(result), int(hits), int(misses)


def kept(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.rglob(f"*{suffix}"))


def test_what_is_compiled_beforehand_is_only_loaded(package: Path) -> None:
    assert call(package) == (6.0, 0, 1)
    shutil.rmtree(package / "__pycache__")
    done = run_precompile(package)
    assert (done.returncode, done.stderr) == (0, "")
    before = {path: path.read_bytes() for path in kept(package, ".nbc")}
    assert len(before) == 2
    assert call(package) == (6.0, 1, 0)
    assert run_precompile(package).returncode == 0
    assert {path: path.read_bytes() for path in kept(package, ".nbc")} == before


def test_new_times_of_the_same_sources_change_nothing(package: Path) -> None:
    run_precompile(package)
    for path in package.glob("*.py"):
        os.utime(path, (1e9, 1e9))
    assert call(package) == (6.0, 1, 0)


@pytest.mark.parametrize(("suffix", "left"), [(".nbi", 0), (".nbc", 40)])
def test_what_a_power_cut_damaged_is_compiled_again(package: Path, suffix: str, left: int) -> None:
    run_precompile(package)
    for path in kept(package, suffix):
        path.write_bytes(path.read_bytes()[:left])
    assert call(package) == (6.0, 0, 1)
    assert call(package) == (6.0, 1, 0)


def test_what_is_damaged_inside_is_compiled_again_beforehand(package: Path) -> None:
    run_precompile(package)
    for path in kept(package, ".nbc"):
        path.write_bytes(b"\0" + path.read_bytes()[1:])
    done = run_precompile(package)
    assert (done.returncode, done.stderr) == (0, "")
    assert call(package) == (6.0, 1, 0)


def test_a_function_is_compiled_again_when_one_that_it_calls_is_damaged(package: Path) -> None:
    """Another process may not have come to that one yet."""
    run_precompile(package)
    for path in kept(package, ".nbc"):
        path.write_bytes(b"\0" + path.read_bytes()[1:])
    script = f"from carreau.base.precompile import compile_module; print(compile_module([{LISTED.splitlines()[2]!r}]))"
    done = run(package, ["-c", script])
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert call(package) == (6.0, 1, 0)


def test_what_cannot_be_compiled_is_said_and_the_rest_is_kept(package: Path) -> None:
    odd = (
        "carreau.outer.gone(int64)\ncarreau.absent.f(int64)\ncarreau.inner.grown(float64, float64)\n"
        "carreau.outer.total(zebra)\ncarreau.outer.total(none)\n"
    )
    (package / "base" / "signatures.txt").write_text(LISTED + odd)
    done = run_precompile(package)
    assert done.returncode == 1
    assert {line.partition(":")[0] for line in done.stderr.splitlines()} == {
        "carreau.outer.gone(int64)", "carreau.absent", "carreau.inner.grown(float64, float64)",
        "carreau.outer.total(zebra)", "carreau.outer.total(none)",
    }  # fmt: skip
    assert call(package) == (6.0, 1, 0)


def test_where_nothing_can_be_written_nothing_is_compiled(package: Path) -> None:
    (package / "__pycache__").write_text("a file in the way")
    in_the_way = str(package / "__init__.py")
    done = run_precompile(package, XDG_CACHE_HOME=in_the_way)
    assert done.returncode == 1
    assert "carreau.outer: no folder for machine code can be written: set NUMBA_CACHE_DIR" in done.stderr.splitlines()
    assert call(package, XDG_CACHE_HOME=in_the_way) == (6.0, 0, 1)


def test_modules_follow_those_that_they_call() -> None:
    order = [precompile.kernel_module(lines[0]) for lines in in_order(precompile.listed_signatures())]
    assert len(order) == len(set(order)) > 40
    place = {name: number for number, name in enumerate(order)}
    assert all(place[needed] < place[name] for name in order for needed in jit.list_imports(name) & set(order))
