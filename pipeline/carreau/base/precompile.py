"""Compile for this machine what `signatures.txt` lists, so that the first build is as fast as the next.

    python -P -m carreau.base.precompile

`make setup` runs it, and so may anyone who installs the wheel; without it, a function is compiled at its first call.
What is there already is only loaded. It lies where `carreau.base.jit` says, by the digest of its sources.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import multiprocessing
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter

from numba.core.errors import NumbaError

from carreau.base import jit, signatures
from carreau.base.process import cores, safe_path

LIMIT_S = 300.0
"""Seconds for one module, a hundred times what the slowest takes; what is left then is compiled at its first call."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile all, and return 0; 1 with a line for each function that does not fit its signature, or is not kept."""
    parser = argparse.ArgumentParser(prog="python -m carreau.base.precompile", description="Compile for this machine.")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes, default: one for each core")
    jobs = parser.parse_args(arguments).jobs
    begun = time.monotonic()
    failures = compile_all(signatures.lines(), jobs)
    for line in failures:
        print(line, file=sys.stderr)
    if not failures:
        print(f"   done in {time.monotonic() - begun:.0f} s")
    return 1 if failures else 0


def compile_all(lines: Iterable[str], jobs: int) -> list[str]:
    """Compile signatures in processes, a module at a time, and return what went wrong, a line each."""
    modules = in_order(lines)
    failures: list[str] = []
    # Spawned, as everywhere in this package: a fork of a process with threads may wait for a lock for ever.
    with safe_path(), multiprocessing.get_context("spawn").Pool(max(1, min(jobs, len(modules)))) as pool:
        results = pool.imap_unordered(compile_module, modules)
        for done in range(len(modules)):
            try:
                failures += results.next(timeout=LIMIT_S)
            except multiprocessing.TimeoutError:
                return [*failures, f"nothing was compiled for {LIMIT_S:.0f} s: the rest is compiled at its first call"]
            _show(done + 1, len(modules))
    return failures


def _show(done: int, count: int) -> None:
    """Show a person how far it is; a log needs the end only."""
    if sys.stdout.isatty():
        print(f"\r   {done} of {count} modules", end="\n" if done == count else "", flush=True)


def in_order(lines: Iterable[str]) -> list[list[str]]:
    """Return signatures by module, each after the modules whose functions it may call: those are loaded, then."""
    modules: dict[str, list[str]] = {}
    for line in sorted(lines):
        modules.setdefault(signatures.module_of(line), []).append(line)
    graph = {name: jit.imports_of(name) & set(modules) for name in modules}
    return [modules[name] for name in TopologicalSorter(graph).static_order()]


def compile_module(lines: Sequence[str]) -> list[str]:
    """Compile signatures of one module, and return what went wrong, a line each."""
    name = signatures.module_of(lines[0])
    try:
        importlib.import_module(name)
    except (ImportError, OSError) as error:  # or a library of the system is missing
        return [f"{name}: {error}; it is in {signatures.FILE.name}"]
    if jit.code_folder(name) is None:
        return [f"{name}: no folder for machine code can be written: set NUMBA_CACHE_DIR"]
    return [failure for line in lines if (failure := _compile(line))]


def _compile(line: str) -> str:
    """Compile a signature, and return what went wrong, or nothing.

    What is kept may be damaged in a way that only loading shows, by any exception: then it goes.
    """
    kernel = jit.KERNELS.get(signatures.kernel_of(line))
    if kernel is None:
        return f"{line}: there is no such function"
    try:
        types = signatures.read(line)
        inspect.signature(kernel.py_func).bind(*types)
    except signatures.NotationError as error:
        return str(error)
    except TypeError as error:
        return f"{line}: {error}"
    try:
        try:
            kernel.compile(types)
        except NumbaError:
            raise
        except Exception:
            _forget(signatures.module_of(line))
            kernel.compile(types)
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        return f"{line}: {reason.splitlines()[0]}"
    return ""


def _forget(module: str) -> None:
    """Remove what is kept of a module and of those it calls: the error does not tell which of them is damaged."""
    compiled = {kernel.py_func.__module__ for kernel in jit.KERNELS.values()}
    waiting, found = [module], {module}
    while waiting:
        name = waiting.pop()
        waiting += jit.imports_of(name) - found
        found |= jit.imports_of(name)
    for name in found & compiled:
        shutil.rmtree(str(jit.code_folder(name)), ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
