"""Find the files of a scan, and pass them to the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carreau.base.errors import ScanError, cannot_read
from carreau.base.messages import Message, message
from carreau.formats.io.safe_paths import beside
from carreau.formats.registry import REFERENCED, by_suffix, names, references
from carreau.formats.tiles import tiles_of
from carreau.models.builders.sources import source_of
from carreau.runs.cache import Cache
from carreau.runs.fingerprint import digest
from carreau.runs.tasks import Content, InputFiles


def scan_files(scan: Path, cache: Cache) -> InputFiles:
    """Return a scan with its MTL, buffers and textures as the input of a task; a folder of tiles or a survey is one.

    References to missing files are part of the key, so that a texture that appears later is not overlooked.
    Raises ScanError when the scan is neither a readable file nor a folder of tiles.
    """
    with _readable(scan):
        if (source := source_of(scan)) is not None:
            found, absent = source.input_files(scan)
            return _files(scan, dict.fromkeys(found), dict.fromkeys(absent), cache)
        tiles = _tiles(scan)
        paths: dict[Path, None] = dict.fromkeys(tiles if scan.is_dir() else ())
        missing: dict[str, None] = {}
        for tile in tiles:
            _collect(tile, tile, cache, paths, missing)
        return _files(scan, paths, missing, cache)


def place_files(scan: Path, cache: Cache) -> InputFiles:
    """Return a scan with `scan.toml` and its other location side files, as the input of a task.

    They are separate from `scan_files`, so that a changed `scan.toml` does not read the scan again.
    Raises ScanError as `scan_files` does.
    """
    from carreau.formats.location.sidecars import sidecar_files

    scan = scan.absolute()
    with _readable(scan):
        if source_of(scan) is not None:  # it locates itself
            return scan_files(scan, cache)
        tiles = _tiles(scan)
        return _files(scan, dict.fromkeys([*(tiles if scan.is_dir() else ()), *sidecar_files(scan)]), {}, cache)


def _tiles(scan: Path) -> tuple[Path, ...]:
    """Return the tiles of a folder, or the file itself."""
    if scan.is_file():
        return (scan,)
    if not scan.is_dir():
        raise ScanError(scan, "", message("the file does not exist"), _cure())
    tiles = tiles_of(scan)
    if tiles is None and any(scan.glob("**/Tile_*/*.osgb")):
        raise ScanError(scan, "", message("its tiles are OSGB, which is not supported"), message("export them as OBJ"))
    if tiles is None:
        raise ScanError(scan, "", message("it is a folder that does not contain the tiles of a scan"), _cure())
    return tiles


def _cure() -> Message:
    return message(
        "give the path of a mesh (%(meshes)s), a point cloud (%(clouds)s), a folder of tiles or one with survey.toml",
        meshes=names("mesh"),
        clouds=names("points"),
    )


def _files(scan: Path, paths: dict[Path, None], missing: dict[str, None], cache: Cache) -> InputFiles:
    """Return the files of a scan; names in a folder of tiles are relative to the folder above it, as for a file."""
    if not scan.is_dir():
        return cache.files(scan, paths, missing)
    folder = scan.absolute()
    sorted_paths = sorted({path.absolute() for path in paths})
    names = [os.path.relpath(path, folder.parent) for path in sorted_paths]
    digests, sizes = [cache.sha256(path) for path in sorted_paths], [path.stat().st_size for path in sorted_paths]
    key = digest({"folder": folder.name, "names": names, "digests": digests, "missing": sorted(set(missing))})
    return InputFiles(folder, key, sum(sizes), tuple(map(Content, names, digests, sizes)))


@contextmanager
def _readable(scan: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = cannot_read(error)
        raise ScanError(error.filename or scan, "", cause, message("check its permissions and the disk")) from error


def _collect(scan: Path, file: Path, cache: Cache, paths: dict[Path, None], missing: dict[str, None]) -> None:
    for name in _names(file, cache):
        path = _resolved(scan, name)
        if path is None:
            missing[name] = None
        elif path not in paths:
            paths[path] = None
            if path.suffix.lower() in REFERENCED:
                _collect(scan, path, cache, paths, missing)


def _names(file: Path, cache: Cache) -> list[str]:
    names = cache.file_fact(file, "references", lambda path: list(references(path)))
    own = by_suffix(file.suffix.lower())
    return [*names, *(file.stem + suffix for suffix in (own.companions if own else ()))]


def _resolved(scan: Path, name: str) -> Path | None:
    try:
        exact = scan.parent / name
        # Before `beside`, which lists the folder for each name: 2 ms with the 729 textures of one scan.
        return exact if exact.is_file() else beside(scan, name)
    except (ScanError, OSError, ValueError):  # the reader reports it
        return None
