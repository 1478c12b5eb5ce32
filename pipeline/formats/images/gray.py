"""Tell from the header of a PNG or JPEG whether the image has no colour."""

from __future__ import annotations

from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_COLOR_TYPE = 25
_PNG_GRAY = (0, 4)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HEADER_BYTES = 1 << 18


def is_gray(image: Path) -> bool:
    """Say whether the image has one colour channel; False when its header does not tell."""
    with image.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if header.startswith(_PNG):
        return len(header) > _PNG_COLOR_TYPE and header[_PNG_COLOR_TYPE] in _PNG_GRAY
    return header.startswith(b"\xff\xd8") and _jpeg_channels(header) == 1


def _jpeg_channels(header: bytes) -> int | None:
    """Walk the segments of a JPEG to its frame, which says the number of channels."""
    at = 2
    while at + 9 < len(header) and header[at] == 0xFF:
        if header[at + 1] in _FRAMES:
            return header[at + 9]
        at += 2 + int.from_bytes(header[at + 2 : at + 4], "big")
    return None
