"""Meshes moved and moved back are where they were."""

import numpy as np

from carreau.base.model import Mesh
from carreau.geometry.triangles import about, face_normals, transform

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
UVS = np.array([[[0, 0], [1, 0], [0, 1]]], np.float32)


def mesh(origin: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    normals = np.broadcast_to(np.array([0, 0, 1], np.float32), (1, 3, 3)).copy()
    return Mesh(CORNERS, np.array([[0, 1, 2]], np.int32), (UVS,), normals, origin=np.array(origin, float))


def test_a_transform_moves_origin_and_positions_together() -> None:
    matrix = np.array([[0, 0, 2, 5], [0, 2, 0, 6], [-2, 0, 0, 7], [0, 0, 0, 1]], float)
    moved = transform(mesh((1e6, 2e6, 3e6)), matrix)
    place = moved.positions[1].astype(float) + moved.origin
    assert np.allclose(place, matrix[:3, :3] @ [1e6 + 1, 2e6, 3e6] + matrix[:3, 3], rtol=0, atol=1e-6)


def test_a_mirror_keeps_faces_looking_along_their_normals() -> None:
    moved = transform(mesh(), np.diag([-1.0, 1, 1, 1]))
    assert moved.normals is not None
    assert np.allclose(face_normals(moved.positions, moved.faces), moved.normals[:, 0])
    assert np.array_equal(moved.texcoords[0], UVS[:, ::-1])


def test_normals_stay_unit_and_square_under_uneven_scale() -> None:
    tilted = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]], float)
    moved = transform(mesh(), tilted @ np.diag([3.0, 1, 0.5, 1]))
    assert moved.normals is not None
    assert np.allclose(np.linalg.norm(moved.normals, axis=-1), 1, atol=1e-6)
    assert np.allclose(face_normals(moved.positions, moved.faces), moved.normals[:, 0], atol=1e-6)


def test_another_origin_changes_no_place() -> None:
    moved = about(mesh((10, 20, 30)), np.array([9.0, 20, 31]))
    assert np.allclose(moved.positions + moved.origin, CORNERS + np.array([10, 20, 30]))


def test_the_identity_returns_the_mesh_itself() -> None:
    same = mesh()
    assert transform(same, np.eye(4)) is same
    assert about(same, np.zeros(3)) is same
