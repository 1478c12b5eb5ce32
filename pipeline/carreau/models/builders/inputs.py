"""Inputs of a build: the files of a scan, and options parsed, or filled from its `scan.toml`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from carreau.base.errors import OptionError, ScanError, cannot_read
from carreau.base.messages import Message, message, printable
from carreau.base.options import ModelOptions
from carreau.formats.registry import REFERENCED, by_suffix, names, references
from carreau.formats.safe_paths import beside
from carreau.formats.tiles import find_pieces, find_tiles
from carreau.models.builders.sources import recognize_source
from carreau.runs.cache import Cache
from carreau.runs.fingerprint import digest
from carreau.runs.tasks import Content, InputFiles

if TYPE_CHECKING:
    from carreau.formats.location.crs import PlacementMetadata


def scan_files(scan: Path, cache: Cache, as_one: bool = False) -> InputFiles:
    """Return a scan with its MTL, buffers and textures as the input of a task; a folder of tiles or a survey is one.

    as_one : whether all meshes in a folder are one scan, whatever they are called

    References to missing files are part of the key, so that a texture that appears later is not overlooked.
    Raises ScanError when the scan is neither a readable file nor a folder of tiles.
    """
    with _readable(scan):
        if (source := recognize_source(scan)) is not None:
            files, absent = source.input_files(scan)
            return _files(scan, dict.fromkeys(files), dict.fromkeys(absent), cache)
        tiles = _tiles(scan, as_one)
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
        if recognize_source(scan) is not None:  # it locates itself
            return scan_files(scan, cache)
        tiles = _tiles(scan, as_one=True)  # `scan_files` had them first
        return _files(scan, dict.fromkeys([*(tiles if scan.is_dir() else ()), *sidecar_files(scan)]), {}, cache)


def _tiles(scan: Path, as_one: bool) -> tuple[Path, ...]:
    """Return the tiles of a folder, or the file itself."""
    if scan.is_file():
        return (scan,)
    if not scan.is_dir():
        raise ScanError(scan, "", message("the file does not exist"), _cure())
    tiles = find_tiles(scan)
    if tiles is None and as_one:
        tiles = find_pieces(scan) or None
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
        path = _resolve(scan, name)
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


def _resolve(scan: Path, name: str) -> Path | None:
    try:
        exact = scan.parent / name
        # Before `beside`, which lists the folder for each name: 2 ms with the 729 textures of one scan.
        return exact if exact.is_file() else beside(scan, name)
    except (ScanError, OSError, ValueError):  # the reader reports it
        return None


FARTHEST = 1e12
"""Largest number that can be a coordinate."""


def parse_numbers(option: str, text: str, counts: tuple[int, ...], example: str) -> tuple[float, ...]:
    """Return the numbers of an option's text, "722000,7030000,0".

    counts : allowed numbers of values
    Raises OptionError naming the option.
    """
    words = text.replace(";", ",").split(",")
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        values = ()
    if len(values) not in counts or not all(math.isfinite(number) and abs(number) <= FARTHEST for number in values):
        raise OptionError(
            message(
                "%(option)s: '%(text)s' does not have %(counts)s numbers; separate them with commas, as in %(example)s",
                option=option,
                text=text,
                counts=message("3, 6 or 9") if len(counts) > 1 else counts[0],
                example=example,
            )
        )
    return values


def parse_offset(text: str | None) -> tuple[float, float, float] | None:
    """Return the values of `--offset`. Raises OptionError."""
    if text is None:
        return None
    x, y, z = parse_numbers("--offset", text, (3,), "722000,7030000,0")
    return x, y, z


def parse_height(text: str | None) -> float | None:
    """Return the value of `--height` in metres. Raises OptionError."""
    if text is None:
        return None
    (metres,) = parse_numbers("--height", text, (1,), "38.5")
    if metres <= 0:
        raise OptionError(
            message("--height: %(text)s m is not a height; give the metres from the ground to the top", text=text)
        )
    return metres


def parse_crop(text: str | None) -> tuple[float, float, float, float, float, float] | None:
    """Return the values of `--crop`. Raises OptionError."""
    if text is None:
        return None
    a, b, c, d, e, f = parse_numbers("--crop", text, (6,), "-10,-10,-1,10,10,40")
    if not (a < d and b < e and c < f):
        raise OptionError(
            message("--crop: '%(text)s' is not a box; give the smallest x, y, z, then the largest", text=text)
        )
    return a, b, c, d, e, f


def parse_ground(text: str | None) -> tuple[float, ...] | None:
    """Return the values of `--ground`, () for "auto". Raises OptionError."""
    if text is None or text == "auto":
        return None if text is None else ()
    values = parse_numbers("--ground", text, (3, 6, 9), "auto, 0,0,0 or 0,0,0,0,0,1")
    if len(values) == 6 and not any(values[3:]):
        raise OptionError(message("--ground: the normal in '%(text)s' has no length; give the up direction", text=text))
    if len(values) == 9:
        from carreau.formats.location.scan_toml import are_in_line

        if are_in_line((values[:3], values[3:6], values[6:])):
            raise OptionError(
                message(
                    "--ground: the points in '%(text)s' lie on one line; give three points of the ground", text=text
                )
            )
    return values


def parse_placement(options: ModelOptions) -> tuple[PlacementMetadata, ...]:
    """Return the location and size in the options, each with the option as its source.

    Raises OptionError for an unknown coordinate system.
    """
    from carreau.formats.location.crs import CrsError, PlacementMetadata, normal_crs

    sources = []
    if options.epsg:
        try:
            sources.append(PlacementMetadata("--epsg", crs=normal_crs(options.epsg)))
        except CrsError as error:
            raise OptionError(
                message(
                    "--epsg: %(reason)s; find the code of the coordinate system in the EPSG registry",
                    reason=error.args[0],
                )
            ) from error
    if options.offset is not None:
        sources.append(PlacementMetadata("--offset", offset=options.offset))
    if options.height is not None:
        sources.append(PlacementMetadata("--height", height_m=options.height))
    if options.crop is not None:
        a, b, c, d, e, f = options.crop
        sources.append(PlacementMetadata("--crop", crop=((a, b, c), (d, e, f))))
    if options.ground is not None:
        sources.append(PlacementMetadata("--ground", ground=options.ground))
    return tuple(sources)


def with_defaults(options: ModelOptions, scan: Path) -> ModelOptions:
    """Return the options with the name, source, licence, credit and `allow_loss` of `scan.toml` where they are empty.

    Raises ScanError for an invalid `scan.toml`.
    """
    from carreau.formats.location.scan_toml import notes_file, read_notes

    path = notes_file(scan.absolute())
    if path is not None:
        notes = read_notes(path)
        filled = {key: getattr(options, key) or getattr(notes, key) for key in ("name", "source", "licence", "credit")}
        options = replace(options, **filled, allow_loss=options.allow_loss or notes.allow_loss)
    return replace(options, name=options.name or printable(scan.stem))
