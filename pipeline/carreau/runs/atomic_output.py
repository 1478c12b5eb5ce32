"""Write the files of a build together, so that readers never see a part of them."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from carreau.base.errors import FREE_OUTPUT, FREE_TEMPORARY, StorageError, disk_full, is_disk_full
from carreau.base.files import alone_in
from carreau.base.messages import message
from carreau.runs.store import storage_error

STAGING = ".carreau-partial"


@contextmanager
def atomic_output(folder: Path, last: str = "") -> Iterator[Path]:
    """Yield a staging folder as `staged_output` does, and keep other builds out meanwhile, as `alone_with` does."""
    with alone_with(folder), staged_output(folder, last) as staging:
        yield staging


@contextmanager
def alone_with(folder: Path) -> Iterator[None]:
    """Create a folder if need be, and keep other builds out of it.

    Raises StorageError when the folder cannot be written, or another build is writing there.
    """
    taken = message(
        "%(path)s: another build is writing there; wait for it, or choose another folder with --out",
        path=str(folder),
    )
    with ExitStack() as locked:
        with _storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            locked.enter_context(alone_in(folder, taken))
        yield


@contextmanager
def staged_output(folder: Path, last: str = "", replaces: Sequence[str] = ()) -> Iterator[Path]:
    """Yield a staging folder, whose files replace those of `folder` when the block succeeds.

    The files are moved one by one, each atomically, `last` after those that it describes. When the block fails,
    nothing is moved; the next run removes what a killed one left. The caller is alone with the folder.

    last : name of the file that describes the others
    replaces : names of files of an earlier build; those that this one lacks are removed in their order, before the
        first new one is there
    Raises StorageError when the folder cannot be written, or the disk is full.
    """
    staging = folder / STAGING
    with _storage_errors(folder):
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            yield staging
            _move(staging, folder, last, replaces)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    """Raise StorageError for an error of the disk in a `with` block that is about a folder, or about full disks."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            folders = {folder: FREE_OUTPUT, Path(tempfile.gettempdir()): FREE_TEMPORARY}
            raise StorageError(disk_full(error, folders)) from error
        if _is_about(folder, error):
            raise storage_error(folder, error) from error
        raise


def _is_about(folder: Path, error: OSError) -> bool:
    # The block may read other files; the error of a damaged disk has no file name.
    if error.errno in (errno.EROFS, errno.EIO):
        return True
    return isinstance(error.filename, str | os.PathLike) and Path(error.filename).is_relative_to(folder)


def _move(staging: Path, folder: Path, last: str, replaces: Sequence[str]) -> None:
    files = sorted(staging.iterdir(), key=lambda path: (path.name == last, path.name))
    for path in files:
        _reach_disk(path)
    names = {path.name for path in files}
    for name in replaces:
        if name not in names:
            (folder / name).unlink(missing_ok=True)
    for path in files:
        path.replace(folder / path.name)


def _reach_disk(path: Path) -> None:
    # Unlike those of the cache, no digest of these files is checked after a power cut.
    with path.open("rb+") as file:
        os.fsync(file.fileno())
