"""Run a program and say how long it took, what CPU, and how much memory it and its children held."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.alone import tree, watched

FIRST_STEP_S, STEP_S = 0.002, 0.03
"""gltfpack is done in 0.01 s with a small scan; a long run need not be looked at so often."""
LOOKING_SHARE = 0.02
"""Of the time: the kernel walks all pages to answer, 15 ms for a gigabyte, and the program would wait for it."""


@dataclass(frozen=True)
class Run:
    """What a program used.

    cpu_seconds : of all cores, with those of the children that it waited for
    peak_bytes : most memory at one time of the whole tree of processes, shared pages shared out (PSS), as sampled;
        the kernel's own peak (ru_maxrss) would count what the child inherits from us before it becomes the program
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str

    def took(self, digits: int = 1) -> str:
        """Return the time and the CPU, in seconds."""
        return f"{self.seconds:.{digits}f} s ({self.cpu_seconds:.{digits}f} s of CPU)"


class FailedError(Exception):
    """A program ended with another code than 0."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a program to its end. Raises FailedError with its last words."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output, watched(" ".join(command)):
        started = time.perf_counter()
        environment = {**os.environ, **(environment or {})}
        process = subprocess.Popen(list(command), stdout=output, stderr=subprocess.STDOUT, env=environment)
        peak, ended = [0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, ended))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        ended.set()
        watcher.join()
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise FailedError(f"{' '.join(command)}: {said.strip()[-300:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak[0], said)


def _watch(pid: int, peak: list[int], ended: threading.Event) -> None:
    looks, step = 0, FIRST_STEP_S
    while not ended.wait(step):
        looks, began = looks + 1, time.thread_time()
        peak[0] = max(peak[0], sum(_memory(process) for process in tree(pid)))
        step = max(FIRST_STEP_S if looks < 100 else STEP_S, (time.thread_time() - began) / LOOKING_SHARE)


def _memory(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
