"""The disk holds a release before it is served."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import StorageError
from carreau.site.content_store import ContentStore
from carreau.site.releases import roll_back
from carreau.site.sync import sync
from tests.pipeline.site.bundle_pages import PAGE, published


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was flushed or took another name, in order, by inode: a file keeps its own when it takes a name."""
    calls = list[tuple[str, int]]()

    def recording(name: str, call: Callable[..., Any], inode: Callable[[Any], int]) -> None:
        def record(first: Any, *more: Any, **options: Any) -> Any:
            number = inode(first)
            result = call(first, *more, **options)
            calls.append((name, number))
            return result

        monkeypatch.setattr(os, name, record)

    recording("fsync", os.fsync, lambda descriptor: os.fstat(descriptor).st_ino)
    recording("replace", os.replace, lambda path: inode(Path(path)))
    return calls


def inode(path: Path) -> int:
    return path.stat().st_ino


def test_everything_is_flushed_before_the_switch_and_the_switch_after_it(
    tmp_path: Path, calls: list[tuple[str, int]]
) -> None:
    root = tmp_path / "bundle"
    manifest = published(root, PAGE, b"another page " * 40)
    switch = calls.index(("replace", inode(root / "manifest.json")))
    before, after = calls[:switch], calls[switch + 1 :]
    files = list((root / "a").iterdir())
    assert len(files) == 2 * 3 + 1
    named = [*files, root / "manifest.json"]
    named += [root / "releases" / manifest.release / "manifest.json", root / "releases" / "order.txt"]
    folders = [root / "a", root / "releases", root / "releases" / manifest.release, root, tmp_path]
    for path in (*named, *folders):
        assert ("fsync", inode(path)) in before, path
    last_name = max(before.index(("replace", inode(path))) for path in files)
    assert last_name < before.index(("fsync", inode(root / "a")))
    assert ("fsync", inode(root)) in after


def test_what_a_killed_publish_left_is_flushed_and_what_a_release_names_is_not_again(
    tmp_path: Path, calls: list[tuple[str, int]]
) -> None:
    published(tmp_path, PAGE)
    left = tmp_path / ContentStore(tmp_path).add_bytes(PAGE * 2, "html").path
    known = next(tmp_path.glob("a/*.sqlite"))
    calls.clear()
    published(tmp_path, PAGE, PAGE * 2)
    assert ("fsync", inode(left)) in calls
    assert ("fsync", inode(known)) not in calls


def test_what_is_mended_and_what_is_put_back_is_flushed(tmp_path: Path, calls: list[tuple[str, int]]) -> None:
    first = published(tmp_path, PAGE)
    published(tmp_path, PAGE * 2)
    harmed = next(tmp_path.glob("a/*.html"))
    content = harmed.read_bytes()
    harmed.write_bytes(b"")
    calls.clear()
    ContentStore(tmp_path).add_bytes(content, "html")
    mended = ("fsync", inode(harmed)), ("replace", inode(harmed)), ("fsync", inode(tmp_path / "a"))
    assert [call for call in calls if call in mended] == list(mended)
    calls.clear()
    roll_back(tmp_path, first.release)
    switched = calls.index(("replace", inode(tmp_path / "manifest.json")))
    assert ("fsync", inode(tmp_path / "manifest.json")) in calls[:switched]
    assert ("fsync", inode(tmp_path)) in calls[switched:]


def test_a_disk_that_takes_nothing_leaves_the_former_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path, PAGE)
    served = (tmp_path / "manifest.json").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        published(tmp_path, PAGE * 2)
    assert (tmp_path / "manifest.json").read_bytes() == served


def test_a_copy_is_on_the_disk_before_its_manifest_names_it(tmp_path: Path, calls: list[tuple[str, int]]) -> None:
    root, copy = tmp_path / "bundle", tmp_path / "copy"
    manifest = published(root, PAGE)
    calls.clear()
    sync(root, f"file://{copy}")
    before = calls[: calls.index(("replace", inode(copy / "manifest.json")))]
    for path in (*(copy / name for file in manifest.files for name in file.paths), copy / "fr/0/index.html"):
        assert before.index(("fsync", inode(path))) < before.index(("replace", inode(path))), path
        assert ("fsync", inode(path.parent)) in before
    assert ("fsync", inode(copy / "manifest.json")) in before
    assert calls[-1][0] == "fsync"
