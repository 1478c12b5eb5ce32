"""A level is painted with the colours that the scan has where it lies."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from carreau.base.model import (
    AlphaMode,
    ByteArray,
    FloatArray,
    IntArray,
    LevelMesh,
    Material,
    Mesh,
    Texture,
    TextureSlot,
)
from carreau.formats.images.image import Codec, encode_basis
from carreau.geometry.render.sampling import interpolate_corners
from carreau.geometry.triangles import vertex_normals
from carreau.geometry.uv.layout import find_texels
from carreau.models.stages.bake import BakeOptions, bake, weigh
from carreau.models.stages.unwrap import UnwrapOptions, unwrap
from tests.pipeline.lattices import STEEL, covered, lattice, tower_mesh

EDGE = 128


def paint(places: FloatArray) -> FloatArray:
    """Return (k, 3) sRGB 0..255: a gentle pattern over space."""
    x, y, z = np.asarray(places, float).T
    return np.stack([128 + 90 * np.sin(2 * x + y), 128 + 90 * np.cos(2 * y - z), 128 + 90 * np.sin(z * 2)], axis=1)


def ball(subdivisions: int) -> tuple[FloatArray, IntArray]:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions)
    return np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32)


def painted_ball(subdivisions: int = 5) -> Mesh:
    positions, faces = ball(subdivisions)
    return Mesh(positions, faces, colors=np.rint(paint(positions)).astype(np.uint8))


def level_of(positions: FloatArray, faces: IntArray, edge: int = EDGE) -> LevelMesh:
    atlas, normals = unwrap(positions, faces, UnwrapOptions(edge)), vertex_normals(positions, faces)
    return LevelMesh(positions[atlas.sources], normals[atlas.sources], atlas.faces, atlas.texcoords)


def seen(level: LevelMesh, image: ByteArray) -> tuple[ByteArray, FloatArray]:
    """Return the image's texels inside faces, and the places on the level they stand for."""
    assert level.texcoords is not None
    texels = find_texels(level.texcoords, level.faces, len(image), 0.0)
    places = interpolate_corners(level.positions[level.faces], texels.faces, texels.barycentrics)
    return image.reshape(-1, 3)[texels.places], places


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_the_colours_of_a_painted_ball_come_back(samples: int) -> None:
    level = level_of(*ball(3))
    skin = bake(painted_ball(), level, BakeOptions(EDGE, samples))
    colors, places = seen(level, skin.base)
    there = paint(places / np.linalg.norm(places, axis=1, keepdims=True))
    assert skin.base.shape == (EDGE, EDGE, 3)
    assert np.abs(colors - there).mean() < 1.5
    assert np.percentile(np.abs(colors - there), 99) < 8


@pytest.mark.parametrize("samples", [1, 2])
def test_gutters_are_filled(samples: int) -> None:
    skin = bake(painted_ball(), level_of(*ball(3)), BakeOptions(EDGE, samples))
    assert skin.base.min() > 20


def test_a_scan_of_one_colour_takes_a_handful_of_texels() -> None:
    positions, faces = ball(4)
    plain = Mesh(positions, faces, materials=(Material(base_color=(0.5, 0.2, 0.1)),))
    skin = bake(plain, level_of(*ball(2)), BakeOptions(EDGE, 2))
    assert skin.base.shape == (4, 4, 3)
    assert (skin.base == skin.base[0, 0]).all()
    assert skin.base[0, 0].tolist() == [188, 124, 89]


def test_a_scan_whose_vertices_are_of_one_colour_too() -> None:
    positions, faces = ball(4)
    scan = Mesh(positions, faces, colors=np.full((len(positions), 3), 77, np.uint8))
    skin = bake(scan, level_of(*ball(2)), BakeOptions(EDGE))
    assert skin.base.tolist() == np.full((4, 4, 3), 77).tolist()


def test_where_no_ray_meets_the_scan_its_closest_point_is_asked() -> None:
    scan = painted_ball()
    half = dataclasses.replace(scan, faces=scan.faces[scan.positions[scan.faces].mean(axis=1)[:, 1] > 0.3])
    half = dataclasses.replace(half, face_materials=np.zeros(len(half.faces), np.int32))
    level = level_of(*ball(3))
    colors, places = seen(level, bake(half, level, BakeOptions(EDGE)).base)
    missed = places[:, 1] < -0.3
    assert colors[missed].min() > 20
    upper = places[:, 1] > 0.5
    expected = paint(places / np.linalg.norm(places, axis=1, keepdims=True))
    assert np.abs(colors[upper] - expected[upper]).mean() < 2


def test_the_same_bytes_twice_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    scan, level = painted_ball(), level_of(*ball(3))
    first = bake(scan, level, BakeOptions(EDGE, 2)).base
    monkeypatch.setattr("carreau.base.process.THREADS", 1)
    assert np.array_equal(bake(scan, level, BakeOptions(EDGE, 2)).base, first)


@pytest.mark.parametrize("size", [1e-4, 1e5])
def test_any_unit_will_do(size: float) -> None:
    scan, (positions, faces) = painted_ball(), ball(3)
    large = dataclasses.replace(scan, positions=np.asarray(scan.positions * size, np.float32))
    skin = bake(large, level_of(np.asarray(positions * size, np.float32), faces), BakeOptions(EDGE))
    level = level_of(np.asarray(positions * size, np.float32), faces)
    colors, places = seen(level, skin.base)
    assert np.abs(colors - paint(places / np.linalg.norm(places, axis=1, keepdims=True))).mean() < 2


@pytest.mark.parametrize(("edge", "samples"), [(1, 1), (2, 4), (5, 2)])
def test_tiny_atlases_are_painted(edge: int, samples: int) -> None:
    uvs = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    positions = np.array([[-1, 0, 1], [1, 0, 1], [1, 0, -1], [-1, 0, -1]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    colors = np.array([[200, 0, 0], [200, 0, 0], [0, 0, 200], [0, 0, 200]], np.uint8)
    level = LevelMesh(positions, vertex_normals(positions, faces), faces, uvs)
    base = bake(Mesh(positions, faces, colors=colors), level, BakeOptions(edge, samples)).base
    assert base[0, 0].sum() == pytest.approx(200, abs=6 if edge > 1 else 60)


def test_a_level_without_a_layout_and_a_scan_without_faces_are_refused() -> None:
    positions, faces = ball(1)
    bare = LevelMesh(positions, positions, faces)
    with pytest.raises(ValueError, match="texture coordinates"):
        bake(Mesh(positions, faces), bare, BakeOptions(EDGE))
    empty = Mesh(positions, np.zeros((0, 3), np.int32))
    with pytest.raises(ValueError, match="has faces"):
        bake(empty, level_of(positions, faces), BakeOptions(EDGE))


def test_what_a_texel_takes_is_told_from_a_sample(tmp_path: Path) -> None:
    edge = 1024
    image = np.random.default_rng(1).integers(0, 255, (64, 64, 3)).repeat(8, axis=0).repeat(8, axis=1).astype(np.uint8)
    Image.fromarray(image).save(tmp_path / "noise.png")
    texture = Texture("noise.png", tmp_path / "noise.png", 512, 512)
    positions, faces = ball(3)
    level = level_of(positions, faces, edge)
    assert level.texcoords is not None
    scan = Mesh(
        level.positions, level.faces, (level.texcoords[level.faces],), materials=(Material(base=TextureSlot(texture)),)
    )
    told = weigh(scan, level, BakeOptions(edge))
    skin = bake(scan, level, BakeOptions(edge))
    assert told == pytest.approx(len(encode_basis(skin.base, Codec.UASTC)) / edge**2, rel=0.15)


def test_one_colour_takes_nothing() -> None:
    positions, faces = ball(2)
    scan = Mesh(positions, faces, materials=(Material(base_color=(0.2, 0.4, 0.6)),))
    assert weigh(scan, level_of(positions, faces), BakeOptions(EDGE)) == 0


@pytest.mark.parametrize(("edge", "samples"), [(256, 1), (96, 1), (96, 3)])
def test_a_level_has_the_holes_of_its_scan_and_as_many_bars(edge: int, samples: int) -> None:
    picture = lattice(256, pitch=37, bar=6)
    scan = tower_mesh(picture)
    level = level_of(scan.positions, scan.faces, edge)
    skin = bake(scan, level, BakeOptions(edge, samples))
    assert skin.base.shape == (edge, edge, 4)
    assert level.texcoords is not None
    drawn = skin.base.reshape(-1, 4)[find_texels(level.texcoords, level.faces, edge, 0.0).places]
    assert covered(drawn[None]) == pytest.approx(covered(picture), abs=0.04)
    # What lies beneath the holes of the scan is black; none of it may show in a filter that reads across an edge.
    assert np.abs(skin.base[..., :3].astype(int) - STEEL).max() < 12


def test_what_is_translucent_has_its_mean() -> None:
    picture = lattice(64)
    picture[..., :3], picture[..., 3] = STEEL, np.where(picture[..., 3] > 0, 200, 100)
    scan = tower_mesh(picture, AlphaMode.BLEND)
    level = level_of(scan.positions, scan.faces)
    skin = bake(scan, level, BakeOptions(EDGE, 2))
    assert level.texcoords is not None
    drawn = skin.base.reshape(-1, 4)[find_texels(level.texcoords, level.faces, EDGE, 0.0).places]
    assert drawn[:, 3].mean() == pytest.approx(picture[..., 3].mean(), abs=4)


def test_a_part_without_holes_has_no_alpha() -> None:
    picture = np.full((8, 8, 4), 255, np.uint8)
    scan = tower_mesh(picture)
    assert bake(scan, level_of(scan.positions, scan.faces), BakeOptions(EDGE)).base.shape[2] == 3
