"""The formats that scans are read from: a row each, from which all lists of suffixes follow."""

from __future__ import annotations

import html
import json
import mmap
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Literal

from carreau.base.errors import FormatError, ScanError, cannot_read
from carreau.base.messages import Message, decode_text, message
from carreau.formats.safe_paths import TILES, may_be_tiled, tile_name

if TYPE_CHECKING:
    from carreau.base.model import Scan

Content = Literal["mesh", "points"]

Bytes = bytes | mmap.mmap
_TEXTURE_WORDS = ("bump", "norm", "disp", "decal", "refl")


def _readings(line: bytes) -> Iterator[str]:
    """Give every tail of a line after its keyword: options and several names come first, and names hold spaces."""
    rest = line.split(b"\r")[0].strip().split(maxsplit=1)[1:]
    if not rest:
        return
    text = decode_text(rest[0])
    words = text.split()
    yield text
    for start in range(1, min(len(words), 24)):
        yield text.split(maxsplit=start)[-1]
    yield from words[:24]


def mtl_references(data: Bytes) -> Iterator[str]:
    """Yield the textures of an MTL, and all tiles of those that may have UDIM tiles."""
    for line in data[:].replace(b"\r", b"\n").split(b"\n"):
        word = line.split(maxsplit=1)[:1]
        if word and word[0].lower().startswith((b"map_", *(name.encode() for name in _TEXTURE_WORDS))):
            for name in _readings(line):
                yield name
                yield from (tile_name(name, tile) for tile in TILES if may_be_tiled(name))


REFERENCED: Mapping[str, Callable[[Bytes], Iterator[str]]] = {".mtl": mtl_references}
"""Files that a scan refers to and that refer to more files, by suffix."""

_BOM = b"\xef\xbb\xbf"
_ZIP = b"PK\x03\x04"
_OFF = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#[^\r\n]*[\r\n]\s*)*(?:ST)?C?N?4?n?OFF(?=[\s#])")
_OBJ_LINE = re.compile(rb"(?:^|[\r\n])[ \t]*(?:v|vt|vn|f)[ \t]+[-+\d.]|(?:^|[\r\n])[ \t]*(?:mtllib|usemtl)[ \t]+\S")
_GLTF_KEY = re.compile(rb'"(?:asset|meshes|accessors|bufferViews|scenes)"\s*:')
_COLLADA = re.compile(rb"\s*(?:<\?xml[^>]*>)?\s*(?:<!--.*?-->\s*)*(?:<!DOCTYPE[^<]*)?<(?:\w+:)?COLLADA\b", re.DOTALL)


@dataclass(frozen=True)
class ScanFormat:
    """A format that scans are read from.

    name : identifier
    suffixes : name for people of each suffix, such as `{".glb": "GLB"}`, the preferred one first
    content : what its files hold
    reader : function, `module:function`, that returns the scan in a file and is imported when one is read; it raises
        ScanError, or a narrower one, for anything a file may hold
    magic : first bytes that no other kind of file has
    container : first bytes of a container that holds other kinds too; with one of the suffixes it is of this format
    recognizes : whether a file without these is certainly of this format, by its first 64 KiB and its size
    resembles : whether text may be of this format, by its first 64 KiB and its suffix; only where no format is certain,
        in the order of the rows
    references : yield the names of the files that a file refers to, which are part of the key of the cache
    companions : suffixes of files of the same stem that belong to it without being named, for example ".mtl"
    bounds : function, `module:function`, that returns the (2, 3) least and greatest coordinates in a file, or None,
        without reading the scan; it raises ScanError and OSError
    """

    name: str
    suffixes: Mapping[str, str]
    content: tuple[Content, ...]
    reader: str
    magic: tuple[bytes, ...] = ()
    container: bytes = b""
    recognizes: Callable[[bytes, int], bool] | None = None
    resembles: Callable[[bytes, str], bool] | None = None
    references: Callable[[Bytes], Iterator[str]] | None = None
    companions: tuple[str, ...] = ()
    bounds: str = ""

    def read(self, path: Path) -> Scan:
        """Return the scan in a file; raises ScanError."""
        scan: Scan = resolve_name(self.reader)(path)
        return scan


def _resembles_obj(head: bytes, _suffix: str) -> bool:
    return b"\0" not in head and _OBJ_LINE.search(head.removeprefix(_BOM)) is not None


def _is_gltf_json(head: bytes, _size: int) -> bool:
    text = head.removeprefix(_BOM)
    return text.lstrip().startswith(b"{") and _GLTF_KEY.search(text) is not None


def _is_off(head: bytes, _size: int) -> bool:
    return _OFF.match(head) is not None


def _is_threemf(head: bytes, _size: int) -> bool:
    return head.startswith(_ZIP) and b"3d/3dmodel.model" in head.lower()


def _is_collada(head: bytes, _size: int) -> bool:
    return _COLLADA.match(head[:4096].removeprefix(_BOM)) is not None


def _late(function: str) -> Callable[..., bool]:
    """Return a function that calls another, `module:function`, imported when a file is looked at."""
    return lambda *arguments: bool(resolve_name(function)(*arguments))


_HEADER_BYTES = 1 << 20
_INIT_FROM = re.compile(rb"<(?:\w+:)?(?:init_from|ref)\b[^>]*>([^<]{1,4096})<")


def collada_references(data: Bytes) -> Iterator[str]:
    """Yield the images of a COLLADA document."""
    for match in _INIT_FROM.finditer(data):
        yield html.unescape(match[1].decode("utf-8", "replace")).strip()


def tile_header(head: bytes) -> int:
    """Return the number of bytes before the GLB in a b3dm of 3D Tiles, by its first 28 bytes; 0 for other files.

    Source: OGC 3D Tiles 1.0, Batched 3D Model.
    """
    if head[:4] != B3DM:
        return 0
    return _TILE_HEADER + (sum(struct.unpack_from("<4I", head, 12)) if len(head) >= _TILE_HEADER else 0)


B3DM = b"b3dm"
_TILE_HEADER = 28


def gltf_references(data: Bytes) -> Iterator[str]:
    """Yield the URIs of the buffers and images of a glTF or GLB, without those that hold their data themselves."""
    start = tile_header(data[:28])
    length = struct.unpack("<I", data[start + 12 : start + 16].ljust(4, b"\0"))[0]
    text = data[start + 20 : start + 20 + length] if data[start : start + 4] == b"glTF" else data[:]
    try:
        document = json.loads(text)
        parts = [part for key in ("buffers", "images") for part in document.get(key) or []]
        uris = [part["uri"] for part in parts if isinstance(part, dict) and isinstance(part.get("uri"), str)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    yield from (uri for uri in uris if uri.lstrip()[:5].lower() != "data:")


def obj_references(data: Bytes) -> Iterator[str]:
    """Yield the MTL files of an OBJ."""
    at = data.find(b"mtllib")  # a regular expression anchored to lines takes 100 times as long
    while at >= 0:
        start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", max(at - 1024, 0), at)) + 1
        if not data[start:at].strip():
            end = data.find(b"\n", at)
            yield from _readings(data[at : end if end >= 0 else len(data)])
        at = data.find(b"mtllib", at + 6)


def ply_references(data: Bytes) -> Iterator[str]:
    """Yield the textures that comments in the header of a PLY name."""
    for line in data[:_HEADER_BYTES].split(b"end_header")[0].splitlines():
        words = line.split(maxsplit=2)
        if len(words) == 3 and words[0] == b"comment" and words[1].lower() == b"texturefile":
            yield decode_text(words[2]).strip()


FORMATS: tuple[ScanFormat, ...] = (
    ScanFormat(
        "obj",
        {".obj": "OBJ"},
        ("mesh",),
        "carreau.formats.meshes.obj:read",
        resembles=_resembles_obj,
        references=obj_references,
        companions=(".mtl",),
        bounds="carreau.formats.meshes.obj:bounds",
    ),
    ScanFormat(
        "ply",
        {".ply": "PLY"},
        ("mesh", "points"),
        "carreau.formats.meshes.ply:read",
        (b"ply\n", b"ply\r"),
        references=ply_references,
    ),
    ScanFormat(
        "gltf",
        {".glb": "GLB", ".gltf": "glTF", ".b3dm": "b3dm"},
        ("mesh", "points"),
        "carreau.formats.gltf.gltf:read",
        (b"glTF", B3DM),
        recognizes=_is_gltf_json,
        references=gltf_references,
        bounds="carreau.formats.gltf.gltf_scenes:bounds",
    ),
    ScanFormat(
        "stl",
        {".stl": "STL"},
        ("mesh",),
        "carreau.formats.meshes.stl:read",
        recognizes=_late("carreau.formats.meshes.stl:is_stl"),
    ),
    ScanFormat("off", {".off": "OFF"}, ("mesh",), "carreau.formats.meshes.off:read", recognizes=_is_off),
    ScanFormat(
        "3mf",
        {".3mf": "3MF"},
        ("mesh",),
        "carreau.formats.meshes.threemf:read",
        container=_ZIP,
        recognizes=_is_threemf,
    ),
    ScanFormat(
        "collada",
        {".dae": "COLLADA"},
        ("mesh",),
        "carreau.formats.meshes.collada:read",
        recognizes=_is_collada,
        references=collada_references,
    ),
    ScanFormat("las", {".las": "LAS", ".laz": "LAZ"}, ("points",), "carreau.formats.clouds.las:read", (b"LASF",)),
    ScanFormat("e57", {".e57": "E57"}, ("points",), "carreau.formats.clouds.e57:read", (b"ASTM-E57",)),
    ScanFormat("pcd", {".pcd": "PCD"}, ("points",), "carreau.formats.clouds.pcd:read", (b"# .PCD",)),
    ScanFormat(
        "xyz",
        {".xyz": "XYZ", ".pts": "PTS"},
        ("points",),
        "carreau.formats.clouds.xyz:read",
        resembles=_late("carreau.formats.clouds.xyz:resembles_points"),
    ),
)
"""The formats; where a folder holds tiles in several, equally many of each, the first is read."""


def detect_format(head: bytes, size: int) -> ScanFormat | None:
    """Return the format that a file certainly has by its first bytes and its size in bytes, or None."""
    by_magic = (each for each in FORMATS if each.magic and head.startswith(each.magic))
    recognized = (each for each in FORMATS if each.recognizes and each.recognizes(head, size))
    return next(by_magic, None) or next(recognized, None)


def container_format(head: bytes, suffix: str) -> ScanFormat | None:
    """Return the format of a container, such as a ZIP, by its suffix, or None."""
    rows = (each for each in FORMATS if suffix in each.suffixes and each.container)
    return next((each for each in rows if head.startswith(each.container)), None)


def text_format(head: bytes, suffix: str) -> ScanFormat | None:
    """Return the format that text without a signature seems to have, or None."""
    return next((each for each in FORMATS if each.resembles and each.resembles(head, suffix)), None)


def by_suffix(suffix: str) -> ScanFormat | None:
    """Return the format of a suffix in lower case, or None."""
    return next((each for each in FORMATS if suffix in each.suffixes), None)


def suffixes(content: Content | None = None) -> tuple[str, ...]:
    """Return the suffixes of all formats, or of those that hold a kind of content.

    >>> suffixes("mesh")[:3]
    ('.obj', '.ply', '.glb')
    """
    return tuple(suffix for each in FORMATS for suffix in each.suffixes if content in (None, *each.content))


def list_suffixes(name: str) -> tuple[str, ...]:
    """Return the suffixes of a format by its name.

    >>> list_suffixes("gltf")
    ('.glb', '.gltf', '.b3dm')
    """
    return tuple(suffix for each in FORMATS if each.name == name for suffix in each.suffixes)


def names(content: Content) -> str:
    """Return the names of the formats that hold a kind of content, for a message.

    >>> names("points")
    'LAS, LAZ, E57, PCD, XYZ, PTS, PLY, GLB, glTF, b3dm'
    """
    rows = sorted((each for each in FORMATS if content in each.content), key=lambda each: each.content[0] != content)
    return ", ".join(name for each in rows for name in each.suffixes.values())


def references(path: Path) -> tuple[str, ...]:
    """Return the names a scan or MTL file refers to, as written, each of its possible readings, in order.

    Raises OSError when the file cannot be read.
    """
    if path.stat().st_size == 0:
        return ()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        read = _references(path.suffix.lower(), data)
        return tuple(dict.fromkeys(read(data))) if read else ()


def _references(suffix: str, data: Bytes) -> Callable[[Bytes], Iterator[str]] | None:
    """Return what reads the references: of the format of the first bytes, else of the suffix."""
    if suffix in REFERENCED:
        return REFERENCED[suffix]
    head = data[:16]
    by_magic = next((each for each in FORMATS if each.magic and head.startswith(each.magic)), None)
    own = by_magic or by_suffix(suffix)
    return own.references if own else None


SPLATS = (".splat", ".ksplat", ".spz", ".sog")
"""Suffixes of Gaussian splats."""

_SNIFF_BYTES = 1 << 16
_TO_LAS = message("export it as LAS, LAZ or E57")
_CLOUD = message("it is a point cloud in an unsupported format"), _TO_LAS
_SPLAT = (
    message("it is a Gaussian splat, which has no triangles"),
    message("export a mesh of the same photographs instead"),
)
_PACKED = message("it is an archive"), message("unpack it, and give the mesh inside")
_PICTURE = message("it is an image, not a mesh"), message("give the mesh that uses it")
_TO_GLB = message("export it as GLB, OBJ or PLY")
_MESH = message("its format is not supported"), _TO_GLB
_UTF_16 = message("it is text in UTF-16"), message("save it as UTF-8")


def _describe_unsupported(name: str) -> tuple[Message, Message]:
    return message("its format, %(format)s, is not supported", format=name), _TO_GLB


_FBX = message("its format, FBX, is not supported"), message("open it in Blender, and export it as GLB")

#: First bytes, the cause of the refusal, and the cure.
_MAGIC: tuple[tuple[bytes, Message, Message], ...] = (
    (b"NGSP", *_SPLAT),
    (b"Kaydara FBX", *_FBX),
    (b"; FBX", *_FBX),
    (b"BLENDER", *_describe_unsupported("Blender")),
    (b"PXR-USDC", *_describe_unsupported("USD")),
    (b"#usda", *_describe_unsupported("USD")),
    (b"pnts", message("it is a point cloud of 3D Tiles, which is not supported"), _TO_LAS),
    (b"i3dm", message("it has instances of 3D Tiles, which are not supported"), _TO_GLB),
    (b"cmpt", message("it is several tiles of 3D Tiles in one, which is not supported"), _TO_GLB),
    (b"PK\x03\x04", *_PACKED),
    (b"7z\xbc\xaf'\x1c", *_PACKED),
    (b"Rar!", *_PACKED),
    (b"\x89PNG", *_PICTURE),
    (b"\xff\xd8\xff", *_PICTURE),
    (b"%PDF", message("it is a PDF, not a mesh"), message("give the mesh itself")),
    (b"\xff\xfe", *_UTF_16),
    (b"\xfe\xff", *_UTF_16),
    (
        b"version https://git-lfs",
        message("it is a Git LFS pointer, not the scan itself"),
        message("fetch the scan with `git lfs pull`"),
    ),
)
_XML = re.compile(rb"\s*(?:<\?xml[^>]*>)?\s*(?:<!--.*?-->\s*)*<(?:\w+:)?(X3D|model|kml|html)\b", re.DOTALL)
_BY_NAME: dict[str, tuple[Message, Message]] = {
    **dict.fromkeys(SPLATS, _SPLAT),
    **dict.fromkeys((".ptx", ".rcp", ".rcs", ".fls", ".zfs"), _CLOUD),
    **dict.fromkeys((".3ds", ".blend", ".usdz", ".usd", ".x3d", ".wrl"), _MESH),
    ".fbx": _FBX,
    ".basis": _PICTURE,
    ".mtl": (message("it is a material library, not a mesh"), message("give the OBJ that uses it")),
}


def sniff(path: Path) -> ScanFormat:
    """Return the format of a scan.

    Raises ScanError for a path that is no file or cannot be opened, FormatError for what we do not read.
    """
    head, size = _head(path)
    suffix = path.suffix.lower()
    if certain := detect_format(head, size) or container_format(head, suffix):
        return certain
    _refuse_known(path, head)
    if likely := text_format(head, suffix):
        return likely
    if suffix in _BY_NAME:
        raise FormatError(path, "", *_BY_NAME[suffix])
    if named := by_suffix(suffix):
        return named
    cure = message(
        "give a mesh (%(meshes)s) or a point cloud (%(clouds)s)", meshes=names("mesh"), clouds=names("points")
    )
    raise FormatError(path, "", message("its format is unknown"), cure)


def _head(path: Path) -> tuple[bytes, int]:
    """Return a file's first bytes and its size."""
    if path.is_dir():
        raise ScanError(path, "", message("it is a folder"), message("give the scan inside it"))
    if not path.exists():
        raise ScanError(path, "", message("the file does not exist"), message("check the path"))
    if not path.is_file():
        raise ScanError(path, "", message("it is not a regular file"), message("copy the scan to a file first"))
    try:
        with path.open("rb") as file:
            head, size = file.read(_SNIFF_BYTES), path.stat().st_size
    except OSError as error:
        cause = cannot_read(error)
        raise ScanError(path, "", cause, message("check its permissions")) from error
    if not head:
        raise ScanError(path, "", message("it is empty"), message("copy or export it again"))
    return head, size


def _refuse_known(path: Path, head: bytes) -> None:
    """Raise FormatError for files that are certainly of another kind."""
    if head.startswith(b"\x1f\x8b"):
        if _gunzip_start(head).startswith(b"NGSP"):
            raise FormatError(path, "", *_SPLAT)
        raise FormatError(path, "", message("it is compressed with gzip"), message("unpack it first"))
    if path.suffix.lower() == ".sog":  # a ZIP of images that encode a splat
        raise FormatError(path, "", *_SPLAT)
    for magic, cause, cure in _MAGIC:
        if head.startswith(magic):
            raise FormatError(path, "", cause, cure)
    if match := _XML.match(head[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise FormatError(path, "", *_describe_unsupported(match.group(1).decode()))


def _gunzip_start(head: bytes) -> bytes:
    """Return the first bytes inside a gzip file: a splat of Niantic's SPZ says NGSP there."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 16)
    except zlib.error:
        return b""
