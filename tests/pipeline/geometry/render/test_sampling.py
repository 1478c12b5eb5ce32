"""A place on a mesh has the colour of its texture, its vertices and its material together."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import ByteArray, FloatArray, Material, Mesh, TextureSlot, Wrap
from carreau.formats.images.image import open_texture
from carreau.geometry.render.sampling import (
    decoded_recently,
    interpolate_corners,
    interpolate_directions,
    sample_image,
    surface_albedo,
    surface_colors,
    to_linear,
    to_srgb,
)

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
ONE = np.array([[0, 1, 2]], np.int32)
MIDDLE = np.full((1, 2), 1 / 3, np.float32)


def slot(pixels: ByteArray, wrap: Wrap = Wrap.CLAMP) -> TextureSlot:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return TextureSlot(open_texture("t.png", file.getvalue(), Path("scan.glb")), 0, wrap, wrap)


def read(pixels: ByteArray, u: float, v: float, wrap: Wrap = Wrap.CLAMP) -> list[float]:
    return [float(value) for value in sample_image(pixels, np.array([[u, v]], np.float32), slot(pixels, wrap))[0]]


def board() -> ByteArray:
    return np.array([[[0, 0, 0], [100, 0, 0]], [[0, 200, 0], [100, 200, 40]]], np.uint8)


def test_between_texel_centres_colours_are_mixed() -> None:
    assert read(board(), 0.25, 0.25) == pytest.approx([0, 0, 0])
    assert read(board(), 0.5, 0.25) == pytest.approx([50, 0, 0])
    assert read(board(), 0.5, 0.5) == pytest.approx([50, 100, 10])


def test_outside_the_texture_its_wrap_counts() -> None:
    assert read(board(), 1.75, 0.25, Wrap.CLAMP) == pytest.approx([100, 0, 0])
    assert read(board(), 1.25, 0.25, Wrap.REPEAT) == pytest.approx([0, 0, 0])
    assert read(board(), 1.25, 0.25, Wrap.MIRROR) == pytest.approx([100, 0, 0])
    assert read(board(), -0.75, 0.25, Wrap.REPEAT) == pytest.approx([0, 0, 0])
    assert read(board(), -1.25, 0.25, Wrap.MIRROR) == pytest.approx([100, 0, 0])


@pytest.mark.parametrize("u", [np.nan, np.inf, -np.inf, 1e30])
def test_a_coordinate_that_is_none_breaks_nothing(u: float) -> None:
    assert np.isfinite(read(board(), u, 0.5)).all()


def test_light_and_srgb_are_each_others_inverse() -> None:
    values = np.arange(256, dtype=np.float32)
    assert to_srgb(to_linear(values)) == pytest.approx(values, abs=1e-2)
    assert to_linear(np.array([188], np.float32)) == pytest.approx([0.5], abs=0.01)


def test_values_and_directions_between_corners() -> None:
    corners = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [-1, 0, 0], [1, 0, 0]]], np.float32)
    faces = np.array([0, 1, 0], np.int32)
    weights = np.array([[1 / 3, 1 / 3], [0.5, 0], [1, 0]], np.float32)
    assert interpolate_corners(corners, faces, weights)[0] == pytest.approx([1 / 3] * 3)
    directions = interpolate_directions(corners, faces, weights)
    assert directions[0] == pytest.approx([3**-0.5] * 3)
    assert directions[1].tolist() == [0, 1, 0], "opposite directions cancel: upwards"
    assert directions[2] == pytest.approx([0, 1, 0])


def color_of(mesh: Mesh) -> list[float]:
    return [float(value) for value in surface_colors(mesh, np.zeros(1, np.int32), MIDDLE)[0]]


def test_a_scan_without_any_colour_is_white() -> None:
    assert color_of(Mesh(CORNERS, ONE)) == [255, 255, 255]


def test_vertex_colours_are_mixed() -> None:
    colors = np.diag([90, 90, 90]).astype(np.uint8)
    assert color_of(Mesh(CORNERS, ONE, colors=colors)) == pytest.approx([30, 30, 30], abs=0.01)


def test_factors_work_on_light() -> None:
    half = Mesh(CORNERS, ONE, materials=(Material(base_color=(0.5, 1.0, 0.0)),))
    assert color_of(half) == pytest.approx([187.5, 255, 0], abs=0.1)


def test_texture_vertex_colour_and_factor_are_multiplied() -> None:
    texture = slot(np.full((2, 2, 3), 188, np.uint8))
    texcoords = np.full((1, 3, 2), 0.5, np.float32)
    colors = np.full((3, 3), 188, np.uint8)
    mesh = Mesh(CORNERS, ONE, (texcoords,), colors=colors, materials=(Material(base_color=(1, 1, 0.5), base=texture),))
    expected = to_srgb(to_linear(np.array([188], np.float32)) ** 2 * np.array([1, 1, 0.5], np.float32))
    assert color_of(mesh) == pytest.approx(list(expected), abs=0.01)


def test_a_white_vertex_colour_leaves_a_texture_as_it_is() -> None:
    texcoords, texture = np.full((1, 3, 2), 0.4, np.float32), slot(board())
    plain = Mesh(CORNERS, ONE, (texcoords,), materials=(Material(base=texture),))
    white = Mesh(CORNERS, ONE, (texcoords,), colors=np.full((3, 3), 255, np.uint8), materials=(Material(base=texture),))
    assert color_of(white) == color_of(plain)


def test_albedo_is_mixed_as_light() -> None:
    texcoords = np.full((1, 3, 2), [0.5, 0.25], np.float32)
    mesh = Mesh(CORNERS, ONE, (texcoords,), materials=(Material(base_color=(0.5, 1, 1), base=slot(board())),))
    albedo = surface_albedo(mesh, np.zeros(1, np.int32), MIDDLE)[0]
    assert list(albedo) == pytest.approx([float(to_linear(np.array([100], np.float32))[0]) / 4, 0, 0])
    colors = np.diag([90, 90, 90]).astype(np.uint8)
    light = surface_albedo(Mesh(CORNERS, ONE, colors=colors), np.zeros(1, np.int32), MIDDLE)[0]
    assert list(light) == pytest.approx([float(to_linear(np.array([90], np.float32))[0]) / 3] * 3)


def test_a_face_without_coordinates_has_the_colour_of_its_material() -> None:
    texcoords = np.full((1, 3, 2), np.nan, np.float32)
    texture = slot(np.full((2, 2, 3), 10, np.uint8))
    assert color_of(Mesh(CORNERS, ONE, (texcoords,), materials=(Material(base=texture),))) == [255, 255, 255]


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_each_face_wears_its_own_material(count: int) -> None:
    faces = np.tile(ONE, (3, 1))
    coords = np.full((3, 3, 2), 0.5, np.float32)
    materials = tuple(Material(base=slot(np.full((1, 1, 3), value, np.uint8))) for value in (10, 20, 30))
    mesh = Mesh(CORNERS, faces, (coords,), face_materials=np.array([2, 0, 1], np.int32), materials=materials)
    worn = (np.arange(count) % 3).astype(np.int32)
    colors: FloatArray = surface_colors(mesh, worn, np.zeros((count, 2), np.float32))
    assert colors.shape == (count, 3)
    assert np.array_equal(colors[:, 0], np.array([30, 10, 20], np.float32)[worn])


def test_a_texture_that_was_written_anew_is_decoded_anew(tmp_path: Path) -> None:
    file = tmp_path / "t.png"
    Image.fromarray(board()).save(file)
    texture = open_texture("t.png", file, tmp_path / "scan.obj")
    first = decoded_recently(texture)
    assert decoded_recently(texture) is first
    Image.fromarray(255 - board()).save(file)
    os.utime(file, (1, 1))
    assert (decoded_recently(texture) == 255 - board()).all()


def test_one_material_is_read_as_among_several() -> None:
    mesh = Mesh(CORNERS, ONE, (CORNERS[None, :, :2],), materials=(Material(base=slot(board())),))
    beside = Mesh(
        CORNERS, np.repeat(ONE, 2, axis=0), (np.repeat(CORNERS[None, :, :2], 2, axis=0),),
        face_materials=np.array([0, 1], np.int32), materials=(Material(base=slot(board())), Material()),
    )  # fmt: skip
    none, places = np.zeros(1, np.int32), np.array([[0.3, 0.4]], np.float32)
    assert surface_colors(mesh, none, places).tolist() == surface_colors(beside, none, places).tolist()
