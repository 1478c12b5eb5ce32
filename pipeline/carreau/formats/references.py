"""Names of the files that a scan refers to, without reading its geometry.

They are part of the key of the cache: better too many names than too few. Errors are left to the readers.
"""

from __future__ import annotations

import html
import json
import mmap
import re
import struct
from collections.abc import Iterator

from carreau.base.text_encoding import decode_text
from carreau.formats.io.udim import TILES, may_be_tiled, tile_name

Bytes = bytes | mmap.mmap
_HEADER_BYTES = 1 << 20
_INIT_FROM = re.compile(rb"<(?:\w+:)?(?:init_from|ref)\b[^>]*>([^<]{1,4096})<")
_TEXTURE_WORDS = ("bump", "norm", "disp", "decal", "refl")


def obj_references(data: Bytes) -> Iterator[str]:
    """Yield the MTL files of an OBJ."""
    at = data.find(b"mtllib")  # a regular expression anchored to lines takes 100 times as long
    while at >= 0:
        start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", max(at - 1024, 0), at)) + 1
        if not data[start:at].strip():
            end = data.find(b"\n", at)
            yield from _readings(data[at : end if end >= 0 else len(data)])
        at = data.find(b"mtllib", at + 6)


def mtl_references(data: Bytes) -> Iterator[str]:
    """Yield the textures of an MTL, and all tiles of those that may have UDIM tiles."""
    for line in data[:].replace(b"\r", b"\n").split(b"\n"):
        word = line.split(maxsplit=1)[:1]
        if word and word[0].lower().startswith((b"map_", *(name.encode() for name in _TEXTURE_WORDS))):
            for name in _readings(line):
                yield name
                yield from (tile_name(name, tile) for tile in TILES if may_be_tiled(name))


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


def ply_references(data: Bytes) -> Iterator[str]:
    """Yield the textures that comments in the header of a PLY name."""
    for line in data[:_HEADER_BYTES].split(b"end_header")[0].splitlines():
        words = line.split(maxsplit=2)
        if len(words) == 3 and words[0] == b"comment" and words[1].lower() == b"texturefile":
            yield decode_text(words[2]).strip()


def collada_references(data: Bytes) -> Iterator[str]:
    """Yield the images of a COLLADA document."""
    for match in _INIT_FROM.finditer(data):
        yield html.unescape(match[1].decode("utf-8", "replace")).strip()


def gltf_references(data: Bytes) -> Iterator[str]:
    """Yield the URIs of the buffers and images of a glTF or GLB, without those that hold their data themselves."""
    length = struct.unpack("<I", data[12:16].ljust(4, b"\0"))[0]
    text = data[20 : 20 + length] if data[:4] == b"glTF" else data[:]
    try:
        document = json.loads(text)
        parts = [part for key in ("buffers", "images") for part in document.get(key) or []]
        uris = [part["uri"] for part in parts if isinstance(part, dict) and isinstance(part.get("uri"), str)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    yield from (uri for uri in uris if uri.lstrip()[:5].lower() != "data:")
