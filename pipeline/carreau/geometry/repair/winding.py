"""Faces whose winding is inconsistent with their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import IntArray
from carreau.geometry.selection import ConnectedMesh
from carreau.geometry.topology import BoolArray
from carreau.geometry.triangles import enclosed_volume

CLEAR_MINORITY = 0.4
"""Share of a patch's area up to which its faces of one kind are the wrong ones."""


CLOSED = 0.001
"""Share of edges that may be boundary for a piece to have an inside."""


@dataclass(frozen=True, eq=False)
class Winding:
    """What two faces say of each other across the edge they alone share.

    disagreeing : how many edges both faces run along the same way
    wrong : (m,) bool, faces to turn so that their patch agrees
    unsure : how many of the disagreeing edges stay: one-sided patches, or patches divided too evenly to say
    """

    disagreeing: int
    wrong: BoolArray
    unsure: int


def check_winding(surface: ConnectedMesh) -> Winding:
    """Compare faces with their neighbours across edges where exactly two of them meet."""
    faces, edges = surface.mesh.faces, surface.edges
    none = np.zeros(len(faces), np.bool_)
    if not _disagree(faces, edges.starts, edges.half_edges):
        return Winding(0, none, 0)
    patches, parities, torn, first = _two_color(faces, edges.starts, edges.half_edges)
    areas = surface.areas
    total = np.bincount(patches, areas)
    odd = np.bincount(patches, areas * parities)
    turn_odd = odd <= CLEAR_MINORITY * total
    clear = (turn_odd | (odd >= (1 - CLEAR_MINORITY) * total)) & ~torn[: len(total)]
    wrong = clear[patches] & (parities == turn_odd[patches])
    left = int(np.count_nonzero(~clear[patches[first]]))
    return Winding(len(first), wrong, left)


def inward_piece(surface: ConnectedMesh) -> BoolArray:
    """Return the (m,) faces of the largest piece when it is closed and encloses less than nothing, else none."""
    labels, faces = surface.components.labels, surface.mesh.faces
    none = np.zeros(len(faces), np.bool_)
    if not len(faces) or surface.edges.boundary.mean() > CLOSED:
        return none
    largest = labels == np.bincount(labels, surface.areas).argmax()
    return np.asarray(largest) if enclosed_volume(surface.mesh.positions, faces[largest]) < 0 else none


@compiled
def _find(parents: IntArray, parities: NDArray[np.uint8], i: int) -> tuple[int, int]:
    """Return the root of a face and whether it is wound against it, halving the way there."""
    parity = 0
    while parents[i] != i:
        above = parents[i]
        parities[i] ^= parities[above]
        parents[i] = parents[above]
        parity ^= parities[i]
        i = parents[i]
    return i, parity


@compiled
def _is_against(faces: IntArray, one: int, other: int) -> bool:
    """Say whether two half-edges of one edge run the same way, so that their faces look to opposite sides."""
    return bool(faces[one // 3, one % 3] == faces[other // 3, other % 3])


@compiled
def _disagree(faces: IntArray, starts: IntArray, half_edges: IntArray) -> bool:
    """Say whether any two faces do that share an edge with no other."""
    for e in range(len(starts) - 1):
        if starts[e + 1] - starts[e] == 2 and _is_against(faces, half_edges[starts[e]], half_edges[starts[e] + 1]):
            return True
    return False


@compiled
def _two_color(
    faces: IntArray, starts: IntArray, half_edges: IntArray
) -> tuple[IntArray, NDArray[np.uint8], BoolArray, IntArray]:
    """Number the patches and say of each face whether it is wound against the first face of its patch.

    Also which patches are torn, and the first face at each edge whose two disagree.
    """
    parents = np.arange(len(faces)).astype(np.int32)
    parities = np.zeros(len(faces), np.uint8)
    torn_roots = np.zeros(len(faces), np.bool_)
    disagreeing = np.empty(len(starts) - 1, np.int32)
    count = 0
    for e in range(len(starts) - 1):
        if starts[e + 1] - starts[e] != 2:
            continue
        one, other = half_edges[starts[e]], half_edges[starts[e] + 1]
        against = _is_against(faces, one, other)
        if against:
            disagreeing[count] = one // 3
            count += 1
        a, pa = _find(parents, parities, one // 3)
        b, pb = _find(parents, parities, other // 3)
        differ = pa ^ pb ^ (1 if against else 0)
        if a == b:
            torn_roots[a] |= differ == 1
            continue
        low, high = min(a, b), max(a, b)
        parents[high] = low
        parities[high] = differ
        torn_roots[low] |= torn_roots[high]
    patches = np.empty(len(faces), np.int32)
    out = np.empty(len(faces), np.uint8)
    torn = np.zeros(len(faces), np.bool_)
    number = 0
    for f in range(len(faces)):
        root, parity = _find(parents, parities, f)
        if root == f:
            torn[number] = torn_roots[f]
            patches[f] = number
            number += 1
        else:
            patches[f] = patches[root]
        out[f] = parity
    return patches, out, torn, disagreeing[:count].copy()
