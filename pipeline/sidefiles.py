"""Give the cache a scan with all the files it leans on."""

from __future__ import annotations

from pathlib import Path

from pipeline.cache import Cache, Files
from pipeline.errors import ScanError
from pipeline.formats.files import beside
from pipeline.formats.references import references


def scan_files(scan: Path, cache: Cache) -> Files:
    """Return a scan and the MTL, buffers and textures it names as the input of a step.

    Names that no file answers to are part of the key, so that a texture that turns up later is not overlooked.
    Raises ScanError when the scan is not a file that can be read.
    """
    if not scan.is_file():
        cause = "it is a folder" if scan.is_dir() else "there is no such file"
        raise ScanError(scan, "", cause, "give the path of an OBJ, PLY, GLB, glTF or STL file")
    found: dict[Path, None] = {}
    missing: dict[str, None] = {}
    try:
        _collect(scan, scan, cache, found, missing)
        return cache.files(scan, found, missing)
    except OSError as error:
        cause = f"cannot be read ({error.strerror or error})"
        raise ScanError(error.filename or scan, "", cause, "check its permissions and the disk") from error


def _collect(scan: Path, file: Path, cache: Cache, found: dict[Path, None], missing: dict[str, None]) -> None:
    for name in _names(file, cache):
        path = _meant(scan, name)
        if path is None:
            missing[name] = None
        elif path not in found:
            found[path] = None
            if path.suffix.lower() == ".mtl":
                _collect(scan, path, cache, found, missing)


def _names(file: Path, cache: Cache) -> list[str]:
    names = cache.noted(file, "references", lambda path: list(references(path)))
    own = [f"{file.stem}.mtl"] if file.suffix.lower() == ".obj" else []
    return [*names, *own]


def _meant(scan: Path, name: str) -> Path | None:
    try:
        exact = scan.parent / name
        # What `beside` would find first; it lists the folder for each name, 2 ms with the 729 textures of one report.
        return exact if exact.is_file() else beside(scan, name)
    except (ScanError, OSError, ValueError):  # the reader says what is wrong with it
        return None
