"""Each save is a commit of its own, and what the person has changed or staged stays hers."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import shutil
import subprocess
from pathlib import Path

import pytest

from carreau.desk.document_file import Arrange, DocumentFile, Put, document_file
from carreau.desk.history import History
from carreau.desk.saving import save
from tests.pipeline.desk.places import ANNE, BERT, copied, data_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
NAME = "assets/sites/cite-d-arenberg/site.toml"


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Person", "-c", "user.email=p@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def file(tmp_path: Path) -> DocumentFile:
    """A place in a repository with one commit, in which another file is staged."""
    file = copied(tmp_path / "assets", "cite-d-arenberg")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "other.txt").write_text("hers")
    git(tmp_path, "add", "other.txt")
    return file


def status(file: DocumentFile) -> list[str]:
    return git(file.root.parent, "status", "--porcelain").splitlines()


def test_a_save_is_a_commit_with_the_name_of_its_editor(file: DocumentFile) -> None:
    history = History(file.root)
    read = data_of(file)
    assert save(file, [Put(("visit", "access"), "Libre.")], read, history, ANNE).not_recorded is None
    assert save(file, [Put(("kind",), "other")], read, history, BERT).not_recorded is None
    assert [(each.author, each.subject) for each in history.latest(9)] == [
        ("Bert", "Cité d’Arenberg: kind"), ("Anne", "Cité d’Arenberg: visit"), ("Person", "first"),
    ]  # fmt: skip
    assert status(file) == ["A  other.txt"]
    assert git(file.root.parent, "show", "--name-only", "--format=").split() == [NAME]
    git(file.root.parent, "fsck", "--strict")


def test_what_is_changed_by_hand_stays_uncommitted(file: DocumentFile) -> None:
    text = file.path.read_text("utf-8")
    file.path.write_text(text.replace('safety = ""', 'safety = "À la main."'), "utf-8")
    assert (
        save(file, [Put(("visit", "access"), "Libre.")], data_of(file), History(file.root), ANNE).not_recorded is None
    )
    assert status(file) == ["A  other.txt", f" M {NAME}"] or status(file) == [f" M {NAME}", "A  other.txt"]
    shown = git(file.root.parent, "show", "--format=", "-U0")
    assert "Libre." in shown
    assert "main" not in shown
    assert "main" in git(file.root.parent, "diff")


def test_what_is_staged_in_the_same_file_stays_staged(file: DocumentFile) -> None:
    text = file.path.read_text("utf-8")
    file.path.write_text(text.replace('safety = ""', 'safety = "Prêt."'), "utf-8")
    git(file.root.parent, "add", NAME)
    assert (
        save(file, [Put(("visit", "access"), "Libre.")], data_of(file), History(file.root), ANNE).not_recorded is None
    )
    assert "Prêt" not in git(file.root.parent, "show", "--format=")
    staged = git(file.root.parent, "diff", "--cached", "--", NAME)
    assert "Prêt" in staged
    assert "Libre" not in "".join(line for line in staged.splitlines() if line.startswith(("+", "-")))
    assert not git(file.root.parent, "diff", "--", NAME)


def test_a_row_that_is_not_committed_keeps_its_edit_out_of_the_history(file: DocumentFile) -> None:
    with file.path.open("a", encoding="utf-8") as text:
        text.write('\n[[fact]]\nname = "neu"\nlabel = "neu"\nsource = "x"\n')
    read = data_of(file)
    saved = save(file, [Put(("fact", len(read["fact"]) - 1, "label"), "autre")], read, History(file.root), ANNE)
    assert saved.not_recorded is not None
    assert "not committed" in saved.not_recorded
    assert data_of(file)["fact"][-1]["label"] == "autre"
    assert len(History(file.root).latest(9)) == 1


def test_a_new_file_is_committed_whole(file: DocumentFile) -> None:
    new = copied(file.root, "terril-renard")
    assert save(new, [Put(("kind",), "other")], data_of(new), History(file.root), ANNE).not_recorded is None
    assert status(file) == ["A  other.txt"]


def test_the_first_commit_of_a_repository(tmp_path: Path) -> None:
    file = copied(tmp_path, "cite-d-arenberg")
    git(tmp_path, "init", "-q")
    assert History(tmp_path).latest(3) == []
    assert save(file, [Put(("kind",), "other")], data_of(file), History(tmp_path), ANNE).not_recorded is None
    assert [each.author for each in History(tmp_path).latest(3)] == ["Anne"]


def test_hooks_do_not_run(file: DocumentFile) -> None:
    for name in ("pre-commit", "post-commit", "reference-transaction", "commit-msg"):
        hook = file.root.parent / ".git" / "hooks" / name
        hook.write_text("#!/bin/sh\ntouch ran\nexit 1\n")
        hook.chmod(0o755)
    assert save(file, [Put(("kind",), "other")], data_of(file), History(file.root), ANNE).not_recorded is None
    assert not list(file.root.parent.rglob("ran"))


def test_a_merge_under_way_is_left_alone(file: DocumentFile) -> None:
    (file.root.parent / ".git" / "MERGE_HEAD").write_text(git(file.root.parent, "rev-parse", "HEAD"))
    saved = save(file, [Put(("kind",), "other")], data_of(file), History(file.root), ANNE)
    assert saved.not_recorded is not None
    assert "merge" in saved.not_recorded
    assert data_of(file)["kind"] == "other"


def test_an_index_that_is_locked_is_told(file: DocumentFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carreau.desk.history._TRIES", 2)
    (file.root.parent / ".git" / "index.lock").touch()
    saved = save(file, [Put(("kind",), "other")], data_of(file), History(file.root), ANNE)
    assert saved.not_recorded is not None
    assert "another git" in saved.not_recorded


def test_without_a_repository_the_desk_says_so(tmp_path: Path) -> None:
    file, history = copied(tmp_path, "cite-d-arenberg"), History(tmp_path)
    saved = save(file, [Put(("kind",), "other")], data_of(file), history, ANNE)
    assert saved.is_changed
    assert saved.not_recorded == history.missing
    assert str(history.missing) == "saves are not recorded: the folder is in no git repository"
    assert history.latest(3) == []


def test_without_git_the_desk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(History(tmp_path).missing) == "saves are not recorded: git is not installed"


def test_a_row_is_added_and_moved_in_the_history_too(file: DocumentFile) -> None:
    read = data_of(file)
    row = {"name": "neu", "label": "neu", "source": "x"}
    save(file, [Arrange(("fact",), (1, 0, row, *range(2, len(read["fact"]))))], read, History(file.root), ANNE)
    assert git(file.root.parent, "show", f"HEAD:{NAME}") == file.path.read_text("utf-8")


def _save_for_ever(root: Path, begun: multiprocessing.synchronize.Event) -> None:
    file, history = document_file(root, "site", "cite-d-arenberg"), History(root)
    for number in range(100_000):
        save(file, [Put(("company",), str(number))], data_of(file), history, ANNE)
        begun.set()


@pytest.mark.parametrize("times", range(3))
def test_killed_at_any_instant_the_repository_is_whole(file: DocumentFile, times: int) -> None:
    begun = multiprocessing.Event()
    process = multiprocessing.get_context("fork").Process(target=_save_for_ever, args=(file.root, begun))
    process.start()
    assert begun.wait(60)
    for _ in range(times):
        begun.clear()
        assert begun.wait(60)
    process.kill()
    process.join()
    folder = file.root.parent
    git(folder, "fsck", "--strict")
    (folder / ".git" / "index.lock").unlink(missing_ok=True)  # as git itself leaves it when it is killed
    company = data_of(file)["company"]
    at_head = git(folder, "show", f"HEAD:{NAME}")
    assert f'company = "{company}"' in at_head or f'company = "{int(company) - 1}"' in at_head
    assert "A  other.txt" in status(file)
