"""Name the files that a scan leans on, without reading its geometry.

It serves the cache's key, so it names too much rather than too little, and leaves every complaint to the readers.
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER_BYTES = 1 << 20
_TEXTURE_WORDS = ("bump", "norm", "disp", "decal", "refl")


def references(path: Path) -> tuple[str, ...]:
    """Return the names a scan or MTL file refers to, as written, each of its possible readings, in order.

    Raises OSError when the file cannot be read.
    """
    if path.stat().st_size == 0:
        return ()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return tuple(dict.fromkeys(_references(path, data)))


def _references(path: Path, data: mmap.mmap) -> Iterator[str]:
    if data[:4] == b"glTF":
        length = struct.unpack("<I", data[12:16].ljust(4, b"\0"))[0]
        return _gltf(data[20 : 20 + length])
    if path.suffix.lower() == ".gltf":
        return _gltf(data[:])
    if data[:3] == b"ply":
        return _ply(data[:_HEADER_BYTES])
    if path.suffix.lower() == ".mtl":
        return _mtl(data[:])
    return _obj(data) if path.suffix.lower() == ".obj" else iter(())


def _obj(data: mmap.mmap) -> Iterator[str]:
    at = data.find(b"mtllib")  # a regular expression anchored to lines takes 100 times as long
    while at >= 0:
        start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", max(at - 1024, 0), at)) + 1
        if not data[start:at].strip():
            end = data.find(b"\n", at)
            yield from _readings(data[at : end if end >= 0 else len(data)])
        at = data.find(b"mtllib", at + 6)


def _mtl(data: bytes) -> Iterator[str]:
    for line in data.replace(b"\r", b"\n").split(b"\n"):
        word = line.split(maxsplit=1)[:1]
        if word and word[0].lower().startswith((b"map_", *(name.encode() for name in _TEXTURE_WORDS))):
            yield from _readings(line)


def _readings(line: bytes) -> Iterator[str]:
    """Give every tail of a line after its keyword: options and several names come first, and names hold spaces."""
    rest = line.split(b"\r")[0].strip().split(maxsplit=1)[1:]
    for encoding in ("utf-8", "latin-1") if rest else ():
        try:
            text = rest[0].decode(encoding)
        except UnicodeDecodeError:
            continue
        words = text.split()
        yield text
        for start in range(1, min(len(words), 24)):
            yield text.split(maxsplit=start)[-1]
        yield from words[:24]
        return


def _ply(header: bytes) -> Iterator[str]:
    for line in header.split(b"end_header")[0].splitlines():
        words = line.split(maxsplit=2)
        if len(words) == 3 and words[0] == b"comment" and words[1].lower() == b"texturefile":
            yield words[2].decode("utf-8", "replace").strip()


def _gltf(text: bytes) -> Iterator[str]:
    try:
        document = json.loads(text)
        parts = [part for key in ("buffers", "images") for part in document.get(key) or []]
        uris = [part["uri"] for part in parts if isinstance(part, dict) and isinstance(part.get("uri"), str)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    yield from (uri for uri in uris if uri.lstrip()[:5].lower() != "data:")
