"""Detection of tiles: files in a folder that form one scan.

The rules, in this order; several independent scans in one folder stay separate:

- ContextCapture and iTwin Capture: `Data/Tile_+003_+002/Tile_+003_+002.obj` (or `…_L22_00010.obj` of several levels of
  detail) beside or below a `metadata.xml`; the folder may be that of `metadata.xml` or `Data` itself.
- A grid of blocks in the folder, as Metashape numbers them: `mill_0_0.obj`, `mill_0_1.obj`, `tile-1-2.ply`.
- Parts in the folder, as RealityCapture numbers them: `mill_part1.obj`, `mill_0000000.obj`.
- Two files or more of one kind in a folder that holds a `metadata.xml` of a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import UnsafePathError
from pipeline.formats.location.sidecars import has_model_metadata
from pipeline.formats.registry import suffixes
from pipeline.messages import message

_CAPTURE = re.compile(r"(?P<tile>Tile(?:_[+-]?\d+){1,3})(?:_L(?P<level>\d+)(?:_(?P<node>\w*))?)?", re.IGNORECASE)
_BLOCK = re.compile(r"(?P<stem>.*?)[-_ ]?(?P<x>\d{1,4})[-_](?P<y>\d{1,4})")
_PART = re.compile(r"(?P<stem>.*?)[-_ ]?(?:part[-_ ]?\d+|(?<=[-_ ])\d{7})", re.IGNORECASE)
_BLOCK_WORD = re.compile(r"(?:^|[-_ ])(?:tile|block|chunk)s?$", re.IGNORECASE)


def tiles_of(folder: Path) -> tuple[Path, ...] | None:
    """Return the tiles of the scan in a folder, sorted, or None if the folder is not one tiled scan.

    Of tiles in several levels of detail, the finest are returned. Reads file names, and the head of `metadata.xml`.
    Raises UnsafePathError for a tile that links outside the folder, OSError if the folder cannot be listed.
    """
    if not folder.is_dir():
        return None
    flat = _files(folder)
    for tiles in (_capture_tiles(folder), _numbered(flat, _is_grid, _BLOCK), _numbered(flat, _is_series, _PART)):
        if tiles:
            return _inside(folder, tiles)
    if has_model_metadata(folder) and len(one_kind := _one_kind(flat)) > 1:
        return _inside(folder, one_kind)
    return None


def _files(folder: Path) -> list[Path]:
    kinds = suffixes("mesh")
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in kinds and path.is_file()]


def _capture_tiles(folder: Path) -> list[Path]:
    """Return the tiles of ContextCapture's layout: each in a folder of the same name."""
    data = folder / "Data" if (folder / "Data").is_dir() else folder
    names = [path for path in sorted(data.iterdir()) if path.is_dir() and _CAPTURE.fullmatch(path.name)]
    own = (path for tile in names for path in _files(tile) if _is_of(path, tile.name))
    return _finest(_one_kind(own))


def _is_of(path: Path, tile: str) -> bool:
    match = _CAPTURE.fullmatch(path.stem)
    return match is not None and match["tile"].lower() == tile.lower()


def _finest(paths: Iterable[Path]) -> list[Path]:
    """Drop every tile with a finer one: the number of a node starts with that of the node it refines."""
    nodes: dict[str, dict[Path, tuple[int, str]]] = {}
    for path in paths:
        match = _CAPTURE.fullmatch(path.stem)
        assert match is not None  # noqa: S101 - `_is_of` checked it
        node = re.sub(r"t\d+$", "", match["node"] or "")
        nodes.setdefault(match["tile"].lower(), {})[path] = (int(match["level"] or -1), node)
    return [path for tile in nodes.values() for path, own in tile.items() if not _is_refined(own, tile.values())]


def _is_refined(own: tuple[int, str], others: Iterable[tuple[int, str]]) -> bool:
    return any(level > own[0] and node.startswith(own[1]) for level, node in others)


def _numbered(paths: list[Path], counts: object, pattern: re.Pattern[str]) -> list[Path]:
    """Return the files of one format if all are named after one stem with numbers that count as tiles."""
    by_path = {path: pattern.fullmatch(path.stem) for path in _one_kind(paths)}
    matches = [match for match in by_path.values() if match]
    if len(matches) < 2 or len(matches) < len(by_path) or len({match["stem"].lower() for match in matches}) != 1:
        return []
    return list(by_path) if callable(counts) and counts(matches) else []


def _is_grid(matches: list[re.Match[str]]) -> bool:
    """Tell a grid of blocks from dates and versions: it starts at 0, is named tile or block, or spans both axes."""
    places = [(int(match["x"]), int(match["y"])) for match in matches]
    least = (min(x for x, _ in places), min(y for _, y in places))
    if len(set(places)) < len(places) or (max(least) > 1 and not _BLOCK_WORD.search(matches[0]["stem"])):
        return False
    wide = len({x for x, _ in places}) > 1 and len({y for _, y in places}) > 1
    return 0 in least or wide or bool(_BLOCK_WORD.search(matches[0]["stem"]))


def _is_series(matches: list[re.Match[str]]) -> bool:
    return len(matches) > 1


def _one_kind(paths: Iterable[Path]) -> list[Path]:
    """Return the files of the most frequent format, as programs write a scan in several formats."""
    listed = list(paths)
    kinds = suffixes("mesh")
    counts = {suffix: sum(path.suffix.lower() == suffix for path in listed) for suffix in kinds}
    kind = max(kinds, key=lambda suffix: counts[suffix])  # the first of several with the same count
    return [path for path in listed if path.suffix.lower() == kind]


def _inside(folder: Path, paths: Iterable[Path]) -> tuple[Path, ...]:
    root = folder.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(root):
            cause = message("the tile '%(file)s' is a link to a file outside the folder", file=path.name)
            raise UnsafePathError(folder, "", cause, message("copy the tile into the folder"))
    return tuple(sorted(paths))
