"""Read the files of a source within limits: its JSON, and its glTF, which is copied to stand in metres, y up.

Scenes are written by many programs: a member of another type counts as missing, and the reader says what it lacks.

The binary chunk is copied as it is: geometry, textures, skins and clips do not change.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from urllib.parse import unquote

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import Message, message
from carreau.catalogue.site import Triple
from carreau.catalogue.table_reader import FARTHEST

LARGEST_JSON_BYTES = 10_000_000
"""Limit of a scene or manifest: Python's objects take up to 20 times as much. The largest known scene has 0.3 MB."""

MOST_ITEMS = 10_000
"""Of the nodes, annotations and the like of one list that are read."""


def parse_json(content: bytes, path: Path) -> dict[str, Any]:
    """Return the object of a JSON text; raises FormatError for anything else, however deeply it is nested."""
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        reason = message("it is nested too deeply") if isinstance(error, RecursionError) else str(error)[:100]
        cause = message("the JSON cannot be parsed (%(reason)s)", reason=reason)
        raise FormatError(path, "", cause, message("export the scene again")) from error
    if not isinstance(document, dict):
        raise FormatError(path, "", message("the JSON is not an object"), message("export the scene again"))
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def members(value: Any) -> dict[str, Any]:
    """Return an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, or a single one; others are left out, and those over 10,000."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values[:MOST_ITEMS] if isinstance(each, dict)]


def item(values: Any, index: Any) -> dict[str, Any]:
    """Return an object of a list by its index, empty where there is none."""
    is_index = isinstance(values, list) and isinstance(index, int) and not isinstance(index, bool)
    return members(values[index]) if is_index and 0 <= index < len(values) else {}


def string(value: Any) -> str:
    """Return a string, empty for anything else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Return a finite number, None for anything else and for one that the catalogue refuses."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= FARTHEST and math.isfinite(value) else None


def numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """Return a list of so many numbers, None for anything else."""
    if not isinstance(value, list) or len(value) != count:
        return None
    result = [each for each in map(number, value) if each is not None]
    return tuple(result) if len(result) == count else None


def triple(value: Any) -> Triple | None:
    """Return three numbers, None for anything else."""
    values = numbers(value, 3)
    return None if values is None else (values[0], values[1], values[2])


def strings(value: Any) -> Iterator[str]:
    """Yield a string, or the strings of a list."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield each


_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_SHOWN = 80


class NotTakenError(Exception):
    """A file cannot be taken; `reason` says why, as the end of a sentence that names the file."""

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Found:
    """A file beside the source.

    address : where the source says that it is, if that is on the network: then it was found by its name
    """

    path: Path
    address: str = ""


class SourceFolder:
    """The folder of a source.

    document : the source
    base : its address on the network, where it names one; files below it are looked for at the same place below `root`
    """

    def __init__(self, document: Path, base: str = "") -> None:
        """Set the folder."""
        self.root = document.parent
        self._base = base.rpartition("/")[0] + "/" if _is_web(base) else ""

    def find(self, reference: str) -> Found:
        """Return the file of a reference; raises NotTakenError.

        A file whose address is on the network is looked for beside the source, as browsers save it.
        """
        if _is_web(reference):
            return Found(self._find_saved(reference.strip()), shorten_reference(reference))
        if _SCHEME.match(reference):
            raise NotTakenError(
                message(
                    "'%(address)s' is no file beside the source, and only these are read",
                    address=shorten_reference(reference),
                )
            )
        return Found(self._inside(reference))

    def _find_saved(self, address: str) -> Path:
        tails = [_path(address).rpartition("/")[2]]
        if self._base and address.startswith(self._base):
            tails.insert(0, address.removeprefix(self._base))
        for tail in tails:
            try:
                return self._inside(tail)
            except NotTakenError:
                continue
        raise NotTakenError(
            message(
                "it is at %(address)s, and nothing is fetched; save it beside the source, and import again",
                address=shorten_reference(address),
            )
        )

    def _inside(self, reference: str) -> Path:
        name = unquote(_path(reference)).replace("\\", "/").strip()
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or _SCHEME.match(name):
            raise NotTakenError(
                message(
                    "'%(path)s' leads out of the folder of the source; nothing is read there",
                    path=shorten_reference(name),
                )
            )
        path = self.root
        try:
            for part in parts:
                path /= part
                if path.is_symlink():
                    raise NotTakenError(
                        message(
                            "'%(path)s' is a symbolic link, and these are not followed", path=shorten_reference(name)
                        )
                    )
            if parts and path.is_file():
                return path
        except (OSError, ValueError):
            pass  # a name that no file can have
        raise NotTakenError(message("there is no file '%(path)s' beside the source", path=shorten_reference(name)))


def _is_web(reference: str) -> bool:
    text = reference.strip().lower()
    return text.startswith(("http:", "https:", "//"))


def _path(reference: str) -> str:
    """Return a reference without its query and fragment."""
    return reference.strip().partition("#")[0].partition("?")[0]


def shorten_reference(text: str) -> str:
    """Return a reference for a message, with at most 80 characters."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


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
    with _open(source) as file:
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
            part_file = folder.find(uri)
            if part_file.address:
                raise NotTakenError(
                    message("it refers to %(address)s, and nothing is fetched", address=part_file.address)
                )
            part["uri"] = f"part-{number + 1}{part_file.path.suffix.lower()}"
            copy_file(part_file.path, target.parent / part["uri"])
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
    with _open(source) as file, target.open("xb") as out:
        shutil.copyfileobj(file, out, _PIECE)


def _open(source: Path) -> BinaryIO:
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


def move_point(matrix: Matrix, point: Triple) -> Triple:
    """Return a point after a transform.

    >>> move_point(product(translation((1, 0, 0)), even_scaling(0.01)), (100, 50, 0))
    (2.0, 0.5, 0.0)
    """
    x, y, z = (sum(row[place] * part for place, part in enumerate((*point, 1.0))) for row in matrix[:3])
    return round_triple((x, y, z))


def turn_normal(matrix: Matrix, normal: Triple) -> Triple | None:
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
    return round_triple((x / length, y / length, z / length))


def round_triple(triple: Triple) -> Triple:
    """Return coordinates with six decimals, without a negative zero."""
    x, y, z = (round(part, _DECIMALS) + 0.0 for part in triple)
    return x, y, z
