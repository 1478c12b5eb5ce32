"""Show a person how far the work is."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from pipeline.cache.store import Record, storage_error
from pipeline.console.eta import spoken


class Progress(Protocol):
    """Whatever is told how the work goes; every method may be called from any thread."""

    def plan(self, steps: Iterable[tuple[str, float | None]]) -> None:
        """Hear which steps will run, by label, with the seconds each took last time, or None."""

    def begin(self, label: str) -> None:
        """Hear that a step runs now."""

    def done(self, record: Record) -> None:
        """Hear that a step's value is there, made or found."""

    def note(self, message: str) -> None:
        """Hear a sentence that a person should read."""

    def close(self) -> None:
        """Hear that nothing will follow."""


class Quiet:
    """Show nothing."""

    def plan(self, steps: Iterable[tuple[str, float | None]]) -> None:
        """Show nothing."""

    def begin(self, label: str) -> None:
        """Show nothing."""

    def done(self, record: Record) -> None:
        """Show nothing."""

    def note(self, message: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing."""


class Lines:
    """Write one plain line for everything that happens, with the time of day: for logs and pipes."""

    def __init__(self, stream: IO[str], prefix: str = "", lock: threading.Lock | None = None) -> None:
        """Write to an open text stream.

        prefix : what each line begins with, after the time
        lock : of the stream, where others write to it too
        """
        self._stream, self._prefix = stream, prefix
        self._lock = lock or threading.Lock()
        self._told: set[str] = set()
        self._planned: set[str] = set()

    def plan(self, steps: Iterable[tuple[str, float | None]]) -> None:
        """Say how many steps there are that were not spoken of, and how long they may take when that is known."""
        seconds = {label: second for label, second in steps if label not in self._planned}
        self._planned.update(seconds)
        if not seconds:
            return
        known = [second for second in seconds.values() if second is not None]
        hint = f", about {spoken(sum(known))}" if len(known) == len(seconds) and sum(known) >= 1 else ""
        self._write(f"{len(seconds)} steps to run{hint}")

    def begin(self, label: str) -> None:
        """Write that a step runs now."""
        self._write(f"{label} …")

    def done(self, record: Record) -> None:
        """Write what a step took, or that its value was there."""
        if record.cached and record.label in self._told:
            return  # the value of a step is asked for by everything that needs it
        self._told.add(record.label)
        memory = f", {record.peak_memory_bytes / 1e6:.0f} MB" if record.peak_memory_bytes else ""
        self._write(f"{record.label}: " + ("from the cache" if record.cached else f"{spoken(record.seconds)}{memory}"))

    def note(self, message: str) -> None:
        """Write a sentence."""
        self._write(message)

    def close(self) -> None:
        """Leave the stream open for whoever opened it."""

    def _write(self, text: str) -> None:
        with self._lock:
            print(f"{time.strftime('%H:%M:%S')}  {self._prefix}{text}", file=self._stream, flush=True)


class Logged:
    """Write a log file of everything, beside what a person is shown."""

    def __init__(self, shown: Progress, path: Path) -> None:
        """Begin a new log file; its folder is made when missing, and StorageError raised when it cannot be."""
        self.path = path
        self._shown = shown
        try:
            self._new_folders = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
            self._former = path.read_bytes() if path.is_file() else None
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise storage_error(path.parent, error) from error
        self._lines = Lines(self._file)

    def __enter__(self) -> Self:
        """Close both when the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close both."""
        self.close()

    def plan(self, steps: Iterable[tuple[str, float | None]]) -> None:
        """Tell both."""
        steps = list(steps)
        self._shown.plan(steps)
        self._lines.plan(steps)

    def begin(self, label: str) -> None:
        """Tell both."""
        self._shown.begin(label)
        self._lines.begin(label)

    def done(self, record: Record) -> None:
        """Tell both."""
        self._shown.done(record)
        self._lines.done(record)

    def note(self, message: str) -> None:
        """Tell both."""
        self._shown.note(message)
        self._lines.note(message)

    def log(self, text: str) -> None:
        """Write to the file alone: what helps to mend a defect and would only puzzle a user."""
        self._lines.note(text)

    def close(self) -> None:
        """Close the file, and tell what is shown that nothing follows."""
        self._shown.close()
        self._file.close()

    def discard(self) -> None:
        """Leave the folder as it was found: the log of the models in it, and no folder that holds nothing else."""
        self.close()
        with contextlib.suppress(OSError):
            if self._former is None:
                self.path.unlink()
            else:
                self.path.write_bytes(self._former)
            for folder in self._new_folders:
                folder.rmdir()


def for_stream(stream: IO[str], quiet: bool = False) -> Progress:
    """Return what suits a stream: a live bar on a terminal, plain lines elsewhere, nothing when quiet."""
    if quiet:
        return Quiet()
    if not stream.isatty():
        return Lines(stream)
    from pipeline.console.live import Live

    return Live(stream)
