"""Progress of one scan and of several: the interfaces, plain lines for logs and pipes, and remaining times.

`live.py` draws bars on a terminal with rich, whose import takes 70 ms. Elsewhere lines are written here: without a
terminal, rich writes nothing before the end.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from carreau.base.errors import FREE_OUTPUT
from carreau.base.messages import Message, Number, message, plural_message
from carreau.runs.eta import BatchEta, Steps
from carreau.runs.store import Record, storage_error

Translate = Callable[[str], str]
"""Renders a message, or the label of a step, in the person's language."""


class Progress:
    """Receives the progress of one scan, from any thread, and shows nothing."""

    def plan(self, steps: Steps) -> None:
        """Receive the steps that will run."""

    def begin(self, label: str) -> None:
        """Receive the step that runs now."""

    def done(self, record: Record) -> None:
        """Receive the record of a step whose value is there, computed or from the cache."""

    def note(self, message: str) -> None:
        """Receive a sentence for a person."""

    def close(self) -> None:
        """Release what was opened; nothing follows."""


class Quiet(Progress):
    """Shows nothing."""


class PlainLines(Progress):
    """Writes a plain line for each event, with the time of day: for logs and pipes."""

    def __init__(
        self, stream: IO[str], prefix: str = "", lock: threading.Lock | None = None, translate: Translate = str
    ) -> None:
        """Write to an open text stream.

        prefix : of each line, after the time
        lock : of the stream, if others write to it, too
        translate : renders a message, or the label of a step, in the language of the stream
        """
        self._stream, self._prefix, self._translate = stream, prefix, translate
        self._lock = lock or threading.Lock()
        self._reported: set[str] = set()
        self._planned: set[str] = set()

    def plan(self, steps: Steps) -> None:
        """Write how many steps are new, and how long they may take where that is known of each."""
        seconds = {label: second for label, second in steps if label not in self._planned}
        self._planned.update(seconds)
        if seconds:
            known = [second for second in seconds.values() if second is not None]
            steps_to_run = plural_message("%(count)s step to run", "%(count)s steps to run", len(seconds))
            if len(known) == len(seconds) and sum(known) >= 1:
                steps_to_run = message("%(steps)s, about %(time)s", steps=steps_to_run, time=duration(sum(known)))
            self.note(steps_to_run)

    def begin(self, label: str) -> None:
        """Write that a step runs now."""
        self.note(message("%(step)s …", step=self._translate(label)))

    def done(self, record: Record) -> None:
        """Write what a step took, or once that its value was in the cache, whatever number of steps read it."""
        if record.cached and record.label in self._reported:
            return
        self._reported.add(record.label)
        step = self._translate(record.label)
        if record.cached:
            self.note(message("%(step)s: from the cache", step=step))
        elif record.peak_memory_bytes:
            size = Number(record.peak_memory_bytes / 1e6, ".0f")
            self.note(message("%(step)s: %(time)s, %(size)s MB", step=step, time=duration(record.seconds), size=size))
        else:
            self.note(message("%(step)s: %(time)s", step=step, time=duration(record.seconds)))

    def note(self, message: str) -> None:
        """Write a sentence."""
        text = self._translate(message) if isinstance(message, Message) else message
        with self._lock:
            print(f"{time.strftime('%H:%M:%S')}  {self._prefix}{text}", file=self._stream, flush=True)


class Logged(Progress):
    """Writes a log file of everything, beside what a person is shown.

    A log that cannot be written any more raises StorageError.
    """

    def __init__(self, shown: Progress, path: Path) -> None:
        """Open a new log file, in a new folder if need be; raises StorageError where that is not possible."""
        self.path = path
        self._shown = shown
        try:
            self._new_folders = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
            self._former = path.read_bytes() if path.is_file() else None
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise storage_error(path.parent, error, FREE_OUTPUT) from error
        self._lines = PlainLines(self._file)

    def __enter__(self) -> Self:
        """Close both when the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close both."""
        self.close()

    def plan(self, steps: Steps) -> None:
        """Pass it on to both."""
        steps = list(steps)
        self._shown.plan(steps)
        with self._storage():
            self._lines.plan(steps)

    def begin(self, label: str) -> None:
        """Pass it on to both."""
        self._shown.begin(label)
        with self._storage():
            self._lines.begin(label)

    def done(self, record: Record) -> None:
        """Pass it on to both."""
        self._shown.done(record)
        with self._storage():
            self._lines.done(record)

    def note(self, message: str) -> None:
        """Pass it on to both."""
        self._shown.note(message)
        with self._storage():
            self._lines.note(message)

    def log(self, text: str) -> None:
        """Write to the file alone: what helps to repair a defect and would only puzzle a user."""
        with contextlib.suppress(OSError):  # its disk may be full, which is the very failure
            self._lines.note(text)

    def close(self) -> None:
        """Close both."""
        self._shown.close()
        with contextlib.suppress(OSError):
            self._file.close()

    @contextlib.contextmanager
    def _storage(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise storage_error(self.path.parent, error, FREE_OUTPUT) from error

    def discard(self) -> None:
        """Restore the former log, if there was one, and remove the folders that were made for the new one."""
        self.close()
        with contextlib.suppress(OSError):
            if self._former is None:
                self.path.unlink()
            else:
                self.path.write_bytes(self._former)
            for folder in self._new_folders:
                folder.rmdir()


class Dashboard:
    """Receives the progress of several scans, from any thread, and shows nothing."""

    def of(self, name: str) -> Progress:  # noqa: ARG002
        """Return the progress of a scan that begins now."""
        return Quiet()

    def finish(self, name: str, is_made: bool) -> None:
        """Receive that the models of a scan are built, or that it failed."""

    def close(self) -> None:
        """Release what was opened; nothing follows."""


class QuietBoard(Dashboard):
    """Shows nothing."""


class LinesBoard(Dashboard):
    """Writes plain lines that begin with the name of their scan, and one about all scans whenever one ends."""

    def __init__(self, stream: IO[str], sizes: Mapping[str, int], translate: Translate = str) -> None:
        """Write to an open text stream about scans of some sizes in bytes."""
        self._stream, self._lock, self._translate = stream, threading.Lock(), translate
        self._eta = BatchEta(sizes, time.monotonic())

    def of(self, name: str) -> Progress:
        """Return lines that begin with the name of a scan."""
        with self._lock:
            self._eta.begin(name, time.monotonic())
        return PlainLines(self._stream, f"{name}: ", self._lock, self._translate)

    def finish(self, name: str, is_made: bool) -> None:
        """Write that a scan is done or failed, and how long the others may take."""
        with self._lock:
            self._eta.finish(name, time.monotonic())
            left, progress = self._eta.seconds_left(time.monotonic(), {}), self._eta.count
        if left and left >= 1:
            progress = message("%(scans)s, %(left)s", scans=progress, left=time_left(left))
        outcome = (
            message("%(scan)s: done (%(progress)s)", scan=name, progress=progress)
            if is_made
            else message("%(scan)s: failed (%(progress)s)", scan=name, progress=progress)
        )
        PlainLines(self._stream, "", self._lock, self._translate).note(outcome)


def duration(seconds: float) -> Message:
    """Return a duration.

    >>> duration(0.04), duration(7.25), duration(90), duration(5400)
    ('0.0 s', '7.2 s', '1 min 30 s', '1 h 30 min')
    """
    if seconds < 59.95:
        return message("%(seconds)s s", seconds=Number(seconds, ".1f"))
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return message("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=rest)
    return message("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)


def time_left(seconds: float) -> Message:
    """Return how long the rest takes."""
    return message("about %(time)s left", time=duration(seconds))


_LEAST_RECEIVED_BYTES = 1_000_000
_LEAST_S = 2.0
_LINE_EVERY_S = 10.0


@dataclass
class ByteCount:
    """Bytes that are expected of each of several things, and those that came.

    began : when the first byte was waited for, in seconds of the clock
    expected : bytes by name
    received : bytes by name
    """

    began: float
    expected: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Return the bytes that came."""
        return sum(self.received.values())

    @property
    def total(self) -> int:
        """Return the bytes of all; what comes beyond the expected was expected too little."""
        names = {*self.expected, *self.received}
        return sum(max(self.expected.get(name, 0), self.received.get(name, 0)) for name in names)

    def finish(self, name: str) -> None:
        """Expect no more of a thing than came."""
        self.expected[name] = self.received.get(name, 0)

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds the rest may take at the pace so far; None while next to nothing came."""
        if self.done < _LEAST_RECEIVED_BYTES or now - self.began < _LEAST_S:
            return None
        return (now - self.began) * (self.total - self.done) / self.done


class Transfer:
    """Receives the bytes that arrive of each item, and shows nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count."""
        self._clock = clock
        self.count, self.name = ByteCount(clock()), ""

    def expect(self, name: str, size_bytes: int) -> None:
        """Receive how many bytes a thing may have."""
        self.count.expected[name] = size_bytes

    def begin(self, name: str) -> None:
        """Receive that what comes now belongs to a thing."""
        self.name = name

    def receive(self, size_bytes: int) -> None:
        """Receive that bytes came."""
        self.count.received[self.name] = self.count.received.get(self.name, 0) + size_bytes

    def finish(self, name: str) -> None:
        """Receive that a thing is there."""
        self.count.finish(name)

    def note(self, message: Message) -> None:
        """Receive a sentence for a person."""

    def close(self) -> None:
        """Release what was opened; nothing follows."""

    def line(self) -> Message:
        """Return how much came, and how long the rest may take."""
        done, total = (Number(size / 1e6, ",.1f") for size in (self.count.done, self.count.total))
        amount = message("%(done)s of %(total)s MB", done=done, total=total)
        left = self.count.seconds_left(self._clock())
        return message("%(amount)s, %(left)s", amount=amount, left=time_left(left)) if left is not None else amount


class TransferLines(Transfer):
    """Writes a plain line now and then, with the time of day: for logs and pipes."""

    def __init__(
        self, stream: IO[str], translate: Translate = str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Write to an open text stream."""
        super().__init__(clock)
        self._lines, self._next = PlainLines(stream, translate=translate), clock() + _LINE_EVERY_S

    def receive(self, size_bytes: int) -> None:
        """Write how much came, every ten seconds."""
        super().receive(size_bytes)
        if self._clock() >= self._next:
            self._next = self._clock() + _LINE_EVERY_S
            self._lines.note(message("%(name)s: %(progress)s", name=self.name, progress=self.line()))

    def note(self, message: Message) -> None:
        """Write a sentence."""
        self._lines.note(message)
