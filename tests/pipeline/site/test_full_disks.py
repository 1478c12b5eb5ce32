"""A full disk is named, with its free space and what to do, on real small disks."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from carreau.base.errors import StorageError
from carreau.base.files import write_whole
from carreau.command.cli import main
from carreau.runs.atomic_output import atomic_output
from carreau.runs.cache import Cache
from carreau.runs.failures import run_safely
from carreau.runs.progress import Logged, Quiet
from carreau.runs.store import Record
from carreau.site.content_store import write_durable
from carreau.site.publish.bundle_answers import Contents, make_database
from carreau.site.releases import kept_releases, read_current
from carreau.site.verify import verify
from tests.pipeline.site.bundle_pages import outlast
from tests.pipeline.site.publish.editions import edition, replace
from tests.pipeline.stand_in import stand_in

MB = bytes(1_000_000)


@contextmanager
def disk(folder: Path, size_kb: int) -> Iterator[Path]:
    """Put a disk of its own into a folder."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "none", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def resize(folder: Path, size_kb: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size_kb}k", str(folder)], check=True)


def used_kb(folder: Path) -> int:
    return shutil.disk_usage(folder).used // 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, with room for 128 kB."""
    with disk(tmp_path / "disk", 128) as folder:
        yield folder


def message_of(action: Callable[[], object]) -> str:
    with pytest.raises(StorageError) as caught:
        action()
    return str(caught.value)


def test_the_disk_of_the_cache(small_disk: Path) -> None:
    cache = Cache(small_disk / "cache")
    text = message_of(lambda: cache.store.write("s", "k", MB, Record("s", "l", 0.0, 0), "code", None))
    assert text == (
        f"{small_disk}/cache: the disk is full (free: 0.1 MB); free some space there, for example with "
        "`carreau cache --prune`, and run again"
    )


def test_the_disk_of_the_models(small_disk: Path) -> None:
    def build() -> None:
        with atomic_output(small_disk / "out") as staging:
            (staging / "phone.glb").write_bytes(MB)

    assert message_of(build).startswith(f"{small_disk}/out: the disk is full (free: ")
    assert message_of(build).endswith("free some space there, or choose another folder with --out")


def test_the_disk_of_temporary_files_while_models_are_written_elsewhere(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))

    def build() -> None:
        with atomic_output(tmp_path / "out"), tempfile.TemporaryFile() as file:
            file.write(MB)

    assert message_of(build).startswith(f"{small_disk}: the disk is full (free: ")
    assert "TMPDIR" in message_of(build)


@pytest.mark.parametrize("full", ["temporary", "cache"])
def test_the_disk_that_a_stage_writes_to(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    if full == "temporary":
        monkeypatch.setattr(tempfile, "tempdir", str(small_disk))

    def stage(_: bytes) -> bytes:
        with (small_disk / "file").open("wb") as file:
            file.write(MB)
        return b""

    cache = Cache(small_disk / "cache" if full == "cache" else tmp_path / "cache")
    text = message_of(lambda: cache.step(stand_in("carreau.models.stages.encode:compress", stage), b"").value())
    assert text.startswith(f"{small_disk}{'/cache' if full == 'cache' else ''}: the disk is full (free: 0.0 MB); ")
    assert ("TMPDIR" in text) == (full == "temporary")


def test_the_disk_of_the_database(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    text = message_of(lambda: make_database(Contents(about={str(number): "x" * 1000 for number in range(400)})))
    assert text.startswith(f"{small_disk}: the disk is full (free: ")
    assert "TMPDIR" in text


@pytest.mark.parametrize("write", [write_whole, write_durable])
def test_the_disk_of_a_file(small_disk: Path, write: Callable[[Path, bytes], None]) -> None:
    text = message_of(lambda: write(small_disk / "site.toml", MB))
    assert text == f"{small_disk}: the disk is full (free: 0.0 MB); free some space there, and run again"


def test_the_disk_of_the_log(small_disk: Path) -> None:
    log = Logged(Quiet(), small_disk / "out" / "build.log")
    text = message_of(lambda: log.note("x" * 200_000))
    assert text.startswith(f"{small_disk}/out: the disk is full (free: 0.0 MB); ")
    attempt = run_safely(lambda: log.note("x"), log)
    assert attempt.failure is not None
    assert (attempt.failure.exit_code, attempt.failure.message) == (1, text)


PLACE = "fosse-mathilde"
MARGIN_KB = 40
"""Room for a few files of a release, of which a small change makes 300 kB."""


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a bundle on a disk of its own, beside the catalogue of one place."""
    monkeypatch.setattr("carreau.site.content_store._quality", lambda *_: 5)
    edition(tmp_path, (PLACE,))
    with disk(tmp_path / "disk", 64_000) as folder:
        yield folder / "bundle"


def publish(bundle: Path, *more: str) -> int:
    folder = bundle.parents[1]
    places = ["--bundle", str(bundle), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    return main(["publish", "--assets", str(folder / "assets"), *places, "--base-url", "https://mine.example", *more])


def change(bundle: Path, old: str, new: str) -> None:
    replace(bundle.parents[1] / "assets" / "sites" / PLACE / "site.toml", f'name = "{old}"', f'name = "{new}"')


def state(bundle: Path) -> tuple[str, tuple[str, ...], int, tuple[str, ...]]:
    """Return the served release, all releases, whether the bundle is intact, and the files that no release has."""
    served, verified = read_current(bundle), verify(bundle)
    return served.release if served else "", kept_releases(bundle), verified.exit_code, verified.stray


def test_a_first_publication_that_does_not_fit_leaves_nothing(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(bundle) == 0
    needed = used_kb(bundle)
    shutil.rmtree(bundle)
    for share in (0.1, 0.5, 0.9, 0.97):
        resize(bundle.parent, int(needed * share))
        assert publish(bundle) == 1
        assert f"{bundle}" in (said := capsys.readouterr().err)
        assert "the disk is full (free: " in said
        assert [path for path in bundle.rglob("*") if path.is_file()] == [], f"at {share} of the room"
    resize(bundle.parent, needed + MARGIN_KB)
    assert publish(bundle) == 0
    assert state(bundle)[2:] == (0, ())


def test_a_further_publication_that_does_not_fit_changes_nothing(bundle: Path) -> None:
    assert publish(bundle) == 0
    before, used = state(bundle), used_kb(bundle)
    change(bundle, "Fosse Mathilde", "Fosse Jeanne")
    for room in (0, 8, MARGIN_KB):
        resize(bundle.parent, used + room)
        assert [publish(bundle), publish(bundle), publish(bundle, "--draft")] == [1, 1, 1]
        assert state(bundle) == before
        assert used_kb(bundle) <= used
    resize(bundle.parent, 64_000)
    assert publish(bundle) == 0
    assert state(bundle)[1:] == ((before[0], state(bundle)[0]), 0, ())


@pytest.mark.parametrize("file", ["manifest.json", "order.txt"])
def test_a_manifest_that_does_not_fit_leaves_the_former_release(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """The disk is full when the last files are written, which are the smallest."""
    assert publish(bundle) == 0
    before = state(bundle)
    change(bundle, "Fosse Mathilde", "Fosse Jeanne")

    def written(path: Path, content: bytes) -> None:
        if path.name == file and path.parent.name in ("releases", bundle.name):
            resize(bundle.parent, used_kb(bundle))
        write_durable(path, content)

    monkeypatch.setattr("carreau.site.releases.write_durable", written)
    assert publish(bundle) == 1
    monkeypatch.undo()
    assert state(bundle) == before
    resize(bundle.parent, 64_000)
    assert publish(bundle) == 0


def test_former_releases_make_room_on_a_full_disk(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(bundle) == 0
    for old, new in (("Fosse Mathilde", "Fosse Jeanne"), ("Fosse Jeanne", "Fosse Marie")):
        change(bundle, old, new)
        assert publish(bundle) == 0
    outlast(bundle)
    resize(bundle.parent, used_kb(bundle))
    assert len(state(bundle)[1]) == 3
    change(bundle, "Fosse Marie", "Fosse Anne")
    assert publish(bundle) == 1
    capsys.readouterr()
    assert publish(bundle, "--keep", "0") == 0
    served, kept, exit_code, stray = state(bundle)
    assert (kept[-1], len(kept), exit_code, stray) == (served, 2, 0, ())
    assert "2 former releases removed" in capsys.readouterr().out
    outlast(bundle)
    resize(bundle.parent, used_kb(bundle))
    assert publish(bundle, "--keep", "0") == 0
    assert state(bundle) == (served, (served,), 0, ())
    assert used_kb(bundle) < shutil.disk_usage(bundle).total // 1024
