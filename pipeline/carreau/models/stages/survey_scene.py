"""The model of a survey as an authored scene: a node for each part, true east, up and south about its origin."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from carreau.air.airborne.reconstruction.drape import PictureAtlas, picture_atlas
from carreau.air.airborne.survey_data import AirborneModel, Part, PartName
from carreau.base.model import ByteArray, DoubleArray, EncodedImage, GeoPose, Scan, ScanFacts, Texture
from carreau.formats.gltf import gltf, scene_writer
from carreau.formats.gltf.scene import Authored, AuthoredFacts, SceneImage, Shape
from carreau.formats.gltf.scene_writer import WriteOptions
from carreau.formats.images import image_codecs
from carreau.formats.images.image_codecs import linear_table
from carreau.geometry.location.georeference import (
    MODEL_TO_ENU,
    TO_EAST_UP_SOUTH,
    GeoPosition,
    Grid,
    local_map,
    place_at,
)
from carreau.geometry.triangles import vertex_normals

SMOOTH = frozenset({PartName.GROUND, PartName.CROWNS, PartName.TRUNKS})
"""Parts that are round; all others have flat faces, which a glTF without normals gets."""

TONES = {
    PartName.GROUND: (148, 143, 132),
    PartName.ROOFS: (158, 128, 116),
    PartName.WALLS: (203, 192, 178),
    PartName.CROWNS: (88, 112, 72),
    PartName.TRUNKS: (96, 84, 72),
    PartName.BRIDGES: (156, 152, 146),
    PartName.WATER: (98, 116, 122),
    PartName.STRUCTURES: (96, 92, 88),
    PartName.BORDER: (122, 114, 104),
}
"""Colours, sRGB, of parts without any: where no photograph lies."""

_CLAMP = 33071
_DRAPED, _PLAIN = 0, 1


def survey_scene(model: AirborneModel, crs: str, rights: str) -> Authored:
    """Return the scene of a model, in metres, y up, x to the true east.

    crs : name of its coordinate system, "EPSG:2154+5720"
    rights : copyright of the scene
    """
    grid = Grid(crs)
    place = _place(model.origin, grid)
    positions = [part.positions for part in model.parts]
    low, high = np.concatenate(positions).min(axis=0), np.concatenate(positions).max(axis=0)
    local = local_map(grid, place, model.origin + low, model.origin + high)
    atlas = None if model.picture is None else picture_atlas(model.picture, model.parts)
    shapes: list[Shape] = []
    nodes: list[dict[str, Any]] = []
    meshes: list[dict[str, Any]] = []
    for part in model.parts:
        own = list(_shapes(part, local.matrix[:, :3], atlas))
        primitives = [{"shape": len(shapes) + at, "material": material} for at, (_, material) in enumerate(own)]
        nodes.append({"name": part.name.value, "mesh": len(meshes)})
        meshes.append({"name": part.name.value, "primitives": primitives})
        shapes += [shape for shape, _ in own]
    tree: dict[str, Any] = {
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        **_materials(meshes),
    }
    names = tuple(part.name.value for part in model.parts)
    return Authored(
        text=json.dumps(tree, separators=(",", ":")),
        shapes=tuple(shapes),
        tracks=(),
        pictures=(_image(atlas.pixels),) if atlas is not None and "textures" in tree else (),
        facts=AuthoredFacts(nodes=len(nodes), named_nodes=names, materials=len(tree["materials"])),
        copyright=rights,
    )


def survey_pose(origin: DoubleArray, crs: str) -> GeoPose:
    """Return where the origin of a model stands; its height is above the vertical datum of the survey."""
    place = _place(origin, Grid(crs))
    return GeoPose(place.lon, place.lat, place.height, MODEL_TO_ENU)


def _place(origin: DoubleArray, grid: Grid) -> GeoPosition:
    return place_at(grid.to_geocentric(origin[None])[0])


def scan_of_scene(scene: Authored, name: str, file: str = "survey.toml") -> Scan:
    """Return what a scene shows, read from the GLB of it as levels are, to measure them against.

    file : what it was made from
    """
    images = [EncodedImage(_bytes(picture), "image/png") for picture in scene.pictures]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.glb"
        path.write_bytes(scene_writer.write(scene, images, WriteOptions("plain", copyright=scene.copyright)))
        scan = gltf.read(path)
    facts = ScanFacts(file, "", scan.facts.parts, "y", 1.0, scene.copyright)
    return replace(scan, name=name, files=(), facts=facts)


def _bytes(picture: SceneImage) -> bytes:
    data = picture.texture.data
    return data if isinstance(data, bytes) else data.read_bytes()


def _shapes(part: Part, to_earth: DoubleArray, atlas: PictureAtlas | None) -> list[tuple[Shape, int]]:
    """Return the part in one or two pieces, each with its material: below the photograph, and beside it."""
    turn = TO_EAST_UP_SOUTH @ to_earth
    positions = (part.positions.astype(np.float64) @ turn.T).astype(np.float32)
    normals = vertex_normals(positions, part.faces) if part.name in SMOOTH else None
    is_draped, patches = np.zeros(len(part.faces), bool), np.zeros(len(part.faces), np.int32)
    if atlas is not None and part.texcoords is not None:
        margin = 0.5 / atlas.whole
        inside = np.all((part.texcoords >= -margin) & (part.texcoords <= 1 + margin), axis=1)
        is_draped = np.all(inside[part.faces], axis=1)
        patches = atlas.patches(part.texcoords, part.faces)
    colors = part.colors if part.colors is not None else np.full(positions.shape, TONES[part.name], np.uint8)
    pieces = []
    for chosen, material in ((is_draped, _DRAPED), (~is_draped, _PLAIN)):
        if not chosen.any():
            continue
        # A corner of triangles on several patches is a vertex on each, with the normal of all.
        keys = part.faces[chosen].astype(np.int64) + patches[chosen][:, None] * np.int64(len(positions))
        keys, corners = np.unique(keys, return_inverse=True)
        patch, used = np.divmod(keys, len(positions))
        attributes: dict[str, Any] = {"POSITION": positions[used]}
        if normals is not None:
            attributes["NORMAL"] = normals[used]
        if material == _DRAPED and atlas is not None and part.texcoords is not None:
            attributes["TEXCOORD_0"] = atlas.texcoords(part.texcoords[used], patch)
        else:
            attributes["COLOR_0"] = _linear(colors[used])
        pieces.append((Shape(attributes, (), corners.reshape(-1).astype(np.uint32)), material))
    return pieces


def _linear(colors: ByteArray) -> np.ndarray:
    """Return sRGB colours in linear light, 65535 is 1."""
    return np.rint(linear_table()[colors] * 65535).astype(np.uint16)


def _materials(meshes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the materials that the meshes use, numbered anew, with their texture: rough all of them."""
    used = sorted({primitive["material"] for mesh in meshes for primitive in mesh["primitives"]})
    for mesh in meshes:
        for primitive in mesh["primitives"]:
            primitive["material"] = used.index(primitive["material"])
    surface = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    materials: dict[int, dict[str, Any]] = {
        _DRAPED: {"name": "photograph", "pbrMetallicRoughness": {**surface, "baseColorTexture": {"index": 0}}},
        _PLAIN: {"name": "plain", "pbrMetallicRoughness": surface},
    }
    tree: dict[str, Any] = {"materials": [materials[number] for number in used]}
    if _DRAPED in used:
        tree["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": _CLAMP, "wrapT": _CLAMP}]
        tree["textures"] = [{"source": 0, "sampler": 0}]
    return tree


def _image(pixels: ByteArray) -> SceneImage:
    height, width = pixels.shape[:2]
    return SceneImage(
        Texture("photograph", image_codecs.encode_png(pixels, level=3), width, height), True, False, False
    )
