"""Gather the survey of every site from a stand-in of the services: killed and resumed, then at once."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.checking import held
from tests.bench.made_up import PROJECT
from tests.bench.processes import run
from tests.survey_stand_in.stand_in_server import StandIn, stand_in

MOST_S, MOST_BYTES = 45 * 60.0, 4e9
KILLED_AFTER_BYTES = (20_000_000, 120_000_000, 300_000_000)
DAY = {"SOURCE_DATE_EPOCH": "1795000000"}


def gather_catalogue(work: Path) -> list[str]:
    """Return what gathering all sites takes.

    work : folder that two copies of the catalogue, and what was received for each, come into
    """
    with stand_in() as server:
        killed = _catalogue(work / "killed", server)
        for most in KILLED_AFTER_BYTES:
            _kill_after(killed, server, most)
        resumed = run(_command(killed), DAY)
        at_once = _catalogue(work / "at-once", server)
        before = server.world.sent_bytes
        made = run(_command(at_once), DAY)
        received = server.world.sent_bytes - before
    sites = sorted((at_once / "assets" / "sites").glob("*/survey"))
    same = "the same bytes" if digests(killed) == digests(at_once) else "OTHER BYTES"
    return [
        f"`carreau survey --all` of a stand-in on the same machine, {len(sites)} sites, {received / 1e6:.0f} MB: "
        f"{made.seconds:.0f} s ({held(made.seconds, MOST_S)} {MOST_S / 60:.0f} min), {made.peak_bytes / 1e9:.2f} GB "
        f"({held(made.peak_bytes, MOST_BYTES)} {MOST_BYTES / 1e9:.0f} GB)",
        f"killed {len(KILLED_AFTER_BYTES)} times and resumed: {same}; the rest took {resumed.seconds:.0f} s",
    ]


def _catalogue(folder: Path, server: StandIn) -> Path:
    """Copy the catalogue, without surveys, and let it ask the stand-in."""
    shutil.copytree(PROJECT / "assets", folder / "assets", ignore=shutil.ignore_patterns("survey", "territory"))
    (folder / "assets" / "services.toml").write_text(server.services(), "utf-8")
    return folder


def _command(folder: Path) -> list[str]:
    places = ["--assets", str(folder / "assets"), "--cache", str(folder / "cache")]
    return [sys.executable, "-m", "pipeline.cli", "survey", "--all", "--quiet", *places]


def _kill_after(folder: Path, server: StandIn, most_bytes: int) -> None:
    """Begin to gather, and kill that when so many bytes were sent in all."""
    process = subprocess.Popen(_command(folder), stderr=subprocess.DEVNULL)
    while process.poll() is None and server.world.sent_bytes < most_bytes:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a catalogue, by name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "assets" / "sites").rglob("*"))
        if path.is_file()
    }
