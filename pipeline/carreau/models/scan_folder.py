"""Find the scans in what a person named: files, and folders of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import ScanError, cannot_read
from carreau.base.levels import NAMES
from carreau.base.messages import message
from carreau.base.text_encoding import printable
from carreau.formats.registry import SPLATS, suffixes
from carreau.formats.tiles import tiles_of
from carreau.models.builders.sources import source_of


@dataclass(frozen=True)
class NamedScan:
    """A scan, and what its folder among the others' is called."""

    name: str
    path: Path


@dataclass(frozen=True)
class _Found:
    path: Path
    names: tuple[str, ...]


def scans_of(given: Sequence[Path], out: Path) -> list[NamedScan]:
    """Return every scan that was meant, each with a name that no other has, in the order given.

    A file is a scan, and so is a folder of tiles or a survey. Any other folder is looked through, with all below it:
    each file whose suffix is that of a format is a scan, and so are measured facts, and a splat, which is then refused.
    Hidden folders are left out, and so are `out` and models made earlier.
    Raises ScanError for a folder without any scan.
    """
    scans: list[_Found] = []
    for path in given:
        if is_many(path):
            scans += _in_folder(path, out)
        else:
            scans.append(_Found(path, _names((_stem(path),), path)))
    return [NamedScan(printable(name), each.path) for name, each in zip(_unique_names(scans), scans, strict=True)]


def is_many(path: Path) -> bool:
    """Say whether a path is a folder of scans, and not one scan."""
    return path.is_dir() and not is_one(path)


def is_one(folder: Path) -> bool:
    """Say whether a folder is one scan: cut into tiles, or a survey from the air."""
    return source_of(folder) is not None or bool(tiles_of(folder))


def _in_folder(folder: Path, out: Path) -> list[_Found]:
    try:
        scans = list(_walk(folder, folder, out.absolute()))
    except OSError as error:
        cause = cannot_read(error)
        raise ScanError(error.filename or folder, "", cause, message("check its permissions and the disk")) from error
    if not scans:
        cause = message("it contains no scan")
        raise ScanError(
            folder, "", cause, message("put files there that end in %(endings)s", endings=tuple(suffixes()))
        )
    return scans


def _walk(folder: Path, top: Path, out: Path) -> Iterator[_Found]:
    if folder.absolute() == out or _is_ours(folder):
        return
    inside = "-".join(folder.relative_to(top).parts)
    if inside and is_one(folder):
        yield _Found(folder, (inside,))
        return
    entries = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    endings = (*suffixes(), *SPLATS)
    files = [path for path in entries if path.is_file() and (path.suffix.lower() in endings or source_of(path))]
    for path in files:
        whole = "-".join(part for part in (inside, _stem(path)) if part)
        yield _Found(path, _names((inside, whole) if inside and len(files) == 1 else (whole,), path))
    for path in entries:
        # A link to a folder above would be walked for ever.
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from _walk(path, top, out)


def _is_ours(folder: Path) -> bool:
    """Return whether a build wrote into a folder; its report comes last, and is missing where it was killed before."""
    names = ("report.json", *(f"{name}.glb" for name in NAMES))
    return (folder / "poster.webp").is_file() and any((folder / name).is_file() for name in names)


def _stem(path: Path) -> str:
    source = source_of(path)
    return source.stem(path) if source else path.stem


def _names(first: Iterable[str], path: Path) -> tuple[str, ...]:
    """Return names for a scan, each telling more than the one before."""
    longer = f"{path.absolute().parent.name}-{_stem(path)}"
    return (*first, longer, f"{longer}-{path.suffix[1:].lower()}")


def _unique_names(scans: Sequence[_Found]) -> list[str]:
    """Return the shortest name of each that no other has, with a number where two are alike to the end."""
    chosen = [0] * len(scans)
    while True:
        names = [each.names[number] for each, number in zip(scans, chosen, strict=True)]
        count = Counter(name.casefold() for name in names)  # some file systems do not tell A from a
        alike = [
            place for place, name in enumerate(names)
            if count[name.casefold()] > 1 and chosen[place] + 1 < len(scans[place].names)
        ]  # fmt: skip
        if not alike:
            return _numbered(names)
        for place in alike:
            chosen[place] += 1


def _numbered(names: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    result = []
    for name in names:
        number, free = 1, name
        while free.casefold() in taken:
            number += 1
            free = f"{name}-{number}"
        taken.add(free.casefold())
        result.append(free)
    return result


def size_bytes(path: Path) -> int:
    """Return the bytes of a scan's main file, or of all in its folder: what says how long it may take."""
    try:
        if path.is_dir():
            return sum((Path(top) / name).stat().st_size for top, _, names in os.walk(path) for name in names)
        return path.stat().st_size
    except OSError:
        return 0
