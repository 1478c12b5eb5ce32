"""Scans of so many triangles that they are simplified tile by tile before everything else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carreau.base.messages import Message
from carreau.base.model import Scan
from carreau.geometry.location.placement import Placement
from carreau.models.stages.orient import crop, cropping_decision
from carreau.models.stages.simplify_tiles import (
    DivideOptions,
    SimplifiedScan,
    SimplifyTileOptions,
    divide,
    join_tiles,
    simplify_tile,
)
from carreau.runs.cache.cache import Cache
from carreau.runs.cache.tasks import Task, in_sequence


@dataclass(frozen=True)
class Limits:
    """When and how a scan is divided, in triangles.

    most : a scan may have as it is
    tile : most of a tile
    left : about how many of all tiles stay; the largest level has 300,000
    """

    most: int
    tile: int
    left: int


LIMITS = Limits(20_000_000, 2_000_000, 8_000_000)
"""A scan of 5.4 million triangles takes 3.6 GB."""


@dataclass(frozen=True, eq=False)
class LargeScan:
    """A scan, simplified tile by tile.

    simplified : what of it lies in the crop box
    placement : without the crop box
    cropping : how much that has left, for the report
    """

    simplified: Task[SimplifiedScan]
    placement: Placement
    cropping: tuple[Message, ...]

    @property
    def decisions(self) -> tuple[Message, ...]:
        """Return what was done to the scan, for the report."""
        return (*self.cropping, self.simplified.value().decision)


def large_scan(scan: Task[Scan], placed: Task[Placement], cache: Cache) -> LargeScan | None:
    """Return a scan of more triangles than are worked on at once, simplified; None for any other."""
    placement, total = placed.value(), len(scan.value().mesh.faces)
    if total <= LIMITS.most:
        return None
    cropping: tuple[Message, ...] = ()
    if placement.crop is not None:
        scan = cache.step(crop, scan, placed)
        kept = len(scan.value().mesh.faces)
        if kept <= LIMITS.most:
            return None
        cropping = (cropping_decision(kept, total, placement),)
        total = kept
    mesh = scan.part(lambda scan: scan.mesh)
    division = cache.step(divide, mesh, DivideOptions(LIMITS.tile), label="divide")
    labels, share = division.part(lambda division: division.labels), LIMITS.left / total
    tiles = [
        cache.step(simplify_tile, mesh, labels, SimplifyTileOptions(tile, share), label=f"simplify tile {tile + 1}")
        for tile in range(division.value().count)
    ]
    joined = cache.step(join_tiles, scan, labels, in_sequence(tiles), label="join tiles")
    return LargeScan(joined, replace(placement, crop=None), cropping)
