"""Tell from a file's first bytes, and only then from its name, what kind of scan it is."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from pipeline.errors import FormatError, ScanError
from pipeline.formats.registry import Format, by_suffix, container_format, format_of, names, text_format

SPLATS = (".splat", ".ksplat", ".spz", ".sog")
"""Suffixes of Gaussian splats."""

_SNIFF_BYTES = 1 << 16
_CLOUD = ("a point cloud in a format that is not read", "export it as LAS, LAZ or E57")
_SPLAT = ("a Gaussian splat, which has no triangles", "export a mesh of the same photographs instead")
_PACKED = ("an archive", "unpack it and name the mesh inside")
_PICTURE = ("a picture, not a mesh", "name the mesh that uses it")
_OTHER_MESH = "a format that is not read"
_TO_GLB = "export it as GLB, OBJ or PLY"
_MESH = (_OTHER_MESH, _TO_GLB)
#: What begins so, what it is, and the cure.
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"NGSP", *_SPLAT),
    (b"Kaydara FBX", f"FBX: {_OTHER_MESH}", _TO_GLB),
    (b"; FBX", f"FBX: {_OTHER_MESH}", _TO_GLB),
    (b"BLENDER", f"a Blender file: {_OTHER_MESH}", _TO_GLB),
    (b"PXR-USDC", f"USD: {_OTHER_MESH}", _TO_GLB),
    (b"#usda", f"USD: {_OTHER_MESH}", _TO_GLB),
    (b"PK\x03\x04", *_PACKED),
    (b"7z\xbc\xaf'\x1c", *_PACKED),
    (b"Rar!", *_PACKED),
    (b"\x89PNG", *_PICTURE),
    (b"\xff\xd8\xff", *_PICTURE),
    (b"%PDF", "a PDF, not a mesh", "name the mesh itself"),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the scan itself", "fetch it with `git lfs pull`"),
)
_XML = re.compile(rb"\s*(?:<\?xml[^>]*>)?\s*(?:<!--.*?-->\s*)*<(?:\w+:)?(X3D|model|kml|html)\b", re.DOTALL)
_BY_NAME: dict[str, tuple[str, str]] = {
    **dict.fromkeys(SPLATS, _SPLAT),
    **dict.fromkeys((".ptx", ".rcp", ".rcs", ".fls", ".zfs"), _CLOUD),
    **dict.fromkeys((".fbx", ".3ds", ".blend", ".usdz", ".usd", ".x3d", ".wrl"), _MESH),
    ".mtl": ("a material library, not a mesh", "name the OBJ that uses it"),
}


def sniff(path: Path) -> Format:
    """Return the format of a scan.

    Raises ScanError for a path that is no file or cannot be opened, FormatError for what we do not read.
    """
    head, size = _head(path)
    suffix = path.suffix.lower()
    if certain := format_of(head, size) or container_format(head, suffix):
        return certain
    _refuse_known(path, head)
    if likely := text_format(head, suffix):
        return likely
    if suffix in _BY_NAME:
        cause, cure = _BY_NAME[suffix]
        raise FormatError(path, "", f"it is {cause}", cure)
    if named := by_suffix(suffix):
        return named
    raise FormatError(
        path,
        "",
        "its format is unknown",
        f"give a mesh ({names('mesh')}) or points ({names('points')})",
    )


def _head(path: Path) -> tuple[bytes, int]:
    """Return a file's first bytes and its size."""
    if path.is_dir():
        raise ScanError(path, "", "it is a folder", "name the scan inside it")
    if not path.exists():
        raise ScanError(path, "", "there is no such file", "check the path")
    if not path.is_file():
        raise ScanError(path, "", "it is not a regular file", "copy the scan to a file first")
    try:
        with path.open("rb") as file:
            head, size = file.read(_SNIFF_BYTES), path.stat().st_size
    except OSError as error:
        raise ScanError(path, "", f"it cannot be opened ({error.strerror})", "check its permissions") from error
    if not head:
        raise ScanError(path, "", "it is empty", "copy or export it again")
    return head, size


def _refuse_known(path: Path, head: bytes) -> None:
    """Refuse what says clearly that it is something else."""
    if head.startswith(b"\x1f\x8b"):
        cause, cure = _SPLAT if _gunzip_start(head).startswith(b"NGSP") else ("compressed with gzip", "unpack it first")
        raise FormatError(path, "", f"it is {cause}", cure)
    if path.suffix.lower() == ".sog":  # a ZIP with pictures, in which a splat is packed
        raise FormatError(path, "", f"it is {_SPLAT[0]}", _SPLAT[1])
    for magic, cause, cure in _MAGIC:
        if head.startswith(magic):
            raise FormatError(path, "", f"it is {cause}", cure)
    if match := _XML.match(head[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise FormatError(path, "", f"it is {match.group(1).decode()} (XML): {_OTHER_MESH}", _TO_GLB)


def _gunzip_start(head: bytes) -> bytes:
    """Return the first bytes inside a gzip file: a splat of Niantic's SPZ says NGSP there."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 16)
    except zlib.error:
        return b""
