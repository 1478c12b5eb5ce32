"""The tests of a change are those that import it, or something that imports it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.affected import PROJECT, affected, changed_files

FILES = {
    "pipeline/carreau/base.py": "",
    "pipeline/carreau/middle.py": "from carreau.base import one\n",
    "pipeline/carreau/top.py": "from carreau import middle\n",
    "pipeline/carreau/site/pages/page.html": "",
    "tests/helper.py": "from carreau import base\n",
    "tests/test_by_helper.py": "from tests.helper import base\n",
    "tests/pipeline/test_base.py": "import carreau.base\n",
    "tests/pipeline/test_middle.py": "from carreau.middle import one\n",
    "tests/pipeline/test_top.py": "from carreau.top import middle\n",
    "tests/pipeline/site/pages/test_pages.py": "",
    "tests/test_docs.py": "PATH = 'README.md'\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            "pipeline/carreau/base.py",
            ["tests/pipeline/test_base.py", "tests/test_by_helper.py", "tests/pipeline/test_middle.py"],
        ),
        ("pipeline/carreau/middle.py", ["tests/pipeline/test_middle.py", "tests/pipeline/test_top.py"]),
        ("pipeline/carreau/top.py", ["tests/pipeline/test_top.py"]),
        ("tests/helper.py", ["tests/test_by_helper.py"]),
        ("tests/pipeline/test_top.py", ["tests/pipeline/test_top.py"]),
        ("pipeline/carreau/site/pages/page.html", ["tests/pipeline/site/pages/test_pages.py"]),
        ("README.md", ["tests/test_docs.py"]),
        ("LICENSE", []),
    ],
)
def test_a_change_reaches_the_tests_one_hop_away(changed: str, expected: list[str], checkout: Path) -> None:
    assert [str(path) for path in affected([Path(changed)], checkout)] == expected


def test_what_differs_from_a_commit_is_changed(checkout: Path) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (
        ["init", "--quiet"],
        ["add", "tests", "pipeline/carreau/base.py"],
        ["commit", "--quiet", "-m", "Begin"],
    ):
        subprocess.run([*git, *command], cwd=checkout, check=True)
    (checkout / "pipeline/carreau/base.py").write_text("one = 1\n")
    new = ["pipeline/carreau/middle.py", "pipeline/carreau/site/pages/page.html", "pipeline/carreau/top.py"]
    assert [str(path) for path in changed_files("HEAD", checkout)] == ["pipeline/carreau/base.py", *new]


def test_a_typical_module_reaches_few_files() -> None:
    modules = [path.relative_to(PROJECT) for path in (PROJECT / "pipeline").rglob("*.py") if "node" not in path.parts]
    counts = sorted(len(affected([module])) for module in modules)
    assert counts[len(counts) // 2] <= 20
