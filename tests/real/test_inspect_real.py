"""What is known of the real scans is found in them, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import Scan
from carreau.geometry.defects import count_defects
from carreau.geometry.mesh_parts import compact, take_faces
from carreau.geometry.triangles import face_areas
from carreau.models.stages import inspect as stage
from carreau.models.stages.clean import clean
from carreau.models.stages.inspect import Inspection, describe
from carreau.models.stages.orient import orient
from carreau.models.stages.read import read

MESHES = {
    "column_obj": "column03.obj",
    "venus_glb": "venus.glb",
    "venus_statue_gltf_draco": "venus.gltf",
    "venus_statue_obj": "venus_statue.obj",
    "vertexcolour_ply": "ankylosaurus_mesh.ply",
    "whale_cranium_glb": "whale_cranium.glb",
}


def inspect(scan: Scan) -> Inspection:
    found = stage.inspect(scan)
    assert isinstance(found, Inspection)
    return found


@pytest.fixture(scope="module", params=sorted(MESHES))
def scan(request: pytest.FixtureRequest, scans: Path) -> Scan:
    return read(scans / request.param / MESHES[request.param])


def about(scans: Path, name: str) -> dict[str, object]:
    return dict(json.loads((scans / name / "about.json").read_text(encoding="utf-8")))


def test_every_scan_is_inspected(scan: Scan) -> None:
    found = inspect(scan)
    assert found.triangles == len(scan.mesh.faces)
    assert found.defects.pieces == 1
    assert found.layout.overlap < 0.001
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert f"{found.triangles:,}" in describe(found)


def test_every_scan_is_cleaned_once_and_for_all(scan: Scan) -> None:
    once = clean(orient(scan).mesh)
    assert (face_areas(once.mesh.positions, once.mesh.faces) > 0).all()
    assert once.findings.boundary <= 10
    assert not once.findings.unsure_winding
    area = face_areas(scan.mesh.positions, scan.mesh.faces).sum()
    assert face_areas(once.mesh.positions, once.mesh.faces).sum() == pytest.approx(area, rel=1e-4)
    twice = clean(once.mesh)
    assert (twice.mesh.positions == once.mesh.positions).all()
    assert (twice.mesh.faces == once.mesh.faces).all()
    for old, new in zip(once.mesh.texcoords, twice.mesh.texcoords, strict=True):
        assert np.array_equal(old, new, equal_nan=True)


def test_statues_stand_upright(scans: Path) -> None:
    """A statue's plinth is wider than its head."""
    for name in ("venus_statue_obj", "venus_statue_gltf_draco", "venus_glb"):
        positions = orient(read(scans / name / MESHES[name])).mesh.positions
        height = positions[:, 1].max()
        low, high = positions[positions[:, 1] < 0.05 * height], positions[positions[:, 1] > 0.95 * height]
        assert np.ptp(positions, axis=0).argmax() == 1
        assert (np.ptp(low, axis=0)[[0, 2]] > 1.5 * np.ptp(high, axis=0)[[0, 2]]).all()


def test_a_glb_in_millimetres_is_doubted(scans: Path) -> None:
    found = orient(read(scans / "venus_glb" / "venus.glb"))
    assert (found.unit_m, found.unit_known, found.likely_unit) == (1.0, False, "mm")
    assert "--unit mm" in found.warnings[0]


def test_the_statue_has_the_defects_it_is_known_for(scans: Path) -> None:
    """The published counts are of the first part, with its collapsed triangles in place."""
    mesh = read(scans / "venus_statue_obj" / "venus_statue.obj").mesh
    statue = compact(take_faces(mesh, mesh.face_materials == 0))
    known = next(defect for defect in about(scans, "venus_statue_obj")["defects"] if isinstance(defect, dict))  # type: ignore[attr-defined]
    found = count_defects(statue)
    assert {
        "welded_vertices": found.places,
        "boundary_edges": found.boundary_as_read,
        "nonmanifold_edges": found.non_manifold_as_read,
        "degenerate": found.collapsed,
    } == {key: known[key] for key in ("welded_vertices", "boundary_edges", "nonmanifold_edges", "degenerate")}
    # One of the two components published is nothing but collapsed triangles.
    assert (known["components"], found.pieces) == (2, 1)
