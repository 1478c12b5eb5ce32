"""Content-addressed cache of the results of steps.

    cache = Cache(default_root())
    scan = cache.step(read, cache.files(path, side_files))
    mesh = scan.part(lambda scan: scan.mesh)
    phone = cache.step(simplify, mesh, SimplifyOptions(80_000), label="simplify phone")
    phone.value()  # from the cache, else computed, after the steps it needs

Nothing runs until a value is needed that is not cached.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, overload

from carreau.base.errors import OptionError
from carreau.base.messages import Line, Message, Number, message, plural_message
from carreau.runs.fingerprint import code_digest, digest
from carreau.runs.store import CacheEntry, Record, Store, read_code, write_whole
from carreau.runs.tasks import Content, InputFiles, Later, Task, TaskField, TaskRunner, Timings, run_on_inputs

__all__ = ["Cache", "InputFiles", "Later", "Task", "TaskField", "default_root", "open_cache"]

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
Value = TypeVar("Value")
Fact = TypeVar("Fact")
_SETTLED_S = 2.0


def default_root() -> Path:
    """Return the folder of the cache: `$CARREAU_CACHE`, else `carreau` in the user's cache folder (XDG)."""
    place = os.environ.get("CARREAU_CACHE", "")
    if "://" in place:
        return url_root(place)
    return Path(place).expanduser() if place else _user_root()


def url_root(url: str) -> Path:
    """Return the local folder of a cache at a URL."""
    return _user_root() / "urls" / hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16]


def _user_root() -> Path:
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "carreau"


def open_cache(place: str = "", executor: TaskRunner | None = None) -> Cache:
    """Return the cache in a folder or at a URL; without either `$CARREAU_CACHE`, else the user's own.

    A cache at a URL has a local folder too, because values are mapped from files.
    Raises OptionError for a URL whose protocol is not supported.
    """
    place = place or os.environ.get("CARREAU_CACHE", "")
    if "://" not in place:
        return Cache(Path(place).expanduser() if place else default_root(), executor)
    from carreau.runs.shared_store import SharedStore

    root = url_root(place)
    return Cache(root, executor, SharedStore(root, place))


@dataclass(frozen=True)
class _Listener:
    started: Callable[[Task[Any]], None]
    done: Callable[[Record], None]
    noted: Callable[[Message], None]


class _Direct:
    """Runs each task at once, in the thread that asks for its value."""

    def run_task(self, task: Task[Any]) -> Record:
        """Compute the inputs and run the function."""
        record = run_on_inputs(task, lambda: self._run(task))
        task.cache.timings.add(record)
        return record

    def _run(self, task: Task[Any]) -> Record:
        task.cache.notify_start(task)
        return task.run()


class Cache:
    """Values in a folder, and the tasks that compute them.

    executor : runs tasks whose values are not cached
    """

    def __init__(self, root: Path, executor: TaskRunner | None = None, store: Store | None = None) -> None:
        """Open the cache in a folder, which is created with the first value.

        executor : in this thread if omitted
        store : in the folder if omitted
        """
        self.root = root
        self.executor: TaskRunner = executor or _Direct()
        self.store = store or Store(root)
        self.store.sweep()
        self.timings = Timings(root)
        self._locks: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()
        self._listeners: list[_Listener] = []

    def with_own_listeners(self) -> Self:
        """Return the same cache with other listeners, for another scan that is processed at the same time."""
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
        """Return the task that computes `function(*inputs)`, without running anything.

        function : of a module of this package, so that another process can import it
        inputs : tasks, files, options (dataclasses) and plain values; the overloads let a type checker compare them
            with the parameters of the function
        label : name in the progress display; not part of the key
        """
        return Task(self, function, label, inputs)

    def files(self, path: Path, beside: Iterable[Path] = (), missing: Iterable[str] = ()) -> InputFiles:
        """Return a file and its side files as an input; each is hashed once, until it changes.

        beside : files that it references, such as an MTL and its textures
        missing : references without a file, so that the key changes when the file appears
        """
        path = path.absolute()
        paths = [path, *sorted({other.absolute() for other in beside} - {path})]
        names = [os.path.relpath(other, path.parent) for other in paths]
        digests = [self.sha256(other) for other in paths]
        sizes = [other.stat().st_size for other in paths]
        key = digest({"names": names, "digests": digests, "missing": sorted(set(missing))})
        return InputFiles(path, key, sum(sizes), tuple(map(Content, names, digests, sizes)))

    def sha256(self, path: Path) -> str:
        """Return the SHA-256 of a file, from a note as long as the file is unchanged."""
        return self.file_fact(path, "sha256", _file_digest)

    def file_fact(self, path: Path, name: str, compute: Callable[[Path], Fact]) -> Fact:
        """Return a fact about a file, from a note as long as the file's size, times and inode are unchanged.

        name : of the fact; another one when `compute` changes
        compute : returns a JSON value
        """
        status = path.stat()
        signature = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        note = self.root / "notes" / hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:40] / name
        try:
            cached = json.loads(note.read_bytes())
            if cached["signature"] == signature:
                return cached["fact"]  # type: ignore[no-any-return]
        except (OSError, ValueError, KeyError, TypeError):
            pass
        fact = compute(path)
        # A file may be written twice within one tick of the clock, and keep its times.
        if time.time() - max(status.st_mtime, status.st_ctime) > _SETTLED_S:
            text = json.dumps({"signature": signature, "fact": fact}).encode()
            write_whole(note, [text], self.root / "partial")
        return fact

    def listen(
        self,
        started: Callable[[Task[Any]], None],
        done: Callable[[Record], None],
        noted: Callable[[Message], None] = lambda _: None,
    ) -> Callable[[], None]:
        """Call `started` before the function of a task runs, and `done` when its value is there, in any thread.

        noted : called with messages for a person
        Returns a function that removes the listener.
        """
        listener = _Listener(started, done, noted)
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def notify_start(self, task: Task[Any]) -> None:
        """Call the listeners before a function runs."""
        for listener in tuple(self._listeners):
            listener.started(task)

    def notify_done(self, record: Record) -> None:
        """Call the listeners when a value is there."""
        for listener in tuple(self._listeners):
            listener.done(record)

    def note(self, message: Message) -> None:
        """Send a message for a person to the listeners."""
        for listener in tuple(self._listeners):
            listener.noted(message)

    def get_lock(self, key: str) -> threading.RLock:
        """Return the lock for the computation of a value."""
        with self._lock:
            return self._locks.setdefault(key, threading.RLock())


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_BYTES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class StageShare:
    """Entries of a stage: number, bytes, and seconds since the last use of the newest and of the oldest."""

    stage: str
    entries: int
    size_bytes: int
    newest_s: float
    oldest_s: float


@dataclass(frozen=True)
class PruneResult:
    """The remaining entries of a cache by stage, and those that were removed."""

    folder: str
    stages: tuple[StageShare, ...]
    dropped_entries: int
    dropped_bytes: int

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)

    def lines(self) -> list[Line]:
        """Return what was removed, a table with a row for each stage, and the total."""
        lines: list[Line] = []
        if self.dropped_entries:
            lines.append(
                plural_message(
                    "%(count)s value removed, %(size)s",
                    "%(count)s values removed, %(size)s",
                    self.dropped_entries,
                    size=size(self.dropped_bytes),
                )
            )
        if self.stages:
            lines.append(
                (message("stage"), message("values"), message("size"), message("newest use"), message("oldest use"))
            )
        lines += [
            (
                row.stage,
                message("%(number)s", number=row.entries),
                size(row.size_bytes),
                age(row.newest_s),
                age(row.oldest_s),
            )
            for row in self.stages
        ]
        total = sum(row.size_bytes for row in self.stages)
        return [*lines, message("%(size)s in %(folder)s", size=size(total), folder=self.folder)]


def prune(
    cache: Cache, max_bytes: int | None = None, older_than_s: float | None = None, stale: bool = False
) -> PruneResult:
    """Remove entries from a cache; see `remove_entries`. Return the removed and the remaining ones, by stage."""
    gone = remove_entries(cache.store, max_bytes, older_than_s, stale)
    now, stages = time.time(), dict[str, list[tuple[int, float]]]()
    for entry in cache.store.entries():
        stages.setdefault(entry.stage, []).append((entry.size_bytes, max(now - entry.used, 0.0)))
    shares = tuple(_share(stage, rows) for stage, rows in sorted(stages.items()))
    return PruneResult(str(cache.root), shares, len(gone), sum(entry.size_bytes for entry in gone))


def remove_entries(
    store: Store, max_bytes: int | None = None, older_than_s: float | None = None, stale: bool = False
) -> list[CacheEntry]:
    """Remove entries and return them.

    max_bytes : remove the least recently used until the rest fits
    older_than_s : remove those that were not used for this time
    stale : remove those that no run can use, because their code or a library changed
    """
    entries = store.entries()
    # Stale and old entries first, then the least recently used until the rest fits.
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


def _is_stale(entry: CacheEntry) -> bool:
    code_of_entry = read_code(entry.path)
    if code_of_entry is None:
        return True
    function, _, code = code_of_entry[0].partition(" ")
    try:
        return code_digest(function) != code
    except (ModuleNotFoundError, SyntaxError):
        return True


def _share(stage: str, rows: list[tuple[int, float]]) -> StageShare:
    ages = [age_s for _, age_s in rows]
    return StageShare(stage, len(rows), sum(size_bytes for size_bytes, _ in rows), min(ages), max(ages))


def parse_size(option: str, text: str | None) -> int | None:
    """Return the bytes of a size such as 500M or 20G; OptionError for anything else."""
    if text is None:
        return None
    number = _number(text, _BYTES)
    if number is None:
        raise OptionError(
            message("%(option)s: '%(text)s' is not a size; use one such as 500M or 20G", option=option, text=text)
        )
    return round(number)


def parse_age(option: str, text: str | None) -> float | None:
    """Return the seconds of an age such as 12h or 30d; OptionError for anything else."""
    if text is None:
        return None
    seconds = _number(text, _SECONDS)
    if seconds is None:
        raise OptionError(
            message("%(option)s: '%(text)s' is not an age; use one such as 12h or 30d", option=option, text=text)
        )
    return seconds


def _number(text: str, units: dict[str, float] | dict[str, int]) -> float | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]?)B?", text.strip())
    return float(match[1]) * units[match[2]] if match is not None and match[2] in units else None


def size(size_bytes: float) -> Message:
    """Return a number of bytes with its unit.

    >>> size(0), size(1_500_000)
    ('0 B', '1.5 MB')
    """
    if size_bytes < 1e3:
        return message("%(size)s B", size=Number(size_bytes, ".0f"))
    if size_bytes < 1e6:
        return message("%(size)s kB", size=Number(size_bytes / 1e3, ".1f"))
    if size_bytes < 1e9:
        return message("%(size)s MB", size=Number(size_bytes / 1e6, ".1f"))
    return message("%(size)s GB", size=Number(size_bytes / 1e9, ".1f"))


def age(seconds: float) -> Message:
    """Return an age with its unit.

    >>> age(5), age(7200), age(200_000)
    ('just now', '2 h ago', '2 d ago')
    """
    if seconds >= 86400:
        return message("%(days)s d ago", days=int(seconds // 86400))
    if seconds >= 3600:
        return message("%(hours)s h ago", hours=int(seconds // 3600))
    if seconds >= 60:
        return message("%(minutes)s min ago", minutes=int(seconds // 60))
    return message("just now")
