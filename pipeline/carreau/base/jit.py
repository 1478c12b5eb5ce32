"""Compilation of the loops that NumPy cannot express, cached per machine and per version of their sources."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import os
import pickle
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])

ROOT = Path(__file__).parents[1]
STALE_S = 7 * 86400.0
"""Seconds after which machine code of other sources is deleted; an older process may still use it."""

KERNELS: dict[str, Any] = {}
"""Numba's dispatcher of each compiled function that was imported, by its full name; more is compiled at a call."""

_SUFFIXES = (".nbi", ".nbc")
"""The files of Numba's cache: pickles, as its documentation says."""

_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(carreau(?:\.\w+)*)", re.MULTILINE)
_LOCK = threading.Lock()
_CONFIG: Any = numba.config


def compiled(function: Function) -> Function:
    """Compile to machine code without the GIL; bit-exact (no fastmath), kept on disk between runs."""
    return _compile(function, {})


def compiled_bare(function: Function) -> Function:
    """Compile, as `compiled` does, a loop that allocates nothing and is made of small functions over arrays.

    Numba counts a reference, atomically, at every call that takes an array: 18 to 27 ns a byte in the OBJ scanner,
    and no gain from a second thread. Without the counting it is 2.5 ns. Allocating inside is a compile error.
    """
    return _compile(function, {"_nrt": False})


def _compile(function: Function, options: dict[str, Any]) -> Function:
    """Compile with a cache folder of its own for each state of the sources.

    Numba looks at the file a function lies in and no further: machine code that has a function or a constant of
    another file built in would outlive a change of that file. It asks for its folder while it decorates.
    """
    folder = code_folder(function.__module__)
    with _LOCK:
        before = _CONFIG.CACHE_DIR
        _CONFIG.CACHE_DIR = str(folder or before)
        try:
            kernel = numba.njit(cache=folder is not None, nogil=True, **options)(function)
        finally:
            _CONFIG.CACHE_DIR = before
    KERNELS[f"{function.__module__}.{function.__qualname__}"] = kernel
    return cast(Function, kernel)


@functools.cache
def code_folder(module: str) -> Path | None:
    """Return the cache folder of a module's machine code; None without a source, or if no folder is writable.

    Numba reads only where it may write: what lies ready beside sources that are read-only is copied.
    """
    source = Path(str(getattr(sys.modules.get(module), "__file__", None)))
    if not source.is_file():
        return None
    digest = code_digest(source)
    ready: Path | None = None
    for root in _roots():
        folder = root / f"{module}-{digest}"
        try:
            if ready is not None and not folder.is_dir():
                _copy(ready, folder)
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            ready = folder if folder.is_dir() else ready
            continue
        _drop_damaged(folder)
        _prune(root, module, folder)
        return folder
    return None


def is_compiled(module: str) -> bool:
    """Return whether any function of a module need not be compiled at its first call; imports the module."""
    importlib.import_module(module)
    folder = code_folder(module)
    return folder is not None and any(folder.rglob("*.nbc"))


def _roots() -> Iterator[Path]:
    """Yield possible cache folders: Numba's own setting, beside the sources, the user's cache folder."""
    if _CONFIG.CACHE_DIR:
        yield Path(_CONFIG.CACHE_DIR)
    yield ROOT / "__pycache__" / "jit"
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "carreau" / "jit"


def _copy(ready: Path, folder: Path) -> None:
    """Copy machine code, without the permissions of its files; a copy that fails leaves nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as name:
        copied = Path(name) / folder.name
        for path in (path for path in sorted(ready.rglob("*")) if path.suffix in _SUFFIXES):
            target = copied / path.relative_to(ready)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        if copied.is_dir():
            with contextlib.suppress(OSError):  # another process was first
                copied.rename(folder)


def _drop_damaged(folder: Path) -> None:
    """Remove files that a power cut or a full disk left empty or cut off, which Numba would fail on at every start."""
    for path in (path for path in folder.rglob("*") if path.suffix in _SUFFIXES):
        try:
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - 1, 0))
                # A pickle ends with its STOP opcode: a file cut off does not.
                is_whole = file.read() == pickle.STOP
            if not is_whole:
                path.unlink()
        except OSError:
            continue


def _prune(root: Path, module: str, current: Path) -> None:
    """Remove what older sources of a module have left."""
    for folder in root.glob(f"{module}-*"):
        try:
            if folder != current and time.time() - folder.stat().st_mtime > STALE_S:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def code_digest(source: Path) -> str:
    """Return 16 digits that change with a source, or with any of this package that it imports, however far off."""
    sources: set[Path] = set()
    waiting = [source]
    while waiting:
        path = waiting.pop()
        if path not in sources:
            sources.add(path)
            waiting += _read(path)[1]
    parts = sorted(f"{path.name} {_read(path)[0]}" for path in sources)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def list_imports(module: str) -> set[str]:
    """Return the names of what a module of this package imports from it; none where there is no such module."""
    source = ROOT.joinpath(*module.split(".")[1:]).with_suffix(".py")
    paths = _read(source)[1] if source.is_file() else ()
    return {".".join(("carreau", *path.relative_to(ROOT).with_suffix("").parts)) for path in paths} - {module}


@functools.cache
def _read(path: Path) -> tuple[str, tuple[Path, ...]]:
    """Return the digest of a source, and the sources it imports; all of a package's when it imports from a package."""
    text = path.read_bytes()
    paths: list[Path] = []
    for name in sorted(set(_IMPORT.findall(text))):
        stem = ROOT.joinpath(*name.decode().split(".")[1:])
        paths += sorted(stem.glob("*.py")) if stem.is_dir() else [stem.with_suffix(".py")]
    return hashlib.sha256(text).hexdigest(), tuple(path for path in paths if path.is_file())
