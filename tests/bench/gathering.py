"""Gather the survey of every site from a stand-in of the services: killed and resumed, then at once."""

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
from tests.bench.made_up import PROJECT
from tests.bench.processes import run
from tests.survey_stand_in.stand_in_server import StandIn, stand_in

MOST_S, MOST_BYTES = 45 * 60.0, 4e9
KILLED_AFTER_BYTES = (20_000_000, 120_000_000, 300_000_000)
DAY = {"SOURCE_DATE_EPOCH": "1795000000"}


def gather_catalogue(work: Path, sites: tuple[str, ...] = ("--all",)) -> list[str]:
    """Return what gathering sites takes.

    work : folder that two copies of the catalogue, and what was received for each, come into
    sites : their slugs, or "--all"
    """
    with stand_in() as server:
        killed = _catalogue(work / "killed", server)
        for most in KILLED_AFTER_BYTES:
            _kill_after(_command(killed, sites), server, most)
        resumed = run(_command(killed, sites), DAY)
        at_once = _catalogue(work / "at-once", server)
        before = server.world.sent_bytes
        made = run(_command(at_once, sites), DAY)
        received = server.world.sent_bytes - before
    count = len(gathered_sites(at_once))
    same = "the same bytes" if digests(killed) == digests(at_once) else "OTHER BYTES"
    return [
        f"`carreau survey --all` of a stand-in on the same machine, {count} sites, {received / 1e6:.0f} MB: "
        f"{made.took(0)} ({held(made.seconds, MOST_S)} {MOST_S / 60:.0f} min), {made.peak_bytes / 1e9:.2f} GB "
        f"({held(made.peak_bytes, MOST_BYTES)} {MOST_BYTES / 1e9:.0f} GB)",
        f"killed {len(KILLED_AFTER_BYTES)} times and resumed: {same}; the rest took {resumed.took(0)}",
    ]


def _catalogue(folder: Path, server: StandIn) -> Path:
    """Copy the catalogue, without what is gathered and without demonstrations, and let it ask the stand-in."""
    sites = read_catalogue(PROJECT / "assets").sites
    apart = {slug for slug, entry in sites.items() if entry.of.is_apart}

    def ignored(parent: str, names: list[str]) -> set[str]:
        own = {"survey"} if Path(parent).name not in apart else set()
        return own.union(("territory", "demonstration")).intersection(names)

    shutil.copytree(PROJECT / "assets", folder / "assets", ignore=ignored)
    (folder / "assets" / "services.toml").write_text(server.services(), "utf-8")
    return folder


def gathered_sites(folder: Path) -> list[Path]:
    """Return the surveys of a catalogue but those of examples from elsewhere."""
    sites = read_catalogue(folder / "assets").sites
    return [
        path for slug, entry in sites.items() if not entry.of.is_apart and (path := entry.folder / "survey").is_dir()
    ]


def _command(folder: Path, sites: tuple[str, ...]) -> list[str]:
    places = ["--assets", str(folder / "assets"), "--cache", str(folder / "cache")]
    return [sys.executable, "-m", "carreau.command.cli", "survey", *sites, "--quiet", *places]


def _kill_after(command: list[str], server: StandIn, most_bytes: int) -> None:
    """Begin to gather, and kill that when so many bytes were sent in all."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, **DAY})
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
