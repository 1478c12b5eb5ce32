"""Surface nets are manifold whatever the values, and lie where the values are zero."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.clouds.surface_nets import NODES, NONE, SIDE, Bricks, Net, piece_table, surface_net
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import enclosed_volume

CELL = 0.1
EDGE = 3


def block() -> Bricks:
    """Return 3 x 3 x 3 bricks."""
    places = np.array(list(np.ndindex(EDGE, EDGE, EDGE)), np.int32)
    numbers = np.full((EDGE + 2,) * 3, -1, np.int32)
    numbers[1:-1, 1:-1, 1:-1] = np.arange(EDGE**3).reshape(EDGE, EDGE, EDGE)
    around = np.array([numbers[x : x + 3, y : y + 3, z : z + 3].ravel() for x, y, z in places], np.int32)
    return Bricks(np.zeros(3), CELL, places, around, np.zeros(EDGE**3 + 1, np.int64), np.zeros(0, np.int32))


def nodes() -> DoubleArray:
    """Return (27, 512, 3), the positions of the nodes."""
    inner = np.array(list(np.ndindex(SIDE, SIDE, SIDE)))
    return np.asarray((block().places[:, None] * SIDE + inner) * CELL)


def net_of(values: DoubleArray) -> Net:
    return surface_net(block(), values.astype(np.float32))


def assert_manifold(faces: IntArray, count: int) -> None:
    edges = find_edges(faces, count)
    assert not edges.non_manifold.any()
    one, two = edges.pairs()
    tails = faces.reshape(-1)
    assert (tails[one] != tails[two]).all(), "two faces turn the same way"
    around: dict[int, dict[int, int]] = {}
    for face in faces.tolist():
        for k in range(3):
            around.setdefault(face[k], {})[face[(k + 1) % 3]] = face[(k + 2) % 3]
    corners = np.bincount(faces.ravel(), minlength=count)
    for vertex, following in around.items():
        assert len(following) == corners[vertex]
        if set(following) == set(following.values()):
            first = at = next(iter(following))
            steps = 0
            while steps == 0 or at != first:
                at, steps = following[at], steps + 1
            assert steps == len(following), "two fans meet at a vertex"


@pytest.mark.parametrize("seed", range(4))
def test_noise_gives_a_manifold(seed: int) -> None:
    values = np.random.default_rng(seed).uniform(-1, 1, (EDGE**3, NODES)) * CELL
    net = net_of(values)
    assert len(net.faces) > 10_000
    assert_manifold(net.faces, len(net.positions))


def test_a_ball_is_closed_and_outside_out() -> None:
    middle = EDGE * SIDE * CELL / 2
    net = net_of(np.linalg.norm(nodes() - middle, axis=2) - 0.8)
    edges = find_edges(net.faces, len(net.positions))
    assert not edges.boundary.any()
    assert len(net.positions) - len(edges.vertices) + len(net.faces) == 2
    assert enclosed_volume(net.positions, net.faces) == pytest.approx(4 / 3 * np.pi * 0.8**3, rel=0.02)
    assert np.abs(np.linalg.norm(net.positions - middle, axis=1) - 0.8).max() < 0.2 * CELL


def test_a_plane_is_met_exactly() -> None:
    normal = np.array([1.0, 2.0, 3.0]) / np.sqrt(14)
    net = net_of((nodes() - 1.2) @ normal)
    assert np.abs((net.positions - 1.2) @ normal).max() < 0.1 * CELL
    assert find_edges(net.faces, len(net.positions)).boundary.any()


def test_nothing_is_made_where_a_corner_has_no_value_or_values_leap() -> None:
    places = nodes()
    flat = places[..., 2] - 1.15
    flat[places[..., 0] > 1.01] = np.nan
    assert net_of(flat).positions[:, 0].max() < 1.0
    leap = np.where(places[..., 2] > 1.15, 3 * CELL, -CELL)
    assert not len(net_of(leap).faces)
    assert not len(net_of(np.ones((EDGE**3, NODES))).positions)


def test_vertices_are_counted_by_brick() -> None:
    net = net_of(nodes()[..., 1] - 1.23)
    bricks = np.floor(net.positions / (SIDE * CELL)).astype(int) @ [EDGE * EDGE, EDGE, 1]
    assert np.array_equal(np.bincount(bricks, minlength=EDGE**3), np.diff(net.starts))


def test_pieces_are_those_of_crossed_edges() -> None:
    table = piece_table()
    for inside in range(256):
        corners: FloatArray = np.array([inside >> corner & 1 for corner in range(8)], np.float32).reshape(2, 2, 2)
        crossed = sum(int((np.diff(corners, axis=axis) != 0).sum()) for axis in range(3))
        for variant in range(2):
            pieces = table.pieces[variant, inside]
            assert (pieces != NONE).sum() == crossed
            assert len(set(pieces.tolist()) - {NONE}) == table.counts[variant, inside]
        if table.twice[inside] != NONE:
            assert table.counts[1, inside] == table.counts[0, inside] + 1
