"""Tasks: a value, named by the function and the inputs it is computed from, before anything runs."""

from __future__ import annotations

import json
import math
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from carreau.base.errors import FREE_CACHE, FREE_TEMPORARY, StorageError, disk_full, is_disk_full
from carreau.base.messages import Message, message
from carreau.runs.fingerprint import Keyed, code_digest, digest, function_name
from carreau.runs.memory import peak_memory
from carreau.runs.store import Record, Store, write_whole

_TRIES = 3
"""Runs of a task whose inputs are missing each time."""

Value = TypeVar("Value")
Output = TypeVar("Output", covariant=True)
Field = TypeVar("Field")


class Later(Keyed, ABC, Generic[Output]):
    """A value that may not exist yet: the output of a task, a field of one, or the files of a scan.

    A task takes it in place of the value itself; see `Cache.step`.
    """

    @abstractmethod
    def value(self) -> Output:
        """Return the value, after computing it if necessary."""

    @abstractmethod
    def stored(self) -> Output:
        """Return the value, which was computed before. Raises MissingInputError when it is missing or damaged."""


@dataclass(frozen=True)
class Content:
    """One file of a scan: its path relative to the scan's folder, the SHA-256 of its bytes, and their number."""

    name: str
    sha256: str
    size_bytes: int


class InputFiles(Later[Path]):
    """A file and its side files, as the input of a task; the function gets the path of the file.

    key : digest of the names, relative to the folder of the file, and of the bytes
    folder : of the file; paths inside it are stored as relative ones in every value
    size_bytes : of all files together
    contents : each file, the main one first
    """

    def __init__(self, path: Path, key: str, size_bytes: int, contents: tuple[Content, ...] = ()) -> None:
        """Take the result of `Cache.files`."""
        self.path, self.key, self.size_bytes, self.contents = path, key, size_bytes, contents
        self.folder = path.parent

    def value(self) -> Path:
        """Return the path of the first file."""
        return self.path

    def stored(self) -> Path:
        """Return the same."""
        return self.path


class TaskField(Later[Output]):
    """One field of a task's value as the input of another task, so that stages need not know each other.

    step : task of the whole value
    name : of the field
    """

    def __init__(self, step: Task[Any] | CachedResult, name: str) -> None:
        """Name the field; see `Task.part`."""
        self.step, self.name = step, name
        self.key = digest({"of": step, "part": name})

    def value(self) -> Output:
        """Return the field, after computing the whole value if it is not cached."""
        return cast(Output, getattr(self.step.value(), self.name))

    def stored(self) -> Output:
        """Return the field of the cached value. Raises MissingInputError."""
        return cast(Output, getattr(self.step.stored(), self.name))


class _FieldNames:
    """An object whose every attribute is that attribute's name."""

    def __getattr__(self, name: str) -> str:
        return name


class MissingInputError(Exception):
    """An input of a task is not in the store, or not in the one that a worker sees; the argument is its key."""


class TaskRunner(Protocol):
    """Computes values that are not cached; called from several threads."""

    def run_task(self, task: Task[Any]) -> Record:
        """Compute the value of a task and store it, with the values it needs; return its record."""


class Timings:
    """Seconds and memory of the last runs of each step, with the size of its input files."""

    def __init__(self, root: Path) -> None:
        """Use a file in the folder of a cache."""
        self._root = root
        self._path = root / "timings.json"
        self._lock = threading.Lock()

    def add(self, record: Record) -> None:
        """Add a record; if two processes do so at the same time, one is lost, which is harmless."""
        with self._lock:
            runs_by_label = self._read()
            others = [run for run in runs_by_label.get(record.label, []) if run[1] != record.size_bytes]
            run = round(record.seconds, 3), record.size_bytes, record.grown_bytes
            runs_by_label[record.label] = [*others, run][-_MOST_RUNS:]
            text = json.dumps(runs_by_label, sort_keys=True).encode()
            write_whole(self._path, [text], self._root / "partial")

    def estimate(self, label: str, size_bytes: int) -> float | None:
        """Return the estimated seconds of a step for files of a size, None where no run tells them to a factor of 2.

        A step takes as long whatever the size, or in proportion to it, or something between: the run with the nearest
        size tells by the root of both, if that is at most `_ALIKE` times smaller or larger. In proportion alone,
        textures of fixed sizes made two minutes of a scan of 40 MB three hours after one of 1 kB.
        """
        runs = self._read().get(label)
        if not runs:
            return None
        nearest = min(runs, key=lambda run: _distance(run, size_bytes))
        if _distance(nearest, size_bytes) > math.log(_ALIKE):
            return None
        seconds, size, _ = nearest
        return seconds * math.sqrt((size_bytes + 1) / (size + 1))

    def has_run(self, label: str) -> bool:
        """Return whether a step ran before, on files of any size."""
        return bool(self._read().get(label))

    def memory(self, label: str, size_bytes: int) -> tuple[int, int] | None:
        """Return the memory that the run of a step with the nearest size took, and that size; None if it never ran."""
        runs = [run for run in self._read().get(label, []) if run[2]]
        if not runs:
            return None
        _, size, grown_bytes = min(runs, key=lambda run: _distance(run, size_bytes))
        return grown_bytes, size

    def _read(self) -> dict[str, list[_Run]]:
        try:
            runs_by_label = json.loads(self._path.read_bytes())
            return {str(label): [_run(*run) for run in runs] for label, runs in runs_by_label.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


class TaskContext(Protocol):
    """What a task needs of its cache; see `Cache`."""

    root: Path
    store: Store
    timings: Timings
    executor: TaskRunner

    def get_lock(self, key: str) -> threading.RLock:
        """Return the lock for the computation of a value."""

    def notify_start(self, task: Task[Any]) -> None:
        """Call the listeners before a function runs."""

    def notify_done(self, record: Record) -> None:
        """Call the listeners when a value is there."""

    def note(self, message: Message) -> None:
        """Send a message for a person to the listeners."""


class CachedResult(Later[Any]):
    """The value of a task that another process computed, read from the store that both see."""

    def __init__(self, cache: TaskContext, stage: str, key: str, files: InputFiles | None) -> None:
        """Take the parts of its name; see `Task`."""
        self.cache, self.stage, self.key, self.files = cache, stage, key, files
        self.size_bytes = files.size_bytes if files else 0

    def value(self) -> Any:
        """Return the value. Raises MissingInputError when it is missing or corrupt."""
        cached = self.cache.store.read(self.stage, self.key, self.files.folder if self.files else None)
        if cached is None:
            raise MissingInputError(self.key)
        return cached[0]

    stored = value


class Task(Later[Output]):
    """A value in the cache, or the call of a function that computes it.

    function : of a module of this package
    name : "module:function", in the key and in the entries of the store
    inputs : arguments; tasks and files in them (in tuples, lists and dicts too) are replaced by their values
    files : that the value derives from, the first if there are several
    all_files : that it and its inputs derive from
    record : time and memory of the computation, None until `value()` returned
    """

    def __init__(
        self, cache: TaskContext, function: Callable[..., Output], label: str, inputs: tuple[object, ...]
    ) -> None:
        """Compute the key; see `Cache.step`."""
        self.cache, self.function, self.inputs = cache, function, inputs
        self.name = function_name(function)
        self.stage = self.name.partition(":")[2]
        self.label = label or self.stage
        self.key = task_key(self.name, inputs)
        self.record: Record | None = None
        self._among = tuple(list_keyed(inputs))
        sources = [source for source in self._among if isinstance(source, InputFiles | Task | CachedResult)]
        files = [source if isinstance(source, InputFiles) else source.files for source in sources]
        self.files: InputFiles | None = next((each for each in files if each), None)
        self.all_files: tuple[InputFiles, ...] = tuple(each for each in files if each)
        self.folder: Path | None = self.files.folder if self.files else None
        self.size_bytes: int = max((source.size_bytes for source in sources), default=0)

    @property
    def needs(self) -> tuple[Task[Any], ...]:
        """Return the tasks whose values this one takes."""
        return tuple(needed for needed in self._among if isinstance(needed, Task))

    @property
    def input_bytes(self) -> int:
        """Return the size of its inputs on disk: cached values and files."""
        given = sum(source.size_bytes for source in self._among if isinstance(source, InputFiles))
        return given + sum(self.cache.store.size_bytes(needed.stage, needed.key) for needed in self.needs)

    def part(self, field: Callable[[Output], Field]) -> TaskField[Field]:
        """Return one field of the value, as an input for another task, without computing the value.

        field : a function that returns the field, such as `lambda value: value.mesh`
        """
        return TaskField(self, str(field(cast(Output, _FieldNames()))))

    def is_cached(self) -> bool:
        """Return whether the value is cached."""
        return self.cache.store.has(self.stage, self.key)

    def value(self) -> Output:
        """Return the value, from the cache or by running the function on its inputs.

        Two threads that need the same value compute it once; two processes may both compute it, with the same bytes.
        Raises all errors of the function, and StorageError when the value cannot be written.
        """
        with self.cache.get_lock(self.key):
            cached = self.cache.store.read(self.stage, self.key, self.folder)
            value, record = cached or self._compute()
            self.record = replace(record, label=self.label, cached=cached is not None)
        self.cache.notify_done(self.record)
        return cast(Output, value)

    def ensure(self) -> None:
        """Compute the value if it is not cached, without reading it; a corrupt one is only noticed by `value`."""
        with self.cache.get_lock(self.key):
            cached = self.cache.store.record(self.stage, self.key) if self.is_cached() else None
            self.record = replace(cached or self.cache.executor.run_task(self), label=self.label)
        self.cache.notify_done(self.record)

    def stored(self) -> Output:
        """Return the cached value. Raises MissingInputError."""
        cached = self.cache.store.read(self.stage, self.key, self.folder)
        if cached is None:
            raise MissingInputError(self.key)
        return cast(Output, cached[0])

    def run(self) -> Record:
        """Run the function in this process on inputs that are cached, store its result, and return the record.

        Raises all errors of the function, and MissingInputError; see `run_on_inputs`.
        """
        with peak_memory() as peak:
            arguments = _evaluate(self.inputs)
            started = time.perf_counter()
            value = _call(self.function, arguments, self.cache.root)
            seconds = time.perf_counter() - started
        grown_bytes = peak.grown_bytes
        record = Record(self.stage, self.label, seconds, peak.size_bytes, self.size_bytes, grown_bytes=grown_bytes)
        code = f"{self.name} {code_digest(self.name)}"
        self.cache.store.write(self.stage, self.key, value, record, code, self.folder)
        return record

    def _compute(self) -> tuple[Any, Record]:
        record = self.cache.executor.run_task(self)
        # Read back, so that a computed value is mapped from disk like a cached one.
        stored = self.cache.store.read(self.stage, self.key, self.folder)
        if stored is None:
            raise cache_not_shared(self.cache.root)
        return stored[0], record


def run_on_inputs(task: Task[Any], run: Callable[[], Record]) -> Record:
    """Compute what a task takes, then run it; what was pruned or damaged meanwhile is computed again.

    run : runs the task, here or elsewhere, and raises MissingInputError for an input that is not cached
    Inputs are read where the task runs, and not before it may: tasks that wait for memory would hold theirs.
    Raises StorageError when inputs stay missing.
    """
    for needed in task.needs:
        needed.ensure()
    for _ in range(_TRIES):
        try:
            return run()
        except MissingInputError:
            for needed in task.needs:
                needed.value()
                task.cache.store.publish(needed.stage, needed.key)
    raise cache_not_shared(task.cache.root)


def cache_not_shared(root: Path) -> StorageError:
    """Return the error for workers that do not see the cache in a folder."""
    return StorageError(
        message(
            "%(path)s: the workers do not see this cache; give all of them the same folder, or a URL with --cache",
            path=str(root),
        )
    )


def task_key(name: str, inputs: tuple[object, ...]) -> str:
    """Return the key of a task: the digest of its function, the code behind it, and its inputs."""
    return digest({"function": name, "code": code_digest(name), "inputs": inputs})


def in_sequence(values: Sequence[Later[Value]]) -> tuple[Value, ...]:
    """Return values that may not exist yet as an input of a task whose function takes a tuple."""
    return cast("tuple[Value, ...]", tuple(values))


def in_mapping(values: Mapping[str, Later[Value]]) -> Mapping[str, Value]:
    """Return values that may not exist yet as an input of a task whose function takes a mapping."""
    return cast("Mapping[str, Value]", values)


def require(value: Value | None) -> Value:
    """Return a field that may be None, for a task that is only created when it is not."""
    if value is None:
        raise TypeError("a field that a task needs is None")
    return value


def list_keyed(value: object) -> Iterable[Keyed]:
    """Yield the files and tasks in the inputs of a task; for a field, its task."""
    if isinstance(value, TaskField):
        yield value.step
    elif isinstance(value, Keyed):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from list_keyed(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from list_keyed(item)


def _evaluate(value: Any) -> Any:
    if isinstance(value, Later):
        return value.stored()
    if isinstance(value, tuple | list):
        return type(value)(_evaluate(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _evaluate(item) for key, item in value.items()}
    return value


def _call(function: Callable[..., Any], arguments: Any, root: Path) -> Any:
    """Return the result of a function; StorageError when the disk of temporary files or of the cache is full."""
    try:
        return function(*arguments)
    except OSError as error:
        if is_disk_full(error):
            folders = {Path(tempfile.gettempdir()): FREE_TEMPORARY, root: FREE_CACHE}
            raise StorageError(disk_full(error, folders)) from error
        raise


_MOST_RUNS = 8
_ALIKE = 4.0
"""Greatest ratio of two sizes of files of which one tells how long the other takes, to a factor of its root."""

_Run = tuple[float, int, int]


def _run(seconds: float, size_bytes: int, grown_bytes: int = 0) -> _Run:
    return float(seconds), int(size_bytes), int(grown_bytes)


def _distance(run: _Run, size_bytes: int) -> float:
    return abs(math.log((run[1] + 1) / (size_bytes + 1)))
