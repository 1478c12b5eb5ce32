"""Write a file in one move, so that what was there is whole until the new one is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pipeline.errors import StorageError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or replace it; raises StorageError, and then leaves what was there."""
    partial = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            partial = Path(file.name)
            file.write(content)
        partial.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        partial.replace(path)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error
