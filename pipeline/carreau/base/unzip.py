"""ZIPs that others packed: unpacked whole into a folder, within limits, or refused with cause and cure."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from carreau.base.errors import FormatError, UnsafePathError, is_disk_full
from carreau.base.files import MOST_RATIO, member_limit, most_unpacked_bytes
from carreau.base.messages import message

MOST_SCAN_FILES, MOST_SCAN_BYTES = 20_000, 60_000_000_000
"""Of a scan that is unpacked."""

DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
    ValueError, OverflowError,
)  # fmt: skip
"""What `zipfile` raises for damaged archives, for passwords, and for methods that it does not know."""

_LITTER = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_LONGEST_STEP, _MOST_STEPS = 240, 20
"""Bytes of a name; systems take 255."""
_ENTRY_BYTES = 2000
"""Of an entry in the directory, on average; a name of a few words takes 100."""
_PIECE_BYTES = 1 << 20
_TAIL_BYTES = (1 << 16) + 22 + 20 + 56
"""From the end of the file: the longest comment, and the records before it (APPNOTE 4.3.14 to 4.3.16)."""


def unpack_zip(archive: Path, name: str, into: Path, most_files: int, most_bytes: int) -> list[str]:
    """Unpack the files of a ZIP; return their names relative to the folder, in order. What systems add is left out.

    name : of the archive, in messages
    into : an empty folder
    Raises FormatError for what is damaged, encrypted or too much, UnsafePathError for a name that leads elsewhere, and
    OSError where it cannot be written. What was unpacked until then stays; the folder is to be thrown away.
    """
    try:
        with archive.open("rb") as file:
            if _directory_bytes(file) > most_files * _ENTRY_BYTES:
                raise _too_many(name, most_files)
            with zipfile.ZipFile(file) as opened:
                return _unpack(opened, name, into, most_files, most_bytes, archive.stat().st_size)
    except DAMAGED as error:
        # What the library says is English, and seldom tells more than these three.
        cause = message("it is no ZIP, damaged, or has a password")
        raise FormatError(name, "", cause, message("pack it again, as a plain ZIP")) from error
    except OSError as error:
        if is_disk_full(error):
            raise
        cause = message("it is no ZIP, damaged, or has a password: %(error)s", error=str(error.strerror or error))
        raise FormatError(name, "", cause, message("pack it again, as a plain ZIP")) from error


def _unpack(
    opened: zipfile.ZipFile, name: str, into: Path, most_files: int, most_bytes: int, archive_bytes: int
) -> list[str]:
    chosen = list(_files(opened, name))
    if len(chosen) > most_files:
        raise _too_many(name, most_files)
    all_left = most_unpacked_bytes(archive_bytes)  # files may share their packed bytes
    for info, path in chosen:  # `zipfile` unpacks no more than the directory says
        all_left -= info.file_size
        if all_left < 0 or info.file_size > member_limit(info, archive_bytes):
            raise _too_packed(name, str(path))
    seen = set[str]()
    left = most_bytes
    for info, path in chosen:
        key = str(path).casefold()
        if key in seen:
            raise UnsafePathError(
                name, str(path), message("it is in the archive twice"), message("pack it again, as a plain ZIP")
            )
        seen.add(key)
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as source, target.open("xb") as copy:
            while piece := source.read(_PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    cause = message("it unpacks to over %(limit)s MB", limit=f"{most_bytes / 10**6:g}")
                    raise FormatError(name, str(path), cause, message("leave out what is not needed"))
                copy.write(piece)
    return [str(path) for _, path in chosen]


def _files(opened: zipfile.ZipFile, name: str) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Yield the files with their paths, which are all safe."""
    for info in opened.infolist():
        path = PurePosixPath(info.filename)
        mode = info.external_attr >> 16
        if not is_safe_path(info.filename) or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)):
            shown = info.filename[:_LONGEST_STEP].encode("unicode_escape").decode("ascii")
            cause = message("it leads out of the archive, or is a link, or is no name for a file")
            raise UnsafePathError(name, shown, cause, message("rename it, and pack again"))
        is_litter = any(step.lower() in _LITTER or step.startswith("._") for step in path.parts)
        if not info.is_dir() and not is_litter:
            yield info, path


def is_safe_path(name: str) -> bool:
    r"""Return whether a name with slashes leads to a file below a folder, on any system.

    >>> [is_safe_path(name) for name in ("a/é.glb", "../a", "/a", "a/../b", "C:a", "a\\b", "")]
    [True, False, False, False, False, False, False]
    """
    path = PurePosixPath(name)
    return (
        not _UNSAFE.search(name) and not path.is_absolute() and ".." not in path.parts
        and 0 < len(path.parts) <= _MOST_STEPS and all(len(step.encode()) <= _LONGEST_STEP for step in path.parts)
    )  # fmt: skip


def _directory_bytes(file: IO[bytes]) -> int:
    """Return how long the directory says it is: the longest of all records that a reader may go by."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    file.seek(0)
    sizes = [int.from_bytes(tail[at + 12 : at + 16], "little") for at in _places(tail, b"PK\x05\x06")]
    sizes = [each for each in sizes if each != 0xFFFFFFFF]
    sizes += [int.from_bytes(tail[at + 40 : at + 48], "little") for at in _places(tail, b"PK\x06\x06")]
    for at in _places(tail, b"PK\x06\x07"):
        place = int.from_bytes(tail[at + 8 : at + 16], "little")
        if place + 56 <= size:
            file.seek(place + 40)
            sizes.append(int.from_bytes(file.read(8), "little"))
            file.seek(0)
    return max(sizes, default=0)


def _places(content: bytes, words: bytes) -> Iterator[int]:
    at = content.find(words)
    while at >= 0:
        yield at
        at = content.find(words, at + 1)


def _too_packed(name: str, path: str) -> FormatError:
    cause = message("it unpacks to over %(ratio)s times its size", ratio=MOST_RATIO)
    return FormatError(name, path, cause, message("if that is right, pack it again without compression"))


def _too_many(name: str, most_files: int) -> FormatError:
    cause = message("it has over %(limit)s files", limit=most_files)
    return FormatError(name, "", cause, message("leave out what is not needed"))
