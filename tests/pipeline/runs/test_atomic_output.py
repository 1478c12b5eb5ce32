"""The files of a build appear together, whole, the report last."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carreau.base.errors import StorageError
from carreau.runs.atomic_output import STAGING, alone_with, atomic_output, staged_output

PROJECT = Path(__file__).parents[3]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def build(folder: Path, text: str, *files: str) -> None:
    with atomic_output(folder, last="report.json") as staging:
        for name in files:
            (staging / name).write_text(text)


def test_files_move_together(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "deep"
    build(folder, "1", "phone.glb", "desktop.glb", "report.json")
    build(folder, "2", "phone.glb", "report.json")
    assert names(folder) == ["desktop.glb", "phone.glb", "report.json"]
    assert [(folder / name).read_text() for name in names(folder)] == ["1", "2", "2"]


def test_what_a_build_lacks_is_gone_before_a_new_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, "1", "phone.glb", "desktop.glb", "report.json")
    replace, seen = Path.replace, []

    def noted(self: Path, target: Path) -> Path:
        seen.append([name for name in names(tmp_path) if name != STAGING])
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    replaced = ("report.json", "desktop.glb", "phone.glb", "never-there.glb")
    with alone_with(tmp_path), staged_output(tmp_path, replaces=replaced) as staging:
        (staging / "phone.glb").write_text("2")
        assert names(tmp_path) == [STAGING, "desktop.glb", "phone.glb", "report.json"]
    assert seen == [["phone.glb"]]
    assert (tmp_path / "phone.glb").read_text() == "2"


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    build(tmp_path, "1", "phone.glb", "report.json")
    assert names(tmp_path) == ["notes.txt", "phone.glb", "report.json"]


def test_the_report_moves_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = []
    replace = Path.replace

    def noted(self: Path, target: Path) -> Path:
        moved.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    build(tmp_path, "1", "report.json", "a.glb", "z.glb")
    assert moved == ["a.glb", "z.glb", "report.json"]


@pytest.mark.parametrize("error", [RuntimeError("a defect"), KeyboardInterrupt()])
def test_a_failed_build_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    build(tmp_path, "1", "phone.glb", "report.json")

    def fail() -> None:
        with atomic_output(tmp_path) as staging:
            (staging / "phone.glb").write_text("2")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert names(tmp_path) == ["phone.glb", "report.json"]
    assert (tmp_path / "phone.glb").read_text() == "1"


def test_a_full_disk_is_said_and_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the disk is full"), atomic_output(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == []


def test_another_file_that_cannot_be_read_is_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_output(tmp_path / "out"):
        (tmp_path / "scan.obj").read_bytes()


def test_two_builds_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with (
        atomic_output(tmp_path),
        pytest.raises(StorageError, match="another build is writing there"),
        atomic_output(tmp_path),
    ):
        pass


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path: Path) -> None:
    script = f"""
import sys, time
from pathlib import Path
from carreau.runs.atomic_output import atomic_output
with atomic_output(Path({str(tmp_path)!r})) as staging:
    (staging / "phone.glb").write_text("half")
    print("here", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)
    assert names(tmp_path) == [STAGING]
    build(tmp_path, "1", "report.json")
    assert names(tmp_path) == ["report.json"]
