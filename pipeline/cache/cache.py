"""Make each value once: a step is named by what it depends on, and its value kept under that name.

    cache = Cache(default_root())
    scan = cache.step(read, cache.files(path, side_files))
    mesh = scan.part(lambda scan: scan.mesh)
    phone = cache.step(simplify, mesh, SimplifyOptions(80_000), label="simplify phone")
    phone.value()  # reads what is kept, else runs the steps it needs and then its own

Nothing runs until a value is asked for that is not there.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, overload

from pipeline.cache.executors import Executor, InProcess
from pipeline.cache.fingerprint import code_digest, digest
from pipeline.cache.store import Entry, Record, Store, read_code, write_whole
from pipeline.cache.tasks import Content, InputFiles, Later, Task, TaskField
from pipeline.cache.timings import Timings

__all__ = ["Cache", "InputFiles", "Later", "Task", "TaskField", "default_root"]

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
Value = TypeVar("Value")
Noted = TypeVar("Noted")
_SETTLED_S = 2.0


def default_root() -> Path:
    """Return where values are kept: `$CARREAU_CACHE`, else `carreau` in the user's cache folder (XDG)."""
    said = os.environ.get("CARREAU_CACHE", "")
    if "://" in said:
        return url_root(said)
    return Path(said).expanduser() if said else _user_root()


def url_root(url: str) -> Path:
    """Return where values of a cache at a URL are kept on this machine too."""
    return _user_root() / "urls" / hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16]


def _user_root() -> Path:
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "carreau"


@dataclass(frozen=True)
class _Listener:
    begun: Callable[[Task[Any]], None]
    done: Callable[[Record], None]
    noted: Callable[[str], None]


class Cache:
    """The values kept under one folder, and the steps that make them.

    executor : makes what is not kept
    """

    def __init__(self, root: Path, executor: Executor | None = None, store: Store | None = None) -> None:
        """Open the cache in a folder, which is made when the first value is kept.

        executor : in this process when none is given
        store : where values are; in the folder when none is given
        """
        self.root = root
        self.executor = executor or InProcess()
        self.store = store or Store(root)
        self.store.sweep()
        self.timings = Timings(root)
        self._turns: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()
        self._listeners: list[_Listener] = []

    def apart(self) -> Self:
        """Return the same cache with listeners of its own, for another scan that is made at the same time."""
        other = copy.copy(self)
        other._listeners = []
        return other

    @overload
    def step(self, function: Callable[[A], Value], a: A | Later[A], /, *, label: str = "") -> Task[Value]: ...
    @overload
    def step(
        self, function: Callable[[A, B], Value], a: A | Later[A], b: B | Later[B], /, *, label: str = ""
    ) -> Task[Value]: ...
    @overload
    def step(
        self,
        function: Callable[[A, B, C], Value],
        a: A | Later[A],
        b: B | Later[B],
        c: C | Later[C],
        /,
        *,
        label: str = "",
    ) -> Task[Value]: ...
    @overload
    def step(
        self,
        function: Callable[[A, B, C, D], Value],
        a: A | Later[A],
        b: B | Later[B],
        c: C | Later[C],
        d: D | Later[D],
        /,
        *,
        label: str = "",
    ) -> Task[Value]: ...
    @overload
    def step(
        self,
        function: Callable[[A, B, C, D, E], Value],
        a: A | Later[A],
        b: B | Later[B],
        c: C | Later[C],
        d: D | Later[D],
        e: E | Later[E],
        /,
        *,
        label: str = "",
    ) -> Task[Value]: ...
    def step(self, function: Callable[..., Value], *inputs: object, label: str = "") -> Task[Value]:
        """Return the step that gives `function(*inputs)`, without running anything.

        function : of a module of this package, so that another process can import it
        inputs : steps, files, options (dataclasses) and plain values; the overloads let a type checker compare them
            with what the function takes
        label : what a person reads while it runs; no part of the key
        """
        return Task(self, function, label, inputs)

    def files(self, path: Path, beside: Iterable[Path] = (), missing: Iterable[str] = ()) -> InputFiles:
        """Return a file, with those that belong to it, as an input; bytes are digested once, until a file changes.

        beside : files it names, such as an MTL and its textures
        missing : names it refers to that no file answers to, so that the key changes when one appears
        """
        path = path.absolute()
        paths = [path, *sorted({other.absolute() for other in beside} - {path})]
        names = [os.path.relpath(other, path.parent) for other in paths]
        digests = [self.sha256(other) for other in paths]
        sizes = [other.stat().st_size for other in paths]
        key = digest({"names": names, "digests": digests, "missing": sorted(set(missing))})
        return InputFiles(path, key, sum(sizes), tuple(map(Content, names, digests, sizes)))

    def sha256(self, path: Path) -> str:
        """Return the digest of a file's bytes, from a note while the file stays as it was."""
        return self.noted(path, "sha256", _file_digest)

    def noted(self, path: Path, name: str, look: Callable[[Path], Noted]) -> Noted:
        """Return what `look` finds in a file, from a note while the file's size, times and inode stay as they were.

        look : gives a JSON value; change the name when it looks for something else
        """
        status = path.stat()
        signature = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        note = self.root / "notes" / hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:40] / name
        try:
            known = json.loads(note.read_bytes())
            if known["signature"] == signature:
                return known["found"]  # type: ignore[no-any-return]
        except (OSError, ValueError, KeyError, TypeError):
            pass
        found = look(path)
        # A file written a moment ago may be written again within one tick of the clock, and look unchanged.
        if time.time() - max(status.st_mtime, status.st_ctime) > _SETTLED_S:
            text = json.dumps({"signature": signature, "found": found}).encode()
            write_whole(note, [text], self.root / "partial")
        return found

    def listen(
        self,
        begun: Callable[[Task[Any]], None],
        done: Callable[[Record], None],
        noted: Callable[[str], None] = lambda _: None,
    ) -> Callable[[], None]:
        """Call `begun` before a step's function runs, and `done` whenever a value was given, in any thread.

        noted : called with a sentence that a person should read
        Returns a function that ends it.
        """
        listener = _Listener(begun, done, noted)
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def begin(self, step: Task[Any]) -> None:
        """Tell who listens that a step's function runs now."""
        for listener in tuple(self._listeners):
            listener.begun(step)

    def tell(self, record: Record) -> None:
        """Tell who listens that a value is there."""
        for listener in tuple(self._listeners):
            listener.done(record)

    def note(self, message: str) -> None:
        """Tell who listens what a person should read."""
        for listener in tuple(self._listeners):
            listener.noted(message)

    def turn(self, key: str) -> threading.RLock:
        """Return the lock that one thread at a time holds to make a value."""
        with self._lock:
            return self._turns.setdefault(key, threading.RLock())

    def prune(
        self, max_bytes: int | None = None, older_than_s: float | None = None, stale: bool = False
    ) -> list[Entry]:
        """Remove entries and return them.

        max_bytes : drop the least recently used until the rest fits
        older_than_s : drop what was not of use for so long
        stale : drop what no run can use any more, because the code or a library behind it changed
        """
        entries = self.store.entries()
        dropped = [entry for entry in entries if stale and _is_stale(entry)]
        if older_than_s is not None:
            dropped += [entry for entry in entries if time.time() - entry.used >= older_than_s]
        if max_bytes is not None:
            left = sum(entry.size_bytes for entry in entries if entry not in dropped)
            for entry in (entry for entry in entries if entry not in dropped):
                if left <= max_bytes:
                    break
                dropped.append(entry)
                left -= entry.size_bytes
        gone = list(dict.fromkeys(dropped))
        for entry in gone:
            entry.path.unlink(missing_ok=True)
        return gone


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_stale(entry: Entry) -> bool:
    found = read_code(entry.path)
    if found is None:
        return True
    function, _, code = found[0].partition(" ")
    try:
        return code_digest(function) != code
    except (ModuleNotFoundError, SyntaxError):
        return True
