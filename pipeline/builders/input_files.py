"""Give the cache a scan with all the files it leans on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.cache.cache import Cache
from pipeline.cache.fingerprint import digest
from pipeline.cache.tasks import Content, InputFiles
from pipeline.errors import ScanError
from pipeline.formats.io.files import beside
from pipeline.formats.registry import REFERENCED, by_suffix, names, references
from pipeline.formats.tiles import tiles_of
from pipeline.messages import Message, message


def scan_files(scan: Path, cache: Cache) -> InputFiles:
    """Return a scan and the MTL, buffers and textures it names as the input of a step; a folder of tiles is one scan.

    Names that no file answers to are part of the key, so that a texture that turns up later is not overlooked.
    Raises ScanError when the scan is not a file that can be read, nor a folder of tiles.
    """
    with _readable(scan):
        tiles = _tiles(scan)
        found: dict[Path, None] = dict.fromkeys(tiles if scan.is_dir() else ())
        missing: dict[str, None] = {}
        for tile in tiles:
            _collect(tile, tile, cache, found, missing)
        return _files(scan, found, missing, cache)


def place_files(scan: Path, cache: Cache) -> InputFiles:
    """Return a scan and what lies beside it and says where it is, `scan.toml` among them, as the input of a step.

    They are apart from `scan_files`, so that a changed `scan.toml` reads no scan again.
    Raises ScanError as `scan_files` does.
    """
    from pipeline.formats.location.sidecars import sidecar_files

    scan = scan.absolute()
    with _readable(scan):
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
        "give the path of a mesh (%(meshes)s), a point cloud (%(clouds)s) or a folder of tiles",
        meshes=names("mesh"),
        clouds=names("points"),
    )


def _files(scan: Path, found: dict[Path, None], missing: dict[str, None], cache: Cache) -> InputFiles:
    """Digest a scan's files; those of a folder of tiles are named from the folder above it, as those of a file are."""
    if not scan.is_dir():
        return cache.files(scan, found, missing)
    folder = scan.absolute()
    paths = sorted({path.absolute() for path in found})
    names = [os.path.relpath(path, folder.parent) for path in paths]
    digests, sizes = [cache.sha256(path) for path in paths], [path.stat().st_size for path in paths]
    key = digest({"folder": folder.name, "names": names, "digests": digests, "missing": sorted(set(missing))})
    return InputFiles(folder, key, sum(sizes), tuple(map(Content, names, digests, sizes)))


@contextmanager
def _readable(scan: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = message("it cannot be read: %(error)s", error=str(error.strerror or error))
        raise ScanError(error.filename or scan, "", cause, message("check its permissions and the disk")) from error


def _collect(scan: Path, file: Path, cache: Cache, found: dict[Path, None], missing: dict[str, None]) -> None:
    for name in _names(file, cache):
        path = _meant(scan, name)
        if path is None:
            missing[name] = None
        elif path not in found:
            found[path] = None
            if path.suffix.lower() in REFERENCED:
                _collect(scan, path, cache, found, missing)


def _names(file: Path, cache: Cache) -> list[str]:
    names = cache.file_fact(file, "references", lambda path: list(references(path)))
    own = by_suffix(file.suffix.lower())
    return [*names, *(file.stem + suffix for suffix in (own.companions if own else ()))]


def _meant(scan: Path, name: str) -> Path | None:
    try:
        exact = scan.parent / name
        # What `beside` would find first; it lists the folder for each name, 2 ms with the 729 textures of one report.
        return exact if exact.is_file() else beside(scan, name)
    except (ScanError, OSError, ValueError):  # the reader says what is wrong with it
        return None
