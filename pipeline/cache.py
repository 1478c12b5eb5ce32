"""Make each value once: a step is named by what it depends on, and its value kept under that name.

    cache = Cache(default_root())
    scan = cache.step("pipeline.stages.read:read", cache.files(path, side_files))
    phone = cache.step("pipeline.stages.simplify:simplify", scan, SimplifyOptions(80_000), label="simplify phone")
    phone.value()  # reads what is kept, else imports the stages it needs and runs them

Nothing is imported and nothing runs until a value is asked for that is not there.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from pipeline.keys import Keyed, code_digest, digest
from pipeline.memory import peak_memory
from pipeline.store import Entry, Record, Store, read_code, storage_error, write_whole
from pipeline.timings import Timings

Value = TypeVar("Value")
Noted = TypeVar("Noted")
_SETTLED_S = 2.0


def default_root() -> Path:
    """Return where values are kept: `$CARREAU_CACHE`, else `carreau` in the user's cache folder (XDG)."""
    if said := os.environ.get("CARREAU_CACHE"):
        return Path(said).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "carreau"


class Files(Keyed):
    """A file with those that belong to it, as the input of a step; the step is given the first one's path.

    key : digest of their names, relative to the first one's folder, and of their bytes
    folder : the first one's folder; paths inside it are kept relative in every value made from them
    size_bytes : of all of them together
    """

    def __init__(self, path: Path, key: str, size_bytes: int) -> None:
        """Keep what `Cache.files` found."""
        self.path, self.key, self.size_bytes = path, key, size_bytes
        self.folder = path.parent


class Part(Keyed):
    """One field of a step's value as the input of another step, so that stages need not know of each other.

    step : makes the whole value
    name : the field
    """

    def __init__(self, step: Step[Any], name: str) -> None:
        """Name the field; see `Step.part`."""
        self.step, self.name = step, name
        self.key = digest({"of": step, "part": name})

    def value(self) -> Any:
        """Return the field, making the whole value when it is not kept."""
        return getattr(self.step.value(), self.name)


class Step(Keyed, Generic[Value]):
    """A value that is kept, or that a function of other values makes.

    function : "module:function", imported only when it must run
    inputs : its arguments; steps and files among them (in tuples, lists and dicts too) are given evaluated
    record : what making the value took, None until `value()` returned
    """

    def __init__(self, cache: Cache, function: str, label: str, inputs: tuple[object, ...]) -> None:
        """Name the step; see `Cache.step`."""
        self.cache, self.function, self.inputs = cache, function, inputs
        self.stage = function.partition(":")[2]
        self.label = label or self.stage
        self.key = digest({"function": function, "code": code_digest(function), "inputs": inputs})
        self.record: Record | None = None
        self._among = tuple(_keyed(inputs))
        sources = [source for source in self._among if isinstance(source, Files | Step)]
        self.folder: Path | None = next((source.folder for source in sources if source.folder), None)
        self.size_bytes: int = max((source.size_bytes for source in sources), default=0)

    @property
    def needs(self) -> tuple[Step[Any], ...]:
        """Return the steps whose values this one takes."""
        return tuple(needed for needed in self._among if isinstance(needed, Step))

    def part(self, name: str) -> Part:
        """Return one field of the value, as an input for another step."""
        return Part(self, name)

    def is_kept(self) -> bool:
        """Say whether the value is already there."""
        return self.cache.store.has(self.stage, self.key)

    def value(self) -> Value:
        """Return the value, from the cache or by running the function on its inputs.

        Two threads that ask for the same step run it once; two processes may both run it, and keep the same bytes.
        Raises whatever the function raises, and StorageError when the value cannot be kept.
        """
        with self.cache.turn(self.key):
            found = self.cache.store.read(self.stage, self.key, self.folder)
            made = found is None
            if found is None:
                found = self._make()
            value, record = found
            self.record = replace(record, label=self.label, cached=not made)
        self.cache.tell(self.record)
        return value  # type: ignore[no-any-return]

    def _make(self) -> tuple[Any, Record]:
        arguments = _evaluated(self.inputs)
        module, _, name = self.function.partition(":")
        self.cache.begin(self)
        function = getattr(importlib.import_module(module), name)
        with peak_memory() as peak:
            started = time.perf_counter()
            value = _called(function, arguments)
            seconds = time.perf_counter() - started
        record = Record(self.stage, self.label, seconds, peak.size_bytes, self.size_bytes)
        store = self.cache.store
        store.write(self.stage, self.key, value, record, f"{self.function} {code_digest(self.function)}", self.folder)
        self.cache.timings.add(record)
        # Read back, so that a value is the same thing, mapped from disk, whether it was made or found.
        return store.read(self.stage, self.key, self.folder) or (value, record)


class Cache:
    """The values kept under one folder, and the steps that make them."""

    def __init__(self, root: Path) -> None:
        """Open the cache in a folder, which is made when the first value is kept."""
        self.root = root
        self.store = Store(root)
        self.store.sweep()
        self.timings = Timings(root)
        self._turns: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()
        self._listeners: list[tuple[Callable[[Step[Any]], None], Callable[[Record], None]]] = []

    def step(self, function: str, *inputs: object, label: str = "") -> Step[Any]:
        """Return the step that gives `function(*inputs)`, without running anything.

        function : "module:function" of this package
        inputs : steps, files, options (dataclasses) and plain values
        label : what a person reads while it runs; no part of the key
        """
        return Step(self, function, label, inputs)

    def files(self, path: Path, beside: Iterable[Path] = (), missing: Iterable[str] = ()) -> Files:
        """Return a file, with those that belong to it, as an input; bytes are digested once, until a file changes.

        beside : files it names, such as an MTL and its textures
        missing : names it refers to that no file answers to, so that the key changes when one appears
        """
        path = path.absolute()
        paths = [path, *sorted({other.absolute() for other in beside} - {path})]
        names = [os.path.relpath(other, path.parent) for other in paths]
        digests = [self.noted(other, "sha256", _file_digest) for other in paths]
        key = digest({"names": names, "digests": digests, "missing": sorted(set(missing))})
        return Files(path, key, sum(other.stat().st_size for other in paths))

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

    def listen(self, begun: Callable[[Step[Any]], None], done: Callable[[Record], None]) -> Callable[[], None]:
        """Call `begun` before a step's function runs, and `done` whenever a value was given, in any thread.

        Returns a function that ends it.
        """
        listener = (begun, done)
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def begin(self, step: Step[Any]) -> None:
        """Tell who listens that a step's function runs now."""
        for begun, _ in tuple(self._listeners):
            begun(step)

    def tell(self, record: Record) -> None:
        """Tell who listens that a value is there."""
        for _, done in tuple(self._listeners):
            done(record)

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


def _called(function: Callable[..., Any], arguments: Any) -> Any:
    """Return what a function makes; StorageError where the folder for temporary files is full."""
    try:
        return function(*arguments)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise storage_error(Path(tempfile.gettempdir()), error) from error
        raise


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


def _keyed(value: object) -> Iterable[Keyed]:
    if isinstance(value, Part):
        yield value.step
    elif isinstance(value, Keyed):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _keyed(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _keyed(item)


def _evaluated(value: Any) -> Any:
    if isinstance(value, Step | Part):
        return value.value()
    if isinstance(value, Files):
        return value.path
    if isinstance(value, tuple | list):
        return type(value)(_evaluated(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _evaluated(item) for key, item in value.items()}
    return value
