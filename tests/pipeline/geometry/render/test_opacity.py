"""Materials are opaque, cut out or translucent as their texels are, and cameras look through their holes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from carreau.base.model import LEVEL_CUTOFF, AlphaMode, ByteArray, Material, Mesh
from carreau.geometry.render.camera import fibonacci_views
from carreau.geometry.render.opacity import (
    level_mode,
    settle_modes,
    stored_opacity,
    surface_opacity,
)
from carreau.geometry.render.views import render_views
from tests.pipeline.lattices import covered, lattice, slot, tower_mesh


def softened(picture: ByteArray, sigma: float) -> ByteArray:
    """Return a picture whose alpha is blurred."""
    alpha = gaussian_filter(picture[..., 3].astype(float), sigma)
    return np.dstack([picture[..., :3], np.rint(alpha).astype(np.uint8)])


def with_floor(mesh: Mesh, size: float, **look: object) -> Mesh:
    """Return a mesh on a square floor of another material."""
    corners = np.array([[-size, 0, -size], [-size, 0, size], [size, 0, size], [size, 0, -size]], np.float32)
    floor = np.array([[0, 1, 2], [0, 2, 3]], np.int32) + len(mesh.positions)
    uvs = np.full((2, 3, 2), 0.5, np.float32)
    return Mesh(
        np.concatenate([mesh.positions, corners]),
        np.concatenate([mesh.faces, floor]),
        (np.concatenate([mesh.texcoords[0], uvs]),),
        face_materials=np.repeat(np.array([0, 1], np.int32), [len(mesh.faces), 2]),
        materials=(*mesh.materials, replace(Material("floor", (0.2, 0.5, 0.2)), **look)),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(("sigma", "share"), [(0.0, "0.0%"), (0.7, "1.4%")])
def test_what_is_blended_and_only_cut_out_becomes_a_mask(sigma: float, share: str) -> None:
    mesh, decisions, warnings = settle_modes(tower_mesh(softened(lattice(), sigma), AlphaMode.BLEND))
    assert mesh.materials[0].alpha_mode == level_mode(mesh) == AlphaMode.MASK
    assert f"the material 'steel' is cut out instead of blended: {share} of its texels" in str(decisions[0])
    assert not warnings


def test_what_is_translucent_stays_so_where_most_of_the_surface_is() -> None:
    picture = lattice()
    picture[..., 3] = 110
    mesh, decisions, warnings = settle_modes(with_floor(tower_mesh(picture, AlphaMode.BLEND), 3))
    assert [each.alpha_mode for each in mesh.materials] == [AlphaMode.BLEND, AlphaMode.OPAQUE]
    assert level_mode(mesh) == AlphaMode.BLEND
    assert [str(each) for each in decisions] == ["the material 'steel' stays translucent: 100.0% of its texels are"]
    assert not warnings


@pytest.mark.parametrize(("alpha", "sigma"), [(60, 0), (200, 0), (255, 4)])
def test_what_is_translucent_and_little_is_told_as_it_is_shown(alpha: int, sigma: float) -> None:
    """A thin veil and a thick one become opaque, and a soft lattice is cut at half; nothing says that it stays."""
    picture = lattice()
    picture[..., 3] = alpha if not sigma else softened(lattice(bar=14), sigma)[..., 3]
    mesh, decisions, warnings = settle_modes(with_floor(tower_mesh(picture, AlphaMode.BLEND), 9))
    is_cut = sigma > 0
    mode = AlphaMode.MASK if is_cut else AlphaMode.OPAQUE
    assert (mesh.materials[0].alpha_mode, level_mode(mesh)) == (mode, mode)
    assert mesh.materials[0].kept_mode == AlphaMode.BLEND
    said = "cut out" if is_cut else "shown as opaque"
    assert [str(each) for each in warnings] == [
        f"the material 'steel' is translucent, but {said}: only 33% of the surface is translucent, and a level has one "
        "material"
    ]
    assert not decisions


def test_what_is_opaque_wherever_it_is_used_is_opaque() -> None:
    mesh, decisions, _ = settle_modes(tower_mesh(np.full((8, 8, 4), 255, np.uint8)))
    assert mesh.materials[0].alpha_mode == AlphaMode.OPAQUE
    assert "opaque wherever it is used" in str(decisions[0])


def test_what_has_no_texel_above_its_cutoff_is_shown_and_told() -> None:
    mesh, _, warnings = settle_modes(tower_mesh(np.full((8, 8, 4), 90, np.uint8)))
    assert mesh.materials[0].alpha_mode == AlphaMode.OPAQUE
    assert "fully transparent" in str(warnings[0])


def test_a_scan_without_holes_is_the_same_object() -> None:
    mesh = tower_mesh(lattice(), AlphaMode.OPAQUE)
    assert settle_modes(mesh) == (mesh, [], [])
    assert settle_modes(mesh)[0] is mesh


def test_texture_coordinates_that_are_no_numbers_do_no_harm() -> None:
    mesh = tower_mesh(lattice())
    texcoords = mesh.texcoords[0].copy()
    texcoords[::2] = np.nan
    texcoords[1::4] = 1e30
    assert settle_modes(replace(mesh, texcoords=(texcoords,)))[0].materials[0].alpha_mode in list(AlphaMode)


@pytest.mark.parametrize("cutoff", [0.1, 0.5, 0.9, 1.0])
def test_every_cutoff_comes_to_that_of_a_level(cutoff: float) -> None:
    ramp = np.zeros((4, 64, 4), np.uint8)
    ramp[..., 3] = np.linspace(0, 255, 64)
    mesh = tower_mesh(ramp)
    mesh = replace(mesh, materials=(replace(mesh.materials[0], alpha_cutoff=cutoff),))
    faces, places = np.arange(len(mesh.faces), dtype=np.int32), np.full((len(mesh.faces), 2), 1 / 3, np.float32)
    own, scaled = stored_opacity(mesh, faces, places), surface_opacity(mesh, faces, places)
    assert np.array_equal(own >= cutoff, scaled >= LEVEL_CUTOFF)
    assert scaled.min() >= 0
    assert scaled.max() <= 1


def test_cameras_look_through_holes() -> None:
    """From outside, a ray meets two sides of the tower or more, each with its share of bars."""
    picture = lattice()
    cameras = fibonacci_views(np.array([0, 5, 0]), 7.0, 6, 192)
    cut = render_views(tower_mesh(picture), cameras, supersampling=1)
    solid = render_views(tower_mesh(picture, AlphaMode.OPAQUE), cameras, supersampling=1)
    share, bars = cut.masks.sum() / solid.masks.sum(), covered(picture)
    assert bars < share < 1 - (1 - bars) ** 4
    assert not (cut.masks & ~solid.masks).any()
    # What is seen behind a hole is steel and never the black below the alpha of 0.
    assert cut.colors[cut.masks][:, 0].min() > 20
    assert solid.colors[solid.masks][:, 0].min() == 0


def test_blending_shows_as_its_share_of_rays() -> None:
    picture = lattice()
    picture[..., :3], picture[..., 3] = 200, 128
    mesh = tower_mesh(picture, AlphaMode.BLEND)
    cameras = fibonacci_views(np.array([0, 5, 0]), 7.0, 3, 192)
    clear, solid = (
        render_views(each, cameras, supersampling=1).masks.sum()
        for each in (mesh, replace(mesh, materials=(replace(mesh.materials[0], alpha_mode=AlphaMode.OPAQUE),)))
    )
    assert 0.5 < clear / solid < 0.9


def test_a_map_of_its_own_cuts_what_the_colours_do_not() -> None:
    mesh = tower_mesh(lattice(), AlphaMode.BLEND)
    grey = slot(np.repeat(lattice()[..., 3:], 3, axis=2), "grey.png")
    plain = replace(mesh.materials[0], base=slot(np.full((8, 8, 3), 90, np.uint8)), opacity_map=grey)
    assert settle_modes(replace(mesh, materials=(plain,)))[0].materials[0].alpha_mode == AlphaMode.MASK
