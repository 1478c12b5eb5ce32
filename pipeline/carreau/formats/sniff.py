"""Recognise the format of a scan by its first bytes, and only then by its suffix."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from carreau.base.errors import FormatError, ScanError, cannot_read
from carreau.base.messages import Message, message
from carreau.formats.registry import ScanFormat, by_suffix, container_format, format_of, names, text_format

SPLATS = (".splat", ".ksplat", ".spz", ".sog")
"""Suffixes of Gaussian splats."""

_SNIFF_BYTES = 1 << 16
_CLOUD = message("it is a point cloud in an unsupported format"), message("export it as LAS, LAZ or E57")
_SPLAT = (
    message("it is a Gaussian splat, which has no triangles"),
    message("export a mesh of the same photographs instead"),
)
_PACKED = message("it is an archive"), message("unpack it, and give the mesh inside")
_PICTURE = message("it is an image, not a mesh"), message("give the mesh that uses it")
_TO_GLB = message("export it as GLB, OBJ or PLY")
_MESH = message("its format is not supported"), _TO_GLB
_UTF_16 = message("it is text in UTF-16"), message("save it as UTF-8")


def _unsupported(name: str) -> tuple[Message, Message]:
    return message("its format, %(format)s, is not supported", format=name), _TO_GLB


#: First bytes, the cause of the refusal, and the cure.
_MAGIC: tuple[tuple[bytes, Message, Message], ...] = (
    (b"NGSP", *_SPLAT),
    (b"Kaydara FBX", *_unsupported("FBX")),
    (b"; FBX", *_unsupported("FBX")),
    (b"BLENDER", *_unsupported("Blender")),
    (b"PXR-USDC", *_unsupported("USD")),
    (b"#usda", *_unsupported("USD")),
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
    **dict.fromkeys((".fbx", ".3ds", ".blend", ".usdz", ".usd", ".x3d", ".wrl"), _MESH),
    ".mtl": (message("it is a material library, not a mesh"), message("give the OBJ that uses it")),
}


def sniff(path: Path) -> ScanFormat:
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
        raise FormatError(path, "", *_unsupported(match.group(1).decode()))


def _gunzip_start(head: bytes) -> bytes:
    """Return the first bytes inside a gzip file: a splat of Niantic's SPZ says NGSP there."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 16)
    except zlib.error:
        return b""
