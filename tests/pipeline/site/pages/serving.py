"""Serve pages to a browser with the headers that they are served with, so that what these forbid is noticed."""

from __future__ import annotations

import json
import struct
import tempfile
import threading
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from carreau_server.responses import has_map
from server.viewer.tools.static_files import build_library

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; "
    "connect-src 'self' blob: data:; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
LIBRARY = "/viewer/model-viewer.js"
_TYPES = {
    "html": "text/html; charset=utf-8", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml",
    "webp": "image/webp", "glb": "model/gltf-binary", "json": "application/json", "wasm": "application/wasm",
    "wav": "audio/wav", "vtt": "text/vtt",
}  # fmt: skip


@contextmanager
def served(
    answers: Mapping[str, tuple[bytes, str]], viewer: Path | None = None, failing: Container[str] = ()
) -> Iterator[str]:
    """Serve answers by path, each with its extension, and the viewer's packages; give the address.

    failing : paths that are answered with 503, as by a server that is too busy
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            is_failing = path in failing
            content, ext = (not is_failing and (answers.get(path) or _library(path, viewer))) or (b"", "")
            self.send_response(503 if is_failing else 200 if ext else 404)
            self.send_header("Content-Type", _TYPES.get(ext, "application/octet-stream"))
            images = "img-src https://data.geopf.fr" if has_map(path) else "img-src"
            self.send_header("Content-Security-Policy", POLICY.replace("img-src", images))
            self.send_header("Content-Length", str(len(content)))
            if path == LIBRARY and ext:  # it is fetched, then run from the cache
                self.send_header("Cache-Control", "public, max-age=31536000, immutable")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _library(path: str, viewer: Path | None) -> tuple[bytes, str] | None:
    return (built_library(), "js") if path == LIBRARY and viewer else None


@cache
def built_library() -> bytes:
    """Return the model library as pages load it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model-viewer.js"
        build_library(path)
        return path.read_bytes()


def triangle() -> bytes:
    """Return the smallest model there is, as GLB."""
    points = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    told = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}], "buffers": [{"byteLength": 36}],
    }  # fmt: skip
    text = json.dumps(told).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", 36, 0x004E4942) + points
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
