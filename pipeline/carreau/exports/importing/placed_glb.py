"""Copy a glTF so that it stands in metres, y up: all its scenes are put below a node with the transform.

The binary chunk is copied as it is: geometry, textures, skins and clips do not change.
"""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any, BinaryIO

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import message
from carreau.exports.importing.local_files import NotTakenError, SourceFolder
from carreau.exports.importing.source_json import item, members, parse_json, string
from carreau.exports.importing.transforms import Matrix, columns, is_identity

SUFFIXES = (".glb", ".gltf")
_LARGEST_JSON = 20_000_000
_MAGIC, _JSON_CHUNK = b"glTF", 0x4E4F534A
_HEADER = struct.Struct("<4sIIII")
_PIECE = 1 << 20
_AGAIN = message("export the model again as GLB")


def copy_model(source: Path, target: Path, placed: Matrix) -> None:
    """Write a copy of a GLB, or of a .gltf with its files, which are written beside it.

    Raises FormatError for a file that is no glTF 2.0, NotTakenError where it refers to a file that cannot be taken.
    """
    with _opened(source) as file:
        is_binary = file.read(4) == _MAGIC
        file.seek(0)
        if is_binary:
            _copy_binary(file, source, target, placed)
        else:
            _copy_text(file.read(_LARGEST_JSON + 1), source, target, placed)


def _copy_binary(file: BinaryIO, source: Path, target: Path, placed: Matrix) -> None:
    head = file.read(_HEADER.size).ljust(_HEADER.size, b"\0")
    _, version, total, length, kind = _HEADER.unpack(head)
    if total > source.stat().st_size or total < _HEADER.size + length:
        raise FormatError(source, "", message("the file is truncated"), _AGAIN)
    if version != 2 or kind != _JSON_CHUNK or length > _LARGEST_JSON:
        raise FormatError(source, "", message("it is not a GLB of glTF 2.0"), _AGAIN)
    document = parse_json(file.read(length), source)
    if any(string(each.get("uri")) and not _is_data(each["uri"]) for each in _parts(document)):
        raise FormatError(source, "", message("it refers to other files"), _AGAIN)
    if is_identity(placed):
        copy_file(source, target)
        return
    place(document, placed)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    text += b" " * (-len(text) % 4)
    rest = total - _HEADER.size - length
    with target.open("xb") as out:
        out.write(_HEADER.pack(_MAGIC, 2, _HEADER.size + len(text) + rest, len(text), _JSON_CHUNK))
        out.write(text)
        for start in range(0, rest, _PIECE):
            out.write(file.read(min(_PIECE, rest - start)))


def _copy_text(content: bytes, source: Path, target: Path, placed: Matrix) -> None:
    if len(content) > _LARGEST_JSON:
        raise FormatError(source, "", message("the file is over %(limit)s MB", limit=_LARGEST_JSON // 10**6), _AGAIN)
    document, folder = parse_json(content, source), SourceFolder(source)
    if string(members(document.get("asset")).get("version"))[:2] != "2.":
        raise FormatError(source, "", message("it is not glTF 2.0"), _AGAIN)
    for number, part in enumerate(_parts(document)):
        uri = string(part.get("uri"))
        if uri and not _is_data(uri):
            found = folder.find(uri)
            if found.address:
                raise NotTakenError(message("it refers to %(address)s, and nothing is fetched", address=found.address))
            part["uri"] = f"part-{number + 1}{found.path.suffix.lower()}"
            copy_file(found.path, target.parent / part["uri"])
    if not is_identity(placed):
        place(document, placed)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    with target.open("xb") as out:
        out.write(text.encode("utf-8", "replace"))


def _parts(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for key in ("buffers", "images") for each in _objects(document.get(key))]


def _is_data(uri: str) -> bool:
    return uri.lstrip()[:5].lower() == "data:"


def place(document: dict[str, Any], placed: Matrix) -> None:
    """Put all scenes of a glTF below a node with a transform; a glTF without scenes gets one.

    A mesh on bones stays where it is: only its bones move it, and glTF advises against other nodes above it.
    """
    nodes = document.get("nodes")
    if not isinstance(nodes, list) or not nodes:
        return
    if not _objects(document.get("scenes")):
        children = {child for node in _objects(nodes) for child in _indices(node.get("children"))}
        document["scenes"] = [{"nodes": [number for number in range(len(nodes)) if number not in children]}]
        document["scene"] = 0
    for scene in _objects(document["scenes"]):
        roots = _indices(scene.get("nodes"))
        on_bones = [root for root in roots if _is_on_bones(nodes, root)]
        if moved := [root for root in roots if root not in on_bones]:
            scene["nodes"] = [len(nodes), *on_bones]
            nodes.append({"name": "placed", "matrix": columns(placed), "children": moved})


def _is_on_bones(nodes: list[Any], index: int) -> bool:
    node = item(nodes, index)
    return "skin" in node and not node.get("children")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _indices(value: Any) -> list[int]:
    return [each for each in value if isinstance(each, int)] if isinstance(value, list) else []


def copy_file(source: Path, target: Path) -> None:
    """Copy the bytes of a file to one that must not exist yet; raises FormatError where it cannot be read."""
    with _opened(source) as file, target.open("xb") as out:
        shutil.copyfileobj(file, out, _PIECE)


def _opened(source: Path) -> BinaryIO:
    try:
        return source.open("rb")
    except OSError as error:
        raise FormatError(source, "", cannot_read(error), message("check its name and its permissions")) from error
