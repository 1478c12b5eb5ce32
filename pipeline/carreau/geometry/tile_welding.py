"""Welding of tiles into one mesh, closed along their borders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from carreau.base.errors import FormatError, ScanError
from carreau.base.messages import Message, join_messages, message, plural_message
from carreau.base.model import ByteArray, DoubleArray, Fidelity, FloatArray, IntArray, Material, Mesh, Scan, ScanFacts
from carreau.formats.origin import about_origin
from carreau.geometry.mesh_parts import find_body, merge_positions, take_faces, weld_mesh
from carreau.geometry.t_junctions import near_rim_pairs, split_tees
from carreau.geometry.topology import find_edges, weld_pairs
from carreau.geometry.triangles import face_normals

QUANTA = 2.0
"""How many steps of their rounding two vertices of one place may be apart: each tile rounded it, along three axes."""

FARTHEST = 1e-3
"""Part of the whole's diagonal that vertices joined may be apart at most, however coarsely tiles are written."""

GAP = 0.05
"""Part of a middling rim edge that a vertex may lie beside the edge across: where tiles cut a curve at other places."""

COARSE = 0.98
"""Part of the rim edges that are shorter than what stands for the coarser of two tiles."""

BESIDE = 0.7
"""Part of the shorter of two edges that a vertex may lie beside the longer one, within the tolerance."""

SHORTEST = 0.1
"""Part of a middling rim edge that may collapse, when it is shorter than the tolerance too."""

ROUNDS = 8
"""How often vertices are joined and edges split: each can show more of the other."""

SAMPLE = 4096
"""Coordinates looked at to find how many decimals a tile is written with."""

DECIMALS = 8

MOST_LOOKED_AT = 100_000
"""Triangles of all tiles that the origin is taken from."""

STRAY = 100.0
"""Coordinates larger than this many middling ones say nothing about the rounding of a tile."""


@dataclass(frozen=True)
class Seams:
    """What closing the cuts took.

    tolerance : apart that vertices were joined, in the scan's unit
    joined : vertices made one with that of another tile
    split : edges split at a vertex of another tile
    filled : slits left that were filled with triangles
    """

    tolerance: float
    joined: int
    split: int
    filled: int = 0


def weld_tiles(tiles: Iterable[Mesh]) -> tuple[Mesh, Seams]:
    """Return one mesh of all tiles, in their order, about one origin, without a crack along their cuts.

    Each tile's own vertices at one place become one first. Materials stay those of the tiles, side by side.
    """
    # Tiles are rounded each by itself: their own step says how far apart one place may lie in two of them.
    own = [weld_mesh(tile) for tile in tiles]
    tolerance = QUANTA * max(_quantum(tile) for tile in own)
    joined_mesh = _together(own)
    box = find_body(joined_mesh)
    counts = [len(tile.materials) for tile in own]
    tile_of = np.repeat(np.arange(len(own), dtype=np.int64), counts)
    return _close(joined_mesh, min(tolerance, FARTHEST * float(np.linalg.norm(box.sides))), tile_of)


def _close(mesh: Mesh, tolerance: float, tile_of: NDArray[np.int64]) -> tuple[Mesh, Seams]:
    before, split = len(mesh.positions), 0
    # Join vertices, then split edges at those across, until neither finds more; only then what tiles
    # of unlike detail leave.
    mesh = _without_collapsed(weld_mesh(mesh))
    for _round in range(ROUNDS):
        count = len(mesh.positions)
        mesh = _join(mesh, tolerance)
        mesh, tees = _split(mesh, tolerance)
        if len(mesh.positions) == count and not tees:
            mesh, tees = _across_detail(mesh, tile_of)
        split += tees
        if len(mesh.positions) == count and not tees:
            break
    mesh, filled = fill_slits(mesh, tile_of)
    return mesh, Seams(tolerance, before - len(mesh.positions), split, filled)


def _join(mesh: Mesh, tolerance: float) -> Mesh:
    """Join rim vertices within the tolerance; those an edge joins too, where it is shorter than they are sure."""
    edges = find_edges(mesh.faces, len(mesh.positions))
    near = near_rim_pairs(mesh.positions, edges, tolerance)
    if len(near.first) < len(near.labels):
        mesh = _without_collapsed(merge_positions(mesh, near.labels, near.first))
        edges = find_edges(mesh.faces, len(mesh.positions))
    ends = edges.vertices[edges.boundary]
    rim = np.unique(ends)
    # Very short rim edges are collapsed on purpose: rounding left them, and they keep rims from meeting.
    reach = min(tolerance, SHORTEST * _middling(mesh, ends))
    if not reach > 0:
        return mesh
    pairs = rim[cKDTree(mesh.positions[rim].astype(np.float64)).query_pairs(reach, output_type="ndarray")]
    close = weld_pairs(pairs[:, 0].astype(np.int32), pairs[:, 1].astype(np.int32), len(mesh.positions))
    return _without_collapsed(merge_positions(mesh, close.labels, close.first)) if len(pairs) else mesh


def _split(mesh: Mesh, tolerance: float) -> tuple[Mesh, int]:
    """Split rim edges at the vertices across: where curves are cut elsewhere, then as rounding left them."""
    edges = find_edges(mesh.faces, len(mesh.positions))
    gap = GAP * _middling(mesh, edges.vertices[edges.boundary])
    mesh, wide = split_tees(mesh, edges, max(tolerance, gap))
    if wide:
        edges = find_edges(mesh.faces, len(mesh.positions))
    mesh, narrow = split_tees(mesh, edges, tolerance, BESIDE)
    return mesh, wide + narrow


def _across_detail(mesh: Mesh, tile_of: NDArray[np.int64]) -> tuple[Mesh, int]:
    """Close what is left between tiles of unlike detail, which cut a curve into unlike lines with no vertex in common.

    Rim vertices of two tiles that are each other's nearest become one; from there the rims are split at each other's.
    tile_of : the tile of each material
    """
    edges = find_edges(mesh.faces, len(mesh.positions))
    ends = edges.vertices[edges.boundary]
    if not len(ends):
        return mesh, 0
    lengths = np.linalg.norm(mesh.positions[ends[:, 1]] - mesh.positions[ends[:, 0]], axis=1)
    gap = GAP * float(np.quantile(lengths, COARSE))
    faces = edges.half_edges[edges.starts[:-1][edges.boundary]] // 3
    pairs = _nearest_of_two_tiles(mesh.positions, ends, tile_of[mesh.face_materials[faces]], gap)
    close = weld_pairs(pairs[:, 0], pairs[:, 1], len(mesh.positions))
    mesh = _without_collapsed(merge_positions(mesh, close.labels, close.first))
    return split_tees(mesh, find_edges(mesh.faces, len(mesh.positions)), gap, BESIDE)


def _nearest_of_two_tiles(positions: FloatArray, ends: IntArray, tiles: NDArray[np.int64], gap: float) -> IntArray:
    """Return (p, 2) rim vertices of two tiles within the gap, each the other's nearest."""
    rim, first = np.unique(ends.reshape(-1), return_index=True)
    # For each tile the nearest rim vertex of any other; only pairs that choose each other are joined.
    own = np.repeat(tiles, 2)[first]
    points = positions[rim].astype(np.float64)
    nearest = np.full(len(rim), -1)
    for tile in np.unique(own):
        others = np.flatnonzero(own != tile)
        mine = np.flatnonzero(own == tile)
        if len(others):
            nearest_index = np.array(cKDTree(points[others]).query(points[mine], distance_upper_bound=gap)[1])
            near = nearest_index < len(others)
            nearest[mine[near]] = others[nearest_index[near]]
    one = np.flatnonzero(nearest >= 0)
    mutual = one[(nearest[nearest[one]] == one) & (one < nearest[one])]
    return np.column_stack([rim[mutual], rim[nearest[mutual]]]).astype(np.int32)


def _without_collapsed(mesh: Mesh) -> Mesh:
    a, b, c = mesh.faces.T
    return take_faces(mesh, (a != b) & (b != c) & (c != a))


def _middling(mesh: Mesh, ends: IntArray) -> float:
    if not len(ends):
        return 0.0
    return float(np.median(np.linalg.norm(mesh.positions[ends[:, 1]] - mesh.positions[ends[:, 0]], axis=1)))


def _quantum(tile: Mesh) -> float:
    """Return the step that a tile's coordinates are rounded to: that of float32, or of the decimals it is written with.

    A tile of whole numbers has a step of 1 by that; `FARTHEST` and the length of its edges hold it in.
    """
    values = tile.positions[: SAMPLE // 3].astype(np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0
    # The step of float32 at the largest coordinate, strays apart; a coarser one if all are written to few decimals.
    sizes = np.abs(values)
    step = float(sizes[sizes <= STRAY * max(float(np.median(sizes)), float(np.finfo(np.float32).tiny))].max(initial=0))
    step *= 2.0**-23
    places = (tile.positions[: SAMPLE // 3].astype(np.float64) + tile.origin).ravel()
    places = places[np.isfinite(places)]
    for decimals in range(DECIMALS + 1):
        written = 10.0**-decimals
        if written < 4 * step:
            break
        if (np.abs(places - np.round(places, decimals)) <= 2 * step).all():
            return written
    return step


def _together(tiles: list[Mesh]) -> Mesh:
    origin = about_origin(*_some_triangles(tiles))[1]
    starts = np.cumsum([0, *(len(tile.positions) for tile in tiles)]).astype(np.int32)
    materials: list[Material] = []
    numbers = []
    for tile in tiles:
        numbers.append(tile.face_materials + np.int32(len(materials)))
        materials += tile.materials
    sets = max(len(tile.texcoords) for tile in tiles)
    return Mesh(
        positions=np.concatenate([_about(tile, origin) for tile in tiles]),
        faces=np.concatenate([tile.faces + start for tile, start in zip(tiles, starts, strict=False)]),
        texcoords=tuple(np.concatenate([_texcoords(tile, number) for tile in tiles]) for number in range(sets)),
        normals=_normals(tiles),
        colors=_colors(tiles),
        face_materials=np.concatenate(numbers),
        materials=tuple(materials),
        origin=origin,
        fidelity=_mean_fidelity(tiles),
    )


def _mean_fidelity(tiles: list[Mesh]) -> Fidelity:
    """Return the shares over all tiles; each tile has a warning of its own about its steps."""
    counts = np.array([len(tile.faces) for tile in tiles]) / max(sum(len(tile.faces) for tile in tiles), 1)
    shares = np.array([(tile.fidelity.changed, tile.fidelity.collapsed) for tile in tiles])
    changed, collapsed = (counts @ shares).tolist()
    return Fidelity(changed, collapsed=collapsed)


def _some_triangles(tiles: list[Mesh]) -> tuple[DoubleArray, IntArray]:
    """Return (3 k, 3) corners of some triangles of all tiles, in the coordinates of the files, and (k, 3) faces."""
    step = max(1, sum(len(tile.faces) for tile in tiles) // MOST_LOOKED_AT)
    corners = [tile.positions[tile.faces[::step].ravel()].astype(np.float64) + tile.origin for tile in tiles]
    places = np.concatenate(corners)
    return places, np.arange(len(places), dtype=np.int32).reshape(-1, 3)


def _about(tile: Mesh, origin: DoubleArray) -> FloatArray:
    """Move a tile's positions to a common origin; the difference of origins is taken in double."""
    with np.errstate(over="ignore", invalid="ignore"):
        return (tile.positions.astype(np.float64) + (tile.origin - origin)).astype(np.float32)


def _texcoords(tile: Mesh, number: int) -> FloatArray:
    if number < len(tile.texcoords):
        return tile.texcoords[number]
    return np.full((len(tile.faces), 3, 2), np.nan, np.float32)


def _normals(tiles: list[Mesh]) -> FloatArray | None:
    if all(tile.normals is None for tile in tiles):
        return None
    flat = (np.repeat(face_normals(t.positions, t.faces)[:, None], 3, axis=1).astype(np.float32) for t in tiles)
    return np.concatenate(
        [own if tile.normals is None else tile.normals for tile, own in zip(tiles, flat, strict=True)]
    )


def _colors(tiles: list[Mesh]) -> ByteArray | None:
    if all(tile.colors is None for tile in tiles):
        return None
    return np.concatenate([np.full(t.positions.shape, 255, np.uint8) if t.colors is None else t.colors for t in tiles])


THIN = 0.1
"""Most area of a slit, in squares of half its round: a square has 0.25, a true hole across a cut is not so thin."""


def fill_slits(mesh: Mesh, tile_of: NDArray[np.int64]) -> tuple[Mesh, int]:
    """Return the mesh with a fan of triangles over each thin rim along faces of two tiles, and how many rims that were.

    A new triangle gets the texture of the face along its boundary edge, stretched over the slit.
    tile_of : the tile of each material
    """
    edges = find_edges(mesh.faces, len(mesh.positions))
    half = edges.half_edges[edges.starts[:-1][edges.boundary]]
    loops = [loop for loop in _loops(mesh, half) if _is_slit(mesh, loop, tile_of)]
    if not loops:
        return mesh, 0
    # The rim edge that the fan begins at is its apex; the two edges at it need no triangle of their own.
    along = np.concatenate([loop[1:-1] for loop in loops])
    apex = np.concatenate([np.full(len(loop) - 2, _tail(mesh, loop)[0]) for loop in loops])
    face, corner = along // 3, along % 3
    after = (corner + 1) % 3
    fan = np.stack([apex, mesh.faces[face, after], mesh.faces[face, corner]], axis=1).astype(np.int32)
    corners_of = np.stack([corner, after, corner], axis=1)
    rows = face[:, None]
    filled = replace(
        mesh,
        faces=np.concatenate([mesh.faces, fan]),
        texcoords=tuple(np.concatenate([each, each[rows, corners_of]]) for each in mesh.texcoords),
        normals=None if mesh.normals is None else np.concatenate([mesh.normals, mesh.normals[rows, corners_of]]),
        face_materials=np.concatenate([mesh.face_materials, mesh.face_materials[face]]),
    )
    return filled, len(loops)


def _tail(mesh: Mesh, half: IntArray) -> IntArray:
    return mesh.faces[half // 3, half % 3]


def _loops(mesh: Mesh, half: IntArray) -> list[IntArray]:
    """Return the half-edges of each closed rim, in their order; rims that touch at a vertex are left out."""
    tails, heads = _tail(mesh, half), mesh.faces[half // 3, (half % 3 + 1) % 3]
    times = np.bincount(tails, minlength=len(mesh.positions))
    leaving = {int(tail): row for row, tail in enumerate(tails) if times[tail] == 1}
    left = dict.fromkeys(range(len(half)))
    loops = []
    while left:
        row: int | None = next(iter(left))
        loop: list[int] = []
        while row is not None and row in left:
            del left[row]
            loop.append(row)
            row = leaving.get(int(heads[row]))
        if row == loop[0] and len(loop) > 2:
            loops.append(half[np.array(loop)])
    return loops


def _is_slit(mesh: Mesh, loop: IntArray, tile_of: NDArray[np.int64]) -> bool:
    if len(np.unique(tile_of[mesh.face_materials[loop // 3]])) < 2:
        return False
    places = mesh.positions[_tail(mesh, loop)].astype(np.float64)
    places -= places[0]
    following = np.roll(places, -1, axis=0)
    # Area of the loop by its vector sum, also where it is not flat, against that of a circle or square of its length.
    area = float(np.linalg.norm(np.cross(places, following).sum(axis=0))) / 2
    half_round = float(np.linalg.norm(following - places, axis=1).sum()) / 2
    return area <= THIN * half_round**2


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
            # Of a scan only its facts are kept: each mesh is welded as it comes, and the one with
            # double vertices is freed.
            scan = _require_mesh(read(tile))
            scans.append(replace(scan, mesh=Mesh(scan.mesh.positions[:0], scan.mesh.faces[:0])))
            yield scan.mesh

    mesh, seams = weld_tiles(meshes())
    facts = [scan.facts for scan in scans]
    seam_counts = message(
        "joined along tile borders (vertices: %(vertices)s, edges: %(edges)s)", vertices=seams.joined, edges=seams.split
    )
    count = plural_message("%(count)s tile", "%(count)s tiles", len(tiles))
    warnings = [join_messages([scan.name, warning], ": ") for scan in scans for warning in scan.facts.warnings]
    rest = len(warnings) - MOST_WARNINGS
    if rest > 0:
        more = plural_message("%(count)s more warning about tiles", "%(count)s more warnings about tiles", rest)
        warnings[MOST_WARNINGS:] = [more]
    return Scan(
        folder.name,
        mesh,
        ScanFacts(
            facts[0].format,
            join_messages([part for part in (facts[0].detail, count, seam_counts) if part], ", "),
            tuple(scan.name for scan in scans),
            up=_common(folder, UP_AXES, [each.up for each in facts]),
            unit_m=_common(folder, UNITS, [each.unit_m for each in facts]),
            copyright=facts[0].copyright,
            warnings=tuple(warnings),
            crs=_common(folder, SYSTEMS, [each.crs for each in facts]),
        ),
        tuple(dict.fromkeys(path for scan in scans for path in scan.files)),
    )


def _require_mesh(scan: Scan) -> Scan:
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
