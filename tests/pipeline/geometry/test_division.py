"""Every face of a large mesh belongs to one tile of a bounded size, but for those that cleaning will drop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from carreau.base.model import Mesh
from carreau.geometry import decimation
from carreau.geometry.decimation import MOST_TILES, NO_TILE, tile_labels


def sheet(rows: int, columns: int) -> Mesh:
    """A flat sheet of 2 x rows x columns faces, one unit a row and a column."""
    x, y = (part.ravel() for part in np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)))
    corner = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    lower = np.stack([corner, corner + 1, corner + columns + 2], 1)
    upper = np.stack([corner, corner + columns + 2, corner + columns + 1], 1)
    positions = np.stack([x, y, 0 * x], axis=1).astype(np.float32)
    return Mesh(positions, np.concatenate([lower, upper]).astype(np.int32))


@pytest.mark.parametrize("most", [100, 999, 2000, 5000])
def test_tiles_hold_all_faces_and_not_too_many(most: int) -> None:
    labels = tile_labels(sheet(20, 50), most)
    counts = np.bincount(labels)
    assert counts.sum() == 2000
    assert counts.min() > 0.4 * min(most, 2000)
    assert counts.max() <= most


def test_a_long_mesh_is_cut_across() -> None:
    mesh = sheet(4, 100)
    labels = tile_labels(mesh, 450)
    left = mesh.positions[mesh.faces[:, 0], 0] < 50
    assert set(labels[left]).isdisjoint(labels[~left])


def test_a_very_large_mesh_is_cut_as_a_sample_of_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decimation, "SAMPLE", 2000)
    mesh = sheet(50, 101)
    labels = tile_labels(mesh, 1500)
    counts = np.bincount(labels)
    assert counts.sum() == len(mesh.faces)
    assert 700 < counts.min() <= counts.max() <= 1500
    assert (counts > 0).all()
    across = [np.ptp(mesh.positions[mesh.faces[labels == tile, 0]], axis=0) for tile in range(len(counts))]
    assert np.prod(np.array(across)[:, :2], axis=1).max() < 800
    # Where all lie at one place, a sample cannot say.
    heap = replace(mesh, positions=np.zeros_like(mesh.positions))
    assert np.bincount(tile_labels(heap, 1500)).max() <= 1500


def test_there_are_never_more_tiles_than_labels() -> None:
    assert len(np.unique(tile_labels(sheet(40, 50), 1))) <= MOST_TILES


def test_faces_that_cleaning_drops_are_in_no_tile() -> None:
    mesh = sheet(20, 50)
    positions = mesh.positions.copy()
    positions[0, 0], positions[-1] = np.nan, 1e7
    labels = tile_labels(replace(mesh, positions=positions), 500)
    touched = np.isin(mesh.faces, [0, len(positions) - 1]).any(axis=1)
    assert (labels[touched] == NO_TILE).all()
    assert (labels[~touched] != NO_TILE).all()


def test_a_mesh_without_a_face_has_no_tile() -> None:
    assert not len(tile_labels(Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)), 10))
