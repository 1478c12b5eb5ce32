"""A folder of glTF tiles is read like one of OBJ tiles: placed by their nodes, with their textures, and welded."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import UnsafePathError
from carreau.models.batch import is_one
from carreau.models.builders.inputs import scan_files
from carreau.models.stages.read import read
from carreau.runs.cache import Cache
from tests.pipeline.conftest import waves
from tests.pipeline.tiles_of_a_sphere import Tile, tiles_of_a_sphere, write_obj


def encoded(number: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(waves(16, 16) // (number + 1)).save(stream, "PNG")
    return stream.getvalue()


def write_tiles(folder: Path, form: str) -> list[Tile]:
    """Write tiles whose nodes place them; "shared": as glTF with one buffer for all."""
    folder.mkdir()
    tiles = tiles_of_a_sphere(share=0)
    shared, documents = bytearray(), list[dict[str, Any]]()
    for number, tile in enumerate(tiles):
        middle = tile.places.mean(axis=0)
        places = (tile.places - middle).astype("<f4")
        binary = shared if form == "shared" else bytearray()
        views = []
        texcoords = np.zeros((len(places), 2), "<f4")
        for part in (places.tobytes(), texcoords.tobytes(), tile.faces.astype("<u4").tobytes(), encoded(number)):
            binary.extend(bytes(-len(binary) % 4))
            views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(part)})
            binary.extend(part)
        primitive = {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}
        counts = [(5126, len(places), "VEC3"), (5126, len(places), "VEC2"), (5125, tile.faces.size, "SCALAR")]
        documents.append(
            {
                "asset": {"version": "2.0"},
                "scenes": [{"nodes": [0]}],
                "nodes": [{"translation": middle.tolist(), "children": [1]}, {"mesh": 0}],
                "meshes": [{"primitives": [primitive]}],
                "materials": [{"name": "atlas", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
                "textures": [{"source": 0}],
                "images": [{"bufferView": 3, "mimeType": "image/png"}],
                "accessors": [
                    {"bufferView": view, "componentType": kind, "count": count, "type": width}
                    for view, (kind, count, width) in enumerate(counts)
                ],
                "bufferViews": views,
                "buffers": [binary],
            }
        )
    for number, document in enumerate(documents):
        path = folder / f"ball_{number // 2}_{number % 2}"
        binary = document["buffers"][0]
        if form == "glb":
            document["buffers"] = [{"byteLength": len(binary)}]
            text = json.dumps(document).encode()
            text += b" " * (-len(text) % 4)
            data = bytes(binary) + bytes(-len(binary) % 4)
            chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
            path.with_suffix(".glb").write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
        else:
            (folder / "all tiles.bin").write_bytes(binary)
            document["buffers"] = [{"byteLength": len(binary), "uri": "all%20tiles.bin"}]
            path.with_suffix(".gltf").write_text(json.dumps(document))
    return tiles


@pytest.mark.parametrize("form", ["glb", "shared"])
def test_gltf_tiles_read_as_obj_tiles_do(tmp_path: Path, form: str, cache: Cache) -> None:
    folder, objs = tmp_path / form, tmp_path / "obj"
    tiles = write_tiles(folder, form)
    objs.mkdir()
    for number, tile in enumerate(tiles):
        write_obj(objs / f"ball_{number // 2}_{number % 2}.obj", tile, (0.0, 0.0, 0.0), 6)
    assert is_one(folder)
    scan, obj = read(folder), read(objs)
    assert len(scan.mesh.faces) == len(obj.mesh.faces)
    assert np.ptp(scan.mesh.positions, axis=0) == pytest.approx([20, 20, 20], abs=1e-4)
    assert len(scan.mesh.materials) == 4
    assert len({material.base.texture.data for material in scan.mesh.materials if material.base}) == 4
    assert scan.facts.detail.endswith(obj.facts.detail.removeprefix("text, "))  # as many seams are joined
    assert (scan.facts.up, scan.facts.unit_m, scan.name) == ("y", 1.0, form)
    names = {path.name for path in scan.files}
    assert names == {content.name.rpartition("/")[2] for content in scan_files(folder, cache).contents}
    assert ("all tiles.bin" in names) == (form == "shared")


def test_a_tile_that_names_a_file_outside_is_refused(tmp_path: Path) -> None:
    write_tiles(tmp_path / "tiles", "shared")
    (tmp_path / "secret.bin").write_bytes(bytes(100))
    path = tmp_path / "tiles" / "ball_0_1.gltf"
    path.write_text(path.read_text().replace("all%20tiles.bin", "../secret.bin"))
    with pytest.raises(UnsafePathError, match=r"ball_0_1\.gltf"):
        read(tmp_path / "tiles")
