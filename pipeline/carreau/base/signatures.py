"""The types with which compiled functions are called, one call a line of `signatures.txt`.

    carreau.geometry.render.fitting._spread(float32[:, :, ::1], readonly(uint8[:, ::1]), int64, bool)

The notation is Numba's own, and that of Python: `float64[:, ::1]` is an array in C order, `float64[:, :]` one in any.
What Numba has no notation for is written as a call: `readonly(…)` of an array, `omitted(1)` of a default value,
`literal(1)` of a constant that one compiled function gives another, and a named tuple with the types of its items.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numba

FILE = Path(__file__).with_name("signatures.txt")

types: Any = numba.types

Types = tuple[Any, ...]
"""Numba's types of the arguments of a call."""

_SLICES = {"C": ("::1", -1), "F": ("::1", 0), "A": (":", 0)}
"""How the axis whose elements follow each other is written, and which it is, by Numba's name of the layout."""


class NotationError(ValueError):
    """A signature that cannot be written, or read."""


def lines(path: Path = FILE) -> Iterator[str]:
    """Yield the signatures of a file; lines that begin with # say something of it."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def module_of(line: str) -> str:
    """Return the module of the function that a signature belongs to.

    >>> module_of("carreau.geometry.extent._bounds(float64[:, ::1])")
    'carreau.geometry.extent'
    """
    return kernel_of(line).rpartition(".")[0]


def kernel_of(line: str) -> str:
    """Return the full name of the function that a signature belongs to.

    >>> kernel_of("carreau.geometry.extent._bounds(float64[:, ::1])")
    'carreau.geometry.extent._bounds'
    """
    return line.partition("(")[0]


def written(kernel: str, arguments: Iterable[Any]) -> str:
    """Return a call with Numba's types as a line. Raises NotationError for a type that has no notation."""
    return f"{kernel}({', '.join(_written(each) for each in arguments)})"


def _written(kind: Any) -> str:
    if isinstance(kind, types.Array):
        slices = [":"] * kind.ndim
        sign, axis = _SLICES[kind.layout]
        slices[axis] = sign
        text = f"{_written(kind.dtype)}[{', '.join(slices)}]"
        if _read(ast.parse(text, mode="eval").body) != kind.copy(readonly=False):
            raise NotationError(f"an array like {kind} has no notation")
        return text if kind.mutable else f"readonly({text})"
    if isinstance(kind, types.Omitted):
        return f"omitted({kind.value!r})"
    if isinstance(kind, types.Literal):
        return f"literal({kind.literal_value!r})"
    if isinstance(kind, types.BaseNamedTuple):
        named = kind.instance_class
        return f"{named.__module__}.{named.__qualname__}({', '.join(_written(each) for each in kind.types)})"
    if isinstance(kind, types.BaseTuple):
        return f"({''.join(_written(each) + ', ' for each in kind.types)})"
    if isinstance(kind, types.Boolean):
        return "boolean"
    if isinstance(kind, types.Number | types.NoneType):
        return str(kind)
    raise NotationError(f"{kind} has no notation")


def read(line: str) -> Types:
    """Return Numba's types of a call. Raises NotationError where a line has another form."""
    try:
        call = ast.parse(line, mode="eval").body
        if isinstance(call, ast.Call):
            return tuple(_read(each) for each in call.args)
    except (SyntaxError, AttributeError, TypeError) as error:
        raise NotationError(f"{line}: {error}") from error
    raise NotationError(f"{line}: not a call")


def _read(node: ast.expr) -> Any:
    if isinstance(node, ast.Name):
        return getattr(types, node.id)
    if isinstance(node, ast.Subscript):
        axes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        steps = [ast.unparse(axis) for axis in axes]
        layout = "C" if steps[-1] == "::1" else "F" if steps[0] == "::1" else "A"
        return types.Array(_read(node.value), len(steps), layout)
    if isinstance(node, ast.Tuple):
        return types.BaseTuple.from_types([_read(each) for each in node.elts])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        module, _, name = ast.unparse(node.func).rpartition(".")
        named = getattr(importlib.import_module(module), name)
        return types.BaseTuple.from_types([_read(each) for each in node.args], named)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "readonly":
        return _read(node.args[0]).copy(readonly=True)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "omitted":
        return types.Omitted(ast.literal_eval(node.args[0]))
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "literal":
        return types.literal(ast.literal_eval(node.args[0]))
    raise TypeError(f"{ast.unparse(node)} is no type")
