"""A folder that is filled aside and takes its place whole, so that nothing half-written is ever there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carreau.base.errors import StorageError, cannot_write
from carreau.base.folder_lock import alone_in
from carreau.base.messages import message

_NEW, _OLD = ".new-", ".old-"


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Keep other runs away from a folder; raises StorageError at once while one is at work there."""
    taken = message("another `carreau survey` is at work in %(folder)s; wait until it is done", folder=str(folder))
    with alone_in(folder, taken):
        yield


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces another when the block ends well, and is removed when it does not.

    Only one run at a time may do so (see `only_run`), for it removes what others left.
    Raises StorageError where the system does not let it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}{_NEW}", dir=folder.parent))
    except OSError as error:
        raise StorageError(cannot_write(folder, error)) from error
    try:
        yield aside
        aside.chmod(0o755)
        former = folder.with_name(f".{folder.name}{_OLD}{aside.name.rpartition('-')[2]}")
        if folder.exists():
            folder.rename(former)
        aside.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise StorageError(cannot_write(folder, error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _tidy(folder: Path) -> None:
    """Remove what a killed run left; a folder that was moved away and not yet replaced is put back."""
    for left in folder.parent.glob(f".{folder.name}{_OLD}*"):
        if folder.exists():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.rename(folder)
    for left in folder.parent.glob(f".{folder.name}{_NEW}*"):
        shutil.rmtree(left, ignore_errors=True)


def size_and_sha256(path: Path) -> tuple[int, str]:
    """Return the bytes of a file, and their digest."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
