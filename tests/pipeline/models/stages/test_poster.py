"""A poster has its size, an empty border, and a thing in it, whatever the thing is."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import AlphaMode, Material, Mesh, Texture, TextureSlot
from carreau.geometry.render.viewpoints import Viewpoint, best_side
from carreau.models.stages.poster import VEIL, PosterOptions, encode_poster, render_poster
from tests.pipeline.lattices import lattice, tower_mesh

SMALL = PosterOptions(longest_px=120, samples=2, sky_rays=4)


def picture_slot() -> TextureSlot:
    """Return a texture that is red on its left and green on its right."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4, 0], pixels[:, 4:, 1] = 220, 200
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return TextureSlot(Texture("halves.png", stream.getvalue(), 8, 8))


def scaled(mesh: Mesh, x: float, y: float, z: float) -> Mesh:
    """Return the mesh stretched along its axes."""
    return Mesh(mesh.positions * np.array([x, y, z], np.float32), mesh.faces, mesh.texcoords, materials=mesh.materials)


def test_longest_edge_and_corners(tetrahedron: Mesh) -> None:
    poster = render_poster(tetrahedron, SMALL)
    assert poster.dtype == np.uint8
    assert poster.shape[2] == 4
    assert max(poster.shape[:2]) == 120
    assert poster[[0, 0, -1, -1], [0, -1, 0, -1], 3].max() == 0


def test_mesh_lies_inside_the_frame_and_fills_it(bumpy_sheet: Mesh) -> None:
    poster = render_poster(bumpy_sheet, PosterOptions(longest_px=120, samples=2, sky_rays=4, shadow=0))
    rows, columns = np.nonzero(poster[..., 3])
    height, width = poster.shape[:2]
    assert 0 < rows.min() < 0.12 * 120
    assert 0 < columns.min() < 0.12 * 120
    assert height - 0.12 * 120 < rows.max() + 1 < height
    assert width - 0.12 * 120 < columns.max() + 1 < width


def test_same_bytes_twice(bumpy_sheet: Mesh) -> None:
    first, second = render_poster(bumpy_sheet, SMALL), render_poster(bumpy_sheet, SMALL)
    assert first.tobytes() == second.tobytes()
    assert encode_poster(first) == encode_poster(second)


def test_the_side_found_before_gives_the_same_picture(bumpy_sheet: Mesh) -> None:
    found, given = render_poster(bumpy_sheet, SMALL), render_poster(bumpy_sheet, SMALL, best_side(bumpy_sheet))
    assert found.shape == given.shape
    assert np.abs(found.astype(int) - given).mean() < 0.5


def test_faces_of_a_faceted_mesh_have_one_shade_each() -> None:
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))], np.int32)
    edges = corners[faces]
    normals = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    normals = np.repeat(normals[:, None], 3, axis=1).astype(np.float32)
    colors = np.full((8, 3), 150, np.uint8)
    cube = Mesh(corners, faces, normals=normals, colors=colors)

    def shades(is_faceted: bool) -> int:
        options = PosterOptions(longest_px=120, samples=1, sky_rays=0, shadow=0, is_faceted=is_faceted)
        poster = render_poster(cube, options, Viewpoint(30.0, 30.0))
        return len(np.unique(poster[poster[..., 3] == 255][:, :3], axis=0))

    assert shades(is_faceted=True) == 3
    assert shades(is_faceted=False) > 30


def test_what_is_not_solid_is_seen_through(tetrahedron: Mesh) -> None:
    """Where nothing solid stands behind, it lets the page through; what is solid hides the page as ever."""
    options = PosterOptions(longest_px=60, samples=2, sky_rays=0, shadow=0)
    none = Mesh(tetrahedron.positions, tetrahedron.faces[:0])
    whole, through = render_poster(tetrahedron, options), render_poster(tetrahedron, options, None, none)
    inside = whole[..., 3] == 255
    assert set(through[inside][:, 3]) == {round(255 * VEIL)}
    assert np.abs(through[inside][:, :3].astype(int) - whole[inside][:, :3]).max() <= 1
    assert np.array_equal(render_poster(tetrahedron, options, None, tetrahedron)[inside], whole[inside])


def test_encoded_pictures_open_and_keep_alpha(tetrahedron: Mesh) -> None:
    poster = render_poster(tetrahedron, SMALL)
    files = encode_poster(poster)
    assert sorted(files) == ["poster.png", "poster.webp"]
    png = np.asarray(Image.open(io.BytesIO(files["poster.png"])))
    assert np.array_equal(png, poster)
    webp = Image.open(io.BytesIO(files["poster.webp"]))
    assert (webp.mode, webp.size) == ("RGBA", (poster.shape[1], poster.shape[0]))


def test_texture_shows(bumpy_sheet: Mesh) -> None:
    textured = Mesh(
        bumpy_sheet.positions,
        bumpy_sheet.faces,
        bumpy_sheet.texcoords,
        materials=(Material("halves", base=picture_slot()),),
    )
    poster = render_poster(textured, SMALL).astype(int)
    solid = poster[poster[..., 3] == 255]
    assert (solid[:, 0] > 2 * solid[:, 1]).mean() > 0.2
    assert (solid[:, 1] > 2 * solid[:, 0]).mean() > 0.2


def test_bare_mesh_is_modelled_by_light(bumpy_sheet: Mesh) -> None:
    poster = render_poster(bumpy_sheet, SMALL)
    solid = poster[poster[..., 3] == 255][:, :3].astype(float)
    assert solid.std() > 4
    assert 90 < solid.mean() < 245


SIZES = [(1e-4, 1e-4, 1e-4), (1e3, 1e3, 1e3), (1, 0, 1), (0, 1, 1), (1, 1, 0), (9, 0.01, 0.01)]


@pytest.mark.parametrize("size", SIZES)
def test_any_proportion_gives_a_picture(bumpy_sheet: Mesh, size: tuple[float, float, float]) -> None:
    poster = render_poster(scaled(bumpy_sheet, *size), SMALL)
    assert max(poster.shape[:2]) == 120
    assert min(poster.shape[:2]) >= 12
    assert size[1] == 1 or (poster[..., 3] > 0).any()


def test_flat_thing_is_seen_from_where_it_shows(bumpy_sheet: Mesh) -> None:
    poster = render_poster(scaled(bumpy_sheet, 1, 0.01, 1), PosterOptions(longest_px=120, samples=2, shadow=0))
    assert (poster[..., 3] > 200).mean() > 0.25


def test_empty_and_unfinished_meshes() -> None:
    nothing = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    assert render_poster(nothing, SMALL).max() == 0
    broken = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [np.nan, 1, 1]], np.float32)
    poster = render_poster(Mesh(broken, np.array([[0, 1, 2], [1, 2, 3]], np.int32)), SMALL)
    assert (poster[..., 3] > 200).any()


def test_light_side_wins() -> None:
    """Of two sides with equal shape the bright one is shown: textures carry their sun."""
    positions = np.array([[-1, 0, 0], [1, 0, 0], [1, 2, 0], [-1, 2, 0]], np.float32)
    apart = np.array([0, 0, 0.2], np.float32)
    both = np.concatenate([positions + apart, positions - apart])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]], np.int32)
    colors = np.repeat(np.array([[30, 30, 30], [220, 210, 200]], np.uint8), 4, axis=0)
    poster = render_poster(Mesh(both, faces, colors=colors), SMALL)
    assert poster[poster[..., 3] == 255][:, :3].mean() > 120


def test_the_background_is_seen_through_the_holes_of_a_lattice() -> None:
    options = PosterOptions(longest_px=200, samples=2, sky_rays=4, shadow=0)
    side = Viewpoint(0, 0)
    picture = lattice(pitch=64, bar=10)
    cut = render_poster(tower_mesh(picture), options, side)
    solid = render_poster(tower_mesh(picture, AlphaMode.OPAQUE), options, side)
    assert cut.shape == solid.shape
    is_inside = solid[..., 3] == 255
    assert (solid[is_inside][:, 3] == 255).all()
    open_share = (cut[is_inside][:, 3] == 0).mean()
    # The front is a third bars, and so is what is seen of the back through its holes.
    assert 0.15 < open_share < 0.75
    assert 0.2 < (cut[is_inside][:, 3] == 255).mean() < 0.8


def box(width: float, height: float, depth: float) -> tuple[np.ndarray, np.ndarray]:
    """Return corners (8, 3) and faces (12, 3) of a box on the ground around the origin."""
    corners = [(x, y, z) for x in (-width / 2, width / 2) for y in (0, height) for z in (-depth / 2, depth / 2)]
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))]
    return np.array(corners, np.float32), np.array(faces, np.int32)


def tower_on_a_plain() -> tuple[Mesh, Mesh]:
    """Return a grey tower of 10 m on a plain of 100 m, and the tower alone."""
    (plain, faces), (tower, more) = box(100, 0.1, 100), box(4, 10, 4)
    corners = np.concatenate([plain, tower])
    colors = np.full((16, 3), 150, np.uint8)
    return Mesh(corners, np.concatenate([faces, more + 8]), colors=colors), Mesh(corners, more + 8, colors=colors)


def test_the_sun_throws_the_shadow_of_a_tower_on_its_plain() -> None:
    whole, tower = tower_on_a_plain()
    quiet = PosterOptions(longest_px=160, samples=1, sky_rays=0, shadow=0, is_faceted=True)
    sunlit = PosterOptions(longest_px=160, samples=1, sky_rays=0, shadow=0, is_faceted=True, is_sunlit=True)

    def plain_shades(options: PosterOptions) -> list[int]:
        poster = render_poster(whole, options, Viewpoint(0.0, 40.0), subject=tower)
        rims = poster[-poster.shape[0] // 2 :, -poster.shape[1] // 8 :]
        return sorted(np.unique(rims[rims[..., 3] == 255][:, 1]).tolist())

    assert len(plain_shades(quiet)) == 1
    dark, *_, bright = plain_shades(sunlit)
    assert dark < 0.85 * bright


def test_the_subject_fills_the_picture_and_the_plain_is_cut_by_its_rims() -> None:
    whole, tower = tower_on_a_plain()
    poster = render_poster(whole, SMALL, Viewpoint(0.0, 20.0), subject=tower)
    height, width = poster.shape[:2]
    assert max(height, width) == 120
    assert width <= 1.6 * height + 1
    assert poster[-1, :, 3].min() == 255, "the plain goes on below the picture"
    assert render_poster(whole, SMALL, Viewpoint(0.0, 20.0))[-1, :, 3].max() == 0


def test_a_subject_as_wide_as_a_row_of_houses_has_sky_above() -> None:
    corners, faces = box(100, 6, 6)
    row = Mesh(corners, faces, colors=np.full((8, 3), 150, np.uint8))
    height, width = render_poster(row, SMALL, Viewpoint(0.0, 8.0), subject=row).shape[:2]
    assert width == 120
    assert abs(height - 75) <= 1
