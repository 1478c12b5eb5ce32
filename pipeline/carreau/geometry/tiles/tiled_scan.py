"""A scan read from a folder of tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from carreau.base.errors import FormatError, ScanError
from carreau.base.messages import Message, joined, message, plural_message
from carreau.base.model import Mesh, Scan, ScanFacts
from carreau.geometry.tiles.tile_welding import weld_tiles

Value = TypeVar("Value")

UP_AXES, UNITS, SYSTEMS = message("up axes"), message("units"), message("coordinate systems")

MOST_WARNINGS = 12
"""Warnings of tiles that are listed; hundreds of tiles have the same ones."""


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
    seam_counts = message(
        "joined along tile borders (vertices: %(vertices)s, edges: %(edges)s)", vertices=seams.joined, edges=seams.split
    )
    count = plural_message("%(count)s tile", "%(count)s tiles", len(tiles))
    warnings = [joined([scan.name, warning], ": ") for scan in scans for warning in scan.facts.warnings]
    rest = len(warnings) - MOST_WARNINGS
    if rest > 0:
        more = plural_message("%(count)s more warning about tiles", "%(count)s more warnings about tiles", rest)
        warnings[MOST_WARNINGS:] = [more]
    return Scan(
        folder.name,
        mesh,
        ScanFacts(
            facts[0].format,
            joined([part for part in (facts[0].detail, count, seam_counts) if part], ", "),
            tuple(scan.name for scan in scans),
            up=_common(folder, UP_AXES, [each.up for each in facts]),
            unit_m=_common(folder, UNITS, [each.unit_m for each in facts]),
            copyright=facts[0].copyright,
            warnings=tuple(warnings),
            crs=_common(folder, SYSTEMS, [each.crs for each in facts]),
        ),
        tuple(dict.fromkeys(path for scan in scans for path in scan.files)),
    )


def _mesh_of(scan: Scan) -> Scan:
    if not len(scan.mesh.faces):
        cure = message("give a folder of mesh tiles, or each point cloud on its own")
        raise FormatError(scan.files[0], "", message("this tile has no faces"), cure)
    return scan


def _common(folder: Path, name: Message, values: Sequence[Value]) -> Value:
    """Return the value that all tiles have. Raises ScanError where they differ."""
    if any(value != values[0] for value in values):
        examples = tuple(sorted({str(value) for value in values})[:3])
        cause = message("its tiles have different %(properties)s: %(values)s", properties=name, values=examples)
        raise ScanError(folder, "", cause, message("export all tiles again with the same settings"))
    return values[0]
