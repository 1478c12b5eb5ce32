"""Store files by their content, each with compressed copies where these pay."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

import brotli

from carreau.base.errors import OptionError, StorageError, cannot_write
from carreau.base.messages import message
from carreau.base.schema.bundle import FILES
from carreau.base.schema.parts import File
from carreau.exports.formats import FORMATS

_CHUNK = 1 << 20


class ContentStore:
    """The folder of files named by a digest of their content.

    It trusts only files that it has hashed since it was opened: a file with other content than its name is written
    again. To hash the 1,780 files of the real bundle and unpack their copies takes 0.3 s.

    files : the files added since it was opened, by path, including those that existed before
    written : bytes written for them
    """

    def __init__(self, root: Path, beside: ContentStore | None = None) -> None:
        """Open the store of a bundle; the folder is created with the first file.

        beside : a store of this folder with which it shares what was hashed and written
        """
        self.folder = root / FILES
        self.files: dict[str, File] = {}
        self.written = 0
        self._intact: dict[str, int] = {} if beside is None else beside._intact
        self._new: set[Path] = set() if beside is None else beside._new

    def scope(self) -> ContentStore:
        """Return a store of the same folder with its own files; both share the hashed and the written ones."""
        return ContentStore(self.folder.parent, self)

    def note_written(self, path: Path) -> None:
        """Take a file that was written beside the store for one that `discard` removes too."""
        self._new.add(path)

    def discard(self, named: Container[str]) -> None:
        """Remove what was written since it was opened, as far as the system allows.

        named : names of the files that stay, because a release has them
        """
        for path in [each for each in self._new if each.name not in named]:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            self._intact.pop(path.name, None)
        self._new.clear()

    def add_bytes(self, content: bytes, ext: str, media_type: str = "") -> File:
        """Add bytes; raises StorageError where they cannot be written.

        media_type : where it is more precise than that of the suffix
        """
        digest = hashlib.sha256(content).hexdigest()

        def fill(file: IO[bytes]) -> None:
            file.write(content)

        return self._add(digest, ext, fill, lambda: content, list_codings(ext), None, media_type)

    def add_file(self, path: Path, compressed: Path | None = None, keep_plain: bool = False) -> File:
        """Add a file.

        compressed : its Brotli copy, if there is one
        keep_plain : no compressed copy, for clients without Content-Encoding (Android's Scene Viewer)
        Raises StorageError where it cannot be written, OptionError where it cannot be read.
        """
        try:
            digest = digest_content(path)
        except OSError as error:
            raise OptionError(
                message(
                    "%(path)s cannot be read: %(error)s; build it again",
                    path=str(path),
                    error=str(error.strerror or error),
                )
            ) from error
        ext = path.suffix[1:].lower()

        def fill(file: IO[bytes]) -> None:
            copied = hashlib.sha256()
            with path.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    copied.update(chunk)
                    file.write(chunk)
            if copied.hexdigest() != digest:
                raise OptionError(message("%(path)s changed while it was being read; publish again", path=str(path)))

        codings = () if keep_plain else list_codings(ext)
        return self._add(digest, ext, fill, path.read_bytes, codings, compressed)

    def has(self, file: File) -> bool:
        """Return whether a file and its copies are intact."""
        sizes = {"": file.bytes, **file.copies}
        return all(self._intact_bytes(file.sha256, file.ext, coding) == size for coding, size in sizes.items())

    def _add(
        self,
        digest: str,
        ext: str,
        fill: Callable[[IO[bytes]], None],
        content: Callable[[], bytes],
        codings: tuple[str, ...],
        ready: Path | None,
        media_type: str = "",
    ) -> File:
        if ext not in MEDIA_TYPES:
            raise _unknown_ending(ext)
        copies = {coding: self._copy_bytes(digest, ext, coding, content, ready) for coding in codings}
        size = self._intact_bytes(digest, ext)
        if size is None:
            size = self._write(_name(digest, ext), fill)
        file = File(
            sha256=digest,
            ext=ext,
            media_type=media_type or MEDIA_TYPES[ext],
            bytes=size,
            brotli_bytes=copies.get("br"),
            gzip_bytes=copies.get("gz"),
        )
        self.files[file.path] = file
        return file

    def _copy_bytes(
        self, digest: str, ext: str, coding: str, content: Callable[[], bytes], ready: Path | None
    ) -> int | None:
        """Return the size of a compressed copy, which is written if missing; None where it would save too little."""
        size = self._intact_bytes(digest, ext, coding)
        if size is not None:
            return size
        plain = content()
        packed = _ready_copy(ready, digest) if coding == "br" else b""
        packed = packed or compress(plain, ext, coding)
        if not pays(packed, plain):
            return None

        def fill(file: IO[bytes]) -> None:
            file.write(packed)

        return self._write(_name(digest, ext, coding), fill)

    def _intact_bytes(self, digest: str, ext: str, coding: str = "") -> int | None:
        """Return the size of a file, or of a copy of it, None where it is absent or damaged."""
        name = _name(digest, ext, coding)
        size = self._intact.get(name)
        if size is not None:
            return size
        path = self.folder / name
        try:
            if digest_content(path, coding) != digest:
                return None
            size = path.stat().st_size
        except OSError:
            return None
        self._intact[name] = size
        return size

    def _write(self, name: str, fill: Callable[[IO[bytes]], None]) -> int:
        with self._replacing(self.folder / name) as file:
            fill(file)
            size = file.tell()
        self.written += size
        self._intact[name] = size
        self._new.add(self.folder / name)
        return size

    @contextmanager
    def _replacing(self, path: Path) -> Iterator[IO[bytes]]:
        """Yield a temporary file that is renamed to the path once it is complete."""
        partial = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".partial", delete=False) as file:
                partial = Path(file.name)
                yield file
            partial.chmod(0o644)
            is_mended = path.exists()
            if is_mended:  # a release names it already, so that no swap will flush it
                flush_files([partial])
            partial.replace(path)
            if is_mended:
                flush_folders([path.parent])
        except OSError as error:
            raise StorageError(cannot_write(path.parent, error)) from error
        finally:
            if partial is not None:
                partial.unlink(missing_ok=True)


def _name(digest: str, ext: str, coding: str = "") -> str:
    return f"{digest}.{ext}.{coding}" if coding else f"{digest}.{ext}"


def _ready_copy(path: Path | None, digest: str) -> bytes:
    """Return an existing copy, empty where there is none or its content differs."""
    if path is None:
        return b""
    try:
        return path.read_bytes() if digest_content(path, "br") == digest else b""
    except OSError:
        return b""


_THREADS = 16
"""Side by side they share the commits of the file system: 3,881 files took 0.19 to 0.26 s, and 0.53 s one by one."""


def flush_files(paths: Iterable[Path]) -> None:
    """Flush files to disk; raises StorageError."""
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(_flush, paths))


def flush_folders(paths: Iterable[Path]) -> None:
    """Flush the entries of folders to disk; raises StorageError."""
    if os.name == "nt":  # where a folder cannot be opened
        return
    for path in paths:
        if os.access(path, os.R_OK):  # the folder that a bundle lies in may be closed to reading
            _flush(path)


def write_durable(path: Path, content: bytes) -> None:
    """Write or replace a file atomically and durably; raises StorageError."""
    absent = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    partial = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            partial = Path(file.name)
            file.write(content)
            file.flush()
            partial.chmod(0o644)
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)
    flush_folders([path.parent, *(folder.parent for folder in absent)])


def _flush(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error


_UNENCODED = {"flac": "audio/flac", "mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav"}
"""Sounds that a preview plays from the files of curators; a bundle has them encoded."""


class MemoryStore(ContentStore):
    """The files of a draft.

    kept : content of each file, or where it is, by its path in a bundle
    """

    def __init__(self, digest_of: Callable[[Path], str]) -> None:
        """Begin without any.

        digest_of : returns the SHA-256 of a file; a cache does so without reading it again
        """
        super().__init__(Path())
        self.kept: dict[str, bytes | Path] = {}
        self._digest_of = digest_of

    def copy(self) -> MemoryStore:
        """Return a store with the same files, to add others to."""
        copied = MemoryStore(self._digest_of)
        copied.kept, copied.files = dict(self.kept), dict(self.files)
        return copied

    def add_bytes(self, content: bytes, ext: str, media_type: str = "") -> File:
        """Keep bytes."""
        file = _file(hashlib.sha256(content).hexdigest(), ext, len(content), media_type)
        self.kept[file.path], self.files[file.path] = content, file
        return file

    def add_file(self, path: Path, compressed: Path | None = None, keep_plain: bool = False) -> File:  # noqa: ARG002
        """Keep where a file is; raises OptionError where it cannot be read, or published."""
        try:
            file = _file(self._digest_of(path), path.suffix[1:].lower(), path.stat().st_size, "")
        except OSError as error:
            cause = str(error.strerror or error)
            raise OptionError(
                message("%(path)s cannot be read: %(error)s; build it again", path=str(path), error=cause)
            ) from error
        self.kept[file.path], self.files[file.path] = path, file
        return file


def _unknown_ending(ext: str) -> OptionError:
    endings = tuple(sorted(MEDIA_TYPES))
    return OptionError(
        message("files with the ending .%(ext)s cannot be published; use one of: %(endings)s", ext=ext, endings=endings)
    )


def _file(digest: str, ext: str, size: int, media_type: str) -> File:
    types = _UNENCODED | MEDIA_TYPES
    if ext not in types:
        raise _unknown_ending(ext)
    return File(sha256=digest, ext=ext, media_type=media_type or types[ext], bytes=size)


@dataclass(frozen=True)
class Coding:
    """A content coding.

    name : value of `Content-Encoding`
    unpack : raises ValueError for invalid or truncated data
    """

    name: str
    unpack: Callable[[bytes], bytes]


def unbrotli(packed: bytes) -> bytes:
    """Return decompressed Brotli data; raises ValueError for invalid data.

    >>> unbrotli(brotli.compress(b"coal"))
    b'coal'
    """
    try:
        return bytes(brotli.decompress(packed))
    except brotli.error as error:
        raise ValueError(str(error)) from error


def gunzip(packed: bytes) -> bytes:
    """Return the content of a gzip file with one member; raises ValueError for invalid data.

    >>> gunzip(gzip(b"coal"))
    b'coal'
    """
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = stream.decompress(packed)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not stream.eof or stream.unused_data:
        raise ValueError("it is cut, or something follows it")
    return content


def gzip(content: bytes) -> bytes:
    """Return a gzip file at level 9, without name and time: the same content gives the same bytes."""
    stream = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return stream.compress(content) + stream.flush()


CODINGS: Mapping[str, Coding] = MappingProxyType({"br": Coding("br", unbrotli), "gz": Coding("gzip", gunzip)})
"""By the suffix of the copy."""


def digest_content(path: Path, coding: str = "") -> str:
    """Return the SHA-256 of a file or of the content of a compressed copy, empty for an invalid copy; raises OSError.

    coding : suffix of the copy
    """
    if coding:
        try:
            return hashlib.sha256(CODINGS[coding].unpack(path.read_bytes())).hexdigest()
        except ValueError:
            return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


QUALITY, PAGE_QUALITY, DOCUMENT_QUALITY, LARGE_QUALITY = 11, 10, 7, 5
"""Of Brotli: a file is compressed once and sent many times. Pages and documents change with the texts in them: at 10 a
page takes a third of the time of 11, and 1 % more bytes; at 7 a document takes a tenth of that, and 10 % more. Large
ones cover the whole catalogue and change with every caption: at 5 the map of the 53 takes 8 ms and has 35 kB, at 9 it
takes 54 ms (34 kB), at 11 530 ms (29 kB)."""

_LARGE_BYTES = 100_000
_BROTLI_ONLY = frozenset(("glb",))
"""Meshopt and WebP leave little: of the 11.6 MB of models in the real bundle Brotli saves 9.8 % and gzip 7.5 %, and
every viewer of them supports Brotli."""
_DOCUMENTS = frozenset(("csv", "geojson", "gpx", "html", "json", "jsonld", "xml"))


def list_codings(ext: str) -> tuple[str, ...]:
    """Return the suffixes of the copies that files with a suffix may have."""
    if ext not in COMPRESSED:
        return ()
    return ("br",) if ext in _BROTLI_ONLY else ("br", "gz")


def compress(content: bytes, ext: str, coding: str) -> bytes:
    """Return a compressed copy; the same content gives the same bytes.

    coding : one of those of its kind
    """
    if coding == "gz":
        return gzip(content)
    return bytes(brotli.compress(content, quality=_quality(ext, len(content))))


def pays(packed: bytes, content: bytes) -> bool:
    """Return whether a copy is small enough to be worth decompressing."""
    return len(packed) <= len(content) * (1 - LEAST_GAIN)


def _quality(ext: str, size: int) -> int:
    if ext not in _DOCUMENTS:
        return QUALITY
    if size > _LARGE_BYTES:
        return LARGE_QUALITY
    return PAGE_QUALITY if ext == "html" else DOCUMENT_QUALITY


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
