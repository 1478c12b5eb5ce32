"""Charts end at seams, and overlap is found where there is some and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import FloatArray, Mesh
from carreau.geometry.topology import find_edges
from carreau.geometry.uv.layout import _shares, cover_counts, number_charts


def shares(texcoords: FloatArray, size_px: int) -> tuple[float, float]:
    """Return the shares of a square that are covered, and of those the ones that are covered twice."""
    return _shares([cover_counts(texcoords, size_px)])


def test_a_sheet_is_one_chart(bumpy_sheet: Mesh) -> None:
    charts = number_charts(bumpy_sheet.faces, bumpy_sheet.texcoords[0])
    assert (charts == 0).all()
    assert (number_charts(bumpy_sheet.faces, bumpy_sheet.texcoords[0], find_edges(bumpy_sheet.faces, 441)) == 0).all()


def test_a_seam_makes_two_charts(bumpy_sheet: Mesh) -> None:
    middles = bumpy_sheet.positions[bumpy_sheet.faces][:, :, 0].mean(axis=1)
    texcoords = bumpy_sheet.texcoords[0].copy()
    texcoords[middles > 0.5] += 0.25
    charts = number_charts(bumpy_sheet.faces, texcoords)
    assert charts.max() == 1
    assert len(set(charts[middles > 0.5].tolist())) == 1


def test_faces_without_coordinates_are_charts_of_their_own(bumpy_sheet: Mesh) -> None:
    texcoords = np.full_like(bumpy_sheet.texcoords[0], np.nan)
    assert number_charts(bumpy_sheet.faces, texcoords).max() == len(texcoords) - 1


def test_neighbours_do_not_overlap(bumpy_sheet: Mesh) -> None:
    assert shares(bumpy_sheet.texcoords[0], 64) == (1.0, 0.0)


@pytest.mark.parametrize("angle", np.linspace(0, 3, 7))
def test_neighbours_do_not_overlap_however_they_lie(bumpy_sheet: Mesh, angle: float) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = ((bumpy_sheet.texcoords[0] - 0.5) @ turn * 0.7 + 0.5).astype(np.float32)
    covered, overlap = shares(turned, 256)
    assert overlap == 0.0
    assert covered == pytest.approx(0.49, abs=0.005)


def test_what_lies_twice_overlaps(bumpy_sheet: Mesh) -> None:
    texcoords = bumpy_sheet.texcoords[0] * 0.5
    beside = texcoords + np.array([0.25, 0], np.float32)
    assert shares(np.concatenate([texcoords, beside]), 256)[1] == pytest.approx(1 / 3, abs=0.01)
    assert shares(np.concatenate([texcoords, texcoords[:, ::-1]]), 256)[1] == 1.0


def test_coordinates_wrap(bumpy_sheet: Mesh) -> None:
    assert shares(bumpy_sheet.texcoords[0] - 3.5, 64) == shares(bumpy_sheet.texcoords[0], 64)
    assert shares(bumpy_sheet.texcoords[0] * 2, 64)[1] == 1.0


def test_absurd_coordinates_cost_nothing() -> None:
    texcoords = np.array([[[0, 0], [1e30, 0], [0, 1e30]], [[np.nan] * 2] * 3, [[0, 0], [60, 0], [0, 60]]], np.float32)
    counts = cover_counts(np.concatenate([texcoords] * 50), 64)
    assert counts.max() > 1
