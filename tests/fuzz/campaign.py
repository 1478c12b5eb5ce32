"""A campaign: workers read changed files, and whatever goes wrong is stored as a case that the tests repeat."""

from __future__ import annotations

import hashlib
import multiprocessing
import re
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tests.fuzz.seeds import Seed
from tests.fuzz.worker import GOOD, LONGEST_S, Outcome, content_of, serve, siblings

CASES = Path(__file__).parent / "cases"
SILENT_S = 300.0
"""After so long without an answer a worker is ended: it waits for something, as processor time has its own limit."""
CHUNK = 20
LARGEST_CASE = 40_000
_WARM_S = 600.0


@dataclass(frozen=True)
class Finding:
    """An input that went wrong."""

    seed: Seed
    content: bytes
    outcome: Outcome

    def store(self, folder: Path) -> Path:
        """Write the changed file, under the name of its seed and its content."""
        name = hashlib.sha256(self.content).hexdigest()[:10]
        path = folder / self.seed.name / f"{name}{Path(self.seed.file).suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        return path


@dataclass
class Tally:
    """Counts of a campaign.

    outcomes : by format and class
    seconds : of wall time by format, of all workers together
    findings : one for each signature
    repeats : inputs that went wrong like one before, by signature
    """

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    repeats: Counter[str] = field(default_factory=Counter)

    def add(self, seed: Seed, outcome: Outcome, seconds: float) -> None:
        """Count an outcome."""
        self.outcomes.setdefault(seed.format, Counter())[outcome.what] += 1
        self.seconds[seed.format] = self.seconds.get(seed.format, 0.0) + seconds

    @property
    def totals(self) -> Counter[str]:
        """Return the counts of all formats."""
        return sum(self.outcomes.values(), Counter[str]())

    @property
    def bad(self) -> int:
        """Return the number of inputs that went wrong."""
        return sum(count for what, count in self.totals.items() if what not in GOOD)


class Worker:
    """A worker process, started again whenever it ends."""

    def __init__(self, seeds: Sequence[Seed], run: int, warm: Sequence[Seed] | None = None) -> None:
        """Start it.

        warm : seeds that are read first, all of them by default
        """
        self._log = Path(tempfile.mkstemp(prefix="fuzz-", suffix=".log")[1])
        self._context = multiprocessing.get_context("spawn")
        self._arguments = seeds, run, tuple(seeds if warm is None else warm)
        self.restarts = -1
        self.start()

    def start(self) -> None:
        """Start the process, and wait until it has read the seeds. Raises AssertionError for a seed that goes wrong."""
        self.restarts += 1
        self.pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=serve, args=(theirs, self._log, *self._arguments), daemon=True)
        self._process.start()
        theirs.close()
        assert self.pipe.poll(_WARM_S), "a worker did not start"
        unread = self.pipe.recv()
        assert not unread, f"seeds that do not read as they should: {unread}"

    def stop(self) -> int | None:
        """End the process, and return the exit code that it had before: minus the number of a signal, or None."""
        self.pipe.close()
        self._process.join(2.0)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join()
        return code

    def close(self) -> None:
        """End the process for good."""
        self.stop()
        self._log.unlink(missing_ok=True)

    def _end(self) -> Outcome:
        """Return why the process ended, with the place where it was."""
        code = self.stop() or 0
        stack = [line.strip() for line in self._log.read_text(errors="replace").splitlines() if "File " in line]
        ours = [_place(line) for line in stack if "/pipeline/" in line][:1] or ["unknown place"]
        trace = "\n".join(stack[:8])
        if code == -signal.SIGPROF:
            return Outcome("slow", LONGEST_S, f"ended in {ours[0]}\nafter {LONGEST_S:.0f} s of processor time\n{trace}")
        cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Outcome("abort", 0.0, f"{cause} in {ours[0]}\n{trace}")

    def outcome(self, started: float) -> Outcome | None:
        """Return the next outcome; of a worker that ended or is silent, which is started again, its failure.

        None where there is none yet. started : when the running input began, by `time.monotonic`
        """
        try:
            if self.pipe.poll(0):
                outcome: Outcome = self.pipe.recv()
                return outcome
        except (EOFError, OSError):
            outcome = self._end()
            self.start()
            return outcome
        if time.monotonic() - started > SILENT_S:
            self.stop()
            self.start()
            return Outcome("slow", SILENT_S, f"no answer\nafter {SILENT_S:.0f} s")
        return None

    def read(self, place: int, content: bytes) -> Outcome:
        """Return the outcome of one file, for the seed at a place of the list."""
        self.pipe.send((place, content))
        started = time.monotonic()
        while True:
            wait([self.pipe], 1.0)
            outcome = self.outcome(started)
            if outcome is not None:
                return outcome


def _place(line: str) -> str:
    """Return the module and line of a line of a stack."""
    match = re.search(r'([^/"]+)", line (\d+)', line)
    return f"{match[1]}:{match[2]}" if match else line


def tasks(seeds: Sequence[Seed], count: int) -> Iterator[tuple[int, int, int]]:
    """Yield (place of the seed, first input, inputs), a few of each seed in turn, `count` inputs in all."""
    first = 0
    while count > 0:
        for place in range(len(seeds)):
            number = min(CHUNK, count)
            if number <= 0:
                return
            yield place, first, number
            count -= number
        first += CHUNK


def campaign(
    seeds: Sequence[Seed],
    run: int,
    count: int,
    seconds: float,
    workers: int = 1,
    on_progress: Callable[[Tally, float], None] = lambda tally, elapsed: None,
    warm: Sequence[Seed] | None = None,
) -> Tally:
    """Read changed files until so many were read, or so many seconds have passed; at least one.

    run : number of the campaign; the same number and seeds give the same inputs
    warm : as of a worker
    """
    tally, started = Tally(), time.monotonic()
    chunks = tasks(seeds, count)
    running: dict[Connection, _Run] = {}
    pool = [Worker(seeds, run, warm) for _ in range(workers)]
    started = time.monotonic()
    for worker in pool:
        _give(worker, chunks, running)
    while running:
        wait(list(running), 1.0)
        elapsed = time.monotonic() - started
        for current in list(running.values()):
            pipe = current.worker.pipe
            while pipe in running and (outcome := current.worker.outcome(current.since)) is not None:
                seed, now = seeds[current.place], time.monotonic()
                tally.add(seed, outcome, now - current.since)
                if outcome.what not in GOOD:
                    _note(tally, Finding(seed, content_of(seed, siblings(seed, seeds), run, current.number), outcome))
                current.number, current.since = current.number + 1, now
                is_new = current.worker.pipe is not pipe
                if current.number == current.end or elapsed > seconds:
                    del running[pipe]
                    if elapsed <= seconds:
                        _give(current.worker, chunks, running)
                    break
                if is_new:
                    del running[pipe]
                    current.worker.pipe.send((current.place, current.number, current.end - current.number))
                    running[current.worker.pipe] = current
        on_progress(tally, elapsed)
    for worker in pool:
        worker.close()
    return tally


@dataclass
class _Run:
    """What a worker does: the inputs of a seed from `number` to `end`."""

    worker: Worker
    place: int
    number: int
    end: int
    since: float


def _give(worker: Worker, chunks: Iterator[tuple[int, int, int]], running: dict[Connection, _Run]) -> None:
    task = next(chunks, None)
    if task is not None:
        place, first, count = task
        worker.pipe.send(task)
        running[worker.pipe] = _Run(worker, place, first, first + count, time.monotonic())


def _note(tally: Tally, finding: Finding) -> None:
    """Keep the smallest input of each signature."""
    signature = f"{finding.seed.format}: {finding.outcome.signature}"
    tally.repeats[signature] += 1
    former = tally.findings.get(signature)
    if former is None or len(finding.content) < len(former.content):
        tally.findings[signature] = finding


def cases(seeds: Sequence[Seed], folder: Path = CASES) -> list[tuple[int, Path]]:
    """Return the stored cases, each with the place of its seed in the list."""
    places = {seed.name: place for place, seed in enumerate(seeds)}
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")
    return [(places[path.parent.name], path) for path in files]
