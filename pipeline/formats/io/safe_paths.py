"""Lookup of files that a scan refers to, never outside the scan's folder."""

from __future__ import annotations

import functools
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

from pipeline.errors import UnsafePathError
from pipeline.messages import Message, message

#: Sub-folders in which programs put textures.
TEXTURE_FOLDERS = ("textures", "texture", "tex", "images", "image", "maps", "materials")

#: Returns the entries of a folder by all spellings of their names.
_Index = Callable[[Path], dict[str, list[str]]]

_NETWORK = re.compile(r"^\s*(?:[a-z][a-z0-9+.\-]+://|(?:https?|ftp|file|data|blob|javascript):)", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")


def beside(scan: Path, reference: str) -> Path | None:
    """Return the file that `reference` in `scan` refers to, or None if it is missing.

    Windows separators, percent-escapes, letter case, Unicode forms and wrongly decoded names are tolerated. A path from
    another machine is looked up by its last parts, in the scan's folder and in the usual sub-folders.

    Raises UnsafePathError for a URL, and for a path outside the scan's folder.
    """
    if _NETWORK.match(reference):
        cause = message("it is a URL; only files in the scan's folder are read")
        raise _unsafe(scan, reference, cause)
    climbs, index = False, functools.cache(_index)
    for spelling in dict.fromkeys((reference, unquote(reference))):
        parts, leaves = _parts(spelling)
        climbs = climbs or leaves
        for folder in dict.fromkeys((scan.parent, scan.resolve().parent)):
            path = _search(folder, parts, scan.stem, index)
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


def _search(folder: Path, parts: list[str], stem: str, index: _Index) -> Path | None:
    """Return the file at the path, at its last parts, or by its name in the usual sub-folders."""
    for first in range(len(parts)):
        path = _walk(folder, parts[first:], index)
        if path is not None:
            return path
    sub_folders = (*TEXTURE_FOLDERS, stem, f"{stem}_textures", f"{stem}.fbm", f"{stem}_files")
    for sub_folder in sub_folders if parts else ():
        path = _walk(folder, [sub_folder, parts[-1]], index)
        if path is not None:
            return path
    return None


def _walk(folder: Path, parts: list[str], index: _Index) -> Path | None:
    """Follow names down from a folder, each exactly, else by another spelling."""
    for depth, part in enumerate(parts):
        step = _entry(folder, part, depth == len(parts) - 1, index)
        if step is None:
            return None
        folder = step
    return folder if parts else None


def _entry(folder: Path, name: str, wants_file: bool, index: _Index) -> Path | None:
    """Return the entry of a folder with a name."""
    entries = index(folder)
    for spelling in dict.fromkeys(_spellings(name)):
        for other in sorted(entries.get(spelling, ()), key=lambda other: (other != name, other)):
            entry = folder / other
            if entry.is_file() if wants_file else entry.is_dir():
                return entry
    return None


def _index(folder: Path) -> dict[str, list[str]]:
    """List a folder by the spellings of its names; cached per reference, since listing it for each try was slow."""
    entries: dict[str, list[str]] = {}
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 (names are all we need, thousands at a time)
    except OSError:
        return entries
    for name in names:
        for spelling in dict.fromkeys(_spellings(name)):
            entries.setdefault(spelling, []).append(name)
    return entries


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


def _caseless(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _inside(path: Path, folder: Path, scan: Path, reference: str) -> Path:
    """Return a file whose real path is inside the folder, as a link may point outside it."""
    if path.resolve().is_relative_to(folder.resolve()):
        return path
    raise _unsafe(scan, reference, message("it is a link to a file outside the scan's folder"))


def _unsafe(scan: Path, reference: str, cause: Message) -> UnsafePathError:
    shown = reference if len(reference) <= 80 else reference[:77] + "..."
    cure = message("put the file next to the scan and refer to it by its file name only")
    return UnsafePathError(scan, message("reference '%(reference)s'", reference=shown), cause, cure)
