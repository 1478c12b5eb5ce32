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

AS_ONE = "--as-one"
_GIVE_ONE = message("give one of them")
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

    def name_given(self, path: Path) -> Path:
        """Return what a person calls a path: in a ZIP, that of the ZIP, with the path in it."""
        for folder, archive in self.archives.items():
            if path.is_relative_to(folder):
                return archive / path.relative_to(folder)
        return path

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Name the ZIP, with the path in it, in errors about what was unpacked."""
        try:
            yield
        except ScanError as error:
            if (named := self.name_given(Path(error.file))) == Path(error.file):
                raise
            raise type(error)(named, error.place, error.cause, error.cure) from error


@contextmanager
def unpacked_scans(given: Sequence[Path], out: Path | None = None, as_one: bool = False) -> Iterator[GivenScans]:
    """Yield the scans with the folder that a ZIP holds in its place, which is removed at the end.

    A ZIP with a single scan in it is that scan, and so is a folder that is given alone.

    out : folder for the models, which is not looked through
    as_one : whether all meshes in a folder are one scan; of a folder of folders, those in the only one that has any
    Raises ScanError for a folder whose scans are in several, FormatError for a ZIP that is damaged, encrypted or too
    large, UnsafePathError for one with links or names that lead elsewhere, and StorageError where it cannot be written.
    """
    with ExitStack() as stack:
        scans = GivenScans([], {}, tuple(note for path in given for note in _unread_zips(path, out)))
        with scans.naming():
            for path in given:
                folder = path
                if _is_zip(path):
                    folder = _unpack(path, stack)
                    scans.archives[folder] = path
                if as_one:
                    folder = _only_folder(folder, out)
                elif folder != path or len(given) == 1:
                    folder = _single(folder, out)
                scans.paths.append(folder)
            yield scans


@contextmanager
def single_scan(given: Path, as_one: bool = False) -> Iterator[Path]:
    """Yield a scan, the one in a folder, or the one in a ZIP; raises ScanError where there are several."""
    with unpacked_scans([given], as_one=as_one) as scans:
        (path,) = scans.paths
        inside = scans_in(path) if is_many(path) and not as_one else []
        if len(inside) > 1:
            names = _list_some([str(scan.relative_to(path)) for scan in inside])
            cause = message("it holds %(count)s scans: %(names)s", count=len(inside), names=names)
            cure = message("give one of them, or add %(option)s if they are pieces of one model", option=AS_ONE)
            raise ScanError(given, "", cause, cure)
        yield path


def _single(path: Path, out: Path | None) -> Path:
    """Return the only scan in a folder; the path itself if it is a scan, or has several or none."""
    scans = scans_in(path, out) if is_many(path) else []
    return scans[0] if len(scans) == 1 else path


def _only_folder(path: Path, out: Path | None) -> Path:
    """Return the folder that has all scans below a folder; raises ScanError where there are several, and for a file."""
    if not path.is_dir():
        cause = message("%(option)s takes the folder of the pieces of a model, and this is none", option=AS_ONE)
        raise ScanError(path, "", cause, message("give the folder"))
    if not is_many(path):
        return path
    folders = list(dict.fromkeys(scan.parent for scan in scans_in(path, out)))
    if len(folders) > 1:
        names = _list_some([str(folder.relative_to(path)) for folder in folders])
        raise ScanError(path, "", message("its scans are in several folders: %(names)s", names=names), _GIVE_ONE)
    return folders[0] if folders else path


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
