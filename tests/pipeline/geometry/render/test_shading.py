"""Soft light: what stands close to a wall is darker, and what few rays say is what all would."""

import numpy as np

from carreau.base.model import Mesh
from carreau.geometry.render.camera import Frustum
from carreau.geometry.render.camera import look as facing_frame
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.render.sampling import interpolate_corners, interpolate_vertices
from carreau.geometry.render.shading import Spots, face_normals, facing, openness, sky_light
from carreau.geometry.render.views import see
from tests.pipeline.castles import castle

FLOOR_AND_WALL = Mesh(
    np.array(
        [[-2, 0, -2], [2, 0, -2], [2, 0, 2], [-2, 0, 2], [0, 0, -2], [0, 1, -2], [0, 1, 2], [0, 0, 2]], np.float32
    ),
    np.array([[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7]], np.int32),
)


def spots_of(mesh: Mesh, frame: Frustum) -> Spots:
    sight = see(mesh.positions, mesh.faces, frame.screen())
    points = interpolate_vertices(mesh.positions, mesh.faces, sight.faces, sight.barycentrics)
    toward = np.asarray(frame.eye - points, np.float32)
    return Spots(sight.pixels, points, facing(face_normals(mesh)[0][sight.faces], toward))


def test_a_floor_is_darker_beside_a_wall() -> None:
    scene = Scene(FLOOR_AND_WALL.positions, FLOOR_AND_WALL.faces)
    points = np.array([[0.05, 0.001, 0], [0.4, 0.001, 0], [1.9, 0.001, 0]], np.float32)
    up = np.tile(np.array([[0, 1, 0]], np.float32), (3, 1))
    shares = openness(scene, points, up, 1.0, 256, np.zeros(3, np.int32))
    assert 0.5 < shares[0] < 0.7
    assert shares[0] < shares[1] < 0.95
    assert shares[2] == 1


def test_half_of_the_pixels_say_what_all_would() -> None:
    mesh = castle()
    frame = facing_frame(np.array([0.0, 4.0, 0.0]), 60.0, 0.4, 0.5, 300)
    spots, scene = spots_of(mesh, frame), Scene(mesh.positions, mesh.faces)
    sky = sky_light(scene, frame, spots, 30.0, 8)[spots.pixels]
    phase = np.zeros(len(spots.pixels), np.int32)
    lifted = spots.points + np.float32(0.06) * spots.normals
    exact = openness(scene, lifted, spots.normals, 0.35 * 30.0, 128, phase)
    assert len(sky) > 10_000
    assert abs(float((sky - exact).mean())) < 0.005
    assert np.sqrt(np.mean((sky - exact) ** 2)) < 0.05


def test_a_pixel_without_neighbours_asks_for_itself() -> None:
    scene = Scene(FLOOR_AND_WALL.positions, FLOOR_AND_WALL.faces)
    frame = facing_frame(np.zeros(3), 8.0, 0.0, 0.5, 20)
    up = np.array([[0, 1, 0]], np.float32)
    for pixel in (84, 85):  # one on a black square of the chessboard, one on a white
        spots = Spots(np.array([pixel], np.int32), np.array([[1.9, 0, 0]], np.float32), up)
        sky = sky_light(scene, frame, spots, 1.0, 8)
        assert sky[pixel] == 1
        assert np.count_nonzero(sky) == 1


def test_values_of_vertices_are_those_of_their_corners() -> None:
    mesh = castle()
    rng = np.random.default_rng(3)
    faces = rng.integers(0, len(mesh.faces), 1000).astype(np.int32)
    weights = rng.dirichlet([1, 1, 1], 1000)[:, :2].astype(np.float32)
    corners = interpolate_corners(mesh.positions[mesh.faces], faces, weights)
    assert np.array_equal(interpolate_vertices(mesh.positions, mesh.faces, faces, weights), corners)
