"""Run a program and say how long it took and how much memory it and its children held."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FIRST_STEP_S, STEP_S = 0.002, 0.03
"""gltfpack is done in 0.01 s with a small scan; a long run need not be looked at so often."""
LOOKING_SHARE = 0.02
"""Of the time: the kernel walks all pages to answer, 15 ms for a gigabyte, and the program would wait for it."""


@dataclass(frozen=True)
class Run:
    """What a program used.

    peak_bytes : most memory at one time of the whole tree of processes, shared pages shared out (PSS), as sampled;
        the kernel's own peak (ru_maxrss) would count what the child inherits from us before it becomes the program
    """

    seconds: float
    peak_bytes: int
    output: str


class FailedError(Exception):
    """A program ended with another code than 0."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a program to its end. Raises FailedError with its last words."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        started = time.perf_counter()
        environment = {**os.environ, **(environment or {})}
        process = subprocess.Popen(list(command), stdout=output, stderr=subprocess.STDOUT, env=environment)
        peak, ended = [0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, ended))
        watcher.start()
        process.wait()
        seconds = time.perf_counter() - started
        ended.set()
        watcher.join()
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise FailedError(f"{' '.join(command)}: {said.strip()[-300:]}")
    return Run(seconds, peak[0], said)


def _watch(pid: int, peak: list[int], ended: threading.Event) -> None:
    looks, step = 0, FIRST_STEP_S
    while not ended.wait(step):
        looks, began = looks + 1, time.thread_time()
        peak[0] = max(peak[0], sum(_memory(process) for process in _tree(pid)))
        step = max(FIRST_STEP_S if looks < 100 else STEP_S, (time.thread_time() - began) / LOOKING_SHARE)


def _tree(pid: int) -> Iterator[int]:
    """Yield a process and all below it, as Linux lists them (proc(5), CONFIG_PROC_CHILDREN)."""
    yield pid
    with suppress(OSError):  # it may end while it is looked at
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _memory(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
