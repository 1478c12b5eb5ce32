"""Commands run beside the desk, one at a time; they can be stopped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.desk.jobs import DONE, FAILED, RUNNING, STOPPED, Jobs
from pipeline.errors import OptionError
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
    commands = [["texts", "status", str(tmp_path / folder), "--json"], ["--version"]]
    job = jobs.start("draft", "", commands, "fr", lambda *each: seen.append(each))
    wait_until(lambda: job.ended, "the job has ended")
    assert (job.state, len(job.results)) == (state, 2 if state == DONE else 0)
    assert seen == list(enumerate(job.results))
    assert ("ne contient ni" in job.line) == (state == FAILED)
