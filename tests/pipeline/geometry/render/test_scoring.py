"""Skins are told apart as quickly as often: by the pictures that a few cameras take."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import LevelMesh, Mesh
from carreau.formats.images.image import decode
from carreau.geometry.render.image_metrics import SIZE_PX, VIEWS, Scorer, create_scorer, psnr_db, scan_views
from carreau.geometry.render.sampling import surface_colors
from carreau.geometry.render.views import render_views
from carreau.geometry.triangles import vertex_normals
from carreau.models.stages.read import read


def painted(scan: Mesh, color: int | None = None) -> LevelMesh:
    """Return a scan with vertex colours as a level, all of one grey when one is said."""
    colors = scan.colors if color is None else np.full((len(scan.positions), 3), color, np.uint8)
    return LevelMesh(scan.positions, vertex_normals(scan.positions, scan.faces), scan.faces, None, colors)


@pytest.fixture(scope="module")
def scan(tiny_scans: Path) -> Mesh:
    return read(tiny_scans / "painted.ply").mesh


def test_the_same_colours_on_the_same_triangles_are_identical(scan: Mesh) -> None:
    assert Scorer(painted(scan), scan_views(scan)).psnr_db(None) == math.inf


def test_it_says_what_rendering_says(scan: Mesh) -> None:
    seen = scan_views(scan)
    grey = Mesh(scan.positions, scan.faces, colors=np.full((len(scan.positions), 3), 128, np.uint8))
    expected = psnr_db(seen.views, render_views(grey, seen.cameras, 2))
    assert Scorer(painted(scan, 128), seen).psnr_db(None) == pytest.approx(expected, abs=1e-6)
    assert expected < 20


def test_a_skin_is_seen_through_the_texture_coordinates(tiny_scans: Path) -> None:
    scan = read(tiny_scans / "globe.obj").mesh
    corners, count = scan.positions[scan.faces].reshape(-1, 3), len(scan.faces)
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    level = LevelMesh(corners, np.zeros_like(corners), faces, scan.texcoords[0].reshape(-1, 2))
    judge = Scorer(level, scan_views(scan))
    base = scan.materials[scan.face_materials[0]].base
    assert base is not None
    picture = decode(base.texture)
    scores = [judge.psnr_db(skin) for skin in (picture, picture // 2 + 60, np.ascontiguousarray(picture[:, ::-1]))]
    assert scores[0] > 60
    assert scores[0] > scores[1] > scores[2]
    assert scores[0] == judge.psnr_db(picture)


def test_without_colours_it_is_white(scan: Mesh) -> None:
    white = Mesh(scan.positions, scan.faces)
    bare = dataclasses.replace(painted(scan), colors=None)
    # three weights add up to 1 but for rounding, which may tip a half covered pixel of the rim
    assert Scorer(bare, scan_views(white)).psnr_db(None) > 100
    assert surface_colors(white, np.zeros(1, np.int32), np.zeros((1, 2), np.float32)).tolist() == [[255, 255, 255]]


def test_points_that_lie_nowhere_do_not_blind_it(scan: Mesh) -> None:
    wild = np.array([[np.nan, 0, 0], [np.inf, 0, 0], [0, 0, 1e4], [0, 0.01, 1e4], [0.01, 0, 1e4]], np.float32)
    count = len(scan.positions)
    faces = np.array([[0, 1, count], [count + 1, 2, 0], [count + 2, count + 3, count + 4]], np.int32)
    colors = None if scan.colors is None else np.concatenate([scan.colors, np.zeros((5, 3), np.uint8)])
    more = Mesh(np.concatenate([scan.positions, wild]), np.concatenate([scan.faces, faces]), colors=colors)
    score = Scorer(painted(scan), scan_views(more)).psnr_db(None)
    assert score == math.inf
    assert scan_views(more).views.masks.mean() == pytest.approx(scan_views(scan).views.masks.mean(), rel=1e-3)


def test_pictures_have_the_size_that_is_published(scan: Mesh) -> None:
    seen = scan_views(scan).views
    assert seen.colors.shape == (VIEWS, SIZE_PX, SIZE_PX, 3)
    assert seen.masks.any(axis=(1, 2)).all()


def test_what_chose_a_level_is_asked_again_when_it_is_encoded(scan: Mesh) -> None:
    seen = scan_views(scan)
    judge = create_scorer(painted(scan), seen)
    assert create_scorer(painted(scan), seen) is judge
    assert create_scorer(painted(scan, 90), seen) is not judge
    assert judge.psnr_db(None) == Scorer(painted(scan), seen).psnr_db(None)
