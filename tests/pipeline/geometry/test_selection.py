"""What lies nowhere is left out, and nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np

from carreau.base.model import Mesh
from carreau.geometry.mesh_parts import finite_part


def test_a_finite_mesh_is_itself(bumpy_sheet: Mesh) -> None:
    assert finite_part(bumpy_sheet) is bumpy_sheet


def test_faces_at_no_place_go_with_what_hangs_on_them(bumpy_sheet: Mesh) -> None:
    positions = bumpy_sheet.positions.copy()
    positions[0, 1], positions[220] = np.nan, np.inf
    found = finite_part(dataclasses.replace(bumpy_sheet, positions=positions))
    kept = np.asarray(~np.isin(bumpy_sheet.faces, (0, 220)).any(axis=1))
    assert len(found.faces) == kept.sum() < len(kept)
    np.testing.assert_array_equal(found.faces, bumpy_sheet.faces[kept])
    np.testing.assert_array_equal(found.texcoords[0], bumpy_sheet.texcoords[0][kept])
    assert len(found.face_materials) == len(found.faces)
    assert np.isfinite(found.positions).all()
    assert (found.positions[[1, 5, 219]] == bumpy_sheet.positions[[1, 5, 219]]).all()
    assert found.positions.max(axis=0).tolist() == bumpy_sheet.positions[1:].max(axis=0).tolist()


def test_nothing_may_be_left() -> None:
    found = finite_part(Mesh(np.full((3, 3), np.nan, np.float32), np.array([[0, 1, 2]], np.int32)))
    assert len(found.faces) == 0
    assert np.isfinite(found.positions).all()
