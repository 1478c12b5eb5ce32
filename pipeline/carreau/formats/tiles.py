"""Detection of tiles: files in a folder that form one scan.

The rules, in this order; several independent scans in one folder stay separate:

- ContextCapture and iTwin Capture: `Data/Tile_+003_+002/Tile_+003_+002.obj` (or `…_L22_00010.obj` of several levels of
  detail) beside or below a `metadata.xml`; the folder may be that of `metadata.xml` or `Data` itself.
- A grid of blocks in the folder, as Metashape numbers them: `mill_0_0.obj`, `mill_0_1.obj`, `tile-1-2.glb`,
  `Tile_+000_-001.gltf`.
- Parts in the folder, as RealityCapture numbers them: `mill_part1.obj`, `mill_0000000.obj`; or `tile_1.glb`.
- Two files or more of one kind in a folder that holds a `metadata.xml` of a model.

Tiles have one format; GLB and glTF are one. 3D Tiles are not read: their files are levels of detail of each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from carreau.base.errors import ScanError, UnsafePathError
from carreau.base.messages import message
from carreau.formats.location.sidecars import has_model_metadata
from carreau.formats.registry import by_suffix, suffixes

_HEAD_BYTES = 1 << 16
_WITHOUT_LEVELS = message("export the model as one GLB, or as OBJ or GLB tiles without levels of detail")
_CAPTURE = re.compile(r"(?P<tile>Tile(?:_[+-]?\d+){1,3})(?:_L(?P<level>\d+)(?:_(?P<node>\w*))?)?", re.IGNORECASE)
_BLOCK = re.compile(
    r"(?P<stem>.*?)"
    r"(?:[-_ ]?(?P<x>\d{1,4})[-_](?P<y>\d{1,4})|[-_ ](?P<signed_x>[-+]\d{1,4})_(?P<signed_y>[-+]\d{1,4}))"
)
_PART = re.compile(r"(?P<stem>.*?)[-_ ]?(?:(?:part|\btile|(?<=[-_ ])tile)[-_ ]?\d+|(?<=[-_ ])\d{7})", re.IGNORECASE)
_BLOCK_WORD = re.compile(r"(?:^|[-_ ])(?:tile|block|chunk)s?$", re.IGNORECASE)


def find_tiles(folder: Path) -> tuple[Path, ...] | None:
    """Return the tiles of the scan in a folder, sorted, or None if the folder is not one tiled scan.

    Of tiles in several levels of detail, the finest are returned. Reads file names, and the head of `metadata.xml`.
    Raises UnsafePathError for a tile that links outside the folder, ScanError for tiles in several formats and for 3D
    Tiles, OSError if the folder cannot be listed.
    """
    if not folder.is_dir():
        return None
    flat = _files(folder)
    for tiles in (
        _capture_tiles(folder),
        _sort_numbered(flat, _is_grid, _BLOCK),
        _sort_numbered(flat, _is_series, _PART),
    ):
        if tiles and not (_format(tiles[0]) == "gltf" and _is_tileset(folder)):
            return _inside(folder, tiles)
    if _is_tileset(folder):
        cause = message("it is a 3D Tiles tileset, whose files repeat the scan in several levels of detail")
        raise ScanError(folder, "", cause, _WITHOUT_LEVELS)
    if has_model_metadata(folder) and len(one_kind := _one_kind(flat)) > 1:
        return _inside(folder, one_kind)
    return None


def find_pieces(folder: Path) -> tuple[Path, ...]:
    """Return the meshes in a folder that are one scan because a person says so, sorted; empty without any.

    Of a mesh in several formats, the most frequent one is read. Raises ScanError where other meshes are left then,
    UnsafePathError for a link outside the folder, and OSError if the folder cannot be listed.
    """
    paths = _files(folder)
    pieces = _one_kind(paths)
    names = {path.stem.lower() for path in pieces}
    if others := [path for path in paths if path.stem.lower() not in names]:
        raise _mixed(folder, pieces[0], others[0])
    return _inside(folder, pieces)


def _mixed(folder: Path, *examples: Path) -> ScanError:
    cause = message("its tiles have different formats: %(files)s", files=tuple(path.name for path in examples))
    cure = message("export all tiles in one format, or put other scans into another folder")
    return ScanError(folder, "", cause, cure)


def _files(folder: Path) -> list[Path]:
    kinds = suffixes("mesh")
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in kinds and path.is_file()]


def _capture_tiles(folder: Path) -> list[Path]:
    """Return the tiles of ContextCapture's layout: each in a folder of the same name."""
    data = folder / "Data" if (folder / "Data").is_dir() else folder
    names = [path for path in sorted(data.iterdir()) if path.is_dir() and _CAPTURE.fullmatch(path.name)]
    own = (path for tile in names for path in _files(tile) if _belongs_to(path, tile.name))
    return _finest(_one_kind(own))


def _belongs_to(path: Path, tile: str) -> bool:
    match = _CAPTURE.fullmatch(path.stem)
    return match is not None and match["tile"].lower() == tile.lower()


def _finest(paths: Iterable[Path]) -> list[Path]:
    """Drop every tile with a finer one: the number of a node starts with that of the node it refines."""
    nodes: dict[str, dict[Path, tuple[int, str]]] = {}
    for path in paths:
        match = _CAPTURE.fullmatch(path.stem)
        assert match is not None  # noqa: S101 - `_belongs_to` checked it
        node = re.sub(r"t\d+$", "", match["node"] or "")
        nodes.setdefault(match["tile"].lower(), {})[path] = (int(match["level"] or -1), node)
    return [path for tile in nodes.values() for path, own in tile.items() if not _is_refined(own, tile.values())]


def _is_refined(own: tuple[int, str], others: Iterable[tuple[int, str]]) -> bool:
    return any(level > own[0] and node.startswith(own[1]) for level, node in others)


def _sort_numbered(paths: list[Path], counts: object, pattern: re.Pattern[str]) -> list[Path]:
    """Return the files of one format if all are named after one stem with numbers that count as tiles."""
    by_path = {path: pattern.fullmatch(path.stem) for path in _one_kind(paths)}
    matches = [match for match in by_path.values() if match]
    stems = {match["stem"].lower() for match in matches}
    if not matches or len(matches) < len(by_path) or len(stems) != 1:
        return []
    names = {path.stem.lower() for path in by_path}
    others = {path: pattern.fullmatch(path.stem) for path in paths if path.stem.lower() not in names}
    more = {path: match for path, match in others.items() if match and match["stem"].lower() in stems}
    all_matches = [*matches, *more.values()]
    if len(all_matches) < 2 or not (callable(counts) and counts(all_matches)):
        return []
    if more:
        raise _mixed(paths[0].parent, next(iter(by_path)), next(iter(more)))
    return list(by_path)


def _is_grid(matches: list[re.Match[str]]) -> bool:
    """Tell a grid of blocks from dates and versions: it starts at 0, is named tile or block, or spans both axes."""
    places = [(int(match["x"] or match["signed_x"]), int(match["y"] or match["signed_y"])) for match in matches]
    least = (min(x for x, _ in places), min(y for _, y in places))
    if len(set(places)) < len(places) or (max(least) > 1 and not _BLOCK_WORD.search(matches[0]["stem"])):
        return False
    wide = len({x for x, _ in places}) > 1 and len({y for _, y in places}) > 1
    return 0 in least or wide or bool(_BLOCK_WORD.search(matches[0]["stem"]))


def _is_series(matches: list[re.Match[str]]) -> bool:
    return len(matches) > 1


def _one_kind(paths: Iterable[Path]) -> list[Path]:
    """Return the files of the most frequent format, as programs write a scan in several formats.

    Of a GLB and a glTF of the same name, the GLB is returned.
    """
    order = suffixes("mesh")
    by_format: dict[str, dict[str, Path]] = {}
    for path in sorted(paths, key=lambda path: order.index(path.suffix.lower())):
        by_format.setdefault(_format(path), {}).setdefault(str(path.with_suffix("")).lower(), path)
    most = max(by_format.values(), key=len, default={})  # the first of several with the same count
    return sorted(most.values())


def _format(path: Path) -> str:
    own = by_suffix(path.suffix.lower())
    return own.name if own else ""


def _is_tileset(folder: Path) -> bool:
    """Tell whether a folder holds the index of 3D Tiles (OGC 22-025r4)."""
    path = folder / "tileset.json"
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"geometricError"' in file.read(_HEAD_BYTES)


def _inside(folder: Path, paths: Iterable[Path]) -> tuple[Path, ...]:
    root = folder.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(root):
            cause = message("the tile '%(file)s' is a link to a file outside the folder", file=path.name)
            raise UnsafePathError(folder, "", cause, message("copy the tile into the folder"))
    return tuple(sorted(paths))
