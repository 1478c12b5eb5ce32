"""A full disk is named, with its free space and what to do, on real small disks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.bundle.durable import write_durable
from pipeline.cache.atomic_output import atomic_output
from pipeline.cache.cache import Cache
from pipeline.cache.store import Record
from pipeline.catalogue.atomic_write import write_whole
from pipeline.console.failures import run_safely
from pipeline.console.progress import Logged, Quiet
from pipeline.errors import StorageError
from pipeline.publish.sqlite_writer import Contents, make_database
from tests.pipeline.stand_in import stand_in

MB = bytes(1_000_000)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, with room for 128 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


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
    text = message_of(lambda: cache.step(stand_in("pipeline.stages.compress:compress", stage), b"").value())
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
