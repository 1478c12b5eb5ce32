"""Tiles cut from a sphere come back as one closed surface, however each tile was rounded and split."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import Material, Mesh
from carreau.geometry.defects import rim_edges
from carreau.geometry.tile_welding import weld_tiles
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import enclosed_volume
from tests.pipeline.tiles_of_a_sphere import sphere, tiles_of_a_sphere


def meshes(seed: int, decimals: int, origin: tuple[float, float, float]) -> list[Mesh]:
    """Round each tile as text does, and count it from another origin than the others."""
    made = []
    for number, tile in enumerate(tiles_of_a_sphere(seed)):
        own = np.array(origin) + 100.0 * number * (np.array(origin) != 0)
        places = np.round(tile.places + origin, decimals) - own
        texcoords = (np.zeros((len(tile.faces), 3, 2), np.float32),) if number else ()
        mesh = Mesh(places.astype(np.float32), tile.faces.astype(np.int32), texcoords, origin=own)
        made.append(Mesh(mesh.positions, mesh.faces, texcoords, materials=(Material(tile.name),), origin=own))
    return made


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("decimals", [2, 3, 4, 6])
@pytest.mark.parametrize("origin", [(0.0, 0.0, 0.0), (722000.0, 7030000.0, 40.0)])
def test_a_sphere_comes_back_watertight(seed: int, decimals: int, origin: tuple[float, float, float]) -> None:
    whole, seams = weld_tiles(meshes(seed, decimals, origin))
    assert not len(rim_edges(whole.positions, whole.faces)[0])
    assert not find_edges(whole.faces, len(whole.positions)).non_manifold.any()
    places, faces = sphere()
    volume = enclosed_volume(places.astype(np.float32), faces.astype(np.int32))
    assert enclosed_volume(whole.positions, whole.faces) == pytest.approx(volume, rel=3 * 10.0**-decimals)
    assert np.linalg.norm(whole.positions + (whole.origin - origin), axis=1).max() < 10.0 + 0.01
    assert seams.joined > 50
    assert seams.split > 50
    assert seams.tolerance <= max(2.1 * 10.0**-decimals, 1e-4)  # 400 m from an origin, float32 steps are of 0.03 mm


def test_each_tile_keeps_its_looks() -> None:
    whole, _ = weld_tiles(meshes(0, 6, (0.0, 0.0, 0.0)))
    assert [material.name for material in whole.materials] == [tile.name for tile in tiles_of_a_sphere()]
    assert set(whole.face_materials.tolist()) == {0, 1, 2, 3}
    bare = np.isnan(whole.texcoords[0]).all(axis=(1, 2))
    assert (bare == (whole.face_materials == 0)).all()


def test_holes_stay_open() -> None:
    tiles = meshes(0, 6, (0.0, 0.0, 0.0))
    middle = tiles[0].positions[tiles[0].faces].mean(axis=1)
    keep = np.linalg.norm(middle - middle[np.argmin(middle[:, 2])], axis=1) > 2.0
    tiles[0] = Mesh(tiles[0].positions, tiles[0].faces[keep], (), origin=tiles[0].origin)
    whole, _ = weld_tiles(tiles)
    ends, places = rim_edges(whole.positions, whole.faces)
    assert len(ends) > 5
    assert places[ends.ravel(), 2].max() < -7


def test_the_same_tiles_make_the_same_bytes() -> None:
    one, other = (weld_tiles(meshes(1, 3, (722000.0, 7030000.0, 40.0)))[0] for _ in range(2))
    assert one.positions.tobytes() == other.positions.tobytes()
    assert one.faces.tobytes() == other.faces.tobytes()


def test_tiles_far_apart_are_left_as_they_are(tetrahedron: Mesh) -> None:
    away = Mesh(tetrahedron.positions, tetrahedron.faces, origin=np.array([50.0, 0, 0]))
    whole, seams = weld_tiles([tetrahedron, away])
    assert (len(whole.faces), seams.joined, seams.split) == (8, 0, 0)


@pytest.mark.parametrize("details", [(3, 4), (3, 5)])
def test_tiles_of_unlike_detail_meet_too(details: tuple[int, int]) -> None:
    """Where a coarse tile cuts a straight line and a fine one a curve, no vertex of one lies on the other."""
    coarse, fine = (tiles_of_a_sphere(seed, 0.5, detail) for seed, detail in enumerate(details))
    mixed = (coarse[0], fine[1], fine[2], coarse[3])
    tiles = [Mesh(np.round(tile.places, 4).astype(np.float32), tile.faces.astype(np.int32)) for tile in mixed]
    whole, _ = weld_tiles(tiles)
    assert not len(rim_edges(whole.positions, whole.faces)[0])
    volume = enclosed_volume(whole.positions, whole.faces)
    assert volume == pytest.approx(4 / 3 * np.pi * 1000, rel=0.02)
