"""Build the surveys of all gathered sites as models and publish them: killed twice and resumed, then some at once."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from carreau.catalogue.catalogue import read_catalogue
from tests.bench.checking import held
from tests.bench.gathering import DAY, gathered_sites
from tests.bench.processes import run

MOST_BYTES, MEMORY = 4e9, "3500M"
"""Of the whole run, and what is asked of it: a step may take more than it is expected to."""

MOST_MINUTES = 45

KILLED_AFTER_SHARES = (0.2, 0.6)
"""Shares of the states that are built when a build is killed."""

EVERY = 8
"""One site of so many is built again at once, with an empty cache: all of them would take as long as before."""


def build_surveys(catalogue: Path) -> list[str]:
    """Return what building and publishing the gathered surveys of a catalogue takes.

    catalogue : folder with `assets`, as `gather_catalogue` leaves it; models, bundles and caches come into it
    """
    entries = read_catalogue(catalogue / "assets").sites.values()
    states = sum(bool(state.file) for entry in entries for state in entry.of.state)
    command, started = _command(catalogue, "killed"), time.perf_counter()
    for share in KILLED_AFTER_SHARES:
        _kill_at(catalogue / "models", command, max(1, int(share * states)))
    resumed = run(command, DAY)
    minutes = (time.perf_counter() - started) / 60
    sites = gathered_sites(catalogue)
    for survey in sites[::EVERY]:
        shutil.rmtree(catalogue / "models" / survey.parent.name)
    again = run(_command(catalogue, "at-once"), DAY)
    bundles = [digests(catalogue / name / "bundle") for name in ("killed", "at-once")]
    same = "the same bytes" if bundles[0] == bundles[1] else "OTHER BYTES"
    return [
        f"`carreau build` of {len(sites)} gathered sites, {states} models, killed {len(KILLED_AFTER_SHARES)} times and "
        f"resumed: {minutes:.1f} min in all ({held(minutes, MOST_MINUTES)} {MOST_MINUTES} min), "
        f"{resumed.peak_bytes / 1e9:.2f} GB after the last time ({held(resumed.peak_bytes, MOST_BYTES)} "
        f"{MOST_BYTES / 1e9:.0f} GB), which took {resumed.seconds / 60:.1f} min "
        f"({resumed.cpu_seconds / 60:.1f} min of CPU)",
        f"{len(sites[::EVERY])} of these sites built again at once, with an empty cache: {same} in the bundle of "
        f"{len(bundles[0])} files; {again.seconds / 60:.1f} min ({again.cpu_seconds / 60:.1f} min of CPU)",
    ]


def _command(catalogue: Path, name: str) -> list[str]:
    """Return the build of a catalogue, with a bundle and a cache of that name."""
    folders = [f"--{each}={catalogue / name / each}" for each in ("bundle", "cache")]
    options = ["--quiet", "--local", "--memory", MEMORY, f"--models={catalogue / 'models'}", *folders]
    return [sys.executable, "-m", "carreau.command.cli", "build", "--assets", str(catalogue / "assets"), *options]


def _kill_at(folder: Path, command: list[str], models: int) -> None:
    """Begin a build, and kill it and its workers when so many models are there."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **DAY})
    while process.poll() is None and len(list(folder.glob("*/*/report.json"))) < models:
        time.sleep(0.1)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def digests(bundle: Path) -> dict[str, str]:
    """Return the digest of every published file of a bundle, by name.

    Notes of `carreau build` about its inputs begin with a dot; they hold when those were written.
    """
    names = {path.relative_to(bundle): path for path in sorted(bundle.rglob("*")) if path.is_file()}
    return {
        name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if not name.parts[0].startswith(".")
    }
