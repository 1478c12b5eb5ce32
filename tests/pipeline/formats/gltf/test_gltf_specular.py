"""Specular-glossiness materials become the metallic-roughness ones that look the same, with every colour kept."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import Material, Scan
from carreau.formats.gltf.gltf import read
from carreau.formats.gltf.gltf_reflectance import metallic_and_color
from carreau.formats.images.image import decode

GLOSSY = "KHR_materials_pbrSpecularGlossiness"
RED, GOLD = (180, 60, 40), (255, 196, 112)


@pytest.fixture
def maker(gltf_maker: Any) -> Any:
    return gltf_maker()


def picture(maker: Any, left: tuple[int, ...], right: tuple[int, ...], size: tuple[int, int] = (8, 4)) -> int:
    """Add a texture of two colours side by side, RGB or RGBA."""
    texels = np.empty((size[1], size[0], len(left)), np.uint8)
    texels[:, : size[0] // 2], texels[:, size[0] // 2 :] = left, right
    stream = io.BytesIO()
    Image.fromarray(texels).save(stream, "PNG")
    image = maker.add("images", {"bufferView": maker.view(stream.getvalue()), "mimeType": "image/png"})
    return int(maker.add("textures", {"source": image}))


def scan_of(maker: Any, folder: Path, more: dict[str, Any] | None = None, **glossy: Any) -> Scan:
    uv = maker.accessor([[0, 0], [1, 0], [0, 1]])
    attributes = {"POSITION": maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]]), "TEXCOORD_0": uv, "TEXCOORD_1": uv}
    index = maker.add("materials", {"name": "skin", "extensions": {GLOSSY: glossy}, **(more or {})})
    maker.node(mesh=maker.mesh(attributes, material=index))
    return read(maker.write(folder / "scan.glb"))


def base_of(material: Material) -> np.ndarray:
    assert material.base is not None
    return decode(material.base.texture).astype(int)


def surface_of(material: Material) -> np.ndarray:
    assert material.metallic_map is not None
    assert material.roughness_map is not None
    assert material.roughness_map.texture is material.metallic_map.texture
    return decode(material.metallic_map.texture).astype(int)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_is_metal_or_not_comes_back(share: float) -> None:
    color = np.random.default_rng(7).uniform(0.05, 1.0, (1000, 3))
    specular = 0.04 + (color - 0.04) * share
    diffuse = color * (1 - 0.04) * (1 - share) / (1 - specular.max(axis=1, keepdims=True))
    metallic, back = metallic_and_color(diffuse, specular)
    assert np.abs(metallic - share).max() < 1e-6
    assert np.abs(back - color).max() < 1e-6


def test_what_is_half_metal_comes_back_as_far_as_brightness_tells() -> None:
    color = np.full((9, 1), 0.5) * np.linspace(0.2, 1.8, 9)[:, None] * np.ones(3)
    metallic, back = metallic_and_color(color * 0.5, 0.04 + (color - 0.04) * 0.5)
    assert np.all((metallic > 0.2) & (metallic < 0.8))
    assert np.all(np.diff(back[:, 0]) > 0)


def test_textures_become_colour_metal_and_roughness(maker: Any, tmp_path: Path) -> None:
    """Red stone of gloss 0.2 on the left; gold of gloss 0.8 on the right, which has no diffuse light."""
    diffuse = picture(maker, RED, (0, 0, 0))
    specular = picture(maker, (56, 56, 56, 51), (*GOLD, 204))
    scan = scan_of(maker, tmp_path, diffuseTexture={"index": diffuse}, specularGlossinessTexture={"index": specular})
    material = scan.mesh.materials[0]
    assert material.base_color == (1.0, 1.0, 1.0)
    assert (material.metallic, material.roughness) == (1.0, 1.0)
    base, surface = base_of(material), surface_of(material)
    assert np.abs(base[:, :4] - RED).max() <= 1
    assert np.abs(base[:, 4:] - GOLD).max() <= 1
    assert surface[:, :4, 1:].reshape(-1, 2).tolist() == [[204, 0]] * 16
    assert surface[:, 4:, 1:].reshape(-1, 2).tolist() == [[51, 255]] * 16
    assert not scan.facts.warnings
    assert "converted from specular-glossiness" in str(scan.facts.decisions[0])


def test_factors_multiply_the_textures(maker: Any, tmp_path: Path) -> None:
    """Specular light of 0.5 times white, gloss of 0.5 times 1, on a black diffuse colour."""
    specular = picture(maker, (255, 255, 255, 255), (255, 255, 255, 255))
    scan = scan_of(
        maker,
        tmp_path,
        diffuseFactor=[0, 0, 0, 1],
        specularFactor=[0.5, 0.25, 0.125],
        glossinessFactor=0.5,
        specularGlossinessTexture={"index": specular},
    )
    material = scan.mesh.materials[0]
    assert base_of(material)[0, 0].tolist() == [188, 137, 99]
    assert surface_of(material)[0, 0].tolist() == [255, 128, 255]


def test_textures_of_different_sizes_are_converted(maker: Any, tmp_path: Path) -> None:
    diffuse, specular = picture(maker, RED, (0, 0, 0), (16, 4)), picture(maker, (0, 0, 0, 0), (*GOLD, 255), (8, 32))
    scan = scan_of(maker, tmp_path, diffuseTexture={"index": diffuse}, specularGlossinessTexture={"index": specular})
    base = base_of(scan.mesh.materials[0])
    assert base.shape == (32, 8, 3)
    assert np.abs(base[:, :3] - RED).max() <= 4
    assert np.abs(base[:, 5:] - GOLD).max() <= 4


def test_a_wide_and_a_high_texture_make_no_huge_one(maker: Any, tmp_path: Path) -> None:
    diffuse, specular = picture(maker, RED, RED, (512, 1)), picture(maker, (*GOLD, 255), (*GOLD, 255), (2, 512))
    scan = scan_of(maker, tmp_path, diffuseTexture={"index": diffuse}, specularGlossinessTexture={"index": specular})
    assert surface_of(scan.mesh.materials[0]).shape == (512, 2, 3)


def test_where_nothing_is_metal_the_diffuse_texture_stays_as_it_is(maker: Any, tmp_path: Path) -> None:
    diffuse, specular = picture(maker, RED, (9, 99, 199)), picture(maker, (10, 10, 10, 102), (20, 20, 20, 102))
    scan = scan_of(
        maker,
        tmp_path,
        diffuseFactor=[0.5, 1, 1, 1],
        diffuseTexture={"index": diffuse},
        specularGlossinessTexture={"index": specular},
    )
    material = scan.mesh.materials[0]
    assert material.base_color == (0.5, 1.0, 1.0)
    assert base_of(material)[0, 0].tolist() == list(RED)
    assert surface_of(material)[0, 0].tolist() == [255, 153, 0]


def test_a_specular_texture_that_lies_elsewhere_leaves_the_diffuse_colours(maker: Any, tmp_path: Path) -> None:
    diffuse, specular = picture(maker, RED, RED), picture(maker, (*GOLD, 255), (0, 0, 0, 255))
    scan = scan_of(
        maker,
        tmp_path,
        diffuseTexture={"index": diffuse},
        specularGlossinessTexture={"index": specular, "texCoord": 1},
    )
    material = scan.mesh.materials[0]
    assert base_of(material)[0, 0].tolist() == list(RED)
    assert surface_of(material)[0, :, 2].tolist()[::7] == [255, 0]
    assert "lies differently" in str(scan.facts.warnings[0])


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ({"diffuseFactor": [0, 0, 0, 1], "specularFactor": [1, 0.5, 0.25], "glossinessFactor": 0.75}, (1.0, 0.25)),
        ({"diffuseFactor": [0.4, 0.2, 0.1, 1], "specularFactor": [0, 0, 0], "glossinessFactor": 0}, (0.0, 1.0)),
        ({"diffuseFactor": [0.4, 0.2, 0.1, 1]}, (0.0, 1.0)),
        ({"diffuseFactor": [0.4, 0.2, 0.1, 1], "specularFactor": [0.04] * 3, "glossinessFactor": 0.5}, (0.0, 1.0)),
    ],
)
def test_factors_alone_make_metal_only_where_somebody_meant_it(
    maker: Any, tmp_path: Path, factors: dict[str, Any], expected: tuple[float, float]
) -> None:
    scan = scan_of(maker, tmp_path, **factors)
    material = scan.mesh.materials[0]
    assert (material.metallic, material.roughness) == pytest.approx(expected)
    is_metal = expected[0] == 1
    assert material.base_color == pytest.approx(factors["specularFactor" if is_metal else "diffuseFactor"][:3])
    assert bool(scan.facts.decisions) == (factors.get("glossinessFactor") == 0.5)


@pytest.mark.parametrize("factors", [{}, {"specularFactor": [1, 1, 1], "glossinessFactor": 1}])
def test_no_mirror_of_factors_hides_a_diffuse_texture(maker: Any, tmp_path: Path, factors: dict[str, Any]) -> None:
    scan = scan_of(maker, tmp_path, diffuseTexture={"index": picture(maker, RED, GOLD)}, **factors)
    material = scan.mesh.materials[0]
    assert base_of(material)[0, [0, -1]].tolist() == [list(RED), list(GOLD)]
    assert (material.metallic, material.roughness, material.metallic_map) == (0.0, 1.0, None)
    assert not scan.facts.warnings


def test_a_missing_specular_texture_makes_no_mirror(maker: Any, tmp_path: Path) -> None:
    diffuse = picture(maker, RED, RED)
    missing = maker.add("textures", {"source": maker.add("images", {"uri": "missing.png"})})
    scan = scan_of(maker, tmp_path, diffuseTexture={"index": diffuse}, specularGlossinessTexture={"index": missing})
    material = scan.mesh.materials[0]
    assert base_of(material)[0, 0].tolist() == list(RED)
    assert (material.metallic, material.roughness, material.metallic_map) == (0.0, 1.0, None)
    assert len(scan.facts.warnings) == 1


def test_metal_that_glows_is_no_shadeless_scan(maker: Any, tmp_path: Path) -> None:
    specular = picture(maker, (*GOLD, 255), (*GOLD, 255))
    glow = {"emissiveTexture": {"index": maker.texture()}, "emissiveFactor": [1, 1, 1]}
    scan = scan_of(maker, tmp_path, glow, diffuseFactor=[0, 0, 0, 1], specularGlossinessTexture={"index": specular})
    material = scan.mesh.materials[0]
    assert base_of(material)[0, 0].tolist() == list(GOLD)
    assert material.emissive is not None
