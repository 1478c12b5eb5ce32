"""A process that reads changed files one after the other, with limits on memory, and reports each outcome.

It is a process of its own because a decoder may end it. Classes of outcomes:

- read, refused : as it should be; refused is one line of a `CarreauError` with exit code 2
- traceback : any other exception, or an error of several lines
- memory : memory ran out, or grew by more than `GROWTH_BYTES` for one small file
- slow : more than `SLOW_S` seconds of processor time; after `LONGEST_S` a signal ends the process
- noise : a library printed to the console, or warned
- abort : found by the parent: the process ended
"""

from __future__ import annotations

import faulthandler
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from carreau.base.errors import CarreauError
from carreau.runs.memory import peak_memory
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import Seed
from tests.fuzz.targets import TARGETS

ROOM_BYTES = 6 << 30
"""Address space beyond what the process has once it has read every seed: threads and large reads reserve some of it
without using it."""
GROWTH_BYTES = 256 << 20
_MEMORY = Path("/dev/shm")  # noqa: S108 - files of a few bytes, a million times
SLOW_S, LONGEST_S = 5.0, 20.0
"""Processor time, which a busy machine does not stretch."""
GOOD = ("read", "refused")
BAD = ("traceback", "abort", "slow", "memory", "noise")


@dataclass(frozen=True)
class Outcome:
    """How the reading of one file ended.

    what : one of `GOOD` or `BAD`
    seconds : of processor time
    note : the message, or the end of the traceback
    """

    what: str
    seconds: float
    note: str = ""

    @property
    def signature(self) -> str:
        """Return what failures of one cause have in common: class, exception and place."""
        return f"{self.what} {self.note.splitlines()[0] if self.note else ''}"


def siblings(seed: Seed, seeds: Sequence[Seed]) -> list[Seed]:
    """Return the seeds of the same format."""
    return [other for other in seeds if other.format == seed.format]


def content_of(seed: Seed, others: Sequence[Seed], run: int, number: int) -> bytes:
    """Return the changed content of an input by the number of the campaign and its own.

    others : the seeds of the same format
    """
    generator = random.Random(f"{run} {seed.name} {number}")
    changed = mutated(seed.content, generator, [other.content for other in others], seed.is_text)
    return seed.wrap(changed) if seed.wrap and generator.random() < 0.9 else changed


class Reader:
    """Reads files in a folder of its own, and tells how that ended."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; what libraries print goes to a file in it."""
        self._folder = folder / "scan"
        self._printed = (folder / "printed").open("w+b", buffering=0)
        self._at = 0
        self._seed: Seed | None = None
        for stream in (1, 2):
            os.dup2(self._printed.fileno(), stream)

    def read(self, seed: Seed, content: bytes) -> Outcome:
        """Return the outcome of one file; a costly one is read twice, as compiling may have cost it the first time."""
        outcome = self._read(seed, content)
        return self._read(seed, content) if outcome.what in ("slow", "memory") else outcome

    def _read(self, seed: Seed, content: bytes) -> Outcome:
        path = self._lay_out(seed, content)
        started = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
        with peak_memory() as peak:
            what, note = self._attempt(seed, path)
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.flush()
        sys.stderr.flush()
        seconds = time.process_time() - started
        printed = self._new_text()
        if what in GOOD and peak.grown_bytes > GROWTH_BYTES:
            return Outcome("memory", seconds, f"memory grew\nby {peak.grown_bytes >> 20} MB")
        if what in GOOD and seconds > SLOW_S:
            return Outcome("slow", seconds, f"processor time\n{seconds:.1f} s")
        if what in GOOD and printed and not seed.prints:
            return Outcome("noise", seconds, f"printed\n{printed}")
        return Outcome(what, seconds, note)

    def _lay_out(self, seed: Seed, content: bytes) -> Path:
        if seed is not self._seed:
            shutil.rmtree(self._folder, ignore_errors=True)
            for name, companion in seed.companions.items():
                (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self._folder / name).write_bytes(companion)
            self._seed = seed
        path = self._folder / seed.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return self._folder / seed.opened

    def _attempt(self, seed: Seed, path: Path) -> tuple[str, str]:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                (seed.reader or TARGETS[seed.kind])(path)
        except CarreauError as error:
            if _ran_out(error):
                return "memory", f"refused after MemoryError\n{error}"
            if "\n" in str(error):
                return "traceback", f"several lines\n{error}"
            if error.exit_code != 2:
                return "traceback", f"exit code {error.exit_code}\n{error}"
            return "refused", str(error)
        except MemoryError as error:
            return "memory", _end_of(error)
        except BaseException as error:  # a panic of Rust is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            return "traceback", _end_of(error)
        if caught:
            first = caught[0]
            return "noise", f"{first.category.__name__} in {Path(first.filename).name}:{first.lineno}\n{first.message}"
        return "read", ""

    def _new_text(self) -> str:
        end = os.fstat(self._printed.fileno()).st_size
        if end == self._at:
            return ""
        text = os.pread(self._printed.fileno(), min(end - self._at, 2000), self._at).decode("utf-8", "replace")
        self._at = end
        return text.strip()


def _ran_out(error: BaseException | None) -> bool:
    """Return whether an error comes of a lack of memory; causes may go round in a circle."""
    causes = list[BaseException]()
    while error is not None and all(error is not cause for cause in causes):
        causes.append(error)
        error = error.__cause__ or error.__context__
    return any(isinstance(cause, MemoryError) for cause in causes)


def _end_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/pipeline/" in frame.filename] or list(frames)
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    last = "".join(traceback.format_list(frames[-4:]))
    return f"{type(error).__name__} in {place}\n{str(error)[:300]}\n{last}"


def limit_memory() -> None:
    """Limit the address space to what the process has, and some room."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + ROOM_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(pipe: Connection, log: Path, seeds: Sequence[Seed], run: int, warm: Sequence[Seed]) -> None:
    """Read what the parent asks for, until it closes the pipe.

    log : file for the stack where the process ends
    warm : seeds that are read first, so that everything is imported and compiled
    """
    stack = log.open("w")
    faulthandler.enable(stack, all_threads=False)
    faulthandler.register(signal.SIGPROF, stack, all_threads=False, chain=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        reader = Reader(Path(folder))
        unread = [(seed.name, outcome) for seed in warm if (outcome := unlike_expected(reader, seed))]
        limit_memory()
        pipe.send(unread)
        while True:
            try:
                task = pipe.recv()
            except EOFError:
                return
            if isinstance(task[1], bytes):
                pipe.send(reader.read(seeds[task[0]], task[1]))
                continue
            place, first, count = task
            seed, others = seeds[place], siblings(seeds[place], seeds)
            for number in range(first, first + count):
                pipe.send(reader.read(seed, content_of(seed, others, run, number)))


def unlike_expected(reader: Reader, seed: Seed) -> Outcome | None:
    """Return the outcome of a seed as it is, if it is not the expected one."""
    outcome = reader.read(seed, seed.wrap(seed.content) if seed.wrap else seed.content)
    return None if outcome.what == seed.expected else outcome
