"""A surface is cut along a straight line, watertight with itself."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import Mesh
from carreau.geometry.clouds.local_surface import clip_above, find_enclosed
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import face_areas


@pytest.mark.parametrize("limit", [0.0, 0.31, 0.5, 0.5001, 0.97, 2.0])
def test_what_is_left_lies_below_the_limit(bumpy_sheet: Mesh, limit: float) -> None:
    flat = bumpy_sheet.positions * np.array([1, 0, 1], np.float32)
    positions, faces = clip_above(flat, bumpy_sheet.faces, flat[:, 0].copy(), limit)
    assert positions[faces][..., 0].max(initial=0) <= limit + 1e-6
    assert face_areas(positions, faces).sum() == pytest.approx(min(limit, 1.0), abs=0.006)
    assert not len(faces) or not find_edges(faces, len(positions)).non_manifold.any()
    assert not len(faces) or face_areas(positions, faces).min() > 0


def test_a_cut_leaves_no_crack(bumpy_sheet: Mesh) -> None:
    flat = bumpy_sheet.positions * np.array([1, 0, 1], np.float32)
    values = np.hypot(flat[:, 0] - 0.5, flat[:, 2] - 0.5).astype(np.float32)
    positions, faces = clip_above(flat, bumpy_sheet.faces, values, 0.33)
    edges = find_edges(faces, len(positions))
    rim = positions[edges.vertices[edges.boundary]]
    assert np.abs(np.hypot(rim[..., 0] - 0.5, rim[..., 2] - 0.5) - 0.33).max() < 0.011


def test_a_far_patch_with_surface_all_around_is_enclosed(bumpy_sheet: Mesh) -> None:
    flat = bumpy_sheet.positions
    inside = np.hypot(flat[:, 0] - 0.5, flat[:, 2] - 0.5) < 0.2
    along_a_rim = np.hypot(flat[:, 0], flat[:, 2] - 0.5) < 0.2
    values = np.where(inside | along_a_rim, 1.5, 0.5).astype(np.float32)
    assert np.array_equal(find_enclosed(bumpy_sheet.faces, values, 1.0, 2.0), inside)
    values[np.flatnonzero(inside)[0]] = 2.5
    assert not find_enclosed(bumpy_sheet.faces, values, 1.0, 2.0).any()
    assert not find_enclosed(bumpy_sheet.faces, values, 0.1, 9.0).any()
    assert not find_enclosed(bumpy_sheet.faces, values, 9.0, 9.0).any()
