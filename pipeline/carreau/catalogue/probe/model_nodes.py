"""Names of the nodes of a model, and whether somebody drew it (glTF 2.0, as GLB or JSON)."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import message

SUFFIXES = (".glb", ".gltf")
_MAGIC, _HEADER, _CHUNK, _JSON = b"glTF", struct.Struct("<4sII"), struct.Struct("<I4s"), b"JSON"
MOST_BYTES = 64_000_000
"""Largest JSON that is read; that of a model of thousands of nodes has some megabytes."""


def node_names(path: Path) -> tuple[str, ...]:
    """Return the names of the nodes of a model, in its order and each once; raises FormatError if it is no glTF.

    A node without a name has that of its mesh, as in viewers.
    """
    document = _json(path)
    meshes = [_name(each) for each in _listed(document, "meshes")]
    names = []
    for node in _listed(document, "nodes"):
        mesh = node.get("mesh") if isinstance(node, dict) else None
        names.append(_name(node) or (meshes[mesh] if isinstance(mesh, int) and 0 <= mesh < len(meshes) else ""))
    return tuple(dict.fromkeys(name for name in names if name))


def looks_drawn(path: Path) -> bool:
    """Return whether a model was probably drawn, and not measured; False for one that cannot be read.

    It moves, or has several parts with names, and neither photographs nor the colours of points.
    """
    try:
        document = _json(path)
    except FormatError:
        return False
    meshes = [each for each in _listed(document, "meshes") if isinstance(each, dict)]
    surfaces = [each for mesh in meshes for each in _listed(mesh, "primitives") if isinstance(each, dict)]
    if document.get("animations") or document.get("skins") or any(each.get("targets") for each in surfaces):
        return True
    nodes = [each for each in _listed(document, "nodes") if isinstance(each, dict) and "mesh" in each]
    is_coloured = bool(document.get("images")) or any("COLOR_0" in (each.get("attributes") or ()) for each in surfaces)
    return len({_name(each) for each in nodes} - {""}) > 1 and not is_coloured


def viewer_name(name: str) -> str:
    r"""Return the name under which three.js, and with it the viewer, finds a node.

    >>> viewer_name("Toit nord [2]")
    'Toit_nord_2'
    """
    return re.sub(r"[\[\].:/]", "", re.sub(r"\s", "_", name))


def _json(path: Path) -> dict[str, Any]:
    cause, cure = message("it is not a glTF 2.0 model"), message("export it again")
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size + _CHUNK.size)
            if head.startswith(_MAGIC) and len(head) == _HEADER.size + _CHUNK.size:
                size, kind = _CHUNK.unpack(head[_HEADER.size :])
                content = file.read(min(size, MOST_BYTES)) if kind == _JSON else b""
            else:
                content = head + file.read(MOST_BYTES)
    except OSError as error:
        raise FormatError(path, "", cannot_read(error), message("check its permissions and the disk")) from error
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "", cause, cure) from error
    if not isinstance(document, dict) or "asset" not in document:
        raise FormatError(path, "", cause, cure)
    return document


def _listed(document: dict[str, Any], key: str) -> list[Any]:
    value = document.get(key)
    return value if isinstance(value, list) else []


def _name(element: Any) -> str:
    name = element.get("name") if isinstance(element, dict) else None
    return name if isinstance(name, str) else ""
