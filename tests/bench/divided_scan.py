"""Build a scan of 48 M triangles, which is divided into parts; say its memory, and what a second worker is worth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

from carreau.base.levels import OFFERED
from carreau.base.process import VARIABLE
from tests.bench.checking import held
from tests.bench.processes import Run, run
from tests.bench.workers import cluster

TRIANGLES = 48_413_943
MOST_BYTES, LEAST_GAIN = 8e9, 1.7

PORT = 48796

_MAKE = """
import pathlib, sys
path = pathlib.Path(sys.argv[1])
text = path.read_text().replace("statue(n=3)", "statue(n=9)")
sys.argv = [str(path), sys.argv[2], "--ply"]
exec(compile(text, str(path), "exec"), {"__file__": str(path), "__name__": "__main__"})
"""
"""Splits each triangle of the statue into 81 instead of 9."""


def build_divided(scans: Path, work: Path) -> list[str]:
    """Return what building the scan takes, in one process and on one and two single-core workers.

    scans : folder with the statue and the program that splits its triangles
    """
    subprocess.run([sys.executable, "-c", _MAKE, str(scans / "make_large.py"), str(work)], check=True)
    alone = run(_command(work, "alone"))
    report = json.loads((work / "alone" / "out" / "report.json").read_bytes())
    steps = {each["label"]: each["peak_memory_bytes"] for each in report["stages"]}
    largest = max(steps, key=steps.__getitem__)
    one, two = (_with_workers(work, count) for count in (1, 2))
    gain = one.seconds / two.seconds
    return [
        f"{TRIANGLES / 1e6:.1f} M triangles, 8192², all levels, AR pair and report: {alone.took(0)}; the step with the "
        f"most memory, {largest}: {steps[largest] / 1e9:.1f} GB ({held(steps[largest], MOST_BYTES)} "
        f"{MOST_BYTES / 1e9:.0f} GB)",
        f"this scan on one single-core worker of Dask: {one.seconds:.0f} s, on two: {two.seconds:.0f} s: {gain:.2f} "
        f"times as fast, {'at least' if gain >= LEAST_GAIN else 'short of'} {LEAST_GAIN}",
    ]


def _with_workers(work: Path, count: int) -> Run:
    with patch.dict(os.environ, {VARIABLE: "1"}), cluster(work, PORT + count, count) as address:
        return run(_command(work, f"workers-{count}", "--executor", address, "--jobs", str(count)))


def _command(work: Path, name: str, *options: str) -> list[str]:
    """Return the build of the scan into a folder of that name, with a cache of its own."""
    folders = ["--out", str(work / name / "out"), "--cache", str(work / name / "cache")]
    return [
        sys.executable, "-m", "carreau.command.cli", "model", str(work / "large_statue.ply"), "--quiet", *folders,
        "--levels", ",".join(OFFERED), *options,
    ]  # fmt: skip
