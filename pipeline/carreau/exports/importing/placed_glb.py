"""Copy a glTF so that it stands in metres, y up: all its scenes are put below a node with the transform.

The binary chunk is copied as it is: geometry, textures, skins and clips do not change.
"""

from __future__ import annotations

import json
import math
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import message
from carreau.catalogue.state import Triple
from carreau.exports.importing.source_json import NotTakenError, SourceFolder, item, members, parse_json, string

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
        children = {child for node in _objects(nodes) for child in indices(node.get("children"))}
        document["scenes"] = [{"nodes": [number for number in range(len(nodes)) if number not in children]}]
        document["scene"] = 0
    for scene in _objects(document["scenes"]):
        roots = indices(scene.get("nodes"))
        on_bones = [root for root in roots if _is_on_bones(nodes, root)]
        if moved := [root for root in roots if root not in on_bones]:
            scene["nodes"] = [len(nodes), *on_bones]
            nodes.append({"name": "placed", "matrix": columns(placed), "children": moved})


def _is_on_bones(nodes: list[Any], index: int) -> bool:
    node = item(nodes, index)
    return "skin" in node and not node.get("children")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def indices(value: Any) -> list[int]:
    """Return the integers of a list, none of anything else."""
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


Matrix = tuple[tuple[float, float, float, float], ...]
"""Four rows, for column vectors."""

IDENTITY: Matrix = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_NEARLY = 1e-9
_DECIMALS = 6
"""Of points in metres, and of directions."""


def product(*matrices: Matrix) -> Matrix:
    """Return the product: the last of the matrices is applied first."""
    result = IDENTITY
    for matrix in matrices:
        rows = [
            tuple(sum(row[place] * matrix[place][column] for place in range(4)) for column in range(4))
            for row in result
        ]
        result = tuple((row[0], row[1], row[2], row[3]) for row in rows)
    return result


def translation(by: Triple) -> Matrix:
    """Return a translation."""
    x, y, z = by
    return ((1.0, 0.0, 0.0, x), (0.0, 1.0, 0.0, y), (0.0, 0.0, 1.0, z), IDENTITY[3])


def scaling(by: Triple) -> Matrix:
    """Return a scaling along the axes."""
    x, y, z = by
    return ((x, 0.0, 0.0, 0.0), (0.0, y, 0.0, 0.0), (0.0, 0.0, z, 0.0), IDENTITY[3])


def even_scaling(by: float) -> Matrix:
    """Return a scaling by the same factor along all axes."""
    return scaling((by, by, by))


def turn(axis: Triple, degrees: float) -> Matrix:
    """Return a rotation about one of the axes `X`, `Y` and `Z`, counter-clockwise as seen against it."""
    half = math.radians(degrees) / 2
    x, y, z = (math.sin(half) * part for part in axis)
    return rotation((x, y, z, math.cos(half)))


def rotation(quaternion: tuple[float, float, float, float]) -> Matrix:
    """Return the rotation of a quaternion x, y, z, w, which need not have length 1; the identity for one of zeros."""
    length = math.sqrt(sum(part * part for part in quaternion))
    if length < _NEARLY:
        return IDENTITY
    x, y, z, w = (part / length for part in quaternion)
    return (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), 0.0),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), 0.0),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), 0.0),
        IDENTITY[3],
    )


def from_columns(values: Sequence[float]) -> Matrix:
    """Return the matrix of 16 values column by column, as glTF has them."""
    rows = [tuple(values[column * 4 + row] for column in range(4)) for row in range(4)]
    return tuple((row[0], row[1], row[2], row[3]) for row in rows)


def columns(matrix: Matrix) -> list[float]:
    """Return the 16 values column by column, as glTF has them."""
    return [matrix[row][column] for column in range(4) for row in range(4)]


def is_identity(matrix: Matrix) -> bool:
    """Return whether a matrix moves nothing by more than a billionth of its size."""
    pairs = zip(matrix, IDENTITY, strict=True)
    return all(abs(a - b) < _NEARLY for row, other in pairs for a, b in zip(row, other, strict=True))


def size_factor(matrix: Matrix) -> float:
    """Return the cube root of how often larger a volume becomes."""
    return math.cbrt(abs(_determinant(matrix)))


def _determinant(matrix: Matrix) -> float:
    (a, b, c, _), (d, e, f, _), (g, h, i, _), _ = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def moved(matrix: Matrix, point: Triple) -> Triple:
    """Return a point after a transform.

    >>> moved(product(translation((1, 0, 0)), even_scaling(0.01)), (100, 50, 0))
    (2.0, 0.5, 0.0)
    """
    x, y, z = (sum(row[place] * part for place, part in enumerate((*point, 1.0))) for row in matrix[:3])
    return rounded((x, y, z))


def turned(matrix: Matrix, normal: Triple) -> Triple | None:
    """Return a normal of a surface after a transform, with length 1; None for one without a direction.

    Its matrix is that of the cofactors: the inverse transposed, times the determinant, whose sign is taken out again.
    """
    (a, b, c, _), (d, e, f, _), (g, h, i, _), _ = matrix
    cofactors = (
        (e * i - f * h, f * g - d * i, d * h - e * g),
        (c * h - b * i, a * i - c * g, b * g - a * h),
        (b * f - c * e, c * d - a * f, a * e - b * d),
    )
    sign = math.copysign(1.0, _determinant(matrix))
    x, y, z = (sign * sum(row[place] * normal[place] for place in range(3)) for row in cofactors)
    length = math.sqrt(x * x + y * y + z * z)
    if length == 0 or not math.isfinite(length):
        return None
    return rounded((x / length, y / length, z / length))


def rounded(triple: Triple) -> Triple:
    """Return coordinates with six decimals, without a negative zero."""
    x, y, z = (round(part, _DECIMALS) + 0.0 for part in triple)
    return x, y, z
