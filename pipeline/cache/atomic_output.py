"""Write the files of a build together, so that readers never see a part of them."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.cache.store import storage_error
from pipeline.errors import FREE_OUTPUT, FREE_TEMPORARY, StorageError, disk_full, is_disk_full
from pipeline.folder_lock import alone_in
from pipeline.messages import message

STAGING = ".carreau-partial"


@contextmanager
def atomic_output(folder: Path, last: str = "report.json", replaces: Iterable[str] = ()) -> Iterator[Path]:
    """Yield a staging folder, whose files replace those of `folder` when the block succeeds.

    The files are moved one by one, each atomically, `last` after those that it describes. When the block fails,
    nothing is moved; the next run removes what a killed one left.

    last : name of the file that describes the others
    replaces : names of files of an earlier build, removed if this one has no such file
    Raises StorageError when the folder cannot be written, the disk is full, or another build is writing there.
    """
    staging = folder / STAGING
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = message(
            "%(path)s: another build is writing there; wait for it, or choose another folder with --out",
            path=str(folder),
        )
        with alone_in(folder, taken):
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            try:
                yield staging
                _move(staging, folder, last, frozenset(replaces))
            finally:
                shutil.rmtree(staging, ignore_errors=True)
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


def _move(staging: Path, folder: Path, last: str, replaces: frozenset[str]) -> None:
    files = sorted(staging.iterdir(), key=lambda path: (path.name == last, path.name))
    for path in files:
        _reach_disk(path)
    names = {path.name for path in files}
    for path in files:
        if path.name == last:
            for name in sorted(replaces - names):
                (folder / name).unlink(missing_ok=True)
        path.replace(folder / path.name)


def _reach_disk(path: Path) -> None:
    # Unlike those of the cache, no digest of these files is checked after a power cut.
    with path.open("rb+") as file:
        os.fsync(file.fileno())
