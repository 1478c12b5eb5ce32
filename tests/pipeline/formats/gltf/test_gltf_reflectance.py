"""Metal, roughness and emission are read as a file has them, and what is left out of a material is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carreau.base.model import Material, Scan
from carreau.formats.gltf.gltf import read


@pytest.fixture
def maker(gltf_maker: Any) -> Any:
    return gltf_maker()


def scan_of(maker: Any, folder: Path, **material: Any) -> Scan:
    uv = maker.accessor([[0, 0], [1, 0], [0, 1]])
    position = maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    index = maker.add("materials", {"name": "skin", **material})
    maker.node(mesh=maker.mesh({"POSITION": position, "TEXCOORD_0": uv}, material=index))
    return read(maker.write(folder / "scan.glb"))


def material_of(maker: Any, folder: Path, **material: Any) -> Material:
    return scan_of(maker, folder, **material).mesh.materials[0]


def test_a_map_is_read_with_its_factors(maker: Any, tmp_path: Path) -> None:
    info = {"index": maker.texture()}
    bronze = material_of(
        maker, tmp_path, pbrMetallicRoughness={"metallicRoughnessTexture": info, "roughnessFactor": 0.5}
    )
    assert (bronze.metallic, bronze.roughness) == (1.0, 0.5)
    assert bronze.metallic_map is not None
    assert bronze.roughness_map is not None
    assert bronze.metallic_map.texture is bronze.roughness_map.texture
    assert bronze.first_slot is bronze.metallic_map


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ({}, (0.0, 1.0)),
        ({"metallicFactor": 1.0}, (1.0, 1.0)),
        ({"metallicFactor": 0.9, "roughnessFactor": 0.3}, (0.9, 0.3)),
        ({"roughnessFactor": 0.3}, (1.0, 0.3)),
        ({"roughnessFactor": 1.0}, (0.0, 1.0)),
        ({"metallicFactor": 0.0, "roughnessFactor": 0.5}, (0.0, 1.0)),
        ({"metallicFactor": 0.1, "roughnessFactor": 0.8}, (0.0, 1.0)),
    ],
)
def test_factors_alone_make_metal_only_where_somebody_meant_it(
    maker: Any, tmp_path: Path, factors: dict[str, float], expected: tuple[float, float]
) -> None:
    scan = scan_of(maker, tmp_path, pbrMetallicRoughness=factors)
    material = scan.mesh.materials[0]
    assert (material.metallic, material.roughness) == expected
    is_left_out = "metallicFactor" in factors and factors["metallicFactor"] < 0.5
    assert bool(scan.facts.decisions) == is_left_out
    assert not scan.facts.warnings


def test_a_missing_map_makes_no_chrome(maker: Any, tmp_path: Path) -> None:
    maker.json["images"] = [{"uri": "missing.png"}]
    maker.json["textures"] = [{"source": 0}]
    scan = scan_of(maker, tmp_path, pbrMetallicRoughness={"metallicRoughnessTexture": {"index": 0}})
    assert (scan.mesh.materials[0].metallic, scan.mesh.materials[0].roughness) == (0.0, 1.0)
    assert len(scan.facts.warnings) == 1


def test_emission_is_read_at_its_strength(maker: Any, tmp_path: Path) -> None:
    strength = {"KHR_materials_emissive_strength": {"emissiveStrength": 0.5}}
    info = {"index": maker.texture()}
    lamp = material_of(maker, tmp_path, emissiveFactor=[1, 0.5, 0], emissiveTexture=info, extensions=strength)
    assert lamp.emissive_color == (0.5, 0.25, 0.0)
    assert lamp.emissive is not None


def test_emission_brighter_than_a_screen_is_cut_and_named(maker: Any, tmp_path: Path) -> None:
    strength = {"KHR_materials_emissive_strength": {"emissiveStrength": 4.0}}
    scan = scan_of(maker, tmp_path, emissiveFactor=[1, 0.5, 0], extensions=strength)
    assert scan.mesh.materials[0].emissive_color == (1.0, 1.0, 0.0)
    assert "emits more light than a screen has" in str(scan.facts.warnings[0])


def test_a_texture_that_no_factor_lets_shine_is_no_emission(maker: Any, tmp_path: Path) -> None:
    lamp = material_of(maker, tmp_path, emissiveTexture={"index": maker.texture()})
    assert (lamp.emissive_color, lamp.emissive) == ((0.0, 0.0, 0.0), None)


def test_colours_that_are_emitted_as_well_do_not_count_twice(maker: Any, tmp_path: Path) -> None:
    info = {"index": maker.texture()}
    scan = scan_of(
        maker, tmp_path, emissiveFactor=[1, 1, 1], emissiveTexture=info, pbrMetallicRoughness={"baseColorTexture": info}
    )
    assert scan.mesh.materials[0].emissive_color == (0.0, 0.0, 0.0)
    assert "emits its own colours" in str(scan.facts.warnings[0])


def test_a_black_surface_that_glows_is_still_a_shadeless_scan(maker: Any, tmp_path: Path) -> None:
    rough = {"baseColorFactor": [0, 0, 0, 1]}
    info = {"index": maker.texture()}
    shadeless = material_of(maker, tmp_path, emissiveFactor=[1, 1, 1], emissiveTexture=info, pbrMetallicRoughness=rough)
    assert shadeless.base is not None
    assert (shadeless.emissive_color, shadeless.metallic) == ((0.0, 0.0, 0.0), 0.0)


def test_an_unlit_scan_reflects_nothing(maker: Any, tmp_path: Path) -> None:
    scan = scan_of(
        maker,
        tmp_path,
        pbrMetallicRoughness={"metallicFactor": 1.0, "roughnessFactor": 0.1},
        extensions={"KHR_materials_unlit": {}, "KHR_materials_clearcoat": {"clearcoatFactor": 1}},
    )
    assert scan.mesh.materials[0].metallic == 0
    assert not scan.facts.warnings


def test_occlusion_is_read_at_its_strength(maker: Any, tmp_path: Path) -> None:
    assert (
        material_of(maker, tmp_path, occlusionTexture={"index": maker.texture(), "strength": 0.25}).occlusion_strength
        == 0.25
    )


@pytest.mark.parametrize(
    ("extension", "members", "is_named"),
    [
        ("KHR_materials_clearcoat", {"clearcoatFactor": 0.5}, True),
        ("KHR_materials_clearcoat", {"clearcoatRoughnessFactor": 0.5}, False),
        ("KHR_materials_transmission", {"transmissionFactor": 1.0}, True),
        ("KHR_materials_sheen", {"sheenColorFactor": [0.1, 0, 0]}, True),
        ("KHR_materials_sheen", {"sheenRoughnessFactor": 0.5}, False),
        ("KHR_materials_specular", {"specularColorFactor": [1, 1, 1]}, False),
        ("KHR_materials_specular", {"specularFactor": 0.2}, True),
        ("KHR_materials_anisotropy", {"anisotropyStrength": 0.6}, True),
        ("KHR_materials_ior", {"ior": 1.5}, False),
        ("KHR_materials_ior", {"ior": 1.45}, True),
        ("EXT_materials_novelty", {}, True),
    ],
)
def test_other_extensions_are_named_where_they_matter(
    maker: Any, tmp_path: Path, extension: str, members: dict[str, Any], is_named: bool
) -> None:
    warnings = scan_of(maker, tmp_path, extensions={extension: members}).facts.warnings
    assert [extension in str(warning) for warning in warnings] == ([True] if is_named else [])
