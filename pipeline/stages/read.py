"""Read a scan, whatever its format."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ScanError
from pipeline.formats.io.tiles import tiles_of
from pipeline.formats.sniff import sniff
from pipeline.model import Scan


def read(path: Path) -> Scan:
    """Return the scan in a file, with the files it refers to.

    The format is told by the first bytes, and by the suffix only where they leave it open. Readers are imported when
    they are needed: each brings its own libraries.

    Raises ScanError, or a narrower one, in one line naming file, place, cause and cure; never another exception for
    anything a file may hold.
    """
    try:
        if path.is_dir() and (tiles := tiles_of(path)):
            from pipeline.geometry.tiles.tiled_scan import read_tiles

            return read_tiles(path, tiles, read)
        return _read_as(sniff(path), path)
    except OSError as error:
        cause = f"it cannot be read ({error.strerror or error})"
        raise ScanError(error.filename or path, "", cause, "check that it is there and its permissions") from error


def _read_as(kind: str, path: Path) -> Scan:
    if kind == "obj":
        from pipeline.formats.meshes import obj

        return obj.read(path)
    if kind == "ply":
        from pipeline.formats.meshes import ply

        return ply.read(path)
    if kind == "stl":
        from pipeline.formats.meshes import stl

        return stl.read(path)
    if kind == "gltf":
        from pipeline.formats.gltf import gltf

        return gltf.read(path)
    return _read_points(kind, path)


def _read_points(kind: str, path: Path) -> Scan:
    if kind == "las":
        from pipeline.formats.clouds import las

        return las.read(path)
    if kind == "e57":
        from pipeline.formats.clouds import e57

        return e57.read(path)
    if kind == "pcd":
        from pipeline.formats.clouds import pcd

        return pcd.read(path)
    from pipeline.formats.clouds import xyz

    return xyz.read(path)
