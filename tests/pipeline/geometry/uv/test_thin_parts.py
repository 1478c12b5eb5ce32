"""Bars are found whole, walls are none, and front and back share their texels."""

from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.uv.segmentation import face_pairs, find_bars, lay_bars


def arrays(mesh: Any) -> tuple[FloatArray, IntArray]:
    return np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32)


def bar(length: float = 10.0, width: float = 0.1) -> Any:
    mesh = trimesh.creation.box(extents=(length, width, width))
    return mesh.subdivide_to_size(length / 8)


def found(mesh: Any, widest: float) -> IntArray:
    positions, faces = arrays(mesh)
    return find_bars(positions, faces, face_pairs(faces, len(positions)), widest)


def test_a_thin_bar_is_one_and_a_thick_one_is_none() -> None:
    assert set(found(bar(), 0.2)) == {0}
    assert set(found(bar(), 0.05)) == {-1}
    assert set(found(bar(), 0.0)) == {-1}


@pytest.mark.parametrize("shape", [trimesh.creation.box(), trimesh.creation.icosphere(subdivisions=3)])
def test_what_is_thick_everywhere_has_no_bars(shape: Any) -> None:
    assert set(found(shape.subdivide(), 0.2)) == {-1}


def test_a_wall_is_no_row_of_bars() -> None:
    wall = trimesh.creation.box(extents=(10, 10, 1)).subdivide_to_size(0.5)
    assert (found(wall, 0.6) < 0).all()


def lattice(gap: float) -> Any:
    """Return two frames of four bars, each in a plane of its own, held together by a post."""
    bars = []
    for depth in (0.0, gap):
        for start, end in (((0, 0), (4, 0)), ((4, 0), (4, 4)), ((4, 4), (0, 4)), ((0, 4), (0, 0))):
            ends = [[*start, depth], [*end, depth]]
            bars.append(trimesh.creation.cylinder(0.05, segment=ends, sections=6))
    return bars


def welded(bars: list[Any]) -> tuple[FloatArray, IntArray, IntArray]:
    """Return bars as one surface, with pairs that hang all bars of it together."""
    positions, faces = arrays(trimesh.util.concatenate(bars))
    pairs, count = face_pairs(faces, len(positions)), len(bars[0].faces)
    between = np.array([[k * count, (k + 1) * count] for k in range(len(bars) - 1)], np.int32)
    return positions, faces, np.concatenate([pairs, between])


def test_bars_in_one_plane_are_one_lattice_and_planes_apart_are_not() -> None:
    near, far = find_bars(*welded(lattice(0.05)), 0.3), find_bars(*welded(lattice(2.0)), 0.3)
    assert set(near) == {0}
    front, back = np.split(far, 2)
    assert (far >= 0).mean() > 0.9
    assert not (set(front) & set(back)) - {-1}


def test_a_bar_is_laid_along_its_length_with_each_vertex_once() -> None:
    positions, faces = arrays(bar())
    patches = lay_bars(positions, faces, np.zeros(len(faces), np.int32))
    assert len(patches.sources) == len(np.unique(faces))
    assert np.array_equal(patches.sources[patches.faces], faces)
    assert np.ptp(patches.uvs, axis=0)[0] == pytest.approx(10, rel=1e-3)
    assert np.ptp(patches.uvs, axis=0)[1] <= 0.1 * 2**0.5 + 1e-6


@settings(max_examples=40)
@given(
    st.lists(st.tuples(*[st.floats(-1, 1, width=32)] * 3), min_size=3, max_size=12),
    st.data(),
    st.floats(0.01, 3),
)
def test_any_triangles_are_borne_and_bars_are_no_wider_than_said(
    places: Any, data: st.DataObject, widest: float
) -> None:
    positions = np.array(places, np.float32)
    corner = st.integers(0, len(positions) - 1)
    faces = np.array(data.draw(st.lists(st.tuples(corner, corner, corner), min_size=1, max_size=12)), np.int32)
    labels = find_bars(positions, faces, face_pairs(faces, len(positions)), widest)
    assert sorted(set(labels) - {-1}) == list(range(labels.max() + 1))
    on = labels >= 0
    if on.any():
        patches = lay_bars(positions, faces[on], labels[on])
        assert np.isfinite(patches.uvs).all()


def test_no_faces_have_no_bars() -> None:
    none = np.zeros((0, 3), np.int32)
    assert len(find_bars(np.zeros((3, 3), np.float32), none, none[:, :2], 1.0)) == 0
