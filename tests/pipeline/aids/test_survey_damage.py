"""A survey that is damaged, cut short or out of room: nothing wrong is kept, and the next run mends it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import pytest

from carreau.air.airborne.survey_record import Role
from carreau.command.cli import main
from tests.conftest import PROJECT
from tests.pipeline.aids.conftest import Survey
from tests.pipeline.aids.test_survey_sites import ACROSS, HOUSE, digests, record_in
from tests.pipeline.air.survey.conftest import AddSite
from tests.pipeline.site.test_full_disks import disk, resize, used_kb
from tests.survey_stand_in.stand_in_server import StandIn, World


@pytest.mark.parametrize("name", ["points_0730_7032.laz", "orthophoto.jpg", "survey.toml"])
def test_damage_is_repaired_by_a_refresh_without_asking_for_much(
    survey: Survey, add_site: AddSite, world: World, name: str
) -> None:
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 0
    before, sent = digests(folder), world.sent_bytes
    (folder / "survey" / name).write_bytes(b"damaged")
    assert survey("fosse") == (2 if name == "survey.toml" else 0)
    assert survey("fosse", "--refresh") == 0
    assert digests(folder) == before
    assert world.sent_bytes - sent < sent / 2  # parts of point files are kept


def test_whole_files_are_downloaded_only_if_allowed(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.ranges[""] = "200"
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 1
    assert "HTTP 200 with the whole file where a part was asked for; use --whole-files" in capsys.readouterr().err
    assert not (folder / "survey").exists()
    world.faults["/telechargement"] = deque([None, "cut"])
    assert survey("fosse", "--whole-files") == 0
    assert record_in(folder).of(Role.POINTS)


def test_a_web_page_is_never_kept_as_a_tile(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_site("fosse", *HOUSE)
    world.ranges[""] = "page"
    assert survey("fosse") == 1
    assert "a web page where a part of a file was asked for; run again later" in capsys.readouterr().err
    assert survey("fosse", "--whole-files") == 1
    assert "the service answered “Maintenance until noon”; run again later" in capsys.readouterr().err
    world.ranges[""] = "200"
    assert survey("fosse", "--whole-files") == 0
    assert record_in(folder).of(Role.POINTS)


def test_a_page_that_was_kept_as_a_tile_is_dropped(
    survey: Survey, add_site: AddSite, world: World, tmp_path: Path
) -> None:
    folder = add_site("fosse", *HOUSE)
    world.ranges[""] = "200"
    assert survey("fosse", "--whole-files") == 0
    (kept,) = (path for path in (tmp_path / "cache").rglob("files/*") if path.is_file())
    kept.write_bytes(b"<!DOCTYPE html>")
    shutil.rmtree(folder / "survey")
    assert survey("fosse", "--whole-files") == 0
    assert kept.read_bytes().startswith(b"LASF")


@pytest.mark.parametrize(
    ("how", "words"), [("no index", "its index is damaged"), ("no points", "its points are damaged")]
)
def test_zeros_are_damage_and_fetched_anew(
    survey: Survey, add_site: AddSite, world: World, capsys: pytest.CaptureFixture[str], how: str, words: str
) -> None:
    folder = add_site("fosse", *HOUSE)
    world.ranges[""] = how
    assert survey("fosse") == 1
    assert f"{words}; run again later: what was received of it is dropped" in capsys.readouterr().err
    assert not (folder / "survey").exists()
    world.ranges.clear()
    assert survey("fosse") == 0
    assert record_in(folder).of(Role.POINTS)


def test_a_killed_run_goes_on_and_gives_the_same_bytes(
    survey: Survey, add_site: AddSite, world: World, server: StandIn, tmp_path: Path
) -> None:
    folders = [
        add_site(name, 730_100.0, 7_031_110.0 + 50 * i, 730_400.0, 7_031_160.0 + 50 * i) for i, name in enumerate("abc")
    ]
    command = [
        sys.executable,
        "-m",
        "carreau.command.cli",
        "survey",
        "--all",
        "--quiet",
        "--assets",
        str(tmp_path / "assets"),
    ]
    world.delay_s = 0.1
    killed = 0
    for most in (2_000_000, 5_000_000, 8_000_000):
        run = subprocess.Popen([*command, "--cache", str(tmp_path / "cache")], cwd=PROJECT)
        while run.poll() is None and world.sent_bytes < most:
            time.sleep(0.01)
        killed += run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.wait()
        for folder in folders:
            assert not (folder / "survey").is_dir() or (folder / "survey" / "survey.toml").is_file()
    assert killed == 3
    world.delay_s = 0.0
    assert survey("--all") == 0
    resumed = [digests(folder) for folder in folders]
    received = world.sent_bytes
    clean = subprocess.run(
        [sys.executable, "-c", "import shutil, sys; [shutil.rmtree(path) for path in sys.argv[1:]]"]
        + [str(folder / "survey") for folder in folders],
        check=True,
    )
    assert clean.returncode == 0
    assert main(["survey", "--all", "--assets", str(tmp_path / "assets"), "--cache", str(tmp_path / "other")]) == 0
    assert [digests(folder) for folder in folders] == resumed
    assert received < 1.5 * (world.sent_bytes - received)


def test_two_runs_on_one_site_do_not_harm_each_other(
    survey: Survey, add_site: AddSite, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, other = add_site("fosse", *HOUSE), add_site("other", *ACROSS)
    command = [
        sys.executable,
        "-m",
        "carreau.command.cli",
        "survey",
        "fosse",
        "--quiet",
        "--assets",
        str(tmp_path / "assets"),
    ]
    world.delay_s = 0.3

    def at_work() -> subprocess.Popen[bytes]:
        asked = world.asked.total()
        run = subprocess.Popen([*command, "--cache", str(tmp_path / "cache"), "--refresh"], cwd=PROJECT)
        while run.poll() is None and world.asked.total() == asked:
            time.sleep(0.01)
        return run

    first = at_work()
    exit_code = survey("fosse", "other")
    assert first.wait() == 0
    assert exit_code == 1
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("carreau: ")] == [
        f"carreau: fosse: another `carreau survey` is at work in {folder}; wait until it is done"
    ]
    assert record_in(folder).of(Role.POINTS)
    assert record_in(other).of(Role.POINTS)
    assert sorted(path.name for path in folder.iterdir()) == ["outline.geojson", "site.toml", "survey"]
    world.edition = "2026-01-01"
    shutil.rmtree(tmp_path / "cache")
    killed = at_work()
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    world.delay_s = 0.0
    assert survey("fosse", "--refresh") == 0
    assert record_in(folder).of(Role.POINTS)[0].edition == "2026-01-01"


def test_a_full_disk_leaves_nothing(
    survey: Survey, add_site: AddSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.geteuid() == 0:
        (tmp_path / "cache").write_text("a file where a folder should be")
    else:
        (tmp_path / "cache").mkdir(mode=0o500)
    folder = add_site("fosse", *HOUSE)
    assert survey("fosse") == 1
    assert "cannot be written" in capsys.readouterr().err
    assert not (folder / "survey").exists()


@pytest.mark.parametrize("size_kb", [4, 32, 96, 160, 256])
def test_a_disk_that_is_full_halfway_is_told_and_harms_nothing(
    survey: Survey, add_site: AddSite, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], size_kb: int
) -> None:
    folder = add_site("fosse", *HOUSE)
    sites = folder.parent
    with disk(tmp_path / "disk", 8_000) as small:
        shutil.move(sites, small / "sites")
        sites.symlink_to(small / "sites")
        assert survey("fosse") == 0
        before = digests(folder)
        world.edition = "2026-01-01"
        resize(small, used_kb(small) + size_kb)
        assert survey("fosse", "--refresh") == 1
        printed = capsys.readouterr().err
        assert "the disk is full" in printed
        assert "bug" not in printed
        assert digests(folder) == before
        resize(small, 8_000)
        assert survey("fosse", "--refresh") == 0
