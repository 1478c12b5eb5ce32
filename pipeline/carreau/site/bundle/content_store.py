"""Store files by their content, each with compressed copies where these pay."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from carreau.base.errors import OptionError, StorageError, cannot_write
from carreau.base.messages import message
from carreau.base.schema.bundle import FILES
from carreau.base.schema.file_links import File
from carreau.site.bundle.compression import codings_of, compress, digest_of, pays
from carreau.site.bundle.durable import flush_files, flush_folders
from carreau.site.bundle.media_types import MEDIA_TYPES

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

    def scoped(self) -> ContentStore:
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

        return self._add(digest, ext, fill, lambda: content, codings_of(ext), None, media_type)

    def add_file(self, path: Path, compressed: Path | None = None, keep_plain: bool = False) -> File:
        """Add a file.

        compressed : its Brotli copy, if there is one
        keep_plain : no compressed copy, for clients without Content-Encoding (Android's Scene Viewer)
        Raises StorageError where it cannot be written, OptionError where it cannot be read.
        """
        try:
            digest = digest_of(path)
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

        codings = () if keep_plain else codings_of(ext)
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
            raise OptionError(
                message("files with the ending .%(ext)s cannot be published; see media_types.py", ext=ext)
            )
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
            if digest_of(path, coding) != digest:
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
        """Lend a file that takes a name once it is whole."""
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
        return path.read_bytes() if digest_of(path, "br") == digest else b""
    except OSError:
        return b""
