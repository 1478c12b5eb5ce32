"""Write ZIPs reproducible to the byte: uncompressed and aligned, and as a BagIt bag for an archive."""

from __future__ import annotations

import hashlib
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from carreau.base.errors import ScanError, UnsafePathError
from carreau.base.messages import message

ALIGNMENT = 64
"""Required by USDZ, so that readers can map files into memory (USDZ specification, "Layout")."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_LOCAL_HEADER_BYTES = 30
_ZIP64_BYTES = 20
_PADDING_ID = 0x1986  # the header that USD's own writer pads with
_PADDING_HEADER_BYTES = 4
_ZIP64_FROM = 1 << 31


class StoredZip:
    """A ZIP under construction in a seekable stream; without times, owners or data descriptors."""

    def __init__(self, stream: IO[bytes], alignment: int = ALIGNMENT) -> None:
        """Begin at the stream's place, with files at multiples of `alignment`."""
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, strict_timestamps=True)
        self._stream, self._alignment = stream, alignment

    def __enter__(self) -> StoredZip:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def add(self, name: str, data: bytes) -> None:
        """Add a file as a whole."""
        with self.open(name, len(data)) as file:
            file.write(data)

    def open(self, name: str, size_bytes: int) -> IO[bytes]:
        """Return a stream to write the next file's bytes into, to be closed before the next.

        name : with forward slashes, relative
        size_bytes : how long it will be
        """
        is_large = size_bytes >= _ZIP64_FROM
        info = zipfile.ZipInfo(name, _EPOCH)
        info.create_system = 3
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        info.file_size = size_bytes
        start = self._stream.tell() + _LOCAL_HEADER_BYTES + len(name.encode()) + (_ZIP64_BYTES if is_large else 0)
        info.extra = _padding(start, self._alignment)
        return self._zip.open(info, "w", force_zip64=is_large)


def _padding(start: int, alignment: int) -> bytes:
    """Return the extra field that moves what begins at `start` to the next multiple of the alignment."""
    missing = -start % alignment
    if missing == 0:
        return b""
    if missing < _PADDING_HEADER_BYTES:
        missing += alignment
    length = missing - _PADDING_HEADER_BYTES
    return _PADDING_ID.to_bytes(2, "little") + length.to_bytes(2, "little") + bytes(length)


_PIECE_BYTES = 1 << 20
_BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True)
class Payload:
    """One file of a bag's payload.

    name : below `data/`, with forward slashes
    data : its bytes, or where they lie
    sha256, size_bytes : of those bytes
    """

    name: str
    data: bytes | Path
    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, name: str, data: bytes) -> Payload:
        """Return the payload of some bytes."""
        return cls(name, data, hashlib.sha256(data).hexdigest(), len(data))


def write_bag(path: Path, name: str, payloads: Sequence[Payload], info: Iterable[tuple[str, str]]) -> None:
    """Write a bag as a ZIP that holds one folder; the same arguments give the same bytes.

    name : of the bag, for a person; its folder is made from it
    info : labels and values of `bag-info.txt`, empty ones left out; Payload-Oxum is added. There is no
        Bagging-Date, which would change the bytes of every bag

    Raises UnsafePathError for a name that would leave the bag, ScanError for a file that is no longer what it was.
    """
    folder = folder_name(name)
    placed = {f"data/{safe_name(payload.name)}": payload for payload in payloads}
    if len(placed) < len(payloads):
        cause = message("two files would have the same name in the bag")
        raise UnsafePathError(path.name, "", cause, message("rename one of them"))
    tags = _tags(placed, info)
    with path.open("wb") as stream, StoredZip(stream) as package:
        for tag, text in tags.items():
            package.add(f"{folder}/{tag}", text)
        for place, payload in placed.items():
            with package.open(f"{folder}/{place}", payload.size_bytes) as file:
                _copy(payload, file)


def folder_name(name: str) -> str:
    """Return a name that is valid on every file system.

    >>> folder_name("Le châtelet n° 2 / Wallers")
    'le-chatelet-n-2-wallers'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "scan"


def safe_name(name: str) -> str:
    """Return a relative path of a bag: a letter that a ZIP, a file system or a manifest may read otherwise becomes `_`.

    RFC 8493 (2.1.3) has percent signs spelled as %25 in manifests, which the library most archives use does not read.

    Raises UnsafePathError for one that is absolute or climbs.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise UnsafePathError(
            name, "", message("the path leads outside the bag"), message("put the file beside the scan")
        )
    return "".join(_spell(letter) for letter in "/".join(parts))


def _spell(letter: str) -> str:
    code = ord(letter)
    is_text = code >= 32 and code != 127 and not 0xD800 <= code <= 0xDFFF  # a byte that is no UTF-8 comes as the last
    return letter if is_text and letter not in "\\%" else "_"


def _tags(placed: dict[str, Payload], info: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """Return the files that describe the bag, in the order they are written."""
    total = sum(payload.size_bytes for payload in placed.values())
    lines = [(label, " ".join(value.split())) for label, value in info]
    lines.append(("Payload-Oxum", f"{total}.{len(placed)}"))
    manifest = (f"{payload.sha256}  {place}" for place, payload in placed.items())
    tags = {
        "bagit.txt": _BAGIT.encode(),
        "bag-info.txt": _text(f"{label}: {value}" for label, value in lines if value),
        "manifest-sha256.txt": _text(sorted(manifest, key=lambda line: line[64:])),
    }
    sums = (f"{hashlib.sha256(data).hexdigest()}  {tag}" for tag, data in sorted(tags.items()))
    return {**tags, "tagmanifest-sha256.txt": _text(sums)}


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _copy(payload: Payload, file: IO[bytes]) -> None:
    """Write a payload's bytes, and check them against its digest."""
    if isinstance(payload.data, bytes):
        file.write(payload.data)
        return
    digest, size = hashlib.sha256(), 0
    with payload.data.open("rb") as source:
        while piece := source.read(min(_PIECE_BYTES, payload.size_bytes - size + 1)):
            digest.update(piece)
            size += len(piece)
            if size > payload.size_bytes:
                break
            file.write(piece)
    if size != payload.size_bytes or digest.hexdigest() != payload.sha256:
        cause = message("the file changed while the models were built")
        raise ScanError(payload.data, "", cause, message("run again once the file no longer changes"))
