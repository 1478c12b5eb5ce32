"""A pair that shows the same is told so, and one that does not is refused."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import ValidationError
from carreau.base.model import EncodedImage, LevelMesh, Mesh, SurfaceFactors
from carreau.formats.images import image_codecs
from carreau.formats.writers.usdz_files import UsdzAbout
from carreau.formats.writers.zip_packages import StoredZip
from carreau.geometry.render.views import Views, render_views
from carreau.geometry.triangles import vertex_normals
from carreau.models.stages.ar_pair import LEAST_DB, ComparePairOptions, as_json, compare_ar_pair
from carreau.models.stages.check import check_usdz
from carreau.models.stages.pack import GltfPackOptions, pack, pack_usdz

QUICK = ComparePairOptions(views=3, size_px=96)


def picture(seed: int) -> EncodedImage:
    texels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    return EncodedImage(image_codecs.encode_jpeg(np.kron(texels, np.ones((8, 8, 1), np.uint8)), 90), "image/jpeg")


@pytest.fixture
def level(bumpy_sheet: Mesh) -> LevelMesh:
    uvs = np.zeros((len(bumpy_sheet.positions), 2), np.float32)
    uvs[bumpy_sheet.faces.ravel()] = bumpy_sheet.texcoords[0].reshape(-1, 2)
    normals = vertex_normals(bumpy_sheet.positions, bumpy_sheet.faces)
    return LevelMesh(bumpy_sheet.positions, normals, bumpy_sheet.faces, uvs)


def glb_of(level: LevelMesh, images: dict[str, EncodedImage]) -> bytes:
    return pack(level, images, GltfPackOptions("plain"))


def usdz_of(level: LevelMesh, images: dict[str, EncodedImage]) -> bytes:
    return pack_usdz(level, images, UsdzAbout())


def test_the_same_mesh_and_images_agree(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    images = {"base": picture(1), "normal": picture(2)}
    found = compare_ar_pair(bumpy_sheet, glb_of(level, images), usdz_of(level, images), QUICK)
    assert (found.psnr_db, found.ssim, found.silhouette) == (math.inf, 1, 0)
    assert (found.views, found.size_px) == (0, 0)
    assert found.normals_deg < 0.01
    assert found.pictures == ("base", "normal")
    assert found.size_m == pytest.approx(np.ptp(level.positions, axis=0), rel=1e-6)
    assert found.ground_m == pytest.approx(level.positions[:, 1].min())
    said = as_json(found)
    assert said["psnr_db"] is None or isinstance(said["psnr_db"], float)
    assert as_json(replace(found, psnr_db=math.inf))["psnr_db"] is None


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where anything is rendered."""

    def refuse(*_: object) -> None:
        raise AssertionError("rendered")

    monkeypatch.setattr("carreau.models.stages.ar_pair.render_views", refuse)


@pytest.mark.usefixtures("no_pictures")
def test_a_pair_with_the_same_numbers_is_not_rendered(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    compare_ar_pair(bumpy_sheet, glb_of(level, {"base": picture(1)}), usdz_of(level, {"base": picture(1)}), QUICK)


@pytest.mark.usefixtures("no_pictures")
def test_a_pair_with_the_same_factors_is_not_rendered(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    surface = SurfaceFactors(roughness=0.49)
    glb = pack(level, {}, GltfPackOptions("plain", surface=surface))
    compare_ar_pair(bumpy_sheet, glb, pack_usdz(level, {}, UsdzAbout(), surface), QUICK)
    with pytest.raises(AssertionError, match="rendered"):
        compare_ar_pair(bumpy_sheet, glb, pack_usdz(level, {}, UsdzAbout(), SurfaceFactors(roughness=0.5)), QUICK)


def moved_vertex(level: LevelMesh) -> LevelMesh:
    positions = level.positions.copy()
    positions[200, 1] += 1e-4
    return replace(level, positions=positions)


def turned_face(level: LevelMesh) -> LevelMesh:
    faces = level.faces.copy()
    faces[100] = faces[100, ::-1]
    return replace(level, faces=faces)


def without_a_face(level: LevelMesh) -> LevelMesh:
    return replace(level, faces=level.faces[:-1])


def mirrored_texcoords(level: LevelMesh) -> LevelMesh:
    assert level.texcoords is not None
    return replace(level, texcoords=np.array([1, 0], np.float32) - level.texcoords * np.array([1, -1], np.float32))


@pytest.mark.parametrize("change", [moved_vertex, turned_face, without_a_face, mirrored_texcoords])
def test_whatever_differs_is_looked_at(
    change: Callable[[LevelMesh], LevelMesh], bumpy_sheet: Mesh, level: LevelMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def counted(*given: Any) -> Views:
        seen.append(given)
        return render_views(*given)

    monkeypatch.setattr("carreau.models.stages.ar_pair.render_views", counted)
    images = {"base": picture(1)}
    with suppress(ValidationError):
        compare_ar_pair(bumpy_sheet, glb_of(level, images), usdz_of(change(level), images), QUICK)
    assert len(seen) == 2


def test_a_small_difference_is_accepted_by_its_pictures(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    images = {"base": picture(1)}
    found = compare_ar_pair(bumpy_sheet, glb_of(level, images), usdz_of(moved_vertex(level), images), QUICK)
    assert found.views == QUICK.views
    assert found.psnr_db >= LEAST_DB


def test_a_dropped_face_is_refused(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    with pytest.raises(ValidationError, match="USDZ and GLB files"):
        compare_ar_pair(bumpy_sheet, glb_of(level, {}), usdz_of(without_a_face(level), {}), QUICK)


def test_a_mesh_elsewhere_is_refused(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    images = {"base": picture(1)}
    moved = replace(level, positions=level.positions + np.array([0.1, 0, 0], np.float32))
    with pytest.raises(ValidationError, match=r"PSNR of [\d.]+ dB"):
        compare_ar_pair(bumpy_sheet, glb_of(level, images), usdz_of(moved, images), QUICK)


def test_a_texture_upside_down_is_refused(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    assert level.texcoords is not None
    images = {"base": picture(1)}
    flipped = replace(level, texcoords=np.array([0, 1], np.float32) + level.texcoords * np.array([1, -1], np.float32))
    with pytest.raises(ValidationError, match=r"PSNR of [\d.]+ dB"):
        compare_ar_pair(bumpy_sheet, glb_of(level, images), usdz_of(flipped, images), QUICK)


def test_other_normals_are_refused(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    images = {"base": picture(1)}
    turned = replace(level, normals=-level.normals)
    with pytest.raises(ValidationError, match="normals of the USDZ and GLB files differ by 180"):
        compare_ar_pair(bumpy_sheet, glb_of(level, images), usdz_of(turned, images), QUICK)


def test_other_images_are_refused(bumpy_sheet: Mesh, level: LevelMesh) -> None:
    one, other = {"base": picture(1), "normal": picture(2)}, {"base": picture(1)}
    with pytest.raises(ValidationError, match="different normal images"):
        compare_ar_pair(bumpy_sheet, glb_of(level, one), usdz_of(level, other), QUICK)


def test_a_package_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"ar is not valid USDZ: .*cannot be opened"):
        check_usdz(b"nothing", "ar")


def test_a_finding_is_told() -> None:
    stream = io.BytesIO()
    with StoredZip(stream) as package:
        package.add("model.usda", b'#usda 1.0\n( defaultPrim = "A" )\ndef Xform "A" {}\n')
    with pytest.raises(ValidationError, match=r"not valid USDZ: .*(metersPerUnit|upAxis)"):
        check_usdz(stream.getvalue())
