"""Metal, roughness and emission of a scan come out where they were, on the atlas of its level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from carreau.base.model import LevelMesh, Mesh
from carreau.formats.gltf.gltf import read
from carreau.geometry.render.raycasting import build_scene
from carreau.geometry.render.reflectance import carried_occlusion
from carreau.geometry.triangles import vertex_normals
from carreau.models.stages.bake import SurfaceMapOptions, bake_surface, with_occlusion
from tests.pipeline.bronzes import BRONZE, GLOW, STONE, write_bronze

PLACES = {(0.25, 0.25): BRONZE, (0.75, 0.75): STONE, (0.1, 0.5): (BRONZE[0], 160, BRONZE[2])}
"""Places on the atlas, u and v, and the texels there."""


@pytest.fixture(scope="module")
def bronze(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    return read(write_bronze(tmp_path_factory.mktemp("bronze") / "bronze.glb")).mesh


def level_of(scan: Mesh) -> LevelMesh:
    """Return the scan itself as a level, a vertex a corner."""
    normals = vertex_normals(scan.positions, scan.faces)[scan.faces].reshape(-1, 3)
    faces = np.arange(3 * len(scan.faces), dtype=np.int32).reshape(-1, 3)
    positions = scan.positions[scan.faces].reshape(-1, 3)
    return LevelMesh(positions, normals.astype(np.float32), faces, scan.texcoords[0].reshape(-1, 2))


def test_texels_are_where_the_scan_has_them(bronze: Mesh) -> None:
    maps = bake_surface(bronze, level_of(bronze), SurfaceMapOptions(128, 64))
    assert maps.metallic_roughness is not None
    assert maps.emissive is not None
    for (u, v), (_, roughness, metallic) in PLACES.items():
        texel = maps.metallic_roughness[int(v * 128), int(u * 128)]
        assert texel.tolist() == pytest.approx((255, roughness, metallic), abs=1)
    assert maps.emissive[32, 48].tolist() == pytest.approx(GLOW, abs=1)
    assert maps.emissive[32, 8].tolist() == [0, 0, 0]


def test_only_what_there_is_room_for(bronze: Mesh) -> None:
    maps = bake_surface(bronze, level_of(bronze), SurfaceMapOptions(0, 64))
    assert maps.metallic_roughness is None
    assert maps.emissive is not None


def test_occlusion_goes_into_the_red_channel(bronze: Mesh) -> None:
    level, scene = level_of(bronze), build_scene(bronze.positions, bronze.faces)
    maps = bake_surface(bronze, level, SurfaceMapOptions(64))
    assert maps.metallic_roughness is not None
    both = with_occlusion(maps.metallic_roughness, carried_occlusion(bronze, scene, level, 64, 2))
    for (u, v), expected in PLACES.items():
        assert both[int(v * 64), int(u * 64)].tolist() == pytest.approx(expected, abs=1)


def test_occlusion_counts_at_its_strength(bronze: Mesh) -> None:
    weak = replace(bronze, materials=(replace(bronze.materials[0], occlusion_strength=0.5),))
    image = carried_occlusion(weak, build_scene(weak.positions, weak.faces), level_of(weak), 64, 2)
    assert image[48, 48] == pytest.approx((255 + STONE[0]) / 2, abs=1)
