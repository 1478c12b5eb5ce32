"""Make one scan of the scans that its tiles were read as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pipeline.errors import FormatError, ScanError
from pipeline.geometry.tiles.tile_welding import weld_tiles
from pipeline.model import Mesh, Scan, ScanFacts

Value = TypeVar("Value")

MOST_WARNINGS = 12
"""How many warnings of tiles are told; hundreds of tiles tell the same."""


def read_tiles(folder: Path, tiles: Sequence[Path], read: Callable[[Path], Scan]) -> Scan:
    """Read the tiles of a folder one after another, and return them as one scan named after the folder.

    Raises ScanError naming the tile that cannot be read, or that is no mesh.
    """
    scans: list[Scan] = []

    def meshes() -> Iterator[Mesh]:
        for tile in tiles:
            scan = _mesh_of(read(tile))
            scans.append(replace(scan, mesh=Mesh(scan.mesh.positions[:0], scan.mesh.faces[:0])))
            yield scan.mesh

    mesh, seams = weld_tiles(meshes())
    facts = [scan.facts for scan in scans]
    joined = f"{seams.joined:,} vertices and {seams.split:,} edges joined along the cuts"
    said = [f"{scan.name}: {warning}" for scan in scans for warning in scan.facts.warnings]
    more = [f"{len(said) - MOST_WARNINGS:,} more warnings of tiles"] if len(said) > MOST_WARNINGS else []
    return Scan(
        folder.name,
        mesh,
        ScanFacts(
            facts[0].format,
            ", ".join(part for part in (facts[0].detail, f"{len(tiles)} tiles", joined) if part),
            tuple(scan.name for scan in scans),
            up=_agreed(folder, "up", [each.up for each in facts]),
            unit_m=_agreed(folder, "unit", [each.unit_m for each in facts]),
            copyright=facts[0].copyright,
            warnings=(*said[:MOST_WARNINGS], *more),
            crs=_agreed(folder, "coordinate system", [each.crs for each in facts]),
        ),
        tuple(dict.fromkeys(path for scan in scans for path in scan.files)),
    )


def _mesh_of(scan: Scan) -> Scan:
    if not len(scan.mesh.faces):
        cure = "give a folder whose tiles are meshes, or each point cloud by itself"
        raise FormatError(scan.files[0], "", "this tile has no face", cure)
    return scan


def _agreed(folder: Path, what: str, values: Sequence[Value]) -> Value:
    """Return what all tiles say."""
    if any(value != values[0] for value in values):
        said = ", ".join(sorted({str(value) for value in values})[:3])
        raise ScanError(folder, "", f"its tiles do not agree on the {what}: {said}", "export them again, all alike")
    return values[0]
