"""Charts laid flat keep their area and their shape as well as they can."""

import numpy as np
import pytest
import trimesh

from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.uv.parameterize import Patches, cut, overlap_shares, project, relax
from tests.pipeline.geometry.uv.test_segmentation import segment


def ball() -> tuple[FloatArray, IntArray, IntArray]:
    mesh = trimesh.creation.icosphere(subdivisions=3)
    positions, faces = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32)
    return positions, faces, segment(positions, faces)


def signed_areas(uvs: DoubleArray, faces: IntArray) -> DoubleArray:
    """Return (m,): each triangle's area on the plane, negative where it lies face down."""
    a, b, c = uvs[faces[:, 0]], uvs[faces[:, 1]], uvs[faces[:, 2]]
    return ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2


def stretch(positions: FloatArray, patches: Patches) -> float:
    """Return the root mean square of how much an edge is longer or shorter on the plane."""
    ends = patches.faces[:, [0, 1]], patches.faces[:, [1, 2]], patches.faces[:, [2, 0]]
    pairs = np.concatenate(ends)
    deep = positions[patches.sources].astype(float)
    there = np.linalg.norm(deep[pairs[:, 0]] - deep[pairs[:, 1]], axis=1)
    here = np.linalg.norm(patches.uvs[pairs[:, 0]] - patches.uvs[pairs[:, 1]], axis=1)
    return float(np.sqrt(np.mean((here / there - 1) ** 2)))


def test_a_cut_gives_each_chart_its_own_vertices() -> None:
    _, faces, charts = ball()
    sources, cut_faces, owners = cut(faces, charts)
    assert np.array_equal(sources[cut_faces], faces)
    assert np.array_equal(owners[cut_faces], np.repeat(charts[:, None], 3, axis=1))
    assert len(np.unique(np.stack([sources, owners]), axis=1).T) == len(sources)


def test_relaxing_makes_charts_stiffer_and_turns_none_over() -> None:
    positions, faces, charts = ball()
    shadow = project(positions, faces, charts)
    relaxed = relax(positions, shadow)
    assert signed_areas(shadow.uvs, shadow.faces).min() > 0
    assert signed_areas(relaxed.uvs, relaxed.faces).min() > 0
    assert stretch(positions, relaxed) < 0.6 * stretch(positions, shadow)


def test_a_flat_sheet_stays_as_it_is() -> None:
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0)), axis=-1).reshape(-1, 2)
    positions = np.concatenate([grid, np.zeros((20, 1))], axis=1).astype(np.float32)
    corner = (np.arange(3)[:, None] * 5 + np.arange(4)).ravel()
    upper = np.stack([corner, corner + 1, corner + 5], 1)
    lower = np.stack([corner + 1, corner + 6, corner + 5], 1)
    faces = np.concatenate([upper, lower]).astype(np.int32)
    relaxed = relax(positions, project(positions, faces, np.zeros(len(faces), np.int32)))
    assert signed_areas(relaxed.uvs, relaxed.faces) == pytest.approx(np.full(len(faces), 0.5), abs=1e-6)
    assert stretch(positions, relaxed) < 1e-6


def test_what_lies_over_itself_is_seen() -> None:
    uvs = np.array([[0, 0], [4, 0], [0, 4], [0.0, 0.0], [4, 0], [0, 4]], float)
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    twice = Patches(np.arange(6, dtype=np.int32), faces, np.zeros(6, np.int32), uvs)
    apart = Patches(np.arange(6, dtype=np.int32), faces, np.repeat(np.arange(2, dtype=np.int32), 3), uvs)
    heights = np.array([0, 0, 0, 1, 1, 1])
    positions = np.column_stack([uvs, heights]).astype(np.float32)
    assert overlap_shares(twice, 0.1, positions, near=0.5) == pytest.approx([1.0])
    assert overlap_shares(twice, 0.1, positions, near=1.5) == pytest.approx([0.0])
    assert overlap_shares(apart, 0.1, positions, near=0.0) == pytest.approx([0.0, 0.0])


def test_charts_without_area_come_out_finite() -> None:
    positions = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0]], np.float32)
    faces = np.array([[0, 1, 2], [1, 1, 1], [0, 1, 3], [0, 0, 3]], np.int32)
    patches = relax(positions, project(positions, faces, np.array([0, 1, 2, 2], np.int32)))
    assert np.isfinite(patches.uvs).all()
    assert np.isfinite(overlap_shares(patches, 0.01, positions, 0.0)).all()
