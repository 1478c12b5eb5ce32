"""What a scan wears is kept only where nothing is lost by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from carreau.base.model import Material, Mesh
from carreau.models.stages.clean import clean
from carreau.models.stages.orient import orient
from carreau.models.stages.read import read
from carreau.models.stages.unwrap import ReuseUvsOptions, reuse_uvs


def cleaned(path: Path) -> Mesh:
    return clean(orient(read(path)).mesh).mesh


def test_a_clean_atlas_is_kept_with_every_triangle(tiny_scans: Path) -> None:
    mesh = cleaned(tiny_scans / "globe.obj")
    kept = reuse_uvs(mesh, ReuseUvsOptions(10_000))
    assert kept.level is not None
    assert kept.level.texcoords is not None
    assert kept.is_whole
    assert kept.texture_px == 128
    assert len(kept.level.faces) == len(mesh.faces)
    corners = kept.level.texcoords[kept.level.faces]
    assert np.abs(corners - mesh.texcoords[0]).max() < 1e-6


def test_a_kept_atlas_holds_the_budget_where_triangles_go(tiny_scans: Path) -> None:
    mesh = cleaned(tiny_scans / "globe.obj")
    budget = len(mesh.faces) // 2
    kept = reuse_uvs(mesh, ReuseUvsOptions(budget))
    assert kept.level is not None
    assert not kept.is_whole
    assert 0 < len(kept.level.faces) <= budget
    assert kept.level.texcoords is not None
    assert kept.level.texcoords.min() >= 0
    assert kept.level.texcoords.max() <= 1


def test_seams_are_not_forced_below_a_fifth(tiny_scans: Path) -> None:
    mesh = cleaned(tiny_scans / "globe.obj")
    kept = reuse_uvs(mesh, ReuseUvsOptions(len(mesh.faces) // 10))
    assert kept.level is None
    assert "seams" in kept.reason


def test_several_textures_are_no_atlas(tiny_scans: Path) -> None:
    kept = reuse_uvs(cleaned(tiny_scans / "patchwork.obj"), ReuseUvsOptions(10_000))
    assert kept.level is None
    assert "several textures" in kept.reason


def test_an_atlas_that_overlaps_itself_is_not_kept(tiny_scans: Path) -> None:
    mesh = cleaned(tiny_scans / "globe.obj")
    folded = replace(mesh, texcoords=(np.abs(mesh.texcoords[0] - np.float32(0.5)),))
    kept = reuse_uvs(folded, ReuseUvsOptions(10_000))
    assert kept.level is None
    assert "overlap" in kept.reason


def test_vertex_colours_are_kept_whole_or_not_at_all(tiny_scans: Path) -> None:
    mesh = cleaned(tiny_scans / "painted.ply")
    whole = reuse_uvs(mesh, ReuseUvsOptions(10_000))
    assert whole.level is not None
    assert whole.level.colors is not None
    assert whole.level.texcoords is None
    assert whole.texture_px == 0
    assert reuse_uvs(mesh, ReuseUvsOptions(len(mesh.faces) // 2)).level is None


def test_a_bare_scan_has_nothing_to_keep(tiny_scans: Path) -> None:
    kept = reuse_uvs(cleaned(tiny_scans / "plain.stl"), ReuseUvsOptions(10_000))
    assert kept.level is None
    assert kept.reason


def test_faces_without_texture_are_parked_on_free_texels(tiny_scans: Path) -> None:
    mesh = cleaned(tiny_scans / "globe.obj")
    # half of the atlas is free, and a tenth of the faces are of plain stone
    squeezed = mesh.texcoords[0] * np.array([1, 0.5], np.float32)
    count = len(mesh.faces) // 10
    squeezed[:count] = np.nan
    materials = (*mesh.materials, Material("stone", (0.5, 0.5, 0.5)))
    worn = mesh.face_materials.copy()
    worn[:count] = len(mesh.materials)
    kept = reuse_uvs(
        replace(mesh, texcoords=(squeezed,), materials=materials, face_materials=worn), ReuseUvsOptions(10_000)
    )
    assert kept.level is not None
    assert kept.level.texcoords is not None
    corners = kept.level.texcoords[kept.level.faces]
    assert np.isfinite(corners).all()
    assert np.ptp(corners[:count].reshape(-1, 2), axis=0).max() < 0.01
    areas = np.abs(np.linalg.det(corners[:count, 1:] - corners[:count, :1]))
    assert (areas > 0).sum() == 1  # one of them is spread out, so that baking finds their colour
