"""Compile for this machine what `signatures.txt` lists, so that the first build is as fast as the next.

    python -P -m carreau.base.precompile

`make setup` runs it, and so may anyone who installs the wheel; without it, a function is compiled at its first call.
What is there already is only loaded. It lies where `carreau.base.jit` says, by the digest of its sources.

A line of `signatures.txt` names a function and the types that it is called with:

    carreau.geometry.render.raycasting._spread(float32[:, :, ::1], readonly(uint8[:, ::1]), int64, bool)

The notation is Numba's own, and that of Python: `float64[:, ::1]` is an array in C order, `float64[:, :]` one in any.
What Numba has no notation for is written as a call: `readonly(…)` of an array, `omitted(1)` of a default value,
`literal(1)` of a constant that one compiled function gives another, and a named tuple with the types of its items.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import multiprocessing
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numba
from numba.core.errors import NumbaError

from carreau.base import jit
from carreau.base.process import cores, safe_path

LIMIT_S = 300.0
"""Seconds for one module, a hundred times what the slowest takes; what is left then is compiled at its first call."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile all, and return 0; 1 with a line for each function that does not fit its signature, or is not kept."""
    parser = argparse.ArgumentParser(prog="python -m carreau.base.precompile", description="Compile for this machine.")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes, default: one for each core")
    jobs = parser.parse_args(arguments).jobs
    begun = time.monotonic()
    failures = compile_all(listed_signatures(), jobs)
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
        modules.setdefault(kernel_module(line), []).append(line)
    graph = {name: jit.list_imports(name) & set(modules) for name in modules}
    return [modules[name] for name in TopologicalSorter(graph).static_order()]


def compile_module(lines: Sequence[str]) -> list[str]:
    """Compile signatures of one module, and return what went wrong, a line each."""
    name = kernel_module(lines[0])
    try:
        importlib.import_module(name)
    except (ImportError, OSError) as error:  # or a library of the system is missing
        return [f"{name}: {error}; it is in {SIGNATURES.name}"]
    if jit.code_folder(name) is None:
        return [f"{name}: no folder for machine code can be written: set NUMBA_CACHE_DIR"]
    return [failure for line in lines if (failure := _compile(line))]


def _compile(line: str) -> str:
    """Compile a signature, and return what went wrong, or nothing.

    What is kept may be damaged in a way that only loading shows, by any exception: then it goes.
    """
    kernel = jit.KERNELS.get(kernel_name(line))
    if kernel is None:
        return f"{line}: there is no such function"
    try:
        types = read_signature(line)
        inspect.signature(kernel.py_func).bind(*types)
    except NotationError as error:
        return str(error)
    except TypeError as error:
        return f"{line}: {error}"
    try:
        try:
            kernel.compile(types)
        except NumbaError:
            raise
        except Exception:
            _forget(kernel_module(line))
            kernel.compile(types)
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        return f"{line}: {reason.splitlines()[0]}"
    return ""


def _forget(module: str) -> None:
    """Remove what is kept of a module and of those it calls: the error does not tell which of them is damaged."""
    compiled = {kernel.py_func.__module__ for kernel in jit.KERNELS.values()}
    waiting, reached = [module], {module}
    while waiting:
        name = waiting.pop()
        waiting += jit.list_imports(name) - reached
        reached |= jit.list_imports(name)
    for name in reached & compiled:
        shutil.rmtree(str(jit.code_folder(name)), ignore_errors=True)


class NotationError(ValueError):
    """A signature that cannot be written, or read."""


SIGNATURES = Path(__file__).with_name("signatures.txt")

Types = tuple[Any, ...]
"""Numba's types of the arguments of a call."""


def _read_type(node: ast.expr) -> Any:
    if isinstance(node, ast.Name):
        return getattr(numba_types, node.id)
    if isinstance(node, ast.Subscript):
        axes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        steps = [ast.unparse(axis) for axis in axes]
        layout = "C" if steps[-1] == "::1" else "F" if steps[0] == "::1" else "A"
        return numba_types.Array(_read_type(node.value), len(steps), layout)
    if isinstance(node, ast.Tuple):
        return numba_types.BaseTuple.from_types([_read_type(each) for each in node.elts])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        module, _, name = ast.unparse(node.func).rpartition(".")
        named = getattr(importlib.import_module(module), name)
        return numba_types.BaseTuple.from_types([_read_type(each) for each in node.args], named)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "readonly":
        return _read_type(node.args[0]).copy(readonly=True)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "omitted":
        return numba_types.Omitted(ast.literal_eval(node.args[0]))
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "literal":
        return numba_types.literal(ast.literal_eval(node.args[0]))
    raise TypeError(f"{ast.unparse(node)} is no type")


def kernel_name(line: str) -> str:
    """Return the full name of the function that a signature belongs to.

    >>> kernel_name("carreau.geometry.mesh_parts._bounds(float64[:, ::1])")
    'carreau.geometry.mesh_parts._bounds'
    """
    return line.partition("(")[0]


def listed_signatures(path: Path = SIGNATURES) -> Iterator[str]:
    """Yield the signatures of a file; lines that begin with # are comments."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def kernel_module(line: str) -> str:
    """Return the module of the function that a signature belongs to.

    >>> kernel_module("carreau.geometry.mesh_parts._bounds(float64[:, ::1])")
    'carreau.geometry.mesh_parts'
    """
    return kernel_name(line).rpartition(".")[0]


numba_types: Any = numba.types


def read_signature(line: str) -> Types:
    """Return Numba's types of a call. Raises NotationError where a line has another form."""
    try:
        call = ast.parse(line, mode="eval").body
        if isinstance(call, ast.Call):
            return tuple(_read_type(each) for each in call.args)
    except (SyntaxError, AttributeError, TypeError) as error:
        raise NotationError(f"{line}: {error}") from error
    raise NotationError(f"{line}: not a call")


if __name__ == "__main__":
    sys.exit(main())

_SLICES = {"C": ("::1", -1), "F": ("::1", 0), "A": (":", 0)}
"""How the axis whose elements follow each other is written, and which it is, by Numba's name of the layout."""


def written_signature(kernel: str, arguments: Iterable[Any]) -> str:
    """Return a call with Numba's types as a line. Raises NotationError for a type that has no notation."""
    return f"{kernel}({', '.join(_written_type(each) for each in arguments)})"


def _written_type(kind: Any) -> str:
    if isinstance(kind, numba_types.Array):
        slices = [":"] * kind.ndim
        sign, axis = _SLICES[kind.layout]
        slices[axis] = sign
        text = f"{_written_type(kind.dtype)}[{', '.join(slices)}]"
        if _read_type(ast.parse(text, mode="eval").body) != kind.copy(readonly=False):
            raise NotationError(f"an array like {kind} has no notation")
        return text if kind.mutable else f"readonly({text})"
    if isinstance(kind, numba_types.Omitted):
        return f"omitted({kind.value!r})"
    if isinstance(kind, numba_types.Literal):
        return f"literal({kind.literal_value!r})"
    if isinstance(kind, numba_types.BaseNamedTuple):
        named = kind.instance_class
        return f"{named.__module__}.{named.__qualname__}({', '.join(_written_type(each) for each in kind.types)})"
    if isinstance(kind, numba_types.BaseTuple):
        return f"({''.join(_written_type(each) + ', ' for each in kind.types)})"
    if isinstance(kind, numba_types.Boolean):
        return "boolean"
    if isinstance(kind, numba_types.Number | numba_types.NoneType):
        return str(kind)
    raise NotationError(f"{kind} has no notation")
