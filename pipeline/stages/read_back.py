"""What a level's file holds, read back from its bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pipeline.render.level_file import read_level


@dataclass(frozen=True)
class FileCounts:
    """What a level's file holds.

    triangles : as they are drawn
    vertices : as they are stored
    texture_px : longest edge of any texture, 0 without one
    """

    triangles: int
    vertices: int
    texture_px: int


def read_back(glb: bytes) -> FileCounts:
    """Decode a level's file and count what it holds.

    Raises FormatError or TextureError for a file that cannot be decoded.
    """
    mesh = read_level(glb)
    slots = [slot for material in mesh.materials for slot in material.slots.values()]
    edges = [max(slot.texture.width, slot.texture.height) for slot in slots]
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    vertices = sum(
        document["accessors"][primitive["attributes"]["POSITION"]]["count"]
        for part in document["meshes"]
        for primitive in part["primitives"]
    )
    return FileCounts(len(mesh.faces), vertices, max(edges, default=0))
