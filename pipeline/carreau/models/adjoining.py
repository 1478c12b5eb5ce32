"""Scans of a batch that adjoin in one coordinate frame, and so are pieces of one model."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from pkgutil import resolve_name
from typing import TypeAlias

from carreau.base.errors import CarreauError
from carreau.base.messages import Message, message, printable
from carreau.formats.registry import by_suffix
from carreau.models.given_scans import AS_ONE, GivenScans
from carreau.runs.cache import Cache

Bounds: TypeAlias = Sequence[Sequence[float]]
"""The least and the greatest x, y, z of a scan."""

TOUCHING = 0.02
"""Part of the shorter of two boxes, along the axis that they touch along, that they may be apart or overlap."""

FACING = 0.25
"""Least part of the smaller of two boxes, along each of the other axes, that lies beside the other."""

_SHOWN_NAMES = 4


def list_adjoining(scans: Sequence[Path], given: GivenScans, cache: Cache) -> list[Message]:
    """Return a sentence for each folder whose scans are pieces of one model by their bounds, with what joins them.

    scans : files and folders of a batch
    """
    groups: dict[tuple[Path, str], list[Path]] = {}
    for scan in scans:
        own = by_suffix(scan.suffix.lower())
        if own is not None and own.bounds and scan.is_file():
            groups.setdefault((scan.parent, own.name), []).append(scan)
    counts = {folder: sum(scan.parent == folder for scan in scans) for folder, _ in groups}
    return [
        message(
            "%(folder)s: its scans adjoin, as pieces of one model do, and each becomes a model (%(names)s); "
            "`%(command)s` makes one model of them",
            folder=str(given.name_given(folder)),
            names=tuple(printable(path.name) for path in paths[:_SHOWN_NAMES]) + ("…",) * (len(paths) > _SHOWN_NAMES),
            command=f"carreau model {shlex.quote(str(shown))} {AS_ONE}",
        )
        for (folder, _), paths in groups.items()
        if counts[folder] == len(paths) > 1 and adjoin(list(_bounds(paths, cache)))
        for shown in [next((archive for top, archive in given.archives.items() if folder.is_relative_to(top)), folder)]
    ]


def _bounds(paths: Sequence[Path], cache: Cache) -> Iterator[Bounds | None]:
    """Yield the bounds of each file; None for one that has none, or that its own build will refuse."""

    def compute(path: Path) -> Bounds | None:
        own = by_suffix(path.suffix.lower())
        box = resolve_name(own.bounds)(path) if own is not None else None
        return None if box is None else [[float(number) for number in corner] for corner in box]

    for path in paths:
        try:
            yield cache.file_fact(path, "bounds", compute)
        except (CarreauError, OSError):
            yield None


def adjoin(boxes: Sequence[Bounds | None]) -> bool:
    """Return whether boxes touch each other in one connected whole, and none of them lie in one place.

    >>> adjoin([[[x, 0, 0], [x + 1, 1, 1]] for x in (0, 1, 2)])
    True
    >>> adjoin([[[x, 0, 0], [x + 1, 1, 1]] for x in (0, 1, 5)])
    False
    """
    known = [box for box in boxes if box is not None and all(math.isfinite(number) for end in box for number in end)]
    if len(known) < max(len(boxes), 2):
        return False
    reached = list(range(len(known)))
    for first, second in combinations(range(len(known)), 2):
        touch = _touch(known[first], known[second])
        if touch is None:
            return False
        if touch:
            old, new = reached[second], reached[first]
            reached = [new if each == old else each for each in reached]
    return len(set(reached)) == 1


def _touch(box: Bounds, other: Bounds) -> bool | None:
    """Return whether two boxes touch along an axis, side by side along the others; None if they are in one place."""
    near, beside = [], []
    for low, high, other_low, other_high in zip(*box, *other, strict=True):
        shorter = min(high - low, other_high - other_low)
        shared = min(high, other_high) - max(low, other_low)  # negative: the gap between them
        near.append(abs(shared) <= TOUCHING * shorter)
        beside.append(shared >= FACING * shorter)
    if all(beside):
        return None
    return any(near[axis] and beside[axis - 1] and beside[axis - 2] for axis in range(3))
