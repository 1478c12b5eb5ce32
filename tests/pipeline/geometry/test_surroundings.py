"""A part of a mesh that is mended alone and put back is what it would be in the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from carreau.base.model import Material, Mesh
from carreau.geometry import t_junctions as module
from carreau.geometry.mesh_parts import ConnectedMesh, take_faces
from carreau.geometry.t_junctions import surroundings
from carreau.geometry.topology import find_edges
from carreau.models.stages.clean import Cleaned, clean

SIDE = 60


def sheet(offset: float = 0.0, first: int = 0) -> Mesh:
    """A wavy sheet of 2 * 60² faces with texture coordinates, colours and a material."""
    x, z = (part.ravel() for part in np.meshgrid(np.arange(SIDE + 1.0), np.arange(SIDE + 1.0)))
    positions = np.stack([x + offset, np.sin((x + offset) / 5) * np.cos(z / 7), z], axis=1).astype(np.float32)
    corner = (np.arange(SIDE)[:, None] * (SIDE + 1) + np.arange(SIDE)).ravel()
    lower = np.stack([corner, corner + SIDE + 2, corner + 1], 1)
    upper = np.stack([corner, corner + SIDE + 1, corner + SIDE + 2], 1)
    faces = np.concatenate([lower, upper]).astype(np.int32) + first
    texcoords = (np.stack([x, z], axis=1)[faces - first] / SIDE).astype(np.float32)
    colors = np.stack([2 * x, 2 * z, x + z], axis=1).astype(np.uint8)
    return Mesh(positions, faces, (texcoords,), colors=colors, face_materials=np.full(len(faces), 1, np.int32))


def damaged(seed: int) -> Mesh:
    """Two sheets a hairline apart, with holes, T-junctions, needles and faces that are there twice or are turned."""
    rng = np.random.default_rng(seed)
    one, other = sheet(), sheet(SIDE + 2e-5, (SIDE + 1) ** 2)
    assert one.colors is not None
    assert other.colors is not None
    positions, faces = np.concatenate([one.positions, other.positions]), np.concatenate([one.faces, other.faces])
    # Where the second sheet has no vertex on its rim, that of the first is a T-junction.
    rim = np.flatnonzero(other.positions[:, 0] == other.positions[:, 0].min())[5:-5:3] + (SIDE + 1) ** 2
    for vertex in rim:
        faces[faces == vertex] = vertex + SIDE + 1
    near = rng.integers(0, len(faces), 6)
    positions[faces[near, 0]] = positions[faces[near, 1]] + np.float32(1e-7)
    twice = rng.integers(0, len(faces), 5)
    faces = np.concatenate([faces, faces[twice], faces[rng.integers(0, len(faces), 3)][:, ::-1]])
    texcoords = np.concatenate([one.texcoords[0], other.texcoords[0], np.zeros((8, 3, 2), np.float32)])
    mesh = Mesh(
        positions,
        faces,
        (texcoords,),
        colors=np.concatenate([one.colors, other.colors]),
        face_materials=rng.integers(0, 2, len(faces)).astype(np.int32),
        materials=(Material("a"), Material("b")),
    )
    holes = np.ones(len(faces), np.bool_)
    holes[rng.integers(0, 4 * SIDE**2, 4)] = False
    return take_faces(mesh, holes)


def both_ways(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> tuple[Cleaned, Cleaned]:
    monkeypatch.setattr(module, "MOST_SHARE", 0.0)
    whole = clean(mesh)
    monkeypatch.setattr(module, "MOST_SHARE", 1.0)
    return whole, clean(mesh)


@pytest.mark.parametrize("seed", range(4))
def test_cleaning_part_by_part_is_cleaning_the_whole(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = both_ways(damaged(seed), monkeypatch)
    findings = whole.findings
    assert findings.tees > 0
    assert findings.stitched > 0
    assert findings.degenerate > 0
    assert parts.findings == replace(findings, doubled_area=parts.findings.doubled_area)
    assert parts.findings.doubled_area == pytest.approx(findings.doubled_area)
    np.testing.assert_array_equal(parts.mesh.positions, whole.mesh.positions)
    np.testing.assert_array_equal(parts.mesh.colors, whole.mesh.colors)
    # In another order, where a face was cut.
    one, other = (np.lexsort(each.mesh.faces.T) for each in (whole, parts))
    for name in ("faces", "face_materials"):
        np.testing.assert_array_equal(getattr(parts.mesh, name)[other], getattr(whole.mesh, name)[one])
    np.testing.assert_array_equal(parts.mesh.texcoords[0][other], whole.mesh.texcoords[0][one])


def test_an_edge_that_the_part_was_cut_along_is_no_rim() -> None:
    whole = ConnectedMesh(sheet())
    around = np.zeros(len(whole.mesh.positions), np.bool_)
    around[SIDE // 2] = True  # in the middle of a side
    part = surroundings(whole, around)
    assert part is not None
    rims = part.surface.rims.vertices[part.surface.rims.boundary]
    assert len(rims) > 4
    assert (part.surface.mesh.positions[rims][:, :, 2] == 0).all()
    assert len(part.surface.edges.vertices[part.surface.edges.boundary]) > 2 * len(rims)


def test_a_change_that_reaches_the_cut_is_not_put_back() -> None:
    whole = ConnectedMesh(sheet())
    around = np.zeros(len(whole.mesh.positions), np.bool_)
    around[SIDE * SIDE // 2] = True
    part = surroundings(whole, around)
    assert part is not None
    mesh = part.surface.mesh
    assert part.put_back(whole.mesh, take_faces(mesh, ~part.shell)) is None
    inner = np.flatnonzero(~part.shell)
    left = part.put_back(whole.mesh, take_faces(mesh, np.delete(np.arange(len(mesh.faces)), inner[:2])))
    assert left is not None
    np.testing.assert_array_equal(left.faces, np.delete(whole.mesh.faces, part.rows[inner[:2]], axis=0))
    edges = find_edges(left.faces, len(left.positions))
    assert int(edges.boundary.sum()) > 4 * SIDE
