"""What glTF says of opacity is read with its cutoff, whichever model of light a material has."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import AlphaMode, Scan
from carreau.formats.gltf.gltf import read
from carreau.formats.images.image import decode_opacity

GLOSSY = "KHR_materials_pbrSpecularGlossiness"


@pytest.fixture
def maker(gltf_maker: Any) -> Any:
    return gltf_maker()


def picture(maker: Any, mode: str = "RGBA") -> int:
    """Add a texture whose left half is solid, and whose right half is a hole where it has alpha."""
    image, stream = Image.new(mode, (4, 2)), io.BytesIO()
    image.paste((90, 60, 30, 255)[: len(mode)], (0, 0, 2, 2))
    image.save(stream, "PNG")
    source = maker.add("images", {"bufferView": maker.view(stream.getvalue()), "mimeType": "image/png"})
    return int(maker.add("textures", {"source": source}))


def scan_of(maker: Any, folder: Path, colors: Any = None, **material: Any) -> Scan:
    corners = maker.accessor([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    attributes = {"POSITION": corners, "TEXCOORD_0": maker.accessor([[0, 0], [1, 0], [0, 1]])}
    if colors is not None:
        attributes["COLOR_0"] = maker.accessor(colors)
    index = maker.add("materials", {"name": "lattice", **material})
    maker.node(mesh=maker.mesh(attributes, material=index))
    return read(maker.write(folder / "scan.glb"))


def rough(**slots: Any) -> dict[str, Any]:
    return {"pbrMetallicRoughness": slots}


def test_a_mask_has_its_cutoff_and_its_map(maker: Any, tmp_path: Path) -> None:
    look = rough(baseColorTexture={"index": picture(maker)}, baseColorFactor=[1, 1, 1, 0.9])
    scan = scan_of(maker, tmp_path, alphaMode="MASK", alphaCutoff=0.25, **look)
    (material,) = scan.mesh.materials
    assert (material.alpha_mode, material.alpha_cutoff) == (AlphaMode.MASK, 0.25)
    assert material.opacity == pytest.approx(0.9)
    assert material.opacity_map is not None
    assert decode_opacity(material.opacity_map.texture).tolist() == [[255, 255, 0, 0]] * 2
    assert not scan.facts.warnings


def test_a_mask_without_a_cutoff_has_that_of_the_standard(maker: Any, tmp_path: Path) -> None:
    scan = scan_of(maker, tmp_path, alphaMode="MASK", **rough(baseColorTexture={"index": picture(maker)}))
    assert scan.mesh.materials[0].alpha_cutoff == 0.5


def test_what_is_blended_keeps_its_factor(maker: Any, tmp_path: Path) -> None:
    scan = scan_of(maker, tmp_path, alphaMode="BLEND", **rough(baseColorFactor=[1, 1, 1, 0.3]))
    (material,) = scan.mesh.materials
    assert (material.alpha_mode, material.opacity_map) == (AlphaMode.BLEND, None)
    assert material.opacity == pytest.approx(0.3)


def test_what_is_opaque_has_no_alpha_whatever_its_picture_says(maker: Any, tmp_path: Path) -> None:
    scan = scan_of(maker, tmp_path, **rough(baseColorTexture={"index": picture(maker)}))
    assert (scan.mesh.materials[0].alpha_mode, scan.mesh.materials[0].opacity_map) == (AlphaMode.OPAQUE, None)


def test_a_picture_without_alpha_is_no_map_of_opacity(maker: Any, tmp_path: Path) -> None:
    look = rough(baseColorTexture={"index": picture(maker, "RGB")}, baseColorFactor=[1, 1, 1, 0.6])
    (material,) = scan_of(maker, tmp_path, alphaMode="BLEND", **look).mesh.materials
    assert material.opacity_map is None
    assert material.opacity == pytest.approx(0.6)


def test_specular_glossiness_has_the_alpha_of_its_diffuse_colour(maker: Any, tmp_path: Path) -> None:
    glossy = {"diffuseTexture": {"index": picture(maker)}, "diffuseFactor": [1, 1, 1, 0.8]}
    (material,) = scan_of(maker, tmp_path, alphaMode="MASK", extensions={GLOSSY: glossy}).mesh.materials
    assert material.opacity == pytest.approx(0.8)
    assert material.opacity_map is not None
    assert decode_opacity(material.opacity_map.texture).tolist() == [[255, 255, 0, 0]] * 2


@pytest.mark.parametrize(
    ("look", "factor"), [({"alphaMode": "BLEND"}, 0.0), ({"alphaMode": "MASK", "alphaCutoff": 0.7}, 0.5)]
)
def test_what_nobody_would_see_is_shown_and_told(maker: Any, tmp_path: Path, look: Any, factor: float) -> None:
    scan = scan_of(maker, tmp_path, **look, **rough(baseColorFactor=[1, 1, 1, factor]))
    assert scan.mesh.materials[0].alpha_mode == AlphaMode.OPAQUE
    assert "the material 'lattice' is fully transparent" in str(scan.facts.warnings[0])


@pytest.mark.parametrize("mode", ["OPAQUE", "BLEND"])
@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_the_alpha_of_vertex_colours_is_told_where_it_would_count(
    maker: Any, tmp_path: Path, mode: str, alpha: float
) -> None:
    colors = np.array([[1, 0, 0, 1], [0, 1, 0, alpha], [0, 0, 1, 1]], np.float32)
    scan = scan_of(maker, tmp_path, colors, alphaMode=mode, **rough(baseColorFactor=[1, 1, 1, 0.5]))
    told = [str(each) for each in scan.facts.warnings]
    said = "the alpha of the vertex colours is ignored where the material is 'lattice'; put it into the texture"
    assert told == ([said] if mode == "BLEND" and alpha < 1 else [])
