"""Levels as their files hold them, read once for the stages that count, measure and show them."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from carreau.base.model import Mesh
from carreau.formats.gltf import gltf
from carreau.geometry.render.lru import LruCache

HELD_BYTES, SHARE = 128_000_000, 1 / 32
"""Of the levels read last, and the share of the run's memory that they take at most."""

UNPACKED = 9
"""Bytes of a mesh in memory, its images still encoded, for one of its file: 8.7 of a skull's, where maps take few, and
4 to 6 of a statue's."""


def read_level(glb: bytes) -> Mesh:
    """Return the mesh of a level's file, not to be changed; not read again when a stage asked a moment ago.

    Raises FormatError or TextureError for a file that cannot be decoded.
    """

    def read() -> Mesh:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "level.glb"
            path.write_bytes(glb)
            return gltf.read(path).mesh

    return _LEVELS.get(hashlib.sha256(glb).digest(), UNPACKED * len(glb), read)


_LEVELS: LruCache[Mesh] = LruCache(HELD_BYTES, 1, SHARE)
