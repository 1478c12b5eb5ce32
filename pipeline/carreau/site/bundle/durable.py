"""Durable writes with fsync: a power failure loses no file of a release."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from carreau.base.errors import StorageError, cannot_write

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
