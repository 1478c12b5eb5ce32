"""Machine code never outlives what it was made of."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba.core import config

from carreau.base import jit

INNER = """from carreau.base.jit import compiled
STEP = {step}
@compiled
def grown(x):
    return x + {added}
"""
OUTER = """from carreau.base.jit import compiled
from carreau.inner import STEP, grown
@compiled
def twice(x):
    return grown(x) * STEP
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of the name of ours with two modules, one of which uses the other's compiled function and constant."""
    folder = tmp_path / "carreau"
    (folder / "base").mkdir(parents=True)
    for name in ("__init__.py", "base/__init__.py"):
        (folder / name).write_text("")
    shutil.copy(Path(jit.__file__), folder / "base" / "jit.py")
    (folder / "outer.py").write_text(OUTER)
    (folder / "inner.py").write_text(INNER.format(step=2, added=1))
    return folder


def result(package: Path) -> int:
    script = "from carreau.outer import twice; print(twice(3), sum(twice.stats.cache_hits.values()))"
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
    assert jit.code_folder("carreau.base.jit") is None

    @jit.compiled
    def doubled(x: int) -> int:
        return 2 * x

    jit.code_folder.cache_clear()
    assert doubled(4) == 8


def test_only_old_leftovers_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    jit.code_folder.cache_clear()
    left, other = tmp_path / "carreau.base.jit-0000", tmp_path / "carreau.base.model-0000"
    left.mkdir()
    other.mkdir()
    folder = jit.code_folder("carreau.base.jit")
    assert folder is not None
    assert left.is_dir()
    monkeypatch.setattr(jit, "STALE_S", -1.0)
    jit.code_folder.cache_clear()
    assert jit.code_folder("carreau.base.jit") == folder
    jit.code_folder.cache_clear()
    assert not left.exists()
    assert other.is_dir()


def test_what_has_no_source_is_compiled_and_not_kept() -> None:
    assert jit.code_folder("a module that is none") is None


def test_what_lies_ready_in_a_read_only_folder_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image of a container, whose maker compiles beforehand; root may write everywhere, hence the refusal."""
    (ready, own) = tmp_path / "ready", tmp_path / "own"
    monkeypatch.setattr(jit, "_roots", lambda: iter((ready, own)))
    jit.code_folder.cache_clear()
    made = jit.code_folder("carreau.base.jit")
    assert made is not None
    assert made.parent == ready
    (made / "jit_0").mkdir()
    for name, content in (("f.nbi", b"index."), ("f.1.nbc", b"code."), ("f.2.nbc", b"half of")):
        (made / "jit_0" / name).write_bytes(content)
    write_a_file = tempfile.TemporaryFile

    def refuse(dir: Path) -> object:
        if dir.is_relative_to(ready):
            raise PermissionError
        return write_a_file(dir=dir)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    for _ in range(2):
        jit.code_folder.cache_clear()
        copied = jit.code_folder("carreau.base.jit")
        jit.code_folder.cache_clear()
        assert copied is not None
        assert copied.parent == own
        assert {path.name: path.read_bytes() for path in (copied / "jit_0").iterdir()} == {
            "f.nbi": b"index.", "f.1.nbc": b"code."
        }  # fmt: skip
    assert copied is not None
    assert [path.name for path in own.iterdir()] == [copied.name]


def test_a_module_is_compiled_when_any_of_its_functions_is(package: Path) -> None:
    said = "from carreau.base.jit import is_compiled; print(is_compiled('carreau.outer'))"
    command = [sys.executable, "-B", "-c", said]
    for expected in ("False", "True"):
        answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=package.parent)
        assert answer.stdout.strip() == expected
        result(package)
