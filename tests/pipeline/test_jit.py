"""Machine code never outlives what it was made of."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import config

from pipeline import jit

INNER = """from pipeline.jit import compiled
STEP = {step}
@compiled
def grown(x):
    return x + {added}
"""
OUTER = """from pipeline.jit import compiled
from pipeline.inner import STEP, grown
@compiled
def twice(x):
    return grown(x) * STEP
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of the name of ours with two modules, one of which uses the other's compiled function and constant."""
    folder = tmp_path / "pipeline"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    shutil.copy(Path(jit.__file__), folder / "jit.py")
    (folder / "outer.py").write_text(OUTER)
    (folder / "inner.py").write_text(INNER.format(step=2, added=1))
    return folder


def result(package: Path) -> int:
    script = "from pipeline.outer import twice; print(twice(3), sum(twice.stats.cache_hits.values()))"
    command = [sys.executable, "-B", "-c", script]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=package.parent)
    value, hits = answer.stdout.split()
    return int(value) + 1000 * int(hits)


def test_a_change_of_what_is_used_makes_the_user_new(package: Path) -> None:
    assert result(package) == 8
    assert result(package) == 1008
    (package / "inner.py").write_text(INNER.format(step=2, added=2))
    assert result(package) == 10
    (package / "inner.py").write_text(INNER.format(step=5, added=2))
    assert result(package) == 25
    (package / "inner.py").write_text(INNER.format(step=2, added=1))
    assert result(package) == 1008


def test_the_digest_of_a_module_knows_what_it_imports() -> None:
    sources = {path.stem: jit.code_digest(path) for path in (jit.ROOT / "geometry").rglob("*.py")}
    assert sources["packing"] != sources["parameterize"]
    assert jit.code_digest(jit.ROOT / "geometry" / "uv" / "packing.py") == sources["packing"]


def test_where_nothing_can_be_written_code_is_compiled_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    jit.code_folder.cache_clear()
    assert jit.code_folder("pipeline.jit") is None

    @jit.compiled
    def doubled(x: int) -> int:
        return 2 * x

    jit.code_folder.cache_clear()
    assert doubled(4) == 8


def test_only_old_leftovers_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    jit.code_folder.cache_clear()
    left, other = tmp_path / "pipeline.jit-0000", tmp_path / "pipeline.model-0000"
    left.mkdir()
    other.mkdir()
    folder = jit.code_folder("pipeline.jit")
    assert folder is not None
    assert left.is_dir()
    monkeypatch.setattr(jit, "STALE_S", -1.0)
    jit.code_folder.cache_clear()
    assert jit.code_folder("pipeline.jit") == folder
    jit.code_folder.cache_clear()
    assert not left.exists()
    assert other.is_dir()


def test_what_has_no_source_is_compiled_and_not_kept() -> None:
    assert jit.code_folder("a module that is none") is None
