"""Say what the files of the catalogue are, in the words of IANA: the table of a machine may have others."""

from __future__ import annotations

from pathlib import PurePath

GLB, USDZ = "model/gltf-binary", "model/vnd.usdz+zip"

_TYPES = {
    ".aac": "audio/aac", ".avif": "image/avif", ".flac": "audio/flac", ".glb": GLB, ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg", ".m4a": "audio/mp4", ".m4v": "video/mp4", ".mkv": "video/matroska",
    ".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".ogg": "audio/ogg", ".opus": "audio/ogg",
    ".pdf": "application/pdf", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff", ".usdz": USDZ,
    ".wav": "audio/vnd.wave", ".webm": "video/webm", ".webp": "image/webp",
}  # fmt: skip


def media_type(file: str) -> str:
    """Return the media type of a file or address by its ending, empty for one that we do not know."""
    return _TYPES.get(PurePath(file).suffix.lower(), "")
