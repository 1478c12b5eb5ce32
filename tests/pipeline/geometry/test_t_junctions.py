"""Rims that all but touch become one, with what hangs on their corners."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import Mesh
from carreau.geometry.t_junctions import near_rim_pairs, split_tees
from carreau.geometry.topology import find_edges


def quilt(tees: int, sag: float = 0.0) -> Mesh:
    """A square whose right side is cut into `tees` + 1 pieces on one side of x = 1 only; `sag` parts the two sides."""
    heights = np.linspace(0, 1, tees + 2)
    rim = [[1 + sag * (0 < h < 1), h, 0] for h in heights]
    positions = np.array([[0, 0, 0], [0, 1, 0], *rim, [2, 0.5, 0]], np.float32)
    last = len(positions) - 1
    corners = [[0, 2, last - 1], [0, last - 1, 1], *([k, last, k + 1] for k in range(2, last - 1))]
    faces = np.array(corners, np.int32)
    texcoords = np.stack([positions[:, 0], 1 - positions[:, 1]], axis=1)[faces]
    normals = np.zeros((len(faces), 3, 3), np.float32)
    normals[..., 2] = 1
    return Mesh(
        positions, faces, (texcoords.astype(np.float32),), normals, face_materials=np.arange(len(faces), dtype=np.int32)
    )


@pytest.mark.parametrize("tees", [1, 2, 5, 30])
def test_every_vertex_across_splits_the_edge(tees: int) -> None:
    mesh = quilt(tees)
    split, count = split_tees(mesh, find_edges(mesh.faces, len(mesh.positions)), 1e-5)
    assert count == tees
    assert len(split.faces) == len(mesh.faces) + tees
    rim = find_edges(split.faces, len(split.positions))
    inner = np.isin(rim.vertices, np.arange(2, len(mesh.positions) - 1)).all(axis=1)
    assert (rim.face_counts[inner] == 2).all()
    expected = np.stack([split.positions[:, 0], 1 - split.positions[:, 1]], axis=1)[split.faces]
    assert split.texcoords[0] == pytest.approx(expected, abs=1e-6)
    assert (split.face_materials[len(mesh.faces) :] == 0).all()
    assert split.normals is not None
    assert split.normals.shape == (len(split.faces), 3, 3)


def test_a_vertex_too_far_from_the_edge_stays() -> None:
    mesh = quilt(1, sag=0.01)
    assert split_tees(mesh, find_edges(mesh.faces, len(mesh.positions)), 1e-3)[0] is mesh
    assert split_tees(mesh, find_edges(mesh.faces, len(mesh.positions)), 0.02)[1] == 1


def test_rims_a_hair_apart_are_paired() -> None:
    left = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], np.float32)
    positions = np.concatenate([left, left[[1, 2]] + np.float32(1e-6), [[2, 0, 0]]]).astype(np.float32)
    faces = np.array([[0, 1, 2], [3, 5, 4]], np.int32)
    edges = find_edges(faces, len(positions))
    assert near_rim_pairs(positions, edges, 1e-5).labels.tolist() == [0, 1, 2, 1, 2, 3]
    assert len(near_rim_pairs(positions, edges, 0.0).first) == 6
    assert len(near_rim_pairs(positions, edges, 1e-7).first) == 6


def test_rims_are_never_paired_along_an_edge() -> None:
    positions = np.array([[0, 0, 0], [1e-6, 0, 0], [0, 1e-6, 0]], np.float32)
    edges = find_edges(np.array([[0, 1, 2]], np.int32), 3)
    assert len(near_rim_pairs(positions, edges, 1.0).first) == 3
