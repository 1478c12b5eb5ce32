"""A content store that writes nothing: bytes stay in memory, files where they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.schema.file_links import File
from carreau.site.bundle.content_store import ContentStore
from carreau.site.bundle.media_types import MEDIA_TYPES

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


def _file(digest: str, ext: str, size: int, media_type: str) -> File:
    types = _UNENCODED | MEDIA_TYPES
    if ext not in types:
        raise OptionError(message("files with the ending .%(ext)s cannot be published; see media_types.py", ext=ext))
    return File(sha256=digest, ext=ext, media_type=media_type or types[ext], bytes=size)
