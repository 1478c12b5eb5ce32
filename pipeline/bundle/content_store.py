"""Keep files by their content, each with a compressed copy where that pays."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import brotli

from pipeline.bundle.media_types import COMPRESSED, LEAST_GAIN, MEDIA_TYPES
from pipeline.errors import OptionError, StorageError
from pipeline.manifest.bundle import FILES
from pipeline.manifest.files import File

QUALITY, PAGE_QUALITY, DOCUMENT_QUALITY, LARGE_QUALITY = 11, 10, 7, 5
"""Of Brotli: a file is compressed once and sent many times. Pages and documents change with the texts in them: at 10 a
page takes a third of the time of 11, and 1 % more bytes; at 7 a document takes a tenth of that, and 10 % more. Large
ones tell of the whole catalogue and change with every caption: at 5 the map of the 53 takes 8 ms and has 35 kB, at 9 it
takes 54 ms (34 kB), at 11 530 ms (29 kB)."""

_LARGE_BYTES = 100_000
_DOCUMENTS = frozenset(("csv", "geojson", "gpx", "html", "json", "jsonld", "xml"))

_CHUNK = 1 << 20


class ContentStore:
    """The folder of a bundle that holds what is named by its content.

    files : the files that were added since it was opened, by path, those that lay there before among them
    written : bytes that had to be written for them
    """

    def __init__(self, root: Path) -> None:
        """Open the store of a bundle; nothing is made before something is added."""
        self.folder = root / FILES
        self.files: dict[str, File] = {}
        self.written = 0

    def add_bytes(self, content: bytes, ext: str, media_type: str = "") -> File:
        """Keep bytes; raises StorageError when the disk does not take them.

        media_type : where it is more precise than what the ending says
        """
        digest = hashlib.sha256(content).hexdigest()
        return self._put(digest, ext, media_type, lambda file: _write(file, content), lambda: content, None)

    def add_file(self, path: Path, compressed: Path | None = None, keep_plain: bool = False) -> File:
        """Keep a file.

        compressed : its Brotli copy, where one was made already
        keep_plain : no copy, for readers that take no Content-Encoding (Android's Scene Viewer)
        Raises StorageError when the disk does not take it, OptionError when it cannot be read.
        """
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise OptionError(f"{path}: it cannot be read: {error.strerror or error}; build it again") from error
        ext = path.suffix[1:].lower()
        return self._put(digest, ext, "", lambda file: _copy(path, file), path.read_bytes, compressed, keep_plain)

    def has(self, file: File) -> bool:
        """Say whether a file and its copy lie here, as long as they should be."""
        path = f"{self.folder.parent}/{file.path}"
        lengths = {path: file.bytes, f"{path}.br": file.brotli_bytes}
        return all(_length(each) == length for each, length in lengths.items() if length is not None)

    def _put(
        self,
        digest: str,
        ext: str,
        media_type: str,
        fill: Callable[[IO[bytes]], None],
        content: Callable[[], bytes],
        compressed: Path | None,
        keep_plain: bool = False,
    ) -> File:
        if ext not in MEDIA_TYPES:
            raise OptionError(f"a file that ends in .{ext} is not published; see media_types.py")
        path = self.folder / f"{digest}.{ext}"
        beside = path.with_name(f"{path.name}.br")
        if not path.is_file():
            # The copy comes first: where the file is, its copy is known to be there or not to pay.
            if ext in COMPRESSED and not keep_plain:
                self._compress(beside, content(), compressed)
            self._whole(path, fill)
        file = File(
            sha256=digest,
            ext=ext,
            media_type=media_type or MEDIA_TYPES[ext],
            bytes=path.stat().st_size,
            brotli_bytes=beside.stat().st_size if not keep_plain and beside.is_file() else None,
        )
        self.files[file.path] = file
        return file

    def _compress(self, beside: Path, content: bytes, ready: Path | None) -> None:
        packed = ready.read_bytes() if ready else brotli.compress(content, quality=_quality(beside, len(content)))
        if len(packed) <= len(content) * (1 - LEAST_GAIN):
            self._whole(beside, lambda file: _write(file, packed))

    def _whole(self, path: Path, fill: Callable[[IO[bytes]], None]) -> None:
        partial = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".partial", delete=False) as file:
                partial = Path(file.name)
                fill(file)
                self.written += file.tell()
            partial.chmod(0o644)
            partial.replace(path)
        except OSError as error:
            raise StorageError(f"{path.parent}: cannot be written: {error.strerror or error}") from error
        finally:
            if partial is not None:
                partial.unlink(missing_ok=True)


def _length(path: str) -> int | None:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - of five thousand files: a Path takes longer than the answer
    except OSError:
        return None


def _write(file: IO[bytes], content: bytes) -> None:
    file.write(content)


def _copy(path: Path, file: IO[bytes]) -> None:
    with path.open("rb") as source:
        shutil.copyfileobj(source, file, _CHUNK)


def _quality(path: Path, size: int) -> int:
    kind = path.suffixes[-2].lstrip(".")
    if kind not in _DOCUMENTS:
        return QUALITY
    if size > _LARGE_BYTES:
        return LARGE_QUALITY
    return PAGE_QUALITY if kind == "html" else DOCUMENT_QUALITY
