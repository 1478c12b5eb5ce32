"""Commands of `carreau` that the desk runs beside itself: one job at a time, with its progress, and a way to stop it.

They are processes of their own: whatever becomes of them, the desk goes on, and what they wrote is whole, as it is when
a person runs them. How far they are they write into a file, see `carreau.runs.progress_file`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from carreau.base.errors import CarreauError, OptionError
from carreau.base.messages import from_json, message
from carreau.base.process import own_command, own_environment
from carreau.runs.progress_file import VARIABLE

RUNNING, DONE, FAILED, STOPPED = "running", "done", "failed", "stopped"

_MOST_LINES, _LONGEST_LINE = 300, 500
_GRACE_S = 5.0
"""For a process to end by itself before it is killed."""
_LARGEST_RESULT, _LONGEST_LINES = 4_000_000, 16_000


@dataclass(frozen=True)
class JobProgress:
    """How far a job is.

    share : of all its commands that is done, 0 to 1; it never falls
    doing : what is being done: messages, labels of steps and names
    seconds_left : of the rest, None where that is not known
    """

    share: float = 0.0
    doing: tuple[str, ...] = ()
    seconds_left: float | None = None


@dataclass
class Job:
    """Commands that run one after the other, or have run.

    kind : what for, such as "draft"
    subject : what it is about, such as the name of a scan; empty for none
    state : `RUNNING`, `DONE`, `FAILED` or `STOPPED`
    lines : the last that it has printed, in the language of the person who began it; of a failure, why
    progress : file in which its command writes how far it is
    results : what each of its commands has printed that is done
    commands : how many it has
    """

    number: int
    kind: str
    subject: str
    commands: int = 1
    state: str = RUNNING
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_LINES))
    results: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.time)
    ended: float = 0.0
    progress: Path | None = None
    _latest: JobProgress = JobProgress()

    @property
    def line(self) -> str:
        """Return the last line, empty before the first."""
        return self.lines[-1] if self.lines else ""

    def current(self) -> JobProgress:
        """Return how far it is, as its commands write it."""
        if self.state == DONE:
            return JobProgress(1.0)
        done, found = len(self.results), _last_written(self.progress) if self.progress else None
        if found is not None:
            is_last = done == self.commands - 1
            share, left = (done + found.share) / self.commands, found.seconds_left if is_last else None
            self._latest = JobProgress(max(self._latest.share, share), found.doing, left)
        return self._latest


def _last_written(path: Path) -> JobProgress | None:
    """Return what a command has written last, None before that."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _LONGEST_LINES, 0))
            lines = file.read().rpartition(b"\n")[0].splitlines()
        state = json.loads(lines[-1])
        return JobProgress(float(state["share"]), tuple(map(from_json, state["doing"])), state["seconds_left"])
    except (OSError, IndexError, KeyError, TypeError, ValueError):
        return None


class Jobs:
    """The commands of one desk."""

    def __init__(self) -> None:
        """Run nothing yet."""
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._process: subprocess.Popen[str] | None = None

    @property
    def last(self) -> Job | None:
        """Return the job that runs, or that ran last."""
        return self._job

    def start(
        self, kind: str, subject: str, commands: Sequence[Sequence[str]], language: str,
        done: Callable[[int, str], None] = lambda *_: None,
    ) -> Job:  # fmt: skip
        """Begin a job; raises OptionError while another one runs.

        commands : arguments of `carreau`; one that fails is the last
        language : of what they tell
        done : called with the number of each command that is done, from 0, and what it has printed
        """
        with self._lock:
            if self._job is not None and self._job.state == RUNNING:
                raise OptionError(message("something else is running; wait until it is done, or stop it"))
            number = self._job.number + 1 if self._job else 1
            job = self._job = Job(number, kind, subject, len(commands))
        threading.Thread(target=self._run, args=(job, commands, language, done), daemon=True).start()
        return job

    def stop(self, number: int) -> None:
        """Stop a job; nothing happens where it has ended."""
        with self._lock:
            job, process = self._job, self._process
            if job is None or job.number != number or job.state != RUNNING:
                return
            job.state = STOPPED
        if process is not None:
            _signal(process, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # whatever it has started

    def close(self) -> None:
        """Stop what runs."""
        if self._job is not None:
            self.stop(self._job.number)

    def _run(
        self, job: Job, commands: Sequence[Sequence[str]], language: str, done: Callable[[int, str], None]
    ) -> None:
        try:
            for number, arguments in enumerate(commands):
                code, printed = self._one(job, ["--lang", language, *arguments])
                if code:
                    break
                done(number, printed)
                job.results.append(printed)
        except (OSError, CarreauError) as error:
            job.lines.append(str(error)[:_LONGEST_LINE])
        with self._lock:
            self._process = None
            if job.state == RUNNING:
                job.state = DONE if len(job.results) == len(commands) else FAILED
            job.ended = time.time()

    def _one(self, job: Job, arguments: Sequence[str]) -> tuple[int, str]:
        """Run a command; return its exit code, and what it has printed."""
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed,
            tempfile.TemporaryDirectory(prefix="carreau-progress-") as folder,
        ):
            progress = Path(folder) / "progress.jsonl"
            with self._lock:
                if job.state != RUNNING:
                    return 1, ""
                self._process = process = subprocess.Popen(
                    [*own_command("carreau.command.cli"), *arguments], stdin=subprocess.DEVNULL, stdout=printed,
                    stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace", env=_variables(progress),
                    start_new_session=True,
                )  # fmt: skip
            job.progress = progress
            with process:
                for line in process.stderr or ():
                    if text := line.strip()[:_LONGEST_LINE]:
                        job.lines.append(text)
            code = process.wait()
            printed.seek(0)
            return code, printed.read(_LARGEST_RESULT)


def _variables(progress: Path) -> dict[str, str]:
    """Return the environment of a command.

    progress : file in which the command writes how far it is
    """
    return {**own_environment(), "PYTHONUNBUFFERED": "1", VARIABLE: str(progress)}


def _signal(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal to a process, and to all that it has started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.terminate()
