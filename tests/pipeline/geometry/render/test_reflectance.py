"""How a scan reflects light is judged by its pixels: uniform maps are factors, and a patch of metal is worth a map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.model import ByteArray, Mesh
from carreau.formats.gltf.gltf import read
from carreau.geometry.render.reflectance import (
    MATT,
    Reflectance,
    emission_at,
    measure_reflectance,
    metallic_roughness_at,
)
from tests.pipeline.bronzes import write_bronze, write_glb

AT = np.array([[1 / 3, 1 / 3]], np.float32)


def filled(*color: int) -> ByteArray:
    return np.full((64, 64, 3), color, np.uint8)


def of(folder: Path, picture: ByteArray, **factors: Any) -> Reflectance:
    rough = {"metallicRoughnessTexture": {"index": "surface"}, **factors}
    return measure_reflectance(
        read(write_glb(folder / "a.glb", {"surface": picture}, {"pbrMetallicRoughness": rough})).mesh
    )


@pytest.fixture
def bronze(tmp_path: Path) -> Mesh:
    return read(write_bronze(tmp_path / "bronze.glb")).mesh


def test_a_scan_without_maps_is_matt(tiny_scans: Path, tmp_path: Path) -> None:
    assert measure_reflectance(read(write_glb(tmp_path / "a.glb", {}, {})).mesh) == MATT
    assert MATT.is_plain


def test_a_uniform_map_is_its_factors(tmp_path: Path) -> None:
    assert of(tmp_path, filled(0, 255, 0)) == MATT
    assert of(tmp_path, filled(0, 128, 0)) == replace(MATT, roughness=0.5)
    assert of(tmp_path, filled(0, 255, 255), metallicFactor=0.8) == replace(MATT, metallic=0.8)


def test_noise_of_encoding_is_uniform(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-6, 7, (64, 64, 3))
    surface = of(tmp_path, (filled(0, 128, 8) + noise).astype(np.uint8))
    assert not surface.varies
    assert surface.roughness == pytest.approx(0.5, abs=0.01)


def test_a_small_patch_of_metal_is_worth_a_map(tmp_path: Path) -> None:
    picture = filled(0, 200, 0)
    picture[28:32, 28:32, 2] = 255
    surface = of(tmp_path, picture)
    assert surface.varies
    assert surface.is_even


def test_half_bronze_has_no_fair_average(bronze: Mesh) -> None:
    surface = measure_reflectance(bronze)
    assert surface.varies
    assert not surface.is_even
    assert surface.emission_varies
    assert surface.emission[0] > surface.emission[1] > surface.emission[2] == 0


def test_values_at_places(bronze: Mesh) -> None:
    middle = bronze.texcoords[0].mean(axis=1)
    for u, v, expected in ((0.25, 0.2, (1.0, 80 / 255)), (0.75, 0.2, (0.0, 200 / 255)), (0.3, 0.5, (1.0, 160 / 255))):
        face = np.array([np.argmin(np.abs(middle - (u, v)).sum(axis=1))], np.int32)
        assert metallic_roughness_at(bronze, face, AT)[0].tolist() == pytest.approx(expected, abs=2e-3)
    lamp = np.array([np.argmin(np.abs(middle - (0.75, 0.5)).sum(axis=1))], np.int32)
    assert emission_at(bronze, lamp, AT)[0].tolist() == pytest.approx((1.0, 0.2158, 0.0), abs=1e-3)


def test_faces_that_a_map_does_not_reach_are_matt(bronze: Mesh) -> None:
    texcoords = bronze.texcoords[0].copy()
    texcoords[0] = np.nan
    bare = replace(bronze, texcoords=(texcoords,))
    first = np.zeros(1, np.int32)
    assert metallic_roughness_at(bare, first, AT).tolist() == [[0, 1]]
    assert emission_at(bare, first, AT).tolist() == [[0, 0, 0]]
