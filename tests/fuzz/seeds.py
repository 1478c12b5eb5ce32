"""Small files of every kind that the programs read, from which a campaign starts."""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Seed:
    """A small file with its companions.

    name : unique; findings are stored under it
    kind : key of `tests.fuzz.targets.TARGETS`
    file : the one that is changed, relative to a folder
    content : of that file, before `wrap`
    companions : the other files of the folder
    wrap : puts the content into its container, so that a change is not stopped by a checksum alone
    is_text : whether changes are mostly those of a text
    expected : outcome without any change
    opens : the file that is given to the program, if it is another one
    prints : whether a native library writes warnings to the console that cannot be turned off
    reader : what reads it, instead of that of its kind
    """

    name: str
    kind: str
    file: str
    content: bytes
    companions: Files = field(default_factory=dict)
    wrap: Callable[[bytes], bytes] | None = None
    is_text: bool = False
    expected: str = "read"
    opens: str = ""
    prints: bool = False
    reader: Callable[[Path], None] | None = None

    @property
    def opened(self) -> str:
        """Return the file that is given to the program."""
        return self.opens or self.file

    @property
    def format(self) -> str:
        """Return the format that `FORMATS=` names, such as "laz"."""
        return self.name.partition("-")[0]


def all_seeds() -> tuple[Seed, ...]:
    """Return the seeds of all kinds, in the order of their kinds."""
    from tests.fuzz import document_seeds, gltf_seeds, image_seeds, scan_seeds

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        parts: tuple[Callable[[Path], Iterator[Seed]], ...] = (
            scan_seeds.meshes, scan_seeds.clouds, scan_seeds.splats, gltf_seeds.seeds, image_seeds.seeds,
            document_seeds.seeds,
        )  # fmt: skip
        return tuple(seed for part in parts for seed in part(_folder(path, part)))


def _folder(path: Path, part: Callable[[Path], Iterator[Seed]]) -> Path:
    folder = path / hashlib.sha256(f"{part.__module__}{part.__name__}".encode()).hexdigest()[:8]
    folder.mkdir()
    return folder


def checked_png(data: bytes) -> bytes:
    """Return a PNG with the checksum that each of its chunks should have."""
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        [length] = struct.unpack_from(">I", data, at)
        end = min(at + 8 + length, len(data) - 4)
        out += data[at:end] + struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return bytes(out + data[at:])


def checked_e57(logical: bytes) -> bytes:
    """Return pages of 1020 bytes with the checksum that each should have."""
    from tests.pipeline.formats.clouds.test_e57 import checksummed

    return checksummed(logical.ljust(48, b"\0"))


def in_glb(content: bytes, binary: bytes | None = None, text: bytes | None = None) -> bytes:
    """Return a GLB of a JSON text with a binary chunk, or of a binary chunk with a text."""
    text, binary = (content, binary or b"") if text is None else (text, content)
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def in_zip(content: bytes, name: str, others: Files | None = None) -> bytes:
    """Return a ZIP with a file of this content."""
    from tests.pipeline.formats.meshes.test_threemf import packed

    return packed({name: content, **(others or {})})
