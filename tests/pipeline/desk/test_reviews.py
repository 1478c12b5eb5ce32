"""Who agrees to a release is recorded in the history, and changes no file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from carreau.desk.history import agree, is_other, list_agreed
from tests.pipeline.desk.places import ANNE, BERT, copied

RELEASE = "0123456789abcdef"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copied(tmp_path, "fosse-mathilde")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=Anne", "-c", "user.email=a@example.org", "commit", "-qm", "Begin")
    return tmp_path


def test_who_agrees_is_recorded_and_nothing_else(root: Path) -> None:
    path = root / "sites" / "fosse-mathilde" / "site.toml"
    path.write_text("name = 'staged'\n", "utf-8")
    git(root, "add", ".")
    tree, staged = git(root, "rev-parse", "HEAD^{tree}"), git(root, "diff", "--cached", "--stat")
    assert list_agreed(root, RELEASE) == []
    assert agree(root, RELEASE, BERT) is None
    assert (git(root, "rev-parse", "HEAD^{tree}"), git(root, "diff", "--cached", "--stat")) == (tree, staged)
    assert list_agreed(root, RELEASE) == [BERT]
    assert list_agreed(root, RELEASE.replace("f", "e")) == []
    assert list_agreed(root, "--all") == []
    assert f"Reviewed-by: {BERT.name} <{BERT.email}>" in git(root, "log", "-1", "--format=%B")


def test_nobody_agrees_with_themselves() -> None:
    assert is_other(ANNE, BERT)
    assert not is_other(ANNE, ANNE)


def test_without_a_history_it_is_told(tmp_path: Path) -> None:
    said = agree(tmp_path, RELEASE, ANNE)
    assert said is not None
    assert "cannot be recorded" in said
    assert list_agreed(tmp_path, RELEASE) == []
