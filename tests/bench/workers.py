"""Say what a second worker is worth, and that no executor changes a byte."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from carreau.base.levels import OFFERED
from carreau.base.process import VARIABLE
from tests.bench.processes import Run, run

LEAST_GAIN = 1.7
FOUR = ("venus_statue_gltf_draco", "vertexcolour_ply", "column_obj", "whale_cranium_glb")
"""Four scans that take about as long as one another."""

SCHEDULER_PORT = 48786
_ONE_CORE = {VARIABLE: "1"}
"""A worker is one core, alone as beside another: else one worker would have both cores of two."""


def gain(scans: Sequence[Path], work: Path, levels: Sequence[str] = OFFERED) -> str:
    """Make scans with one worker, then with two; say how many times faster two are."""
    one, two = (_made(scans, work / f"workers-{count}", "processes", levels, count, _ONE_CORE) for count in (1, 2))
    times = one.seconds / two.seconds
    held = "at least" if times >= LEAST_GAIN else "short of"
    return (
        f"{len(scans)} scans, {', '.join(levels)}: {one.took(0)} on one single-core worker, {two.took(0)} on two: "
        f"{times:.2f} times as fast, {held} {LEAST_GAIN}"
    )


def same_bytes(scans: Sequence[Path], work: Path, levels: Sequence[str] = OFFERED) -> str:
    """Make scans in process, in processes and on a Dask cluster; say which files differ by a byte."""
    with cluster(work, SCHEDULER_PORT) as address:
        made = {}
        for name, where in (("in process", ""), ("processes", "processes"), ("Dask", address)):
            out = work / f"same-{name.replace(' ', '-')}"
            _made(scans, out, where, levels, 2)
            made[name] = models(out / "out")
    first = made.pop("in process")
    differing = {name: sorted(path for path in first if found.get(path) != first[path]) for name, found in made.items()}
    said = [f"{name} differs in {', '.join(paths)}" for name, paths in differing.items() if paths]
    return f"{len(first)} files from one process, a process pool and Dask: " + ("; ".join(said) or "identical bytes")


def models(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every model and poster below a folder, by path."""
    endings = {".glb", ".br", ".usdz", ".webp", ".png"}
    paths = sorted(path for path in folder.rglob("*") if path.suffix in endings)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _made(
    scans: Sequence[Path],
    folder: Path,
    where: str,
    levels: Sequence[str],
    jobs: int,
    said: dict[str, str] | None = None,
) -> Run:
    """Run the command with a cache of its own."""
    command = [
        sys.executable,
        "-m",
        "carreau.command.cli",
        "model",
        *map(str, scans),
        "--out",
        str(folder / "out"),
        "--quiet",
    ]
    options = ["--executor", where, "--jobs", str(jobs), "--levels", ",".join(levels)]
    return run([*command, *options], {"CARREAU_CACHE": str(folder / "cache"), **(said or {})})


@contextmanager
def cluster(work: Path, port: int, workers: int = 2) -> Iterator[str]:
    """Run a Dask scheduler and workers of one thread as processes of this machine; give the scheduler's address."""
    address = f"tcp://127.0.0.1:{port}"
    begin = [
        [
            sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port),
            "--no-dashboard",
        ],
        [
            sys.executable, "-m", "distributed.cli.dask_worker", address, "--nworkers", str(workers), "--nthreads", "1",
            "--memory-limit", "0", "--no-dashboard", "--local-directory", str(work / "dask"),
        ],
    ]  # fmt: skip
    work.mkdir(parents=True, exist_ok=True)
    with (work / "dask.log").open("ab") as log:
        running = [subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ)) for command in begin]
        try:
            yield address
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait(30)
