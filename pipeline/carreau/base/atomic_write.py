"""Atomic file writes: the old content stays until the new one is complete."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from carreau.base.errors import StorageError, cannot_write


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
