"""Each texel stands for the place of the face that its centre lies on, or is nearest to."""

import numpy as np
import pytest

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.uv import layout as module
from carreau.geometry.uv.layout import Texels, find_texels

SQUARE = np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]], np.float32)
HALVES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def places(texels: Texels, uvs: FloatArray, faces: IntArray) -> FloatArray:
    """Return where on the atlas the texels' places on their faces lie."""
    corners, (u, v) = uvs[faces[texels.faces]], texels.barycentrics.T[..., None]
    return np.asarray(corners[:, 0] * (1 - u - v) + corners[:, 1] * u + corners[:, 2] * v)


def test_without_reach_only_what_lies_inside() -> None:
    texels = find_texels(SQUARE, HALVES, 64, 0.0)
    assert len(texels.places) == 32 * 32
    assert places(texels, SQUARE, HALVES) == pytest.approx(texels.centres(), abs=1e-6)
    assert np.array_equal(texels.places, np.sort(texels.places))


@pytest.mark.parametrize("reach", [0.6, 1.5, 4.0])
def test_beside_a_face_its_nearest_point_counts(reach: float) -> None:
    texels = find_texels(SQUARE, HALVES, 64, reach)
    found, centres = places(texels, SQUARE, HALVES), texels.centres()
    assert found == pytest.approx(np.clip(centres, 0.25, 0.75), abs=1e-5)
    assert np.linalg.norm(found - centres, axis=1).max() * 64 <= reach + 1e-4
    grid = (np.stack(np.meshgrid(np.arange(64), np.arange(64)), axis=-1).reshape(-1, 2) + 0.5) / 64
    near = np.linalg.norm(grid - np.clip(grid, 0.25, 0.75), axis=1) * 64 < reach - 1e-6
    assert np.isin(np.flatnonzero(near), texels.places).all()
    assert (texels.barycentrics >= -1e-6).all()


def test_either_winding_and_any_number_of_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = find_texels(SQUARE, HALVES, 64, 2.0)
    monkeypatch.setattr(module, "BAND_ROWS", 5)
    parts = find_texels(SQUARE, HALVES, 64, 2.0)
    assert np.array_equal(whole.places, parts.places)
    assert np.array_equal(whole.faces, parts.faces)
    assert np.array_equal(whole.barycentrics, parts.barycentrics)
    turned = find_texels(SQUARE, HALVES[:, ::-1].copy(), 64, 2.0)
    assert np.array_equal(whole.places, turned.places)


def test_faces_without_area_and_outside_the_square_own_nothing() -> None:
    line, outside = [[0.1, 0.1], [0.9, 0.9], [0.5, 0.5]], [[2, 2], [3, 2], [2, 3]]
    broken = [[np.nan, 0], [1, 0], [0, 1]]
    uvs = np.array(line + outside + broken, np.float32)
    faces = np.arange(9, dtype=np.int32).reshape(3, 3)
    assert len(find_texels(uvs, faces, 32, 1.5).places) == 0
    assert len(find_texels(SQUARE, np.zeros((0, 3), np.int32), 32, 1.5).places) == 0


def test_centres_are_measured_in_what_is_asked_for() -> None:
    texels = find_texels(SQUARE, HALVES, 4, 0.0)
    assert texels.centres().tolist() == [[0.375, 0.375], [0.625, 0.375], [0.375, 0.625], [0.625, 0.625]]
    assert texels.centres(2.0).tolist() == [[0.75, 0.75], [1.25, 0.75], [0.75, 1.25], [1.25, 1.25]]


def test_an_atlas_of_one_texel() -> None:
    texels = find_texels(SQUARE, HALVES, 1, 1.5)
    assert texels.places.tolist() == [0]
