"""Write a ZIP of uncompressed, aligned files, reproducible to the byte.

Compression would make the bytes depend on the version of zlib, and does not shrink photographs.
"""

from __future__ import annotations

import stat
import zipfile
from types import TracebackType
from typing import IO

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
