"""Make two scans of kinds that are not among the real ones: an atlas of a thousand charts, and a metal with all maps.

    python -m tests.bench.made_scans castle venus_statue.obj FOLDER
    python -m tests.bench.made_scans bronze venus.glb FOLDER

Shapes, photographs and normal maps are those of the real scans; how they are cut, and what of a surface is metal, is
made. The same bytes every time.
"""

from __future__ import annotations

import copy
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from carreau.base.model import LevelMesh
from carreau.formats.images.image_codecs import encode_jpeg
from carreau.models.stages.bake import BakeOptions, bake
from carreau.models.stages.clean import clean
from carreau.models.stages.read import read
from carreau.models.stages.simplify import SimplifyOptions, simplify
from carreau.models.stages.unwrap import UnwrapOptions, unwrap_level
from tests.bench.glb import join, split

CASTLE_TRIANGLES, CASTLE_PX, CASTLE_BEND = 174_899, 4096, 0.14
"""Triangles and atlas of a castle that was measured by others; how little its charts bend makes them about 1,300."""

BRONZE_PX = 4096
_METAL, _PATINA = np.array([150, 104, 62], np.float32), np.array([96, 138, 116], np.float32)
_METAL_ROUGHNESS, _PATINA_ROUGHNESS = 0.28, 0.85


def make_castle(source: Path, folder: Path) -> Path:
    """Write an OBJ without normals, with one atlas of about 1,300 charts, as stone by stone photogrammetry has it.

    source : a scan with photographs for its texture
    """
    folder.mkdir(parents=True, exist_ok=True)
    scan = clean(read(source).mesh).mesh
    surface = simplify(scan, SimplifyOptions(CASTLE_TRIANGLES))
    options = UnwrapOptions(CASTLE_PX, gutter_px=4, bend=CASTLE_BEND)
    level = unwrap_level(surface.positions, surface.faces, options)
    (folder / "castle.jpg").write_bytes(encode_jpeg(bake(scan, level, BakeOptions(CASTLE_PX)).base, 95))
    (folder / "castle.mtl").write_text("newmtl stone\nmap_Kd castle.jpg\n", "utf-8")
    path = folder / "castle.obj"
    path.write_text(_obj(level, "castle.mtl"), "utf-8")
    return path


def _obj(level: LevelMesh, materials: str) -> str:
    assert level.texcoords is not None
    corners = np.repeat(level.faces + 1, 2, axis=1)
    upwards = np.stack([level.texcoords[:, 0], 1 - level.texcoords[:, 1]], axis=1)
    lines = [f"mtllib {materials}\nusemtl stone\n"]
    for pattern, rows in (("v %.9g %.9g %.9g\n", level.positions), ("vt %.7g %.7g\n", upwards)):
        lines.append((pattern * len(rows)) % tuple(rows.ravel().tolist()))
    lines.append(("f %d/%d %d/%d %d/%d\n" * len(corners)) % tuple(corners.ravel().tolist()))
    return "".join(lines)


def make_bronze(source: Path, folder: Path) -> Path:
    """Write a GLB with maps of colour, normals, and metal with roughness: bare bronze, with patina in its hollows.

    source : a GLB whose material has a map of occlusion and one of normals
    """
    folder.mkdir(parents=True, exist_ok=True)
    tree, binary = split(source.read_bytes())
    material = tree["materials"][0]

    def image(name: str) -> Image.Image:
        view = tree["bufferViews"][tree["images"][tree["textures"][material[name]["index"]]["source"]]["bufferView"]]
        return Image.open(io.BytesIO(binary[view.get("byteOffset", 0) :][: view["byteLength"]])).convert("RGB")

    size = BRONZE_PX, BRONZE_PX
    occlusion = np.asarray(image("occlusionTexture").resize(size, Image.Resampling.BICUBIC), np.float32)[..., 0] / 255
    patina = _patina(occlusion)
    grain = _noise(BRONZE_PX, 2, 3) * np.float32(14)
    color = _METAL + (_PATINA - _METAL) * patina[..., None] + grain[..., None] * np.array([1, 0.9, 0.7], np.float32)
    roughness = _METAL_ROUGHNESS + (_PATINA_ROUGHNESS - _METAL_ROUGHNESS) * patina + 0.06 * _noise(BRONZE_PX, 4, 5)
    surface = np.stack([occlusion, roughness, 1 - patina], axis=2) * 255
    material = copy.deepcopy(material)
    looks = {"baseColorTexture": {"index": 0}, "metallicRoughnessTexture": {"index": 2}}
    material.update(pbrMetallicRoughness=looks, normalTexture={"index": 1}, occlusionTexture={"index": 2})
    normals = image("normalTexture").resize(size, Image.Resampling.BICUBIC)
    images = [_jpeg(color), encode_jpeg(np.asarray(normals), 95), _jpeg(surface)]
    return _write(tree, binary, material, images, folder / "bronze.glb")


def _write(
    tree: dict[str, object], binary: bytes, material: dict[str, object], images: list[bytes], path: Path
) -> Path:
    """Write a GLB with other images than it had; its old ones stay in the buffer, where nothing names them."""
    views = list(copy.deepcopy(tree["bufferViews"]))  # type: ignore[call-overload]
    names = []
    for data in images:
        binary += b"\0" * (-len(binary) % 4)
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)})
        names.append({"bufferView": len(views) - 1, "mimeType": "image/jpeg"})
        binary += data
    other = {
        "bufferViews": views,
        "images": names,
        "textures": [{"source": number} for number in range(len(images))],
        "materials": [material],
        "buffers": [{"byteLength": len(binary)}],
    }
    path.write_bytes(join(tree | other, binary))
    return path


def _jpeg(values: NDArray[np.floating]) -> bytes:
    return encode_jpeg(np.clip(np.rint(values), 0, 255).astype(np.uint8), 95)


def _patina(occlusion: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return (h, w) how green the metal is, 0 to 1: in hollows and in clouds, with a soft edge."""
    wet = 1.15 - occlusion + 0.35 * _noise(len(occlusion), 1, 7)
    share = np.clip((wet - 0.25) / 0.35, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _noise(edge_px: int, finest: int, seed: int) -> NDArray[np.float32]:
    """Return (h, w) float32 about 0 of deviation 1 or so: octaves of random texels, from the coarsest on.

    finest : edge of the smallest grain, in texels
    """
    random, total = np.random.default_rng(seed), np.zeros((edge_px, edge_px), np.float32)
    grain, weight = edge_px // 8, 1.0
    while grain >= finest:
        cells = random.standard_normal((edge_px // grain, edge_px // grain)).astype(np.float32)
        picture = Image.fromarray(cells).resize((edge_px, edge_px), Image.Resampling.BICUBIC)
        total += np.float32(weight) * np.asarray(picture)
        grain, weight = grain // 4, weight * 0.6
    return total


MADE: Mapping[str, Callable[[Path, Path], Path]] = MappingProxyType({"castle": make_castle, "bronze": make_bronze})

if __name__ == "__main__":
    print(MADE[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3])))
