"""A statue as if it were bronze, with a lamp: its metal, roughness and light come out where they were.

Shape and colour are those of a real scan; the maps of metal, roughness and emission are made by code, so that the truth
at every place is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base.model import ByteArray, FloatArray, LevelMesh, Mesh
from carreau.command.cli import main
from carreau.formats.gltf import gltf
from carreau.formats.images.image import decode
from carreau.formats.writers import usdz_files
from carreau.geometry.render.image_resampling import fill_texels
from carreau.geometry.render.reflectance import emission_at, metallic_roughness_at
from carreau.geometry.render.sampling import interpolate_corners, to_srgb
from carreau.geometry.uv.layout import find_texels
from carreau.models.stages.read import read
from tests.pipeline.bronzes import write_glb
from tests.pipeline.quick_looks import quick_pictures

EDGE_PX = 2048
PLACES = 400
WITHIN = 8
LAMP_Y = 0.1


def bronze_at(points: FloatArray) -> FloatArray:
    """Return (k, 3) texels like worn bronze: roughness from 60 to 160, metal in most places and patina in others."""
    x, y, z = points.T
    roughness = 110 + 50 * np.sin(11 * x + 7 * z)
    metallic = 255 / (1 + np.exp(-3 * (np.sin(6 * y) + 0.3)))
    return np.stack([np.full_like(x, 255), roughness, metallic], axis=1)


def lamp_at(points: FloatArray) -> FloatArray:
    """Return (k, 3) sRGB: a band of orange around the middle."""
    return np.where(np.abs(points[:, 1:2] - LAMP_Y) < 0.05, np.array([255, 140, 20], np.float32), np.float32(0))


def painted(level: LevelMesh, values_at: Callable[[FloatArray], FloatArray]) -> ByteArray:
    """Return the map (h, w, 3) over a layout that has these values at its points."""
    assert level.texcoords is not None
    texels = find_texels(level.texcoords, level.faces, EDGE_PX, 2.0)
    image, is_drawn = np.zeros((EDGE_PX**2, 3), np.float32), np.zeros(EDGE_PX**2, np.bool_)
    points = interpolate_corners(level.positions[level.faces], texels.faces, texels.barycentrics)
    image[texels.places], is_drawn[texels.places] = values_at(points), True
    shape = EDGE_PX, EDGE_PX
    return np.asarray(np.rint(fill_texels(image.reshape(*shape, 3), is_drawn.reshape(shape))), np.uint8)


@pytest.fixture(scope="session")
def bronze(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the statue, two units tall about zero, with its own colours and the maps made by code."""
    statue = read(scans / "venus_statue_obj" / "venus_statue.obj").mesh
    base = statue.materials[0].base
    assert base is not None
    textured = np.flatnonzero(np.isfinite(statue.texcoords[0]).all(axis=(1, 2)) & (statue.face_materials == 0))
    places = statue.positions[statue.faces[textured]].reshape(-1, 3)
    low, high = places.min(axis=0), places.max(axis=0)
    positions = ((places - (low + high) / 2) * np.float32(2 / (high - low).max())).astype(np.float32)
    faces = np.arange(len(positions), dtype=np.int32).reshape(-1, 3)
    uvs = np.ascontiguousarray(statue.texcoords[0][textured].reshape(-1, 2), np.float32)
    layout = LevelMesh(positions, positions, faces, uvs)
    pictures = {
        "color": decode(base.texture)[::2, ::2], "surface": painted(layout, bronze_at), "glow": painted(layout, lamp_at)
    }  # fmt: skip
    material = {
        "name": "bronze",
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": "color"}, "metallicRoughnessTexture": {"index": "surface"}
        },
        "emissiveTexture": {"index": "glow"},
        "emissiveFactor": [1, 1, 1],
    }  # fmt: skip
    upwards = uvs * np.array([1, -1], np.float32) + np.array([0, 1], np.float32)
    path = tmp_path_factory.mktemp("bronze") / "bronze.glb"
    return write_glb(path, pictures, material, (positions, faces, upwards))


@pytest.fixture(scope="session")
def models(bronze: Path, tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> Path:
    """Return the folder of the statue's preview, phone and AR models."""
    out = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch, quick_pictures(samples=1, sky_rays=2):
        patch.setenv("CARREAU_CACHE", str(tmp_path_factory.mktemp("cache")))
        words = ["--out", str(out), "--levels", "preview,phone,ar", "--jobs", "1", "--quiet", "--as", "scan"]
        assert main(["model", str(bronze), *words]) == 0
    return out


def report_of(models: Path) -> Any:
    return json.loads((models / "report.json").read_text(encoding="utf-8"))


def level_of(models: Path, name: str) -> Any:
    return next(level for level in report_of(models)["levels"] if level["name"] == name)


def differences(level: Mesh, matrix: NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
    """Return how far roughness and metal (k, 2), and emission in sRGB (k, 3), are from the truth, in steps of 255."""
    faces = np.linspace(0, len(level.faces) - 1, PLACES).astype(np.int32)
    middle = np.full((PLACES, 2), 1 / 3, np.float32)
    points = interpolate_corners((level.positions + level.origin).astype(np.float32)[level.faces], faces, middle)
    inverse = np.linalg.inv(matrix)
    own = np.asarray(points @ inverse[:3, :3].T + inverse[:3, 3], np.float32)
    surface = 255 * metallic_roughness_at(level, faces, middle)[:, ::-1]
    light = to_srgb(emission_at(level, faces, middle))
    return np.abs(surface - bronze_at(own)[:, 1:]), np.abs(light - lamp_at(own))


@pytest.mark.parametrize("file", ["phone.glb", "ar.glb", "ar.usdz"])
def test_metal_and_roughness_are_where_they_were(file: str, models: Path) -> None:
    matrix = np.array(report_of(models)["scan"]["scan_to_model"]).reshape(4, 4)
    level = usdz_files.read(models / file) if file.endswith("usdz") else gltf.read(models / file).mesh
    surface, light = differences(level, matrix)
    assert np.median(surface) <= 2
    assert (surface <= WITHIN).all(axis=1).mean() >= 0.98
    assert (light <= WITHIN).all(axis=1).mean() >= 0.9


@pytest.mark.parametrize(("name", "is_kept"), [("preview", False), ("phone", True), ("ar", True)])
def test_a_level_has_the_maps_or_names_what_it_lacks(name: str, is_kept: bool, models: Path) -> None:
    level = level_of(models, name)
    slots = {texture["slot"] for texture in level["textures"]}
    assert {"metallic_roughness", "emissive"} <= slots if is_kept else not {"metallic_roughness", "emissive"} & slots
    assert bool(level["left_out"]) != is_kept
    assert level["gpu_bytes"] <= level["budget"]["gpu_bytes"]
    assert level["brotli_bytes"] <= level["budget"]["file_bytes"]


def test_the_warning_is_there_once(models: Path) -> None:
    warnings = report_of(models)["warnings"]
    assert warnings == [
        "no room for the map of metal and roughness in: preview", "no room for the map of emission in: preview"
    ]  # fmt: skip


def test_the_report_shows_it_under_light(models: Path) -> None:
    page = (models / "report.en.html").read_text(encoding="utf-8")
    assert "Metal, roughness and emission under light" in page
    assert page.count(", lit") >= 4
