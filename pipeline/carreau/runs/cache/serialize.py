"""Serialise values as a JSON tree with binary blocks; reading runs no code, unlike pickle."""

from __future__ import annotations

import dataclasses
import importlib
import math
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from carreau.base.messages import Message, from_json, to_json

PACKAGE = "carreau"
Block = bytes | memoryview


class UnreadableError(Exception):
    """A tree with a class that this version does not have."""


def flatten(value: object, folder: Path | None = None) -> tuple[object, list[Block]]:
    """Return a JSON tree, and the blocks of bytes it points to by number.

    folder : paths inside it are stored as relative ones, so that a moved scan keeps its results
    Raises TypeError for anything but plain values, paths, enums, arrays of numbers and dataclasses of this package.
    """
    blocks: list[Block] = []
    return _flatten(value, folder, blocks), blocks


def _flatten(value: object, folder: Path | None, blocks: list[Block]) -> object:
    if isinstance(value, Enum):
        return {"enum": _own_name(type(value)), "name": value.name}
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, Message):
        return {"message": to_json(value)}
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, bytes):
        blocks.append(value)
        return {"bytes": len(blocks) - 1}
    if isinstance(value, Path):
        return _flatten_path(value, folder)
    if isinstance(value, list | tuple | dict):
        return _flatten_container(value, folder, blocks)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init]
        fields = {name: _flatten(getattr(value, name), folder, blocks) for name in names}
        return {"dataclass": _own_name(type(value)), "fields": fields}
    return _flatten_array(value, blocks)


def _flatten_container(
    value: list[Any] | tuple[Any, ...] | dict[Any, Any], folder: Path | None, blocks: list[Block]
) -> object:
    if isinstance(value, dict):
        pairs = [[_flatten(key, folder, blocks), _flatten(item, folder, blocks)] for key, item in value.items()]
        return {"dict": pairs}
    items = [_flatten(item, folder, blocks) for item in value]
    if isinstance(value, list):
        return items
    if type(value) is not tuple:
        raise TypeError(f"a {type(value).__name__} cannot be cached: use a tuple or a dataclass")
    return {"tuple": items}


def _flatten_path(value: Path, folder: Path | None) -> object:
    if folder is not None and value.is_relative_to(folder):
        return {"path": value.relative_to(folder).as_posix(), "inside": True}
    return {"path": value.as_posix(), "inside": False}


def _flatten_array(value: object, blocks: list[Block]) -> object:
    import numpy as np

    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "biufc":
        raise TypeError(
            f"a {type(value).__name__} cannot be cached: use arrays of numbers, plain values or dataclasses"
        )
    # Little endian on every machine; `ascontiguousarray` would add a dimension to a scalar.
    array = np.asarray(value, dtype=value.dtype.newbyteorder("<"), order="C")
    blocks.append(array.reshape(-1).view(np.uint8).data)
    kind = "array" if isinstance(value, np.ndarray) else "scalar"
    return {kind: len(blocks) - 1, "dtype": array.dtype.str, "shape": list(array.shape)}


def _own_name(kind: type) -> str:
    if kind.__module__.split(".")[0] != PACKAGE or "<locals>" in kind.__qualname__:
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} cannot be cached: only classes of {PACKAGE} can")
    return f"{kind.__module__}:{kind.__qualname__}"


def restore(tree: object, block: Callable[[int], memoryview], folder: Path | None = None) -> Any:
    """Return the value of a tree that `flatten` returned.

    block : returns a block by number; arrays are views of it
    folder : of the relative paths
    Raises UnreadableError for a tree with classes that this version does not have.
    """
    if isinstance(tree, list):
        return [restore(item, block, folder) for item in tree]
    if not isinstance(tree, dict):
        return tree
    kind = next(iter(tree), "")
    restorer = _RESTORERS.get(kind)
    if restorer is None:
        raise UnreadableError(f"unknown kind of value {kind!r}")
    return restorer(tree, block, folder)


def _restore_array(tree: dict[str, Any], block: Callable[[int], memoryview], _: Path | None) -> object:
    import numpy as np

    number = tree["array"] if "array" in tree else tree["scalar"]
    data, kind = block(number), np.dtype(tree["dtype"])
    array = (np.frombuffer(data, kind) if len(data) else np.zeros(0, kind)).reshape(tree["shape"])
    return array if "array" in tree else array[()]


def _restore_path(tree: dict[str, Any], _: Callable[[int], memoryview], folder: Path | None) -> object:
    if not tree["inside"]:
        return Path(tree["path"])
    if folder is None:
        raise UnreadableError("a relative path without a folder")
    return folder / tree["path"]


def _restore_dataclass(tree: dict[str, Any], block: Callable[[int], memoryview], folder: Path | None) -> object:
    kind = _own_class(tree["dataclass"])
    if not dataclasses.is_dataclass(kind):
        raise UnreadableError(f"{tree['dataclass']} is not a dataclass")
    try:
        return kind(**{name: restore(item, block, folder) for name, item in tree["fields"].items()})
    except TypeError as error:
        raise UnreadableError(f"{tree['dataclass']} has other fields now") from error


def _restore_enum(tree: dict[str, Any], _: Callable[[int], memoryview], __: Path | None) -> object:
    kind = _own_class(tree["enum"])
    if not issubclass(kind, Enum) or tree["name"] not in kind.__members__:
        raise UnreadableError(f"{tree['enum']} has no {tree['name']}")
    return kind[tree["name"]]


def _own_class(name: str) -> type:
    module, _, qualname = name.partition(":")
    if module.split(".")[0] != PACKAGE:
        raise UnreadableError(f"{name} is not of {PACKAGE}")
    try:
        kind: object = importlib.import_module(module)
        for part in qualname.split("."):
            kind = getattr(kind, part)
    except (ImportError, AttributeError) as error:
        raise UnreadableError(f"{name} does not exist") from error
    if not isinstance(kind, type):
        raise UnreadableError(f"{name} is not a class")
    return kind


_RESTORERS: dict[str, Callable[[dict[str, Any], Callable[[int], memoryview], Path | None], object]] = {
    "array": _restore_array,
    "scalar": _restore_array,
    "path": _restore_path,
    "dataclass": _restore_dataclass,
    "enum": _restore_enum,
    "message": lambda tree, _, __: from_json(tree["message"]),
    "bytes": lambda tree, block, _: bytes(block(tree["bytes"])),
    "float": lambda tree, _, __: float(tree["float"]),
    "tuple": lambda tree, block, folder: tuple(restore(item, block, folder) for item in tree["tuple"]),
    "dict": lambda tree, block, folder: {
        restore(key, block, folder): restore(item, block, folder) for key, item in tree["dict"]
    },
}
