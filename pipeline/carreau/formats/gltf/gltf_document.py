"""The container of a glTF: its JSON, and its buffers and views as bytes whose bounds were checked."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import meshopt
import numpy as np

from carreau.base.errors import FormatError, ScanError, cannot_read
from carreau.base.messages import Message, message
from carreau.base.model import ByteArray
from carreau.formats.registry import tile_header
from carreau.formats.safe_paths import beside

_MAGIC = b"glTF"
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_CUT = message("copy or export it again")
_TO_GLTF_2 = message("export it as glTF 2.0")
_CHECK_FILE = message("check that the file exists and is readable")
_HEADER = message("header")
MESHOPT = ("KHR_meshopt_compression", "EXT_meshopt_compression")


@dataclass(frozen=True)
class BufferView:
    """The bytes of one bufferView.

    data : (k,) uint8
    stride : bytes from one element to the next, or 0 when they are packed
    """

    data: ByteArray
    stride: int


@dataclass(frozen=True)
class JsonElement:
    """A JSON object of a glTF with its file and its place there."""

    file: Path
    place: str
    members: dict[str, Any]

    def error(self, cause: Message, key: str = "") -> FormatError:
        """Return the error for a member of this object."""
        place = ".".join(part for part in (self.place, key) if part)
        return FormatError(self.file, place, cause, _CURE)

    def has(self, key: str) -> bool:
        """Return whether a member is present and not null."""
        return self.members.get(key) is not None

    def integer(self, key: str, default: int | None = None) -> int:
        """Return a non-negative integer. Raises FormatError."""
        value = self.members.get(key)
        if value is None and default is not None:
            return default
        return self._whole(value, key)

    def integers(self, key: str) -> list[int]:
        """Return a list of non-negative integers, empty when absent. Raises FormatError."""
        return [self._whole(value, key) for value in self._list(key)]

    def number(self, key: str, default: float) -> float:
        """Return a finite number. Raises FormatError."""
        value = self.members.get(key)
        return default if value is None else self._finite(value, key)

    def numbers(self, key: str, count: int) -> list[float] | None:
        """Return `count` finite numbers, or None when absent. Raises FormatError."""
        if not self.has(key):
            return None
        values = self._list(key)
        if len(values) != count:
            raise self.error(expected_values(count, len(values)), key)
        return [self._finite(value, key) for value in values]

    def text(self, key: str, default: str = "") -> str:
        """Return a string. Raises FormatError."""
        value = self.members.get(key, default)
        if not isinstance(value, str):
            raise self.error(message("not a string"), key)
        return value

    def flag(self, key: str) -> bool:
        """Return whether a member is true."""
        return self.members.get(key) is True

    def child(self, key: str) -> JsonElement | None:
        """Return the object under a key, or None when absent. Raises FormatError."""
        return JsonElement(self.file, self._place(key), self._object(self.members[key], key)) if self.has(key) else None

    def children(self, key: str) -> list[JsonElement]:
        """Return the objects of a list, empty when absent. Raises FormatError."""
        return [
            JsonElement(self.file, self._place(f"{key}[{index}]"), self._object(value, f"{key}[{index}]"))
            for index, value in enumerate(self._list(key))
        ]

    def item(self, key: str, index: int, wanted_by: JsonElement) -> JsonElement:
        """Return one object of a list. Raises FormatError for `wanted_by` when the index is past its end."""
        values = self._list(key)
        if index >= len(values):
            raise wanted_by.error(missing_item(key, index))
        name = f"{key}[{index}]"
        return JsonElement(self.file, self._place(name), self._object(values[index], name))

    def extension(self, *names: str) -> JsonElement | None:
        """Return the first of these extensions that is present, or None."""
        extensions = self.child("extensions")
        for name in names if extensions is not None else ():
            if extensions is not None and extensions.has(name):
                return extensions.child(name)
        return None

    def texts(self, key: str) -> list[str]:
        """Return the strings of a list, empty when absent."""
        return [value for value in self._list(key) if isinstance(value, str)]

    def _place(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def _list(self, key: str) -> list[Any]:
        value = self.members.get(key)
        if value is not None and not isinstance(value, list):
            raise self.error(message("not an array"), key)
        return value or []

    def _object(self, value: object, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(message("not an object"), key)
        return value

    def _whole(self, value: object, key: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
            raise self.error(message("missing") if value is None else message("not a non-negative integer"), key)
        return value

    def _finite(self, value: object, key: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _HUGE:
            raise self.error(message("not a finite number"), key)
        return float(value)


@dataclass(eq=False)
class Document:
    """An opened glTF.

    chunk : the binary chunk of a GLB, or None
    size_bytes : of the container, an upper bound for counts without data
    files : files read so far, the scan first
    is_tile : whether the GLB is in a b3dm of 3D Tiles
    """

    path: Path
    root: JsonElement
    chunk: ByteArray | None
    size_bytes: int
    files: list[Path] = field(default_factory=list)
    is_tile: bool = False
    _buffers: dict[int, ByteArray] = field(default_factory=dict)
    _views: dict[int, BufferView] = field(default_factory=dict)

    def view(self, index: int, wanted_by: JsonElement) -> BufferView:
        """Return a bufferView's bytes, decompressed where meshopt packed them. Raises FormatError, UnsafePathError."""
        if index not in self._views:
            element = self.root.item("bufferViews", index, wanted_by)
            packed = element.extension(*MESHOPT)
            stride = element.integer("byteStride", 0)
            if packed is None:
                self._views[index] = BufferView(self._slice(element), stride)
            else:
                data = decompress(packed, self._slice(packed), element.integer("byteLength"))
                self._views[index] = BufferView(data, stride or packed.integer("byteStride"))
        return self._views[index]

    def _slice(self, element: JsonElement) -> ByteArray:
        """Return the bytes of an element with buffer, byteOffset and byteLength."""
        buffer = self._buffer(element.integer("buffer"), element)
        start, length = element.integer("byteOffset", 0), element.integer("byteLength")
        if start + length > len(buffer):
            raise element.error(
                message(
                    "ends at byte %(end)s, but its buffer ends at byte %(size)s", end=start + length, size=len(buffer)
                )
            )
        return buffer[start : start + length]

    def _buffer(self, index: int, wanted_by: JsonElement) -> ByteArray:
        if index not in self._buffers:
            element = self.root.item("buffers", index, wanted_by)
            data = self._load(index, element)
            claimed = element.integer("byteLength", len(data))
            if claimed > len(data):
                raise element.error(_describe_truncation(claimed, len(data)))
            self._buffers[index] = data[:claimed]
        return self._buffers[index]

    def _load(self, index: int, element: JsonElement) -> ByteArray:
        """Return a buffer's bytes from its URI, or from the GLB's own chunk."""
        if not element.has("uri"):
            if index == 0 and self.chunk is not None:
                return self.chunk
            raise element.error(message("neither a URI nor a binary chunk"))
        source = resolve_uri(self.path, element.text("uri"), element.place)
        if source is None:
            cause = message("the file '%(name)s' is missing", name=element.text("uri")[:80])
            raise FormatError(self.path, element.place, cause, message("put the file beside the scan"))
        return np.frombuffer(source if isinstance(source, bytes) else self.read(source), np.uint8)

    def read(self, file: Path) -> bytes:
        """Return a file's bytes and add it to the files of the scan. Raises FormatError."""
        try:
            data = file.read_bytes()
        except OSError as error:
            cause = message("the file '%(name)s' cannot be read (%(error)s)", name=file.name, error=str(error.strerror))
            raise FormatError(self.path, "", cause, _CHECK_FILE) from error
        self.remember(file)
        return data

    def remember(self, file: Path) -> None:
        """Add a file to the files of the scan."""
        if file not in self.files:
            self.files.append(file)


def open_document(path: Path) -> Document:
    """Open a .glb or .gltf file, or the GLB in a b3dm. Raises FormatError for other files and other versions than 2."""
    try:
        data = path.read_bytes()
    except OSError as error:
        cause = cannot_read(error)
        raise FormatError(path, "", cause, _CHECK_FILE) from error
    start = tile_header(data)
    glb = data[start:]
    text, chunk = _chunks(path, glb) if start or glb[:4] == _MAGIC else (glb, None)
    root = parse(path, text)
    if start:
        _add_place(path, root, data)
    asset = root.child("asset")
    version = asset.text("version") if asset is not None else ""
    if not version.startswith("2."):
        cause = (
            message("glTF version %(version)s is not supported", version=version[:20])
            if version
            else message("not a glTF file: asset.version is missing")
        )
        raise FormatError(path, "asset", cause, _TO_GLTF_2)
    return Document(path, root, chunk, len(data), [path], is_tile=start > 0)


def _add_place(path: Path, root: JsonElement, tile: bytes) -> None:
    """Give a glTF the place on the globe that its b3dm states, as the extension CESIUM_RTC does."""
    (length,) = struct.unpack_from("<I", tile, 12)
    features = parse(path, tile[28 : 28 + length]) if length else None
    if features is not None and features.has(_CENTER):
        extensions = root.members.setdefault("extensions", {})
        if isinstance(extensions, dict):
            extensions.setdefault(ON_GLOBE, {"center": features.members[_CENTER]})


_CENTER, ON_GLOBE = "RTC_CENTER", "CESIUM_RTC"


def refuse_required(root: JsonElement, is_supported: Callable[[str], bool]) -> None:
    """Raise ScanError for the first of `extensionsRequired` that is not supported."""
    for name in root.texts("extensionsRequired"):
        if not is_supported(name):
            cause = message("requires the extension %(name)s, which is not supported", name=name[:60])
            raise ScanError(root.file, "extensionsRequired", cause, message("export it without that extension"))


def _chunks(path: Path, data: bytes) -> tuple[bytes, ByteArray | None]:
    """Return the JSON text and the binary chunk of a GLB."""
    if len(data) < 20:
        raise FormatError(path, _HEADER, _describe_truncation(20, len(data)), _CUT)
    if data[:4] != _MAGIC:
        raise FormatError(path, _HEADER, message("the tile does not contain a GLB"), _CUT)
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        cause = message("GLB version %(version)s is not supported", version=str(version))
        raise FormatError(path, _HEADER, cause, _TO_GLTF_2)
    if length > len(data):
        raise FormatError(path, _HEADER, _describe_truncation(length, len(data)), _CUT)
    text, chunk, offset = None, None, 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        if offset + 8 + size > length:
            place = message("chunk at byte %(byte)s", byte=offset)
            raise FormatError(path, place, message("ends past the end of the file"), _CUT)
        if kind == _JSON_CHUNK and text is None:
            text = data[offset + 8 : offset + 8 + size]
        elif kind == _BINARY_CHUNK and chunk is None:
            chunk = np.frombuffer(data, np.uint8, size, offset + 8)
        offset += 8 + size + -size % 4
    if text is None:
        raise FormatError(path, _HEADER, message("the JSON chunk is missing"), _CUT)
    return text, chunk


def _describe_truncation(expected: int, present: int) -> Message:
    return message("truncated (bytes expected: %(expected)s, present: %(present)s)", expected=expected, present=present)


def resolve_uri(scan: Path, uri: str, place: str) -> Path | bytes | None:
    """Return the bytes of a data URI, the path of a relative URI, or None when that file is missing.

    Raises FormatError for broken base64 and UnsafePathError as `files.beside` does.
    """
    if uri[:5].lower() == "data:":
        return _payload(scan, uri, place)
    return beside(scan, uri)


def _payload(scan: Path, uri: str, place: str) -> bytes:
    """Decode what follows the comma of a data URI."""
    head, comma, body = uri.partition(",")
    try:
        if not comma:
            raise ValueError("no comma")
        if head.lower().endswith(";base64"):
            return base64.b64decode(body if "%" not in body else unquote_to_bytes(body), validate=False)
        return unquote_to_bytes(body)
    except (ValueError, binascii.Error) as error:
        cause = message("the data URI cannot be decoded (%(error)s)", error=str(error))
        raise FormatError(scan, place, cause, message("export it again")) from error


_MODES = ("ATTRIBUTES", "TRIANGLES", "INDICES")
_FILTERS = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR")
#: Codec version 1 stores 4 byte columns of 256 equal elements in one byte, its best ratio.
_BEST_RATIO = 1024


def decompress(packed: JsonElement, data: ByteArray, wanted_bytes: int) -> ByteArray:
    """Return (wanted_bytes,) uint8 from the extension object `packed` and the compressed bytes it points to.

    Raises FormatError for an unknown mode or filter, sizes that disagree, or broken data.
    """
    count, stride = packed.integer("count"), packed.integer("byteStride")
    mode, filter_ = packed.text("mode"), packed.text("filter", "NONE")
    if mode not in _MODES or filter_ not in _FILTERS:
        raise packed.error(
            message("unsupported mode '%(mode)s' or filter '%(filter)s'", mode=mode[:20], filter=filter_[:20])
        )
    if count * stride != wanted_bytes:
        raise packed.error(
            message(
                "count × byteStride is %(size)s, but byteLength is %(expected)s",
                size=count * stride,
                expected=wanted_bytes,
            )
        )
    if not count:
        return np.zeros(0, np.uint8)
    most = len(data) * _BEST_RATIO if mode == "ATTRIBUTES" else len(data) * 3 * stride
    if wanted_bytes > most:
        raise packed.error(message("the compressed data is too short (elements: %(count)s)", count=count))
    try:
        unpacked = meshopt.decode_gltf_buffer(data, count, stride, mode, filter_ if mode == "ATTRIBUTES" else None)
    except (ValueError, RuntimeError) as error:
        raise packed.error(message("the meshopt data is corrupt (%(error)s)", error=str(error))) from error
    return np.ascontiguousarray(unpacked).view(np.uint8).reshape(-1)


_CURE = message("export it again, or check it with the Khronos glTF Validator")
_LARGEST = 1 << 53
_HUGE = 1e300


def missing_item(key: str, index: int) -> Message:
    """Return the cause of an index past the end of the list `key`."""
    return message("refers to %(item)s, which does not exist", item=f"{key}[{index}]")


def expected_values(expected: int, count: int) -> Message:
    """Return the cause of a list of the wrong length."""
    return message("wrong number of values (expected: %(expected)s, found: %(count)s)", expected=expected, count=count)


def vertex_out_of_range(index: int, count: int) -> Message:
    """Return the cause of a vertex index past the last of `count` vertices."""
    return message("vertex index %(index)s is out of range (vertices: %(count)s)", index=index, count=count)


def parse(file: Path, text: bytes) -> JsonElement:
    """Return the root object of a glTF's JSON text. Raises FormatError."""
    try:
        root = json.loads(text.decode("utf-8-sig"), parse_constant=_refuse)
        if b"\\ud" in text.lower():  # a lone surrogate cannot be encoded as UTF-8
            root = json.loads(json.dumps(root, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise FormatError(file, "JSON", message("cannot be parsed (%(error)s)", error=str(error)), _CURE) from error
    if not isinstance(root, dict):
        raise FormatError(file, "JSON", message("not an object"), _CURE)
    return JsonElement(file, "", root)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
