"""The library is what its page says: small, typed, light to import, with examples that run."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import io
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import carreau
from carreau.command import api
from tests.pipeline.conftest import globe, waves, write_obj
from tests.pipeline.quick_looks import quick_looks
from tests.pipeline.site.publish.editions import edition
from tests.pipeline.stand_in import blank_posters

PROJECT = Path(__file__).parents[1]
PAGE = (PROJECT / "docs" / "library.md").read_text("utf-8")


def test_the_package_gives_what_the_module_has() -> None:
    assert carreau.__all__ == api.__all__
    for name in api.__all__:
        assert getattr(carreau, name) is getattr(api, name)
    assert set(api.__all__) <= set(dir(carreau))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        carreau.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_no_name_hides_a_module() -> None:
    assert not {module.name for module in pkgutil.iter_modules(carreau.__path__)} & set(api.__all__)


def test_the_package_alone_imports_nothing() -> None:
    script = "import sys; import carreau; print(*(name for name in sys.modules if name.startswith('carreau')))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=PROJECT)
    assert done.stdout.split() == ["carreau"]


def test_the_environment_of_the_caller_stays_as_it_is() -> None:
    """Yet what is loaded for the library has one thread for BLAS, which it reads from there."""
    script = """
import os, sys
before = dict(os.environ)
import carreau
assert dict(os.environ) == before
loaded = {}
class Note:
    def find_spec(self, name, path=None, target=None):
        if name in ("numpy", "scipy", "open3d"):
            loaded[name] = os.environ.get("OPENBLAS_NUM_THREADS", "")
sys.meta_path.insert(0, Note())
carreau.build_models
assert dict(os.environ) == before
print(loaded)
"""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT, env=environment)
    assert ast.literal_eval(done.stdout) == dict.fromkeys(("numpy", "scipy", "open3d"), "1")


def test_the_version_is_that_of_the_distribution() -> None:
    assert carreau.__version__ == importlib.metadata.version("carreau")


@pytest.mark.parametrize("name", [name for name in api.__all__ if inspect.isfunction(getattr(api, name))])
def test_every_function_is_typed_and_described(name: str) -> None:
    function = getattr(api, name)
    signature = inspect.signature(function)
    assert function.__doc__
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(each.annotation is not inspect.Parameter.empty for each in signature.parameters.values())


@pytest.mark.parametrize("package", ["carreau", "carreau_server"])
def test_the_packages_say_that_they_are_typed(package: str) -> None:
    assert (Path(importlib.import_module(package).__path__[0]) / "py.typed").is_file()


def examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: Path) -> None:
    positions, faces, texcoords = globe()
    write_obj(tmp_path / "scan.obj", positions, faces, texcoords, [waves(64, 64)])
    edition(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARREAU_CACHE", str(tmp_path / "cache"))
    blank_posters(monkeypatch)
    names: dict[str, Any] = {}
    with quick_looks(), contextlib.redirect_stdout(io.StringIO()) as printed:
        for example in examples():
            exec(example, names)  # noqa: S102 - our own page
    lines = printed.getvalue().splitlines()
    assert lines[0].startswith("scan")
    assert lines[1].startswith("preview ")
    assert float(lines[2].removesuffix(" dB")) > 25
    assert lines[3].endswith(": 3 sites")
    assert lines[4] == "the file does not exist"
    assert float(lines[5].removesuffix(" dB")) > 25
    assert int(lines[6]) <= 500


def type_check(path: Path, code: str) -> str:
    path.write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(PROJECT / "pyproject.toml")]
    done = subprocess.run(
        [*command, "--cache-dir", str(PROJECT / ".mypy_cache"), str(path)],
        capture_output=True, text=True, cwd=PROJECT, check=False,
    )  # fmt: skip
    return done.stdout


def test_the_examples_pass_the_type_checker(tmp_path: Path) -> None:
    assert type_check(tmp_path / "example.py", "\n".join(examples())).startswith("Success")


WRONG = """
from pathlib import Path
from carreau import Cache, SimplifyOptions, read, simplify

cache = Cache(Path("cache"))
scan = cache.step(read, cache.files(Path("scan.obj")))
cache.step(simplify, scan, SimplifyOptions(500))
cache.step(simplify, scan.part(lambda value: value.mesh), 500)
cache.step(simplify, scan.part(lambda value: value.mash), SimplifyOptions(500))
cache.step(read, cache.files(Path("scan.obj")), 500)
"""


def test_the_type_checker_refuses_wrong_inputs_of_a_step(tmp_path: Path) -> None:
    lines = re.findall(r"^.*wrong\.py:(\d+): error", type_check(tmp_path / "wrong.py", WRONG), re.MULTILINE)
    assert sorted(set(map(int, lines))) == [7, 8, 9, 10]
