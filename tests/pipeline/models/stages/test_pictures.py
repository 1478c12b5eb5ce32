"""Scan and level are shown from the same sides, and the heat map shows where they differ."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import LevelMesh, Mesh
from carreau.formats.gltf.gltf import read
from carreau.geometry.render.viewpoints import Viewpoint
from carreau.models.stages.pack import GltfPackOptions, pack
from carreau.models.stages.pictures import PictureOptions, choose_view, show_level, show_scan
from tests.pipeline.bronzes import write_bronze

SMALL = PictureOptions(count=2, longest_px=64)


def colored(sheet: Mesh, color: tuple[int, int, int]) -> Mesh:
    colors = np.broadcast_to(np.array(color, np.uint8), sheet.positions.shape).copy()
    return Mesh(sheet.positions, sheet.faces, colors=colors)


def glb(mesh: Mesh, depth: float = 1.0) -> bytes:
    """Pack the faces up to a depth along z."""
    normals = np.tile(np.array([0, 1, 0], np.float32), (len(mesh.positions), 1))
    faces = mesh.faces[(mesh.positions[mesh.faces][..., 2] <= depth).all(axis=1)]
    return pack(LevelMesh(mesh.positions, normals, faces, None, mesh.colors), {}, GltfPackOptions("plain"))


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_level_like_its_scan_differs_nowhere(bumpy_sheet: Mesh) -> None:
    scan = colored(bumpy_sheet, (180, 90, 60))
    shown = show_scan(scan, Viewpoint(30, 40), SMALL)
    found = show_level(shown, glb(scan), SMALL)
    assert not shown.pictures.is_clay
    assert max(found.p95) < 0.01
    assert max(found.alone) < 0.02
    assert len(found.images) == len(found.heat) == len(shown.pictures.images) == 2
    for data in (*shown.pictures.images, *found.images, *found.heat):
        assert picture(data).size == (shown.pictures.width, shown.pictures.height)
        assert picture(data).format == "WEBP"


def test_another_color_and_a_missing_half_are_told_apart(bumpy_sheet: Mesh) -> None:
    shown = show_scan(colored(bumpy_sheet, (180, 90, 60)), Viewpoint(30, 40), SMALL)
    faded = show_level(shown, glb(colored(bumpy_sheet, (170, 95, 66))), SMALL)
    halved = show_level(shown, glb(colored(bumpy_sheet, (180, 90, 60)), depth=0.501), SMALL)
    assert 1 < min(faded.median) <= max(faded.p95) < 10
    assert max(faded.alone) < 0.02
    assert 0.3 < min(halved.alone) < 0.7
    assert max(halved.median) < 0.01


def test_what_has_no_color_is_shown_by_its_shape(bumpy_sheet: Mesh) -> None:
    bare = Mesh(bumpy_sheet.positions, bumpy_sheet.faces)
    shown = show_scan(bare, choose_view(bare), SMALL)
    assert shown.pictures.is_clay
    flat = Mesh(bare.positions * np.array([1, 0, 1], np.float32), bare.faces)
    assert max(show_level(shown, glb(flat), SMALL).p95) > max(show_level(shown, glb(bare), SMALL).p95)


def test_a_side_that_was_chosen_is_taken(bumpy_sheet: Mesh) -> None:
    assert choose_view(bumpy_sheet, (-35.0, 12.5)) == Viewpoint(-35.0, 12.5)
    assert choose_view(bumpy_sheet) == choose_view(bumpy_sheet, None) != Viewpoint(-35.0, 12.5)


def test_a_part_that_the_picture_is_of_is_told_in_metres() -> None:
    corners = np.array([[1, 0, 1], [3, 0, 1], [3, 5.125, 2]], np.float32)
    part = Mesh(corners, np.array([[0, 1, 2]], np.int32), origin=np.array([100.0, 20.0, -7.0]))
    view = choose_view(part, (-35.0, 12.5), is_part=True)
    assert view == Viewpoint(-35.0, 12.5, ((101.0, 20.0, -6.0), (103.0, 25.12, -5.0)))
    assert choose_view(part, (-35.0, 12.5)).subject_m is None


def test_the_same_scan_gives_the_same_bytes(bumpy_sheet: Mesh) -> None:
    scan = colored(bumpy_sheet, (180, 90, 60))
    first, second = (show_scan(scan, Viewpoint(30, 40), SMALL) for _ in range(2))
    assert first.pictures.images == second.pictures.images
    assert show_level(first, glb(scan), SMALL).heat == show_level(second, glb(scan), SMALL).heat


def test_a_place_that_is_no_number_is_left_out(bumpy_sheet: Mesh) -> None:
    positions = bumpy_sheet.positions.copy()
    positions[5] = np.nan
    shown = show_scan(Mesh(positions, bumpy_sheet.faces), Viewpoint(0, 30), SMALL)
    assert np.isfinite(shown.cameras[0].eye).all()
    assert shown.views.masks.mean() == pytest.approx(0.5, abs=0.4)


def test_a_scan_that_shines_is_shown_under_light_as_well(tmp_path: Path) -> None:
    scan = read(write_bronze(tmp_path / "bronze.glb", 64))
    shown = show_scan(scan.mesh, Viewpoint(30, 10), SMALL)
    assert shown.pictures.lit is not None
    assert picture(shown.pictures.lit).size == (shown.pictures.width, shown.pictures.height)
    level = show_level(shown, (tmp_path / "bronze.glb").read_bytes(), SMALL)
    assert level.lit == shown.pictures.lit
    assert max(level.p95) < 0.01


def test_a_matt_scan_is_not(bumpy_sheet: Mesh) -> None:
    scan = colored(bumpy_sheet, (180, 90, 60))
    shown = show_scan(scan, Viewpoint(30, 40), SMALL)
    assert shown.pictures.lit is None
    assert show_level(shown, glb(scan), SMALL).lit is None
