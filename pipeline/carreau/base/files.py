"""Files: written whole or not at all, folders locked, and ZIPs within limits."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipInfo

from carreau.base.errors import StorageError, cannot_write
from carreau.base.messages import Message


def write_whole(path: Path, content: bytes) -> None:
    """Write or replace a file atomically; on failure, raises StorageError and leaves the old content."""
    write_all({path: content})


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write or replace several files; on failure, raises StorageError and leaves the old content of all of them."""
    partial, path = dict[Path, Path](), Path()
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
                partial[path] = Path(file.name)
                file.write(content)
            partial[path].chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        for path in files:
            partial.pop(path).replace(path)
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error
    finally:
        for temporary in partial.values():
            temporary.unlink(missing_ok=True)


_CANNOT_LOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def alone_in(folder: Path, taken: Message) -> Iterator[None]:
    """Keep other processes, and other threads, that ask for the same folder out of it.

    The lock (flock) is on the folder itself and leaves no file behind. Windows and some network file systems cannot
    lock a folder; there nothing is kept out.

    taken : what is told while another has it
    Raises StorageError at once while another has it, OSError where the folder cannot be opened.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(taken) from None
        except OSError as error:
            if error.errno not in _CANNOT_LOCK:
                raise
        yield
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)


MOST_RATIO = 200
"""Unpacked bytes for one packed byte; meshes as text and XML have 3 to 20, and DEFLATE makes up to 1,032 of zeros."""
ALWAYS_UNPACKED_BYTES = 1 << 24
"""What is not larger is unpacked, whatever it was packed to: an empty texture, for example."""


def most_unpacked_bytes(packed_bytes: int) -> int:
    """Return how many bytes an archive, or a file in it, may unpack to."""
    return max(MOST_RATIO * packed_bytes, ALWAYS_UNPACKED_BYTES)


def member_limit(entry: ZipInfo, archive_bytes: int) -> int:
    """Return how many bytes a file may unpack to.

    archive_bytes : size of the whole archive, beyond which the entry may not go where it lies about its packed size
    """
    return most_unpacked_bytes(min(entry.compress_size, archive_bytes))
