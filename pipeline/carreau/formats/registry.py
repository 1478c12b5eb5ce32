"""The formats that scans are read from: one row each, from which every list of suffixes and names is derived.

Readers are imported when they are needed, because each brings its own libraries: a loader imports its module inside the
function, where the type checker and the fingerprint of the cache both see it.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from carreau.formats.references import (
    Bytes,
    collada_references,
    gltf_references,
    mtl_references,
    obj_references,
    ply_references,
)

if TYPE_CHECKING:
    from carreau.base.model import Scan

Content = Literal["mesh", "points"]
REFERENCED: Mapping[str, Callable[[Bytes], Iterator[str]]] = {".mtl": mtl_references}
"""Files that a scan refers to and that refer to more files, by suffix."""

_BOM = b"\xef\xbb\xbf"
_ZIP = b"PK\x03\x04"
_OFF = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#[^\r\n]*[\r\n]\s*)*(?:ST)?C?N?4?n?OFF(?=[\s#])")
_OBJ_LINE = re.compile(rb"(?:^|[\r\n])[ \t]*(?:v|vt|vn|f)[ \t]+[-+\d.]|(?:^|[\r\n])[ \t]*(?:mtllib|usemtl)[ \t]+\S")
_GLTF_KEY = re.compile(rb'"(?:asset|meshes|accessors|bufferViews|scenes)"\s*:')
_COLLADA = re.compile(rb"\s*(?:<\?xml[^>]*>)?\s*(?:<!--.*?-->\s*)*(?:<!DOCTYPE[^<]*)?<(?:\w+:)?COLLADA\b", re.DOTALL)
_POINT_TEXTS = (".xyz", ".pts", ".txt", ".asc", ".csv")


@dataclass(frozen=True)
class ScanFormat:
    """A format that scans are read from.

    name : identifier
    suffixes : name for people of each suffix, such as `{".glb": "GLB"}`, the preferred one first
    content : what its files hold
    load : return the scan in a file; raises ScanError, or a narrower one, for anything a file may hold
    magic : first bytes that no other kind of file has
    container : first bytes of a container that holds other kinds too; with one of the suffixes it is of this format
    recognizes : whether a file without these is certainly of this format, by its first 64 KiB and its size
    resembles : whether text may be of this format, by its first 64 KiB and its suffix; only where no format is certain,
        in the order of the rows
    references : yield the names of the files that a file refers to, which are part of the key of the cache
    companions : suffixes of files of the same stem that belong to it without being named, for example ".mtl"
    """

    name: str
    suffixes: Mapping[str, str]
    content: tuple[Content, ...]
    load: Callable[[Path], Scan]
    magic: tuple[bytes, ...] = ()
    container: bytes = b""
    recognizes: Callable[[bytes, int], bool] | None = None
    resembles: Callable[[bytes, str], bool] | None = None
    references: Callable[[Bytes], Iterator[str]] | None = None
    companions: tuple[str, ...] = ()


def _obj(path: Path) -> Scan:
    from carreau.formats.meshes import obj

    return obj.read(path)


def _resembles_obj(head: bytes, _suffix: str) -> bool:
    return b"\0" not in head and _OBJ_LINE.search(head.removeprefix(_BOM)) is not None


def _ply(path: Path) -> Scan:
    from carreau.formats.meshes import ply

    return ply.read(path)


def _gltf(path: Path) -> Scan:
    from carreau.formats.gltf import gltf

    return gltf.read(path)


def _is_gltf_json(head: bytes, _size: int) -> bool:
    text = head.removeprefix(_BOM)
    return text.lstrip().startswith(b"{") and _GLTF_KEY.search(text) is not None


def _stl(path: Path) -> Scan:
    from carreau.formats.meshes import stl

    return stl.read(path)


def _is_stl(head: bytes, size: int) -> bool:
    from carreau.formats.meshes import stl

    return stl.is_binary(head, size) or (stl.is_text(head, size) and b"facet" in head.lower())


def _off(path: Path) -> Scan:
    from carreau.formats.interchange import off

    return off.read(path)


def _is_off(head: bytes, _size: int) -> bool:
    return _OFF.match(head) is not None


def _threemf(path: Path) -> Scan:
    from carreau.formats.interchange import threemf

    return threemf.read(path)


def _is_threemf(head: bytes, _size: int) -> bool:
    return head.startswith(_ZIP) and b"3d/3dmodel.model" in head.lower()


def _collada(path: Path) -> Scan:
    from carreau.formats.interchange import collada

    return collada.read(path)


def _is_collada(head: bytes, _size: int) -> bool:
    return _COLLADA.match(head[:4096].removeprefix(_BOM)) is not None


def _las(path: Path) -> Scan:
    from carreau.formats.clouds import las

    return las.read(path)


def _e57(path: Path) -> Scan:
    from carreau.formats.clouds import e57

    return e57.read(path)


def _pcd(path: Path) -> Scan:
    from carreau.formats.clouds import pcd

    return pcd.read(path)


def _xyz(path: Path) -> Scan:
    from carreau.formats.clouds import xyz

    return xyz.read(path)


def _resembles_xyz(head: bytes, suffix: str) -> bool:
    from carreau.formats.clouds.xyz import looks_like_points

    return suffix in _POINT_TEXTS and looks_like_points(head)


FORMATS: tuple[ScanFormat, ...] = (
    ScanFormat(
        "obj", {".obj": "OBJ"}, ("mesh",), _obj,
        resembles=_resembles_obj, references=obj_references, companions=(".mtl",),
    ),
    ScanFormat("ply", {".ply": "PLY"}, ("mesh", "points"), _ply, (b"ply\n", b"ply\r"), references=ply_references),
    ScanFormat(
        "gltf", {".glb": "GLB", ".gltf": "glTF"}, ("mesh",), _gltf, (b"glTF",),
        recognizes=_is_gltf_json, references=gltf_references,
    ),
    ScanFormat("stl", {".stl": "STL"}, ("mesh",), _stl, recognizes=_is_stl),
    ScanFormat("off", {".off": "OFF"}, ("mesh",), _off, recognizes=_is_off),
    ScanFormat("3mf", {".3mf": "3MF"}, ("mesh",), _threemf, container=_ZIP, recognizes=_is_threemf),
    ScanFormat(
        "collada", {".dae": "COLLADA"}, ("mesh",), _collada,
        recognizes=_is_collada, references=collada_references,
    ),
    ScanFormat("las", {".las": "LAS", ".laz": "LAZ"}, ("points",), _las, (b"LASF",)),
    ScanFormat("e57", {".e57": "E57"}, ("points",), _e57, (b"ASTM-E57",)),
    ScanFormat("pcd", {".pcd": "PCD"}, ("points",), _pcd, (b"# .PCD",)),
    ScanFormat("xyz", {".xyz": "XYZ", ".pts": "PTS"}, ("points",), _xyz, resembles=_resembles_xyz),
)  # fmt: skip
"""The formats; where a folder holds tiles in several, equally many of each, the first is read."""


def format_of(head: bytes, size: int) -> ScanFormat | None:
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


def suffixes_of(name: str) -> tuple[str, ...]:
    """Return the suffixes of a format by its name.

    >>> suffixes_of("gltf")
    ('.glb', '.gltf')
    """
    return tuple(suffix for each in FORMATS if each.name == name for suffix in each.suffixes)


def names(content: Content) -> str:
    """Return the names of the formats that hold a kind of content, for a message.

    >>> names("points")
    'LAS, LAZ, E57, PCD, XYZ, PTS, PLY'
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
