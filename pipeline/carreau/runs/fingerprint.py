"""Digests of everything that the result of a function depends on: its arguments, code and libraries."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path, PurePath

PACKAGE = "carreau"
ROOT = Path(__file__).parents[1]

DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "PIL": ("pillow",),
    "collada": ("pycollada",),
    "pxr": ("usd-core",),
    "open3d": ("open3d-cpu", "open3d"),
    "opengl_basisu": ("opengl-basisu",),
}
"""Distributions of the libraries that are imported under another name."""

OTHER_SOURCES: dict[str, tuple[str, ...]] = {"carreau.base.tools": ("node/*.mjs", "node/package-lock.json")}
"""Sources other than Python: scripts, and the versions of their libraries."""


class Keyed:
    """An object with a key: the digest of everything its value depends on."""

    key: str


def digest(value: object) -> str:
    """Return the digest of a value, 40 hexadecimal digits, the same on every machine.

    Raises TypeError for a value that has no canonical form, such as an array or a function.
    """
    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def canonical(value: object) -> object:
    """Return a JSON value that is unique to the given value; floats by their repr, so that 1.0 differs from 1."""
    simple = _canonical_scalar(value)
    if simple is not NotImplemented:
        return simple
    if isinstance(value, Keyed):
        return {"key": value.key}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: canonical(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"dataclass": qualified_name(type(value)), "fields": fields}
    if isinstance(value, Mapping):
        return {"mapping": sorted(([canonical(k), canonical(v)] for k, v in value.items()), key=json.dumps)}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be an input of a task: use a task, a dataclass or plain values")


def _canonical_scalar(value: object) -> object:
    if isinstance(value, Enum):
        return {"enum": qualified_name(type(value)), "name": value.name}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {"float": repr(float(value))}
    if isinstance(value, PurePath):
        return {"path": value.as_posix()}
    if isinstance(value, bytes):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    return NotImplemented


def qualified_name(kind: type) -> str:
    """Return `module:Class` of a class."""
    return f"{kind.__module__}:{kind.__qualname__}"


def function_name(function: Callable[..., object]) -> str:
    """Return `module:function` of a function, by which another process can import it.

    Raises TypeError for a method, a lambda or a nested function.

    >>> function_name(digest)
    'carreau.runs.fingerprint:digest'
    """
    name: str = function.__qualname__
    if not name.isidentifier():
        raise TypeError(f"{name} cannot be a task: use a function of a module")
    return f"{function.__module__}:{name}"


@functools.cache
def code_digest(function: str) -> str:
    """Return the digest of the code behind `module:function`: its sources, and the versions of their libraries.

    Sources are the module of the function and all modules of this package that it imports, directly or not. They are
    found in their text, so that a worker can compare its code before it imports any of it.
    """
    module = function.partition(":")[0]
    closure = source_closure(module)
    sources = {name: source_digest(name) for name in closure}
    return digest({"sources": sources, "libraries": library_versions(closure)})


@functools.cache
def source_closure(module: str) -> tuple[str, ...]:
    """Return the names of the modules of this package that a module needs, itself included, sorted."""
    names: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += [imported for imported in imports(name) if imported.split(".")[0] == PACKAGE]
    return tuple(sorted(names))


def library_versions(modules: tuple[str, ...]) -> dict[str, str]:
    """Return distribution and version of every library that the modules import outside the standard library."""
    names = {name.split(".")[0] for module in modules for name in imports(module)}
    return dict(_distribution(name) for name in sorted(names - {PACKAGE, "__future__"} - sys.stdlib_module_names))


@functools.cache
def _distribution(library: str) -> tuple[str, str]:
    for name in DISTRIBUTIONS.get(library, (library,)):
        try:
            return name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    # Finding the distribution of a module opens every RECORD (0.2 s for 120 of them): only for unknown names.
    names = sorted(importlib.metadata.packages_distributions().get(library, ()))
    return library, ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names) or "absent"


def source_path(module: str) -> Path | None:
    """Return the file of a module of this package, or None when the name is not a module."""
    stem = ROOT.joinpath(*module.split(".")[1:])
    candidates = (stem / "__init__.py", stem.with_suffix(".py")) if stem != ROOT else (ROOT / "__init__.py",)
    return next((path for path in candidates if path.is_file()), None)


@functools.cache
def source_digest(module: str) -> str:
    """Return the digest of a module's source, and of its `OTHER_SOURCES`."""
    path = source_path(module)
    if path is None:
        raise ModuleNotFoundError(f"no module {module} in {ROOT}")
    others = [other for pattern in OTHER_SOURCES.get(module, ()) for other in sorted(ROOT.glob(pattern))]
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in (path, *others))).hexdigest()


@functools.cache
def imports(module: str) -> tuple[str, ...]:
    """Return all imports of a module of this package, at any level, and its parent packages, sorted.

    The modules of functions that a table names as text, `module:function`, are among them.
    """
    path = source_path(module)
    if path is None:
        raise ModuleNotFoundError(f"no module {module} in {ROOT}")
    parents = {module.rsplit(".", depth)[0] for depth in range(module.count(".") + 1)} - {module}
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    sources = path.read_text("utf-8")
    named = {match[1] for match in _FUNCTION.finditer(sources) if source_path(match[1]) is not None}
    names = (_list_imports(statement, package) for statement in _IMPORT.finditer(sources))
    return tuple(sorted(parents.union(named, *names) - {module}))


_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<start>\.*[\w.]*)[ \t]+import[ \t]+(?:\((?P<lines>[^)]*)\)|(?P<names>[\w., ]+?))"
    r"|import[ \t]+(?P<modules>[\w., ]+?))[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
"""An import statement. The syntax trees of all sources take 0.5 s, more than all else of a run that finds its models
made; a test compares the two."""

_FUNCTION = re.compile(rf'"({PACKAGE}(?:\.\w+)+):\w+"')
"""A function in a table, which is imported when it is called."""

_COMMENT = re.compile(r"#.*")


def _list_imports(statement: re.Match[str], package: str) -> Iterator[str]:
    listed = statement["modules"] or statement["names"] or _COMMENT.sub("", statement["lines"])
    names = [name.split()[0] for name in listed.split(",") if name.strip()]
    if statement["modules"]:
        yield from names
        return
    level = len(statement["start"]) - len(statement["start"].lstrip("."))
    start = package.rsplit(".", level - 1)[0] if level else ""
    source = ".".join(part for part in (start, statement["start"].lstrip(".")) if part)
    yield source
    if source.split(".")[0] == PACKAGE:  # `from carreau.formats import obj` may name a module
        yield from (f"{source}.{name}" for name in names if source_path(f"{source}.{name}") is not None)
