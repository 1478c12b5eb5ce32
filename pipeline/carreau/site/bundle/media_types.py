"""Media types by suffix, and which of them are compressed."""

from __future__ import annotations

from carreau.exports.formats import FORMATS

MEDIA_TYPES = {each.ending: each.media_type for each in FORMATS if "." not in each.ending} | {
    "avif": "image/avif",
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "glb": "model/gltf-binary",
    "html": "text/html; charset=utf-8",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "opus": "audio/ogg; codecs=opus",
    "pdf": "application/pdf",
    "png": "image/png",
    "sqlite": "application/vnd.sqlite3",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "usdz": "model/vnd.usdz+zip",
    "vtt": "text/vtt; charset=utf-8",
    "wasm": "application/wasm",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
    "zip": "application/zip",
}
"""From the IANA registry; other suffixes are not published."""

COMPRESSED = frozenset(
    [
        *(each.ending for each in FORMATS if each.media_type.endswith(("json", "xml")) and "." not in each.ending),
        "css",
        "csv",
        "glb",
        "html",
        "js",
        "json",
        "svg",
        "txt",
        "vtt",
        "wasm",
        "webmanifest",
        "xml",
    ]
)
"""Suffixes that Brotli makes smaller; others are compressed already, or are not sent to browsers."""

LEAST_GAIN = 0.05
"""Of a file's bytes: a copy that saves less is not worth the decoding on a phone."""
