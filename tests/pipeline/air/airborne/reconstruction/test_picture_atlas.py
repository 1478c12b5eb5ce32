"""Patches of a photograph show each triangle what the photograph did, with enough around them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.air.airborne.reconstruction.drape import GUTTER_PX, MARGIN_PX, PictureAtlas, picture_atlas
from carreau.air.airborne.survey_data import Orthophoto, Part, PartName

WIDE, HIGH, PIXEL_M = 900, 700, 1.0


def photograph() -> Orthophoto:
    """Return a picture whose pixels are all different, and tell where they are."""
    y, x = np.mgrid[0:HIGH, 0:WIDE]
    return Orthophoto(
        np.stack([x % 256, y % 256, x // 256 * 16 + y // 256], axis=2).astype(np.uint8), 0.0, HIGH, PIXEL_M
    )


def ground(middles: NDArray[np.floating]) -> Part:
    """Return a triangle of 30 m about each place (n, 2), in pixels."""
    corners = middles[:, None] + np.array([[-15.0, -10.0], [15.0, -10.0], [0.0, 15.0]])
    places = corners.reshape(-1, 2)
    faces = np.arange(len(places), dtype=np.int32).reshape(-1, 3)
    positions = np.column_stack([places, np.zeros(len(places))]).astype(np.float32)
    return Part(PartName.GROUND, positions, faces, None, (places / [WIDE, HIGH]).astype(np.float32))


def made(part: Part) -> PictureAtlas:
    atlas = picture_atlas(photograph(), [part])
    assert atlas is not None
    return atlas


DIAGONAL = ground(np.linspace([40.0, 40.0], [860.0, 660.0], 60))
EVERYWHERE = ground(np.stack(np.meshgrid(np.arange(20, 880, 25), np.arange(20, 680, 25)), axis=2).reshape(-1, 2) * 1.0)


@pytest.mark.parametrize("part", [DIAGONAL, EVERYWHERE])
def test_every_triangle_shows_what_it_showed(part: Part) -> None:
    atlas, picture = made(part), photograph()
    assert part.texcoords is not None
    patches = np.repeat(atlas.patches(part.texcoords, part.faces), 3)
    placed = atlas.texcoords(part.texcoords[part.faces.ravel()], patches)
    for weights in ([1.0, 0, 0], [0, 0.5, 0.5], [0.2, 0.3, 0.5]):
        before = np.einsum("nkd,k->nd", part.texcoords[part.faces], weights) * [WIDE, HIGH]
        after = np.einsum("nkd,k->nd", placed.reshape(-1, 3, 2), weights) * atlas.pixels.shape[1::-1]
        columns, rows = np.floor(before + 1e-2).astype(int).T
        across, down = np.floor(after + 1e-2).astype(int).T
        assert (picture.pixels[rows, columns] == atlas.pixels[down, across]).all()


def test_a_strip_takes_few_pixels_and_a_place_that_fills_its_bounds_is_cut_to_them() -> None:
    assert made(DIAGONAL).pixels[..., 0].size < 0.5 * WIDE * HIGH
    assert len(made(DIAGONAL).squares) > 5
    whole = made(EVERYWHERE)
    assert len(whole.squares) == 1
    assert EVERYWHERE.texcoords is not None
    low, high = EVERYWHERE.positions[:, :2].min(axis=0), EVERYWHERE.positions[:, :2].max(axis=0)
    assert whole.pixels.shape[1::-1] == pytest.approx(high - low + 2 * MARGIN_PX, abs=1)


def test_around_a_patch_is_what_is_around_it_in_the_photograph() -> None:
    atlas, picture = made(DIAGONAL), photograph()
    assert DIAGONAL.texcoords is not None
    patches = np.repeat(atlas.patches(DIAGONAL.texcoords, DIAGONAL.faces), 3)
    before = DIAGONAL.texcoords[DIAGONAL.faces.ravel()] * [WIDE, HIGH]
    after = before + atlas.shifts[patches]
    for step in ((GUTTER_PX - 1, 0), (-GUTTER_PX + 1, 0), (0, GUTTER_PX - 1), (0, -GUTTER_PX + 1)):
        columns, rows = np.floor(before + step + 1e-2).astype(int).T
        across, down = np.floor(after + step + 1e-2).astype(int).T
        assert (picture.pixels[rows, columns] == atlas.pixels[down, across]).all()


def test_nothing_to_show_is_no_atlas() -> None:
    plain = Part(PartName.WALLS, DIAGONAL.positions, DIAGONAL.faces)
    assert picture_atlas(photograph(), [plain]) is None
    assert picture_atlas(photograph(), []) is None
