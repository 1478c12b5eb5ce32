"""PDF documents: valid, unencrypted, without active content."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.probe.media_info import MediaInfo, checked_media_type

ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)(?![A-Za-z])")
"""Names of active content and embedded files (ISO 32000-2, 12.6 and 7.11.4)."""

_STREAM = re.compile(rb"/ObjStm\b.*?stream\r?\n", re.DOTALL)
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST_BYTES = 64 << 20
_LAST_BYTES = 2048


def probe_document(path: Path) -> MediaInfo:
    """Probe a PDF; raises FormatError if it is truncated, encrypted, or has active content."""
    media_type = checked_media_type(path)
    content = path.read_bytes()
    if b"%%EOF" not in content[-_LAST_BYTES:]:
        raise FormatError(path, "", message("it is truncated"), message("copy it again"))
    plain = [_decode_names(part) for part in (content, *_streams(content))]
    if any(b"/Encrypt" in part for part in plain):
        raise FormatError(
            path, "", message("it is encrypted"), message("save it without a password, preferably as PDF/A")
        )
    for part in plain:
        if found := ACTIVE.search(part):
            cause = message("it has active content: %(name)s", name=found[1].decode())
            raise FormatError(path, "", cause, message("save it as PDF/A, or print it into a new PDF"))
    return MediaInfo(media_type)


def _decode_names(part: bytes) -> bytes:
    """Return bytes with names as they are meant: `/J#61vaScript` is JavaScript."""
    return _HEX.sub(lambda match: bytes([int(match[1], 16)]), part)


def _streams(content: bytes) -> Iterator[bytes]:
    """Yield the content of object streams, in which newer PDFs store all but their images."""
    for match in _STREAM.finditer(content):
        try:
            yield zlib.decompressobj().decompress(content[match.end() :], _MOST_BYTES)
        except zlib.error:
            continue
