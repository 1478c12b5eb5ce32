"""A lattice has its holes in every level, in both files for AR and in the archive, and they pass every check."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pxr import Usd, UsdShade

from carreau.base.levels import AR, LEVELS
from carreau.base.model import LEVEL_CUTOFF, ByteArray
from carreau.base.options import ModelOptions
from carreau.formats.gltf import gltf
from carreau.formats.images.image import ktx_image
from carreau.geometry.render.opacity import surface_opacity
from carreau.geometry.triangles import spread_places
from carreau.models.builders.ar_and_archive import ArBuilder, ArchiveBuilder
from carreau.models.builders.build_context import ScanContext, about, create_context
from carreau.models.builders.level_builder import BuiltLevel, LevelBuilder
from carreau.models.stages.check import UNKNOWN_IMAGE_COMPLAINTS, WITHOUT_TANGENTS, Severity, validate
from carreau.runs.cache import Cache, InputFiles
from tests.kernel_signatures import only_listed
from tests.pipeline.lattices import covered, lattice, veil, write_tower

pytestmark = pytest.mark.usefixtures("small_looks")

OPTIONS = ModelOptions(Path(), name="Fosse 1", source="a test", licence="CC0-1.0", credit="Jeanne")
PX = 448


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def files(kept: Cache, tmp_path_factory: pytest.TempPathFactory) -> InputFiles:
    scan = write_tower(tmp_path_factory.mktemp("scan") / "tower.obj")
    return kept.files(scan, sorted(scan.parent.iterdir()))


def prepared(files: InputFiles, kept: Cache) -> ScanContext:
    with only_listed():
        context = create_context(files, OPTIONS, kept)
        context.about.update(about(context))
    return context


@pytest.fixture(scope="module")
def ground(kept: Cache, files: InputFiles) -> ScanContext:
    return prepared(files, kept)


def built(name: str, ground: ScanContext, kept: Cache, **less: Any) -> BuiltLevel:
    level = dataclasses.replace(LEVELS[name], texture_px=PX, **less)
    with only_listed():
        return LevelBuilder(level, ground, OPTIONS, kept).build().complete()


@pytest.fixture(scope="module")
def pair(ground: ScanContext, kept: Cache) -> BuiltLevel:
    return ArBuilder(ground, OPTIONS, kept, dataclasses.replace(AR, texture_px=PX)).build().complete()


def document(glb: bytes) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    return parsed


def images(glb: bytes) -> list[tuple[str, bytes]]:
    """Return the type and bytes of each image of a GLB; those of levels lie in its first buffer, uncompressed."""
    tree, binary = document(glb), glb[28 + int.from_bytes(glb[12:16], "little") :]
    listed = []
    for image in tree["images"]:
        view = tree["bufferViews"][image["bufferView"]]
        start = view.get("byteOffset", 0)
        listed.append((image["mimeType"], binary[start : start + view["byteLength"]]))
    return listed


def picture(media_type: str, data: bytes) -> ByteArray:
    return ktx_image(data) if media_type == "image/ktx2" else np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def material(glb: bytes) -> Mapping[str, Any]:
    (only,) = document(glb)["materials"]
    return dict(only)


def complaints(glb: bytes) -> list[str]:
    ignored = (*UNKNOWN_IMAGE_COMPLAINTS, WITHOUT_TANGENTS)
    return [each.code for each in validate(glb) if each.severity < Severity.INFORMATION and each.code not in ignored]


def surface(glb: bytes, folder: Path) -> tuple[float, float]:
    """Return the share of the surface that is not a hole, and the least opacity of any place, read as browsers do."""
    (folder / "level.glb").write_bytes(glb)
    mesh = gltf.read(folder / "level.glb").mesh
    opacity = surface_opacity(mesh, *spread_places(mesh.positions, mesh.faces, 20_000))
    return float((opacity >= LEVEL_CUTOFF).mean()), float(opacity.min())


@pytest.mark.parametrize("name", list(LEVELS))
def test_a_level_is_cut_out_as_its_scan(
    name: str, ground: ScanContext, kept: Cache, tmp_path: Path, encoder: Path
) -> None:
    made = built(name, ground, kept)
    assert material(made.glb)["alphaMode"] == "MASK"
    assert material(made.glb).get("alphaCutoff", 0.5) == LEVEL_CUTOFF
    share, least = surface(made.glb, tmp_path)
    assert share == pytest.approx(covered(lattice()), abs=0.03)
    assert least < 0.05
    assert made.facts["error"]["psnr_db"] > 20
    assert not complaints(made.glb)


def test_every_type_of_texture_is_among_them(ground: ScanContext, kept: Cache, encoder: Path) -> None:
    kinds = {kind for name in LEVELS for kind, _ in images(built(name, ground, kept).glb)}
    assert kinds >= {"image/webp", "image/ktx2", "image/avif"}


def test_the_glb_for_ar_is_cut_out_in_a_plain_file(pair: BuiltLevel) -> None:
    assert material(pair.glb)["alphaMode"] == "MASK"
    assert "extensionsUsed" not in document(pair.glb)
    assert "image/png" in {kind for kind, _ in images(pair.glb)}
    assert not complaints(pair.glb)


def check_usdz(pair: BuiltLevel, folder: Path, threshold: float | None) -> None:
    """Fail unless the opacity of a USDZ is the alpha of its base colour, with a threshold or without."""
    (folder / "ar.usdz").write_bytes(pair.files["ar.usdz"])
    stage = Usd.Stage.Open(str(folder / "ar.usdz"))
    shaders = [UsdShade.Shader(prim) for prim in stage.Traverse() if prim.IsA(UsdShade.Shader)]
    (shader,) = (each for each in shaders if each.GetIdAttr().Get() == "UsdPreviewSurface")
    said = shader.GetInput("opacityThreshold")
    assert (said.Get() if said else None) == threshold
    source, output, _ = shader.GetInput("opacity").GetConnectedSource()
    assert (source.GetPrim().GetName(), output) == ("Base", "a")


def test_the_usdz_has_the_same_opacity_and_its_threshold(pair: BuiltLevel, tmp_path: Path) -> None:
    check_usdz(pair, tmp_path, LEVEL_CUTOFF)
    agreement = pair.facts["usdz"]["agreement"]
    assert agreement["psnr_db"] is None or agreement["psnr_db"] > 40


def test_a_pair_whose_png_is_too_large_has_a_smaller_one(ground: ScanContext, kept: Cache, pair: BuiltLevel) -> None:
    most = min(len(pair.files["ar.glb"]), len(pair.files["ar.usdz"])) - 3000
    level = dataclasses.replace(AR, texture_px=PX, file_bytes=most)
    made = ArBuilder(ground, OPTIONS, kept, level).build()
    assert max(len(made.files[name]) for name in ("ar.glb", "ar.usdz")) <= most
    assert made.facts["texture"]["width"] < pair.facts["texture"]["width"]
    assert material(made.glb)["alphaMode"] == "MASK"


def test_the_archive_has_the_material_and_the_untouched_picture(
    files: InputFiles, ground: ScanContext, kept: Cache
) -> None:
    made = ArchiveBuilder(files, ground, OPTIONS, kept).build()
    assert material(made.glb)["alphaMode"] == "MASK"
    assert [one["untouched"] for one in made.facts["textures"]] == [True]
    ((_, data),) = images(made.glb)
    assert np.array_equal(picture("image/png", data), lattice())


def test_what_is_translucent_all_over_stays_so(kept: Cache, tmp_path: Path, encoder: Path) -> None:
    """In a level with a WebP, in one with a KTX2, and in both files for AR."""
    scan = write_tower(tmp_path / "veil.obj", veil())
    ground = prepared(kept.files(scan, sorted(tmp_path.iterdir())), kept)
    for name in ("preview", "desktop-ktx2"):
        made = built(name, ground, kept)
        assert material(made.glb)["alphaMode"] == "BLEND"
        assert not complaints(made.glb)
        alpha = next(texels[..., 3] for each in images(made.glb) if (texels := picture(*each)).shape[2] == 4)
        assert np.abs(alpha.astype(int) - 110).max() < 12
        assert made.facts["error"]["psnr_db"] > 20
    pair = ArBuilder(ground, OPTIONS, kept, dataclasses.replace(AR, texture_px=128)).build()
    assert material(pair.glb)["alphaMode"] == "BLEND"
    check_usdz(pair, tmp_path, None)
