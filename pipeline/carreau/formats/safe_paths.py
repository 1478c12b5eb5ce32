"""Lookup of files that a scan refers to, never outside the scan's folder."""

from __future__ import annotations

import filecmp
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from carreau.base.errors import CarreauError, FormatError, UnsafePathError
from carreau.base.messages import Message, message, plural_message

#: Sub-folders in which programs put textures.
TEXTURE_FOLDERS = ("textures", "texture", "tex", "images", "image", "maps", "materials")

_NETWORK = re.compile(r"^\s*(?:[a-z][a-z0-9+.\-]+://|(?:https?|ftp|file|data|blob|javascript):)", re.IGNORECASE)
_SHOWN_NAMES = 3
_DRIVE = re.compile(r"^[A-Za-z]:")

_SEPARATORS = re.compile(r"[\s_+\-\u2010-\u2015]+")


def beside(scan: Path, reference: str, near: bool = True) -> Path | None:
    """Return the file that `reference` in `scan` refers to, or None if it is missing.

    Windows separators, percent-escapes, letter case, Unicode forms and wrongly decoded names are tolerated. A path from
    another machine is looked up by its last parts, in the scan's folder and in the usual sub-folders.

    near : where there is no such file, return one whose name has other separators, such as underscores for spaces

    Raises UnsafePathError for a URL, and for a path outside the scan's folder, FormatError where several files have
    equally similar names.
    """
    if _NETWORK.match(reference):
        cause = message("it is a URL; only files in the scan's folder are read")
        raise _unsafe(scan, reference, cause)
    climbs = False
    for spellings in (_spellings, _loose_spellings) if near else (_spellings,):
        folders = _Folders(scan, reference, spellings)
        for spelling in dict.fromkeys((reference, unquote(reference))):
            parts, leaves = _parts(spelling)
            climbs = climbs or leaves
            for folder in dict.fromkeys((scan.parent, scan.resolve().parent)):
                path = _search(folder, parts, scan.stem, folders)
                if path is not None:
                    return _inside(path, folder, scan, reference)
    if climbs:
        raise _unsafe(scan, reference, message("it points outside the scan's folder"))
    return None


def _parts(reference: str) -> tuple[list[str], bool]:
    """Split a reference into names below the scan's folder, and tell whether it points outside it.

    A path with a drive letter comes from another machine, so that only its last parts matter.
    """
    path = reference.strip().strip("\"'").strip().replace("\\", "/")
    leaves = path.startswith("/")
    names: list[str] = []
    for name in _DRIVE.sub("", path).split("/"):
        if name == "..":
            leaves = leaves or not names
            names = names[:-1]
        elif name not in ("", "."):
            names.append(name)
    return names, leaves


def _search(folder: Path, parts: list[str], stem: str, folders: _Folders) -> Path | None:
    """Return the file at the path, at its last parts, or by its name in the usual sub-folders."""
    for first in range(len(parts)):
        path = _walk(folder, parts[first:], folders)
        if path is not None:
            return path
    sub_folders = (*TEXTURE_FOLDERS, stem, f"{stem}_textures", f"{stem}.fbm", f"{stem}_files")
    for sub_folder in sub_folders if parts else ():
        path = _walk(folder, [sub_folder, parts[-1]], folders)
        if path is not None:
            return path
    return None


def _walk(folder: Path, parts: list[str], folders: _Folders) -> Path | None:
    """Follow names down from a folder, each exactly, else by another spelling."""
    for depth, part in enumerate(parts):
        step = folders.entry(folder, part, depth == len(parts) - 1)
        if step is None:
            return None
        folder = step
    return folder if parts else None


class _Folders:
    """The entries of folders by the spellings of their names, listed once for a reference: for each try was slow."""

    def __init__(self, scan: Path, reference: str, spellings: Callable[[str], Iterator[str]]) -> None:
        self._scan, self._reference, self._spellings = scan, reference, spellings
        self._listed: dict[Path, dict[str, list[str]]] = {}

    def entry(self, folder: Path, name: str, wants_file: bool) -> Path | None:
        """Return the entry of a folder with a name. Raises FormatError where several different files have it."""
        if folder not in self._listed:
            self._listed[folder] = self._list(folder)
        for spelling in dict.fromkeys(self._spellings(name)):
            paths = [folder / other for other in self._listed[folder].get(spelling, ())]
            fitting = [path for path in paths if (path.is_file() if wants_file else path.is_dir())]
            exact = [path for path in fitting if path.name == name]
            if exact or fitting:
                return exact[0] if exact else self._only(fitting, wants_file)
        return None

    def _list(self, folder: Path) -> dict[str, list[str]]:
        entries: dict[str, list[str]] = {}
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 (names are all we need, thousands at a time)
        except OSError:
            return entries
        for name in names:
            for spelling in dict.fromkeys(self._spellings(name)):
                entries.setdefault(spelling, []).append(name)
        return entries

    def _only(self, paths: list[Path], are_files: bool) -> Path:
        """Return the first of some paths if all are copies of one file."""
        if are_files and not all(_is_copy(paths[0], path) for path in paths[1:]):
            names = tuple(f"'{path.name}'" for path in paths[:_SHOWN_NAMES])
            cause = message("several files have a similar name: %(names)s", names=names)
            cure = message("rename the right one to the name that the scan refers to")
            raise FormatError(self._scan, _place(self._reference), cause, cure)
        return paths[0]


def _is_copy(path: Path, other: Path) -> bool:
    if path.is_symlink() or other.is_symlink():  # the file may be outside the folder, where nothing is read
        return False
    try:
        return filecmp.cmp(path, other, shallow=False)
    except OSError:
        return False


def _spellings(name: str) -> Iterator[str]:
    """Yield the spellings of a name that count as equal: composed, caseless, and decoded with another encoding."""
    yield _caseless(name)
    if name.isascii():
        return
    for encode, decode in (("utf-8", "latin-1"), ("latin-1", "utf-8"), ("cp1252", "utf-8"), ("cp437", "utf-8")):
        try:
            yield _caseless(name.encode(encode, "surrogateescape").decode(decode))
        except UnicodeError:
            continue


def _loose_spellings(name: str) -> Iterator[str]:
    """Yield the spellings with all separators alike, and percent-escapes in a name on the disk decoded."""
    for spelling in dict.fromkeys((name, unquote(name))):
        for each in _spellings(spelling):
            yield _SEPARATORS.sub("_", each)


def _caseless(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _inside(path: Path, folder: Path, scan: Path, reference: str) -> Path:
    """Return a file whose real path is inside the folder, as a link may point outside it."""
    if path.resolve().is_relative_to(folder.resolve()):
        return path
    raise _unsafe(scan, reference, message("it is a link to a file outside the scan's folder"))


def _unsafe(scan: Path, reference: str, cause: Message) -> UnsafePathError:
    cure = message("put the file next to the scan and refer to it by its file name only")
    return UnsafePathError(scan, _place(reference), cause, cure)


def _place(reference: str) -> Message:
    shown = reference if len(reference) <= 80 else reference[:77] + "..."
    return message("reference '%(reference)s'", reference=shown)


COLUMNS, ROWS = 10, 10
"""Tiles side by side, which the numbers limit, and one above another."""

FIRST = 1001
TILES = range(FIRST, FIRST + COLUMNS * ROWS)

_TOKEN = re.compile(r"<udim>", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)1001(?!\d)(?=[^/\\]*$)")


def has_token(name: str) -> bool:
    """Return whether a name stands for all tiles.

    >>> has_token("wall.<UDIM>.png")
    True
    """
    return _TOKEN.search(name) is not None


def tile_name(name: str, tile: int) -> str:
    """Return the name of one tile, from a name with `<UDIM>` or the number of the first tile; else the name itself.

    >>> tile_name("maps/wall.<UDIM>.png", 1012), tile_name("wall_1001.png", 1012), tile_name("wall.png", 1012)
    ('maps/wall.1012.png', 'wall_1012.png', 'wall.png')
    """
    if has_token(name):
        return _TOKEN.sub(str(tile), name)
    return _NUMBER.sub(str(tile), name)


def may_be_tiled(name: str) -> bool:
    """Return whether `tile_name` depends on the tile."""
    return tile_name(name, TILES[-1]) != name


DAMAGED = message("the file may be damaged or incomplete; copy or export it again")
EXPORT_AGAIN = message("export it again")
HEADER = message("header")
NO_DECOMPRESSION = message("the points cannot be decompressed")


def too_few_points(path: Path, place: str, declared: int, actual: int) -> FormatError:
    """Return the error for a file that has fewer points than it declares."""
    cause = plural_message(
        "it declares %(count)s point but contains %(actual)s",
        "it declares %(count)s points but contains %(actual)s",
        declared,
        actual=actual,
    )
    return FormatError(path, place, cause, DAMAGED)


def too_many_points(path: Path, declared: int, point_bytes: int, place: str = HEADER) -> FormatError:
    """Return the error for a header, or a chunk, that declares more points than the file has bytes for."""
    cause = plural_message(
        "it declares %(count)s point of %(size)s bytes, more than the file contains",
        "it declares %(count)s points of %(size)s bytes, more than the file contains",
        declared,
        size=point_bytes,
    )
    return FormatError(path, place, cause, DAMAGED)


@contextmanager
def native_errors(path: Path, place: str, cause: Message, cure: Message) -> Iterator[None]:
    """Raise FormatError for any exception but the project's own errors, OSError and requests to stop.

    A panic in Rust arrives as a `BaseException` whose class no module exports.
    """
    try:
        yield
    except (CarreauError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise FormatError(path, place, message("%(cause)s (%(reason)s)", cause=cause, reason=reason), cure) from error
