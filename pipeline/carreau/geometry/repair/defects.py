"""Counts of the defects of a scan's surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import IntArray, Mesh
from carreau.geometry.connected_mesh import ConnectedMesh
from carreau.geometry.repair.components import loose_pieces
from carreau.geometry.repair.degenerate import degenerate
from carreau.geometry.repair.duplicates import doubles
from carreau.geometry.repair.winding import check_winding, inward_piece
from carreau.geometry.selection import compacted, finite_faces, take_faces, welded
from carreau.geometry.topology import BoolArray


@dataclass(frozen=True)
class Defects:
    """Counts over a scan's triangles, welded by position.

    Edges are counted twice: as the scan has them, where a collapsed face has one edge from a place to itself and puts
    a third face on another, and without collapsed faces and doubles, which is what matters for the surface.

    positions, places : positions that faces use, and how many of them are different
    unused : positions that no face uses
    non_finite : faces with a corner that is not a finite place
    degenerate : faces without an area
    collapsed : those of them with two corners at one place
    duplicate, opposite : faces lying on another, wound alike or stuck to its back
    boundary_as_read, non_manifold_as_read : edges with one face, and with more than two, as the scan has them
    boundary, non_manifold : the same without collapsed faces and doubles
    misfit : edges along which both faces run the same way
    turned : faces to turn so that neighbours agree
    inside_out : whether the largest piece is to be turned as a whole
    pieces : parts of the surface that share no place
    loose, loose_share : pieces so small that they are dropped, and their share of the surface
    spared, spared_share : pieces as small that would stay, because all together they are too much
    """

    positions: int = 0
    places: int = 0
    unused: int = 0
    non_finite: int = 0
    degenerate: int = 0
    collapsed: int = 0
    duplicate: int = 0
    opposite: int = 0
    boundary_as_read: int = 0
    non_manifold_as_read: int = 0
    boundary: int = 0
    non_manifold: int = 0
    misfit: int = 0
    turned: int = 0
    inside_out: bool = False
    pieces: int = 0
    loose: int = 0
    loose_share: float = 0.0
    spared: int = 0
    spared_share: float = 0.0


def count_defects(mesh: Mesh) -> Defects:
    """Count the defects of a mesh as read, attributes left aside."""
    bare = Mesh(mesh.positions, mesh.faces)
    finite = finite_faces(mesh)
    used = compacted(bare)
    one = welded(compacted(take_faces(bare, finite)))
    flat, collapsed = degenerate(one.positions, one.faces), _collapsed(one.faces)
    repeats, strays = doubles(one.faces, len(one.positions))
    as_read = ConnectedMesh(one)
    single = as_read.over(take_faces(one, ~(collapsed | repeats | strays)))
    surface = single.over(take_faces(one, ~(flat | repeats | strays)) if (flat & ~collapsed).any() else single.mesh)
    winding = check_winding(surface)
    loose = loose_pieces(surface.components, surface.areas)
    return Defects(
        positions=len(used.positions),
        places=len(one.positions),
        unused=len(mesh.positions) - len(used.positions),
        non_finite=int(np.count_nonzero(~finite)),
        degenerate=int(flat.sum()),
        collapsed=int(collapsed.sum()),
        duplicate=int((repeats & ~flat).sum()),
        opposite=int((strays & ~flat).sum()),
        boundary_as_read=int(as_read.edges.boundary.sum()),
        non_manifold_as_read=int(as_read.edges.non_manifold.sum()),
        boundary=int(single.edges.boundary.sum()),
        non_manifold=int(single.edges.non_manifold.sum()),
        misfit=winding.disagreeing,
        turned=int(winding.wrong.sum()),
        inside_out=bool(inward_piece(surface).any()),
        pieces=surface.components.count,
        loose=loose.dropped,
        loose_share=loose.dropped_share,
        spared=loose.spared,
        spared_share=loose.spared_share,
    )


def _collapsed(faces: IntArray) -> BoolArray:
    a, b, c = faces.T
    return np.asarray((a == b) | (b == c) | (c == a))
