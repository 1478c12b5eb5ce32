"""What a person gives as scans besides files: a ZIP, read as the folder it holds, and a folder with a single scan."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from carreau.base.errors import (
    FREE_TEMPORARY,
    ScanError,
    StorageError,
    cannot_read,
    cannot_write,
    disk_full,
    is_disk_full,
)
from carreau.base.messages import Message, message, printable
from carreau.base.unzip import MOST_SCAN_BYTES, MOST_SCAN_FILES, unpack_zip
from carreau.formats.registry import detect_format
from carreau.models.batch import is_many, scans_in

_KEPT_FREE_BYTES = 500_000_000
"""Of the disk that a ZIP is unpacked to."""

_HEAD_BYTES = 1 << 16
_SHOWN_NAMES = 4


@dataclass(frozen=True)
class GivenScans:
    """Scans where they can be read.

    paths : of files and folders
    archives : the ZIP that each temporary folder holds
    notes : what of the given is not read, one sentence each
    """

    paths: list[Path]
    archives: dict[Path, Path]
    notes: tuple[Message, ...] = ()

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Name the ZIP, with the path in it, in errors about what was unpacked."""
        try:
            yield
        except ScanError as error:
            file = Path(error.file)
            for folder, archive in self.archives.items():
                if file.is_relative_to(folder):
                    named = archive / file.relative_to(folder)
                    raise type(error)(named, error.place, error.cause, error.cure) from error
            raise


@contextmanager
def unpacked_scans(given: Sequence[Path], out: Path | None = None) -> Iterator[GivenScans]:
    """Yield the scans with the folder that a ZIP holds in its place, which is removed at the end.

    A ZIP with a single scan in it is that scan, and so is a folder that is given alone.

    out : folder for the models, which is not looked through
    Raises FormatError for a ZIP that is damaged, encrypted or too large, UnsafePathError for one with links or names
    that lead elsewhere, and StorageError where it cannot be written.
    """
    with ExitStack() as stack:
        archives = {}
        paths = []
        for path in given:
            if _is_zip(path):
                folder = _unpack(path, stack)
                archives[folder] = path
                paths.append(_single(folder, out))
            else:
                paths.append(_single(path, out) if len(given) == 1 else path)
        notes = tuple(note for path in given for note in _unread_zips(path, out))
        scans = GivenScans(paths, archives, notes)
        with scans.naming():
            yield scans


@contextmanager
def single_scan(given: Path) -> Iterator[Path]:
    """Yield a scan, the one in a folder, or the one in a ZIP; raises ScanError where there are several."""
    with unpacked_scans([given]) as scans:
        (path,) = scans.paths
        inside = scans_in(path) if is_many(path) else []
        if len(inside) > 1:
            names = _list_some([str(scan.relative_to(path)) for scan in inside])
            cause = message("it holds %(count)s scans: %(names)s", count=len(inside), names=names)
            raise ScanError(given, "", cause, message("give one of them"))
        yield path


def _single(path: Path, out: Path | None) -> Path:
    """Return the only scan in a folder; the path itself if it is a scan, or has several or none."""
    scans = scans_in(path, out) if is_many(path) else []
    return scans[0] if len(scans) == 1 else path


def _is_zip(path: Path) -> bool:
    """Return whether a file is a ZIP by its name, and no scan in a container of its own, such as 3MF."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return detect_format(file.read(_HEAD_BYTES), path.stat().st_size) is None
    except OSError as error:
        raise ScanError(path, "", cannot_read(error), message("check its permissions")) from error


def _unread_zips(folder: Path, out: Path | None) -> Iterator[Message]:
    """Yield that ZIPs in a folder of scans are left alone: they may be copies of what lies beside them."""
    if not is_many(folder):
        return
    names = []
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and Path(top, name) != out]
        names += [str(Path(top, name).relative_to(folder)) for name in files if name.lower().endswith(".zip")]
    if names:
        yield message(
            "%(folder)s: ZIPs in it are not read (%(names)s); if they hold scans, give the ZIPs themselves",
            folder=str(folder),
            names=_list_some(sorted(names)),
        )


def _list_some(names: Sequence[str]) -> Message:
    shown = tuple(printable(name) for name in names[:_SHOWN_NAMES])
    return message("%(names)s, …", names=shown) if len(names) > len(shown) else message("%(names)s", names=shown)


def _unpack(archive: Path, stack: ExitStack) -> Path:
    """Return the folder that a ZIP holds; it has the name of the ZIP, which that of a tiled scan follows."""
    top = Path(stack.enter_context(TemporaryDirectory(prefix="carreau-", ignore_cleanup_errors=True)))
    into = top / archive.stem
    try:
        into.mkdir()
        free = shutil.disk_usage(top).free - _KEPT_FREE_BYTES
        unpack_zip(archive, str(archive), into, MOST_SCAN_FILES, max(0, min(MOST_SCAN_BYTES, free)))
    except OSError as error:
        full = is_disk_full(error)
        raise StorageError(disk_full(error, {top: FREE_TEMPORARY}) if full else cannot_write(into, error)) from error
    return into
