"""Name a value by what it depends on, before anything runs."""

from __future__ import annotations

import errno
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pipeline.cache.fingerprint import Keyed, code_digest, digest, function_name
from pipeline.cache.memory import peak_memory
from pipeline.cache.store import Record, storage_error
from pipeline.errors import StorageError
from pipeline.messages import message

if TYPE_CHECKING:
    from pipeline.cache.cache import Cache

Value = TypeVar("Value")
Output = TypeVar("Output", covariant=True)
Field = TypeVar("Field")


class Later(Keyed, Generic[Output]):
    """A value that may not exist yet: the output of a step, a field of one, or the files of a scan.

    A step takes it in place of the value itself; see `Cache.step`.
    """

    def value(self) -> Output:
        """Return the value, after computing it if necessary."""
        raise NotImplementedError


@dataclass(frozen=True)
class Content:
    """One file of a scan: its path relative to the scan's folder, the SHA-256 of its bytes, and their number."""

    name: str
    sha256: str
    size_bytes: int


class InputFiles(Later[Path]):
    """A file with those that belong to it, as the input of a step; the step is given the first one's path.

    key : digest of their names, relative to the first one's folder, and of their bytes
    folder : the first one's folder; paths inside it are kept relative in every value made from them
    size_bytes : of all of them together
    contents : each of them, the first one first
    """

    def __init__(self, path: Path, key: str, size_bytes: int, contents: tuple[Content, ...] = ()) -> None:
        """Keep what `Cache.files` found."""
        self.path, self.key, self.size_bytes, self.contents = path, key, size_bytes, contents
        self.folder = path.parent

    def value(self) -> Path:
        """Return the path of the first file."""
        return self.path


class TaskField(Later[Output]):
    """One field of a step's value as the input of another step, so that stages need not know of each other.

    step : makes the whole value
    name : the field
    """

    def __init__(self, step: Task[Any] | CachedResult, name: str) -> None:
        """Name the field; see `Task.part`."""
        self.step, self.name = step, name
        self.key = digest({"of": step, "part": name})

    def value(self) -> Output:
        """Return the field, making the whole value when it is not kept."""
        return cast(Output, getattr(self.step.value(), self.name))


class _FieldNames:
    """An object whose every attribute is that attribute's name."""

    def __getattr__(self, name: str) -> str:
        return name


class MissingInputError(Exception):
    """What a step needs is not in the store that a worker sees."""


class CachedResult(Later[Any]):
    """The value of a step that another process made, to be read from the store that both see."""

    def __init__(self, cache: Cache, stage: str, key: str, files: InputFiles | None) -> None:
        """Name it; see `Step`."""
        self.cache, self.stage, self.key, self.files = cache, stage, key, files
        self.size_bytes = files.size_bytes if files else 0

    def value(self) -> Any:
        """Return the value. Raises MissingInputError when it is not there, or broken."""
        found = self.cache.store.read(self.stage, self.key, self.files.folder if self.files else None)
        if found is None:
            raise MissingInputError(self.key)
        return found[0]


class Task(Later[Output]):
    """A value that is kept, or that a function of other values makes.

    function : a function of a module of this package
    name : "module:function"; what the key and the entries of the store know the function by
    inputs : its arguments; steps and files among them (in tuples, lists and dicts too) are given evaluated
    files : what it was made from, in the end; where that is several things, the first
    all_files : what it and its inputs were made from
    record : what making the value took, None until `value()` returned
    """

    def __init__(self, cache: Cache, function: Callable[..., Output], label: str, inputs: tuple[object, ...]) -> None:
        """Name the step; see `Cache.step`."""
        self.cache, self.function, self.inputs = cache, function, inputs
        self.name = function_name(function)
        self.stage = self.name.partition(":")[2]
        self.label = label or self.stage
        self.key = task_key(self.name, inputs)
        self.record: Record | None = None
        self._among = tuple(keyed(inputs))
        sources = [source for source in self._among if isinstance(source, InputFiles | Task | CachedResult)]
        files = [source if isinstance(source, InputFiles) else source.files for source in sources]
        self.files: InputFiles | None = next((found for found in files if found), None)
        self.all_files: tuple[InputFiles, ...] = tuple(found for found in files if found)
        self.folder: Path | None = self.files.folder if self.files else None
        self.size_bytes: int = max((source.size_bytes for source in sources), default=0)

    @property
    def needs(self) -> tuple[Task[Any], ...]:
        """Return the steps whose values this one takes."""
        return tuple(needed for needed in self._among if isinstance(needed, Task))

    @property
    def input_bytes(self) -> int:
        """Return what its inputs take on disk: the values it needs, where they are kept, and files given to it."""
        given = sum(source.size_bytes for source in self._among if isinstance(source, InputFiles))
        return given + sum(self.cache.store.size_bytes(needed.stage, needed.key) for needed in self.needs)

    def part(self, field: Callable[[Output], Field]) -> TaskField[Field]:
        """Return one field of the value, as an input for another step, without computing the value.

        field : a function that returns the field, such as `lambda value: value.mesh`
        """
        return TaskField(self, str(field(cast(Output, _FieldNames()))))

    def is_kept(self) -> bool:
        """Say whether the value is already there."""
        return self.cache.store.has(self.stage, self.key)

    def value(self) -> Output:
        """Return the value, from the cache or by having the function run on its inputs.

        Two threads that ask for the same step run it once; two processes may both run it, and keep the same bytes.
        Raises whatever the function raises, and StorageError when the value cannot be kept.
        """
        with self.cache.turn(self.key):
            found = self.cache.store.read(self.stage, self.key, self.folder)
            made = found is None
            if found is None:
                found = self._made()
            value, record = found
            self.record = replace(record, label=self.label, cached=not made)
        self.cache.tell(self.record)
        return cast(Output, value)

    def keep(self) -> None:
        """Have the value made where it is not kept, without reading it; what is broken shows when it is read."""
        with self.cache.turn(self.key):
            known = self.cache.store.record(self.stage, self.key) if self.is_kept() else None
            self.record = replace(known or self.cache.executor.make(self), label=self.label)
        self.cache.tell(self.record)

    def arguments(self) -> Any:
        """Return what the function is to be called with, making what is not kept."""
        return _evaluated(self.inputs)

    def run(self, arguments: Any) -> Record:
        """Run the function in this process, keep what it makes, and return what that took."""
        with peak_memory() as peak:
            started = time.perf_counter()
            value = _called(self.function, arguments)
            seconds = time.perf_counter() - started
        grown_bytes = peak.grown_bytes
        record = Record(self.stage, self.label, seconds, peak.size_bytes, self.size_bytes, grown_bytes=grown_bytes)
        code = f"{self.name} {code_digest(self.name)}"
        self.cache.store.write(self.stage, self.key, value, record, code, self.folder)
        return record

    def _made(self) -> tuple[Any, Record]:
        record = self.cache.executor.make(self)
        # Read back, so that a value is the same thing, mapped from disk, whether it was made or found.
        found = self.cache.store.read(self.stage, self.key, self.folder)
        if found is None:
            raise cache_not_shared(self.cache.root)
        return found[0], record


def cache_not_shared(root: Path) -> StorageError:
    """Return the error for workers that do not see the cache in a folder."""
    return StorageError(
        message(
            "%(path)s: the workers do not see this cache; give all of them the same folder, or a URL with --cache",
            path=str(root),
        )
    )


def task_key(name: str, inputs: tuple[object, ...]) -> str:
    """Return the key of a step: the digest of its function, the code behind it, and its inputs."""
    return digest({"function": name, "code": code_digest(name), "inputs": inputs})


def in_sequence(values: Sequence[Later[Value]]) -> tuple[Value, ...]:
    """Return values that may not exist yet as an input of a step whose function takes a tuple of them."""
    return cast("tuple[Value, ...]", tuple(values))


def in_mapping(values: Mapping[str, Later[Value]]) -> Mapping[str, Value]:
    """Return values that may not exist yet as an input of a step whose function takes a mapping of them."""
    return cast("Mapping[str, Value]", values)


def present(value: Value | None) -> Value:
    """Return a field that can be None, for a step that is only built where it is not."""
    if value is None:
        raise TypeError("a field is None that a step needs")
    return value


def keyed(value: object) -> Iterable[Keyed]:
    """Yield the files and steps in a step's inputs; a part stands for the whole it is of."""
    if isinstance(value, TaskField):
        yield value.step
    elif isinstance(value, Keyed):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from keyed(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from keyed(item)


def _evaluated(value: Any) -> Any:
    if isinstance(value, Later):
        return value.value()
    if isinstance(value, tuple | list):
        return type(value)(_evaluated(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _evaluated(item) for key, item in value.items()}
    return value


def _called(function: Callable[..., Any], arguments: Any) -> Any:
    """Return what a function makes; StorageError where the folder for temporary files is full."""
    try:
        return function(*arguments)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise storage_error(Path(tempfile.gettempdir()), error) from error
        raise
