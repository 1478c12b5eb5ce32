"""What a browser sends lies in a folder of its own, and is gone afterwards, also after a kill."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from carreau.base.errors import StorageError
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_catalogue import check_unread
from carreau.desk.incoming import FOLDER, incoming_folder
from tests.pipeline.catalogue.catalogues import written


def left_in(root: Path) -> list[str]:
    return sorted(path.name for path in (root / FOLDER).iterdir())


def test_the_folder_is_removed_with_all_that_is_in_it(tmp_path: Path) -> None:
    with incoming_folder(tmp_path) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "1").write_bytes(b"x")
    assert left_in(tmp_path) == [".gitignore"]


def test_it_is_removed_where_something_goes_wrong(tmp_path: Path) -> None:
    def wrong() -> None:
        with incoming_folder(tmp_path) as folder:
            (folder / "1").write_bytes(b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wrong()
    assert left_in(tmp_path) == [".gitignore"]


def test_what_a_killed_desk_left_is_swept_and_what_another_uses_is_not(tmp_path: Path) -> None:
    killed = tmp_path / FOLDER / "killed"
    killed.mkdir(parents=True)
    (killed / "1").write_bytes(b"x")
    old = time.time() - 3600
    with incoming_folder(tmp_path) as in_use:
        os.utime(in_use, (old, old))
        os.utime(killed, (old, old))
        with incoming_folder(tmp_path) as other:
            assert left_in(tmp_path) == sorted([".gitignore", in_use.name, other.name])


def test_the_check_does_not_ask_about_it(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    with incoming_folder(root):
        assert check_unread(read_catalogue(root)) == []


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_disk_that_has_no_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 0, 10**9))
    with incoming_folder(tmp_path, 10**8):
        pass
    with pytest.raises(StorageError, match="the disk is full"), incoming_folder(tmp_path, 9 * 10**8):
        pass
    assert left_in(tmp_path) == [".gitignore"]
