"""The mutation check finds a change that no test notices, and counts one that runs for ever as noticed."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tests.mutants import PROJECT, copy_project, covering_tests, mutants, survivors

MODULE = '''
"""Add."""
LIMIT = 3

def least(a: int | None, b: int = 2) -> int:
    while b < LIMIT:
        b += 1
    return b if a is None or b < a else a
'''
TEST = """
from carreau.sums.add import least

def test_the_smaller_one():
    assert (least(1), least(9), least(None, 3)) == (1, 3, 3)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "pipeline/carreau/sums/add.py": MODULE,
        "pipeline/carreau/sums/__init__.py": "",
        "tests/pipeline/sums/test_add.py": TEST,
        "tests/pipeline/sums/test_other.py": "def test_nothing():\n    raise AssertionError\n",
        ".gitignore": "left_out.py\n",
        "left_out.py": "",
    }.items():
        (tmp_path / "a" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "a" / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path / "a", check=True)
    copy_project(tmp_path / "a", tmp_path / "b")
    assert not (tmp_path / "b" / "left_out.py").exists()
    return tmp_path / "b"


def test_survivors_are_found_and_the_source_is_as_before(project: Path) -> None:
    module = Path("pipeline/carreau/sums/add.py")
    assert covering_tests(module, project) == ["tests/pipeline/sums/test_add.py"]
    remaining = {(each.line, each.before, each.after) for _, each in survivors(project, [module], 300)}
    assert remaining == {(5, "2", "3"), (8, "b < a", "b <= a")}
    assert (project / module).read_text() == MODULE


def test_tests_that_fail_anyway_are_refused(project: Path) -> None:
    with pytest.raises(
        SystemExit, match=r"AssertionError[^$]*these tests fail without any change: tests/pipeline/sums/test_other"
    ):
        list(survivors(project, [Path("pipeline/carreau/sums/add.py")], 300, ["tests/pipeline/sums/test_other.py"]))


def test_changes_are_of_operators_constants_and_results() -> None:
    source = 'x: int | None = f"{1 + 1}é" + "b"\nif not x == 1.0 and y:\n    g(-a // 3, é=True)\n'
    changed = [(each.line, each.before, each.after) for each in mutants(source)]
    assert changed == [
        (1, "f'{1 + 1}é' + 'b'", "f'{1 + 1}é' - 'b'"),
        (2, "not x == 1.0 and y", "not x == 1.0 or y"),
        (2, "not x == 1.0", "x == 1.0"),
        (2, "x == 1.0", "x != 1.0"),
        (2, "1.0", "1.25"),
        (3, "g(-a // 3, é=True)", "pass"),
        (3, "-a // 3", "-a / 3"),
        (3, "-a", "a"),
        (3, "3", "4"),
        (3, "True", "False"),
    ]


@pytest.mark.parametrize(
    "module", ["pipeline/carreau/geometry/render/image_metrics.py", "pipeline/carreau/catalogue/table_reader.py"]
)
def test_every_mutant_is_python_and_differs(module: str) -> None:
    source = (PROJECT / module).read_text(encoding="utf-8")
    trees = [ast.dump(ast.parse(each.source)) for each in mutants(source)]
    assert len(trees) > 20
    assert ast.dump(ast.parse(source)) not in trees
