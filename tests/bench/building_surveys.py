"""Build the surveys of all gathered sites as models and publish them: killed twice and resumed, then at once."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipeline.catalogue.catalogue import read_catalogue
from tests.bench.checking import held
from tests.bench.gathering import DAY, gathered_sites
from tests.bench.processes import run

MOST_BYTES, MEMORY = 4e9, "3G"
"""Of the whole process, and what its steps may use together: libraries and what is held between steps come on top."""

KILLED_AFTER_SHARES = (0.2, 0.6)
"""Shares of the states that are built when a build is killed."""


def build_surveys(catalogue: Path) -> list[str]:
    """Return what building and publishing the gathered surveys of a catalogue takes.

    catalogue : folder with `assets`, as `gather_catalogue` leaves it; models, bundles and caches come into it
    """
    entries = read_catalogue(catalogue / "assets").sites.values()
    states = sum(bool(state.file) for entry in entries for state in entry.of.state)
    for share in KILLED_AFTER_SHARES:
        _kill_at(catalogue / "killed", _command(catalogue, "killed"), max(1, int(share * states)))
    resumed = run(_command(catalogue, "killed"), DAY)
    made = run(_command(catalogue, "at-once"), DAY)
    bundles = [digests(catalogue / name / "bundle") for name in ("killed", "at-once")]
    same = "the same bytes" if bundles[0] == bundles[1] else "OTHER BYTES"
    sites = len(gathered_sites(catalogue))
    return [
        f"`carreau build` of {sites} gathered sites, {states} models: {made.seconds / 60:.1f} min "
        f"({made.cpu_seconds / 60:.1f} min of CPU), "
        f"{made.peak_bytes / 1e9:.2f} GB ({held(made.peak_bytes, MOST_BYTES)} {MOST_BYTES / 1e9:.0f} GB)",
        f"killed {len(KILLED_AFTER_SHARES)} times and resumed: {same} in the bundle of {len(bundles[0])} files; the "
        f"rest took {resumed.seconds / 60:.1f} min ({resumed.cpu_seconds / 60:.1f} min of CPU)",
    ]


def _command(catalogue: Path, name: str) -> list[str]:
    folders = [f"--{each}={catalogue / name / each}" for each in ("models", "bundle", "cache")]
    options = ["--quiet", "--local", "--memory", MEMORY, *folders]
    return [sys.executable, "-m", "pipeline.cli", "build", str(catalogue / "assets"), *options]


def _kill_at(folder: Path, command: list[str], models: int) -> None:
    """Begin a build, and kill it and its workers when so many models are there."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **DAY})
    while process.poll() is None and len(list((folder / "models").glob("*/*/report.json"))) < models:
        time.sleep(0.1)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def digests(bundle: Path) -> dict[str, str]:
    """Return the digest of every file of a bundle, by name."""
    return {
        path.relative_to(bundle).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(bundle.rglob("*"))
        if path.is_file()
    }
