"""Commands run beside the desk, one at a time; they can be stopped."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.base.translator import Translator
from carreau.desk.web.desk import DONE, FAILED, RUNNING, STOPPED, Jobs
from carreau.desk.web.scans_page import shown_job
from tests.pipeline.catalogue.catalogues import written
from tests.waiting import wait_until


def test_a_command_runs_alone_and_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    jobs = Jobs()
    endless = ["desk", "--assets", str(written(tmp_path / "assets")), "--no-browser"]
    job = jobs.start("draft", "", [endless], "fr")
    with pytest.raises(OptionError, match="something else is running"):
        jobs.start("draft", "", [endless], "fr")
    wait_until(lambda: jobs._process, "the command has begun")
    process = jobs._process
    assert process is not None
    assert job.state == RUNNING
    jobs.stop(job.number + 1)
    assert job.state == RUNNING
    jobs.stop(job.number)
    wait_until(lambda: job.ended, "the job has ended")
    assert job.state == STOPPED
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    jobs.stop(job.number)
    assert job.state == STOPPED


@pytest.mark.parametrize(("folder", "state"), [("assets", DONE), ("nothing", FAILED)])
def test_what_a_command_prints_is_its_result_and_what_it_tells_is_shown(
    tmp_path: Path, folder: str, state: str
) -> None:
    written(tmp_path / "assets")
    jobs = Jobs()
    seen = list[tuple[int, str]]()
    commands = [["texts", "status", "--assets", str(tmp_path / folder), "--json"], ["--version"]]
    job = jobs.start("draft", "", commands, "fr", lambda *each: seen.append(each))
    wait_until(lambda: job.ended, "the job has ended")
    assert (job.state, len(job.results)) == (state, 2 if state == DONE else 0)
    assert seen == list(enumerate(job.results))
    assert ("ne contient ni" in job.line) == (state == FAILED)


def scans_of(kind: str, tiny_scans: Path, folder: Path) -> Path:
    """Return a scan, or a folder of two."""
    if kind == "several":
        for name in ("one.obj", "two.obj"):
            shutil.copy(tiny_scans / "globe.obj", folder / name)
        return folder
    return tiny_scans / "globe.obj"


@pytest.mark.parametrize("kind", ["scan", "several"])
def test_a_build_tells_how_far_it_is_in_the_language_of_the_reader(kind: str, tiny_scans: Path, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    scan, jobs = scans_of(kind, tiny_scans, tmp_path / "scans"), Jobs()
    job = jobs.start(
        "trial", "globe", [["model", str(scan), "--out", str(tmp_path / "out"), "--levels", "preview"]], "en"
    )
    told = []
    while not job.ended:
        told.append((shown_job(job, "de"), shown_job(job, "fr")))
        time.sleep(0.02)
    assert job.state == DONE, list(job.lines)
    shares = [each["share"] for pair in told for each in pair if each["share"] is not None]
    assert shares == sorted(shares)
    assert len({each for each in shares if 0.01 < each < 0.99}) > 5
    assert job.current().share == 1
    for language, number in (("de", 0), ("fr", 1)):
        said = {part for pair in told for part in pair[number]["status"].split(" · ")}
        steps = {
            Translator(language).step(label) for label in ("read", "clean", "bake preview", "measure preview", "poster")
        }
        assert said & steps, said
        assert ("0 von 2 Scans" in said) == (kind == "several" and language == "de")


def test_the_share_of_a_job_is_that_of_all_its_commands(tmp_path: Path) -> None:
    written(tmp_path / "assets")
    job = Jobs().start("look", "", [["texts", "status", "--assets", str(tmp_path / "assets")]] * 2, "fr")
    seen = list[float]()
    while not job.ended:
        seen.append(job.current().share)
        time.sleep(0.01)
    assert job.current().share == 1
    assert seen == sorted(seen)
    assert set(seen) <= {0.0, 0.5, 1.0}
