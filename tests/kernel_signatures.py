"""Bring `pipeline/carreau/base/signatures.txt` up to what tests compile: `make signatures`.

A signature that is there stays as long as it fits its function: delete its line when it is not called so any more.
Nothing is read from the cache of machine code meanwhile, so that functions that others call are compiled, too.
"""

from __future__ import annotations

import importlib
import inspect
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
import pytest

from carreau.base import jit, precompile

HEADER = """\
# What `python -m carreau.base.precompile` compiles: the types that the package's compiled functions are called with.
# `make signatures` adds what tests compile; pipeline/carreau/base/precompile.py describes the notation.
"""


def load_kernels() -> set[str]:
    """Import every module of the package that has compiled functions, and return the names of those."""
    for path in sorted(jit.ROOT.rglob("*.py")):
        if "node_modules" not in path.parts and b"\n@compiled" in path.read_bytes():
            importlib.import_module(".".join(("carreau", *path.relative_to(jit.ROOT).with_suffix("").parts)))
    return {name for name in jit.KERNELS if name.startswith("carreau.")}


def compiled_here() -> set[tuple[str, precompile.Types]]:
    """Return the functions of the package and types that this process has compiled or loaded."""
    kernels = {name: kernel for name, kernel in jit.KERNELS.items() if name.startswith("carreau.")}
    return {(name, tuple(types)) for name, kernel in kernels.items() for types in kernel.signatures}


@contextmanager
def only_listed() -> Iterator[None]:
    """Fail when the block compiles what `signatures.txt` does not list, which `make setup` would not compile."""
    before = compiled_here()
    yield
    new = {precompile.written_signature(name, types) for name, types in compiled_here() - before} - set(
        precompile.listed_signatures()
    )
    assert not new, f"add them with `make signatures`: {sorted(new)}"


class Recorder:
    """A pytest plugin that compiles everything anew, in every process of a run, and adds it to the list."""

    def __init__(self) -> None:
        """Begin without machine code; what is imported by now has none of this package."""
        self._found: set[str] = set()
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        config: Any = numba.config
        config.CACHE_DIR = self._folder.name

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand what a worker compiled to the process that began it, or write what all compiled."""
        self._found |= {precompile.written_signature(name, types) for name, types in compiled_here()}
        self._folder.cleanup()
        handed: dict[str, list[str]] | None = getattr(session.config, "workeroutput", None)
        if handed is None:
            write(self._found)
        else:
            handed["signatures"] = sorted(self._found)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take what a worker compiled."""
        handed: dict[str, list[str]] = getattr(node, "workeroutput", {})
        self._found |= set(handed.get("signatures", ()))


def fits(line: str) -> bool:
    """Return whether the function of a signature is there, and takes so many arguments."""
    load_kernels()
    kernel = jit.KERNELS.get(precompile.kernel_name(line))
    try:
        return kernel is not None and bool(inspect.signature(kernel.py_func).bind(*precompile.read_signature(line)))
    except TypeError:
        return False


def write(found: set[str]) -> None:
    """Add signatures to the list, without those of functions that are gone."""
    listed = {line for line in {*precompile.listed_signatures(), *found} if fits(line)}
    precompile.SIGNATURES.write_text(HEADER + "".join(f"{line}\n" for line in sorted(listed)), encoding="utf-8")
