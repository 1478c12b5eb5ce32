"""The bundle's files, its swap, and what is found when it is looked through."""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import os
import signal
from pathlib import Path

import brotli
import pytest

from carreau.base.errors import OptionError, StorageError
from carreau.site.content_store import ContentStore
from carreau.site.releases import exclusive_lock, kept_releases, prune, read_current, read_manifest, roll_back
from carreau.site.sync import sync
from carreau.site.verify import verify
from tests.pipeline.site.bundle_pages import PAGE, outlast, published
from tests.pipeline.site.damages import DAMAGES


def test_a_file_is_kept_under_its_content_with_a_copy_that_pays(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    file = store.add_bytes(PAGE, "html")
    assert file.path == f"a/{hashlib.sha256(PAGE).hexdigest()}.html"
    assert (tmp_path / file.path).read_bytes() == PAGE
    copy = (tmp_path / f"{file.path}.br").read_bytes()
    assert file.brotli_bytes == len(copy) < len(PAGE)
    assert brotli.decompress(copy) == PAGE
    other = (tmp_path / f"{file.path}.gz").read_bytes()
    assert file.gzip_bytes == len(other) < len(PAGE)
    assert gzip.decompress(other) == PAGE
    assert other[3:8] == bytes(5)  # neither a name nor a time


def test_models_have_no_gzip_copy(tmp_path: Path) -> None:
    file = ContentStore(tmp_path).add_bytes(b"glTF" + bytes(4000), "glb")
    assert file.brotli_bytes is not None
    assert file.gzip_bytes is None


def test_no_copy_where_none_pays_or_none_is_read(tmp_path: Path) -> None:
    store = ContentStore(tmp_path)
    assert store.add_bytes(b"x", "txt").copies == {}
    assert store.add_bytes(b"0" * 4000, "webp").copies == {}
    model = tmp_path / "ar.glb"
    model.write_bytes(b"glTF" + bytes(4000))
    assert store.add_file(model, keep_plain=True).copies == {}


def test_what_lies_there_is_not_written_again(tmp_path: Path) -> None:
    first = ContentStore(tmp_path).add_bytes(PAGE, "html")
    stamp = (tmp_path / first.path).stat().st_mtime_ns
    again = ContentStore(tmp_path)
    assert again.add_bytes(PAGE, "html") == first
    assert again.written == 0
    assert (tmp_path / first.path).stat().st_mtime_ns == stamp


def test_an_unknown_kind_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\.exe"):
        ContentStore(tmp_path).add_bytes(b"MZ", "exe")


def test_the_same_contents_have_the_same_release(tmp_path: Path) -> None:
    one, two = published(tmp_path / "one", PAGE), published(tmp_path / "two", PAGE)
    assert one == two
    assert (tmp_path / "one/manifest.json").read_bytes() == (tmp_path / "two/manifest.json").read_bytes()


def test_a_former_release_is_put_back_and_then_the_later(tmp_path: Path) -> None:
    first, second = published(tmp_path, PAGE), published(tmp_path, PAGE + b"!")
    assert read_current(tmp_path) == second
    assert roll_back(tmp_path) == first
    assert read_current(tmp_path) == first
    assert roll_back(tmp_path, second.release) == second
    with pytest.raises(OptionError, match="releases that can be restored: "):
        roll_back(tmp_path, "nothing")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_release_whose_files_are_gone_or_damaged_is_not_put_back(tmp_path: Path, damage: str) -> None:
    first = published(tmp_path, PAGE)
    second = published(tmp_path, b"other" * 40)
    DAMAGES[damage](tmp_path / "a" / f"{hashlib.sha256(PAGE).hexdigest()}.html")
    with pytest.raises(OptionError, match=r"1 file of release [0-9a-f]+ is missing or corrupt"):
        roll_back(tmp_path, first.release)
    assert read_current(tmp_path) == second


def test_pruning_keeps_what_is_served_and_what_it_names(tmp_path: Path) -> None:
    for number in range(5):
        published(tmp_path, PAGE + str(number).encode())
    outlast(tmp_path)
    pruned = prune(tmp_path, keep=1)
    assert pruned.gone == 3
    assert pruned.freed > 0
    assert len(kept_releases(tmp_path)) == 2
    verified = verify(tmp_path)
    assert (verified.exit_code, verified.stray) == (0, ())


def test_verifying_finds_every_flaw(tmp_path: Path) -> None:
    manifest = published(tmp_path, PAGE, PAGE * 2, b"short")
    assert verify(tmp_path).exit_code == 0
    first, second, third = (tmp_path / f"a/{answer.sha256}.html" for answer in manifest.answers)
    first.write_bytes(PAGE.replace(b"brique", b"bronze"))
    second.with_name(f"{second.name}.br").write_bytes(b"rotten")
    third.unlink()
    (tmp_path / "a/stray.txt").write_text("left behind")
    verified = verify(tmp_path)
    assert verified.exit_code == 1
    assert set(verified.rotten) == {f"a/{first.name}", f"a/{second.name}.br"}
    assert verified.missing == (f"a/{third.name}",)
    assert verified.stray == ("a/stray.txt",)
    assert any("corrupt: " in line for line in verified.lines())


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"manifest\.json"):
        verify(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema_version": 1')
    with pytest.raises(OptionError, match="--rollback"):
        read_manifest(tmp_path / "manifest.json")


def test_a_mirror_gets_only_what_is_new_and_is_a_static_site(tmp_path: Path) -> None:
    root, target = tmp_path / "bundle", tmp_path / "host"
    published(root, PAGE)
    first = sync(root, f"file://{target}")
    assert (target / "fr/0/index.html").read_bytes() == PAGE
    assert (first.kept, verify(target).exit_code) == (0, 0)
    assert sync(root, f"file://{target}").sent == 0
    published(root, PAGE, b"another page" * 20)
    second = sync(root, f"file://{target}")
    assert second.sent == 5  # the page, its two copies, its address, the manifest
    assert json.loads((target / "manifest.json").read_text())["release"] == second.release
    assert not list(target.rglob("*.partial"))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_copy_is_mended_by_copying_again(tmp_path: Path, damage: str) -> None:
    root, target = tmp_path / "bundle", tmp_path / "host"
    manifest = published(root, PAGE)
    sync(root, f"file://{target}")
    for path in (manifest.files[0].path, f"{manifest.files[0].path}.gz", "fr/0/index.html", "manifest.json"):
        DAMAGES[damage](target / path)
    assert sync(root, f"file://{target}").sent == 4
    assert verify(target).exit_code == 0


def test_a_copy_that_breaks_off_leaves_what_was_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, target = tmp_path / "bundle", tmp_path / "host"
    published(root, PAGE)
    sync(root, f"file://{target}")
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    published(root, PAGE * 2)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        sync(root, f"file://{target}")
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


def test_a_damaged_copy_is_said_to_be_copied_again(tmp_path: Path) -> None:
    root, target = tmp_path / "bundle", tmp_path / "host"
    published(root, PAGE)
    sync(root, f"file://{target}")
    (target / "fr/0/index.html").unlink()
    assert verify(target).lines()[-1].endswith("copy it again with `carreau publish --to` to repair it")


def test_a_mirror_in_an_object_store(tmp_path: Path) -> None:
    published(tmp_path, PAGE)
    assert sync(tmp_path, "memory://carreau-mirror").sent > 0
    assert sync(tmp_path, "memory://carreau-mirror").sent == 0


def test_nobody_publishes_beside_another(tmp_path: Path) -> None:
    with exclusive_lock(tmp_path), pytest.raises(StorageError, match="now"), exclusive_lock(tmp_path):
        pass


def _publish_for_ever(root: Path, begun: multiprocessing.synchronize.Event) -> None:
    for number in range(100_000):
        published(root, PAGE + str(number).encode(), str(number).encode() * 99)
        begun.set()


@pytest.mark.parametrize("times", range(4))
def test_killed_at_any_instant_a_bundle_is_whole(tmp_path: Path, times: int) -> None:
    begun = multiprocessing.Event()
    process = multiprocessing.get_context("fork").Process(target=_publish_for_ever, args=(tmp_path, begun))
    process.start()
    assert begun.wait(30)
    for _ in range(times):
        begun.clear()
        assert begun.wait(30)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    verified = verify(tmp_path)
    assert (verified.exit_code, verified.missing, verified.rotten) == (0, (), ())
    published(tmp_path, PAGE)
    assert read_current(tmp_path) == read_manifest(
        tmp_path / "releases" / kept_releases(tmp_path)[-1] / "manifest.json"
    )
