"""Defects of a scan's surface counted, faces wound against their neighbours, and findings that tell of defects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from carreau.base.jit import compiled
from carreau.base.messages import Message, message
from carreau.base.model import DoubleArray, FloatArray, IntArray, Mesh
from carreau.formats.origin import few_apart
from carreau.geometry.debris import degenerate, doubles, loose_pieces
from carreau.geometry.mesh_parts import ConnectedMesh, compact, finite_faces, take_faces, weld_mesh
from carreau.geometry.topology import BoolArray, find_edges, join, same_rows, weld
from carreau.geometry.triangles import enclosed_volume, face_areas


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
    used = compact(bare)
    one = weld_mesh(compact(take_faces(bare, finite)))
    # Three surfaces: as read, without collapsed and doubled faces, and without all that cleaning drops. Where two are
    # alike they share their edges.
    flat, collapsed = degenerate(one.positions, one.faces), _find_collapsed(one.faces)
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


def _find_collapsed(faces: IntArray) -> BoolArray:
    a, b, c = faces.T
    return np.asarray((a == b) | (b == c) | (c == a))


_NOTHING = 1e-6
"""Shares below are rounding."""


@dataclass(frozen=True)
class Surface:
    """The surface of a mesh before cleaning.

    most : area that a triangle counts for at most
    total : sum of all triangles
    """

    most: float
    total: float

    def lost_share(self, areas: DoubleArray, doubled: float) -> float:
        """Return the share, 0..1, that is missing from triangles with (m,) areas, and from `doubled` ones dropped."""
        left = float(np.minimum(areas, self.most).sum()) + doubled
        share = 1 - left / self.total if self.total > 0 else 0.0
        return share if share > _NOTHING else 0.0


def make_surface(mesh: Mesh) -> Surface:
    """Return the surface of a mesh, which may have positions that are not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        areas = face_areas(mesh.positions, mesh.faces)
    finite = areas[np.isfinite(areas)]
    if not len(finite):
        return Surface(0.0, 0.0)
    most = few_apart(finite)
    return Surface(most, float(np.minimum(finite, most).mean()) * len(areas))


MOST_PIECES = 1000
"""An edge is looked at in at most this many places."""

CHORD = 0.3
"""Part of its length that a chord's middle may lie off the rim: the side of a triangle inscribed in a circle is off by
0.289 of it, a cut across a corner by 0.354, a tear from rim to rim by 0.5."""


@dataclass(frozen=True)
class Cracks:
    """Rims that a level has where its scan had none.

    count : runs of such edges that hang together: a seam that parts is one or two, a lost face is one
    edge_count : edges in them
    length : of all those edges together, in the unit of the positions
    """

    count: int = 0
    edge_count: int = 0
    length: float = 0.0


def rim_edges(positions: FloatArray, faces: IntArray) -> tuple[IntArray, DoubleArray]:
    """Return the vertices (e, 2) int32 at the ends of each rim edge, and the places (k, 3) float64 they number.

    Vertices at one place count as one; faces that shrink to an edge or a point thereby are left out.
    """
    welded = weld(positions)
    joined = welded.labels[faces]
    a, b, c = joined.T
    whole = joined[(a != b) & (b != c) & (c != a)]
    edges = find_edges(whole, len(welded.first))
    return edges.vertices[edges.boundary], positions[welded.first].astype(np.float64)


def rim_points(positions: FloatArray, faces: IntArray, spacing: float) -> FloatArray:
    """Return (k, 3) float32 points along every rim, no farther apart than spacing.

    A face that lies on another, wound alike, counts once: a flap that a scan has twice is open all the same.
    """
    ends, places = rim_edges(positions, _once(positions, faces))
    if not len(ends):
        return np.zeros((0, 3), np.float32)
    tails, heads = places[ends[:, 0]], places[ends[:, 1]]
    # Points along each edge, both ends among them, all edges at once.
    pieces = np.ceil(np.linalg.norm(heads - tails, axis=1) / spacing)
    pieces = np.clip(pieces, 1, MOST_PIECES).astype(np.int64)
    edge = np.repeat(np.arange(len(ends)), pieces + 1)
    first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
    share = (np.arange(len(edge)) - first[edge]) / pieces[edge]
    return np.asarray(tails[edge] + share[:, None] * (heads[edge] - tails[edge]), np.float32)


def _once(positions: FloatArray, faces: IntArray) -> IntArray:
    """Return faces without those that have the same corners, in the same turn, as an earlier one."""
    joined = weld(positions).labels[faces].reshape(-1, 3)
    # Turned so that the lowest corner comes first, faces wound alike have equal rows.
    turn = (joined.argmin(axis=1)[:, None] + np.arange(3)) % 3
    return faces[same_rows(np.take_along_axis(joined, turn, axis=1).astype(np.uint32)).first]


def cracks(positions: FloatArray, faces: IntArray, reference: FloatArray, tolerance: float) -> Cracks:
    """Count the rims whose edges lie farther than tolerance from all known rim points (k, 3), and are not chords."""
    ends, places = rim_edges(positions, faces)
    tails, heads = places[ends[:, 0]], places[ends[:, 1]]
    if len(reference) and len(ends):
        opened = _are_opened(tails, heads, cKDTree(reference), tolerance)
        ends, tails, heads = ends[opened], tails[opened], heads[opened]
    if not len(ends):
        return Cracks()
    runs = join(ends[:, 0], ends[:, 1], len(places))[ends[:, 0]]
    return Cracks(len(np.unique(runs)), len(ends), float(np.linalg.norm(heads - tails, axis=1).sum()))


def _are_opened(tails: DoubleArray, heads: DoubleArray, reference: cKDTree, tolerance: float) -> BoolArray:
    """Return which edges, from (e, 3) to (e, 3), leave the known rim points."""
    # A rim that a level keeps follows the scan's, with chords across its bends: those are allowed more.
    off = reference.query((tails + heads) / 2)[0]
    on_rim = np.maximum(reference.query(tails)[0], reference.query(heads)[0]) <= tolerance
    chord = np.where(on_rim, CHORD * np.linalg.norm(heads - tails, axis=1), 0.0)
    return np.asarray(off > np.maximum(tolerance, chord))


CLEAR_MINORITY = 0.4
"""Share of a patch's area up to which its faces of one kind are the wrong ones."""

CLOSED = 0.001
"""Share of edges that may be boundary for a piece to have an inside."""


@dataclass(frozen=True, eq=False)
class Winding:
    """Whether neighbours agree on their outer side, from the edges that exactly two faces share.

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
    # In each patch the faces of one side are the wrong ones, if they are clearly less; a torn patch (a
    # Möbius strip) has no side.
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
    """Return whether two half-edges of one edge run the same way, so that their faces look to opposite sides."""
    return bool(faces[one // 3, one % 3] == faces[other // 3, other % 3])


@compiled
def _disagree(faces: IntArray, starts: IntArray, half_edges: IntArray) -> bool:
    """Return whether any edge with exactly two faces has both running the same way."""
    for e in range(len(starts) - 1):
        if starts[e + 1] - starts[e] == 2 and _is_against(faces, half_edges[starts[e]], half_edges[starts[e] + 1]):
            return True
    return False


@compiled
def _two_color(
    faces: IntArray, starts: IntArray, half_edges: IntArray
) -> tuple[IntArray, NDArray[np.uint8], BoolArray, IntArray]:
    """Number the patches, and return for each face whether it is wound against the first face of its patch.

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
        # Union-find with parity: faces already in one patch whose sides contradict each other tear it.
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


@dataclass(frozen=True)
class Finding:
    """A property of a scan that needs treatment.

    what : the property, such as "degenerate triangles"
    count : how many there are
    action : what a build does about them
    """

    what: str
    count: int
    action: str


def finding_lines(findings: tuple[Finding, ...]) -> list[Message]:
    """Return a line for each finding."""
    if not findings:
        return [message("  nothing: the scan is clean")]
    return [
        message("  %(what)s: %(number)s (%(action)s)", what=finding.what, number=finding.count, action=finding.action)
        for finding in findings
    ]


def some(names: tuple[str, ...], most: int = 6) -> Message:
    """Return the first of some names as a list."""
    if not names:
        return message("none")
    shown = tuple(name or message("(unnamed)") for name in names[:most])
    return message("%(names)s, …", names=shown) if len(names) > most else message("%(names)s", names=shown)
