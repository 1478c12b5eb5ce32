"""The Brotli copy is the same file, smaller, for every decoder."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import numpy as np
import pytest

from carreau.base.model import EncodedImage, LevelMesh, Mesh
from carreau.base.tools import node
from carreau.formats.images import image_codecs
from carreau.geometry.triangles import vertex_normals
from carreau.models.stages.encode import LARGE, LONGEST_BLOCK, compress, estimate, store_blocks
from carreau.models.stages.pack import GltfPackOptions, pack
from tests.browser import Browser, loaded, opened, until


@pytest.fixture(scope="module")
def noise() -> bytes:
    """Bytes that no codec makes fewer."""
    return np.random.default_rng(1).bytes(700_000)


@pytest.fixture
def level(bumpy_sheet: Mesh) -> bytes:
    """A GLB with a texture of 300 kB behind its geometry."""
    normals = vertex_normals(bumpy_sheet.positions, bumpy_sheet.faces)
    mesh = LevelMesh(bumpy_sheet.positions, normals, bumpy_sheet.faces, bumpy_sheet.positions[:, :2].copy())
    texels = np.random.default_rng(2).integers(0, 256, (512, 512, 3)).astype(np.uint8)
    picture = EncodedImage(image_codecs.encode_webp(texels, 90), image_codecs.WEBP_TYPE)
    return pack(mesh, {"base": picture}, GltfPackOptions())


def test_it_comes_back_as_it_was() -> None:
    data = b"carreau " * 1000
    packed = compress(data)
    assert brotli.decompress(packed) == data
    assert len(packed) < len(data) // 10
    assert compress(data) == packed


def test_large_files_come_back_too() -> None:
    data = bytes(range(256)) * (LARGE // 256 + 1)
    assert brotli.decompress(compress(data)) == data


@pytest.mark.parametrize("length", [1, 15, 65_535, 65_536, 65_537, (1 << 20) + 1, LONGEST_BLOCK, LONGEST_BLOCK + 1])
def test_stored_blocks_of_any_length_come_back(length: int) -> None:
    data = bytes(length - 1) + b"!"
    stream = brotli.Compressor(quality=5, lgwin=24)
    packed = stream.process(b"head") + stream.flush() + b"".join(store_blocks(data)) + b"\x03"
    assert brotli.decompress(packed) == b"head" + data


def test_what_cannot_shrink_at_the_end_is_stored(noise: bytes) -> None:
    head = b"carreau " * 20_000
    packed = compress(head + noise)
    assert brotli.decompress(packed) == head + noise
    assert noise[-600_000:] in packed
    assert len(packed) < len(noise) + 40_000


def test_only_noise_is_stored_and_nothing_is_nothing(noise: bytes) -> None:
    assert brotli.decompress(compress(noise)) == noise
    assert len(compress(noise)) < 1.001 * len(noise)
    assert brotli.decompress(compress(b"")) == b""


def test_what_shrinks_at_the_end_is_compressed(noise: bytes) -> None:
    data = noise[:200_000] + b"carreau " * 20_000
    packed = compress(data)
    assert brotli.decompress(packed) == data
    assert len(packed) < 201_000


def test_the_texture_of_a_level_is_stored_and_its_geometry_is_not(level: bytes) -> None:
    packed = compress(level)
    assert brotli.decompress(packed) == level
    assert level[-200_000:] in packed
    assert len(packed) <= 1.005 * len(brotli.compress(level, quality=11, lgwin=24))


def test_node_reads_it(level: bytes) -> None:
    script = (
        "const c=[];process.stdin.on('data',d=>c.push(d)).on('end',"
        "()=>process.stdout.write(require('zlib').brotliDecompressSync(Buffer.concat(c))))"
    )
    done = subprocess.run([str(node()), "-e", script], input=compress(level), capture_output=True, check=True)
    assert done.stdout == level


@pytest.fixture
def address(level: bytes) -> Iterator[str]:
    """Where a server sends a page, and the level with `Content-Encoding: br`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_level = self.path == "/level.glb"
            body = compress(level) if is_level else b"<!doctype html>"
            self.send_response(200)
            self.send_header("Content-Type", "model/gltf-binary" if is_level else "text/html")
            if is_level:
                self.send_header("Content-Encoding", "br")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # A browser accepts Brotli from a secure origin, and this machine counts as one.
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_browser_reads_it(browser: Browser, address: str, level: bytes) -> None:
    session = opened(browser, address)
    loaded(browser, session)
    script = (
        "fetch('/level.glb').then(r => r.arrayBuffer()).then(b => crypto.subtle.digest('SHA-256', b))"
        ".then(d => window.found = [...new Uint8Array(d)].map(x => x.toString(16).padStart(2, '0')).join(''))"
    )
    browser.call("Runtime.evaluate", session, expression=script)
    assert until(browser, session, "window.found") == hashlib.sha256(level).hexdigest()


def test_the_estimate_is_not_too_low(level: bytes) -> None:
    for data in (b"".join(number.to_bytes(4, "little") for number in range(5000)), level):
        assert estimate(data) >= len(compress(data))
