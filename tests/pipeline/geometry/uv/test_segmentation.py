"""Charts hang together, and none bends more than asked for."""

from typing import Any

import numpy as np
import pytest
import trimesh

from carreau.base.model import FloatArray, IntArray
from carreau.geometry.topology import find_components
from carreau.geometry.uv.segmentation import MOST_AT_EDGE, SegmentOptions, face_pairs, merges

AS_USUAL = SegmentOptions()


def arrays(mesh: Any) -> tuple[FloatArray, IntArray]:
    return np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32)


def segment(positions: FloatArray, faces: IntArray, options: SegmentOptions = AS_USUAL) -> IntArray:
    """Return (m,) int32: the chart of each face, numbered from 0 in the order of their first face."""
    return merges(positions, faces, face_pairs(faces, len(positions)), options).charts()


SHAPES = {
    "ball": trimesh.creation.icosphere(subdivisions=3),
    "torus": trimesh.creation.torus(2.0, 0.6, major_sections=24, minor_sections=12),
    "box": trimesh.creation.box(),
}


def area_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    corners = positions[faces]
    return np.asarray(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2, np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bend", [0.02, 0.1, 0.25])
def test_no_chart_loses_more_area_than_said(shape: str, bend: float) -> None:
    positions, faces = arrays(SHAPES[shape])
    charts = segment(positions, faces, SegmentOptions(bend=bend))
    normals = area_normals(positions, faces)
    for chart in range(charts.max() + 1):
        part = normals[charts == chart]
        assert np.linalg.norm(part.sum(axis=0)) >= (1 - bend - 1e-6) * np.linalg.norm(part, axis=1).sum()


@pytest.mark.parametrize("shape", SHAPES)
def test_charts_are_numbered_as_they_appear_and_hang_together(shape: str) -> None:
    positions, faces = arrays(SHAPES[shape])
    charts = segment(positions, faces)
    assert charts.dtype == np.int32
    firsts = [int(np.flatnonzero(charts == chart)[0]) for chart in range(charts.max() + 1)]
    assert firsts == sorted(firsts)
    for chart in range(charts.max() + 1):
        assert find_components(faces[charts == chart], len(positions)).count == 1


def test_a_box_is_cut_at_its_edges() -> None:
    positions, faces = arrays(trimesh.creation.box())
    assert segment(positions, faces, SegmentOptions(bend=0.05)).max() + 1 == 6


def test_less_bend_makes_more_charts() -> None:
    positions, faces = arrays(SHAPES["ball"])
    counts = [segment(positions, faces, SegmentOptions(bend=bend)).max() + 1 for bend in (0.3, 0.1, 0.03)]
    assert counts == sorted(counts)
    assert counts[0] < counts[2]


def test_pieces_apart_never_share_a_chart() -> None:
    one = trimesh.creation.box()
    two = one.copy()
    two.apply_translation([3, 0, 0])
    positions, faces = arrays(trimesh.util.concatenate([one, two]))
    charts = segment(positions, faces, SegmentOptions(bend=0.99))
    assert not set(charts[:12]) & set(charts[12:])


@pytest.mark.parametrize("shape", ["ball", "torus"])
@pytest.mark.parametrize("bend", [0.3, 0.12, 0.02, 0.0])
def test_charts_cut_again_are_those_cut_from_single_faces(shape: str, bend: float) -> None:
    positions, faces = arrays(SHAPES[shape])
    positions = positions + np.random.default_rng(4).normal(0, 0.01, positions.shape).astype(np.float32)
    merged = merges(positions, faces, face_pairs(faces, len(positions)), SegmentOptions(bend=0.3))
    whole = merged.charts()
    chosen = np.flatnonzero(whole < whole.max()).astype(np.int32)
    again = merged.cut_again(chosen, SegmentOptions(bend=bend))
    assert np.array_equal(again, segment(positions, faces[chosen], SegmentOptions(bend=bend)))


def test_faces_without_area_and_no_faces_at_all_are_borne() -> None:
    positions = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0]], np.float32)
    charts = segment(positions, np.array([[0, 1, 2], [0, 2, 3], [1, 1, 1]], np.int32))
    assert len(charts) == 3
    assert charts.min() == 0


def test_any_two_faces_at_an_edge_may_go_together() -> None:
    fin = np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4]], np.int32)
    assert face_pairs(fin, 5).tolist() == [[0, 1], [0, 2], [1, 2]]
    assert face_pairs(fin[:2], 5).tolist() == [[0, 1]]


def test_a_crowded_edge_costs_no_more_than_a_few_pairs() -> None:
    fan = np.stack([np.zeros(1000), np.ones(1000), np.arange(2, 1002)], axis=1).astype(np.int32)
    assert len(face_pairs(fan, 1002)) == MOST_AT_EDGE * (MOST_AT_EDGE - 1) // 2
