"""A folder takes its place whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.air.survey.gather import size_and_sha256, stage_folder
from carreau.base.errors import StorageError


def test_a_folder_replaces_another_whole(tmp_path: Path) -> None:
    folder = tmp_path / "site" / "survey"
    for text in ("first", "second"):
        with stage_folder(folder) as aside:
            (aside / text).write_text(text)
            assert not (folder / text).exists()
        assert [path.name for path in folder.iterdir()] == [text]
    assert [path.name for path in folder.parent.iterdir()] == ["survey"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "survey"
    with stage_folder(folder) as aside:
        (aside / "first").write_text("first")
    with pytest.raises(LookupError), stage_folder(folder) as aside:
        (aside / "second").write_text("second", encoding="no such encoding")
    assert [path.name for path in tmp_path.rglob("*")] == ["survey", "first"]


def test_what_a_killed_run_left_is_tidied(tmp_path: Path) -> None:
    (tmp_path / ".survey.new-a").mkdir()
    (tmp_path / ".survey.old-b").mkdir()
    (tmp_path / ".survey.old-b" / "before").write_text("before")
    with pytest.raises(KeyError), stage_folder(tmp_path / "survey"):
        raise KeyError
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["before", "survey"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written"), stage_folder(tmp_path / "site" / "survey"):
        pass


def test_sizes_and_digests(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert size_and_sha256(tmp_path / "a") == (3, digest)
