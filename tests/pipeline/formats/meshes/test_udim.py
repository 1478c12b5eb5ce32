"""UDIM tiles of an OBJ scan are all read, each on the faces whose texture coordinates lie in its square."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import Scan, Wrap
from carreau.formats.images.image import decode
from carreau.formats.meshes.obj import face_tiles, read
from carreau.models.builders.inputs import scan_files
from carreau.runs.cache import Cache

COLORS = {1001: (250, 0, 0), 1002: (0, 250, 0), 1011: (0, 0, 250), 1100: (250, 250, 0)}
OFFSETS = {1001: (0, 0), 1002: (1, 0), 1011: (0, 1), 1100: (9, 9)}


def write(folder: Path, lines: str, tiles: Iterable[int], files: Iterable[str]) -> Path:
    """Write a triangle in each tile, all of one material, and the textures of some tiles."""
    rows = ["mtllib scan.mtl", "v 0 0 0", "v 1 0 0", "v 0 1 0", "usemtl skin"]
    for number, tile in enumerate(tiles):
        u, v = OFFSETS[tile]
        rows += [f"vt {u + x} {v + y}" for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 1.0))]
        rows.append("f " + " ".join(f"{k}/{3 * number + k}" for k in (1, 2, 3)))
    (folder / "scan.obj").write_text("\n".join(rows) + "\n")
    (folder / "scan.mtl").write_text(f"newmtl skin\n{lines}\n")
    for file in files:
        tile = next(tile for tile in COLORS if str(tile) in file)
        Image.new("RGB", (4, 2), COLORS[tile]).save(folder / file)
    return folder / "scan.obj"


def colors(scan: Scan) -> list[tuple[int, ...] | None]:
    """Return the colour of each face's texture, None where it has none."""
    slots = [scan.mesh.materials[number].base for number in scan.mesh.face_materials]
    return [None if slot is None else tuple(decode(slot.texture)[0, 0].tolist()) for slot in slots]


@pytest.mark.parametrize("line", ["map_Kd skin.<UDIM>.png", "map_Kd -clamp on skin.<udim>.png", "map_Kd skin.1001.png"])
def test_every_tile_lies_on_its_faces(line: str, tmp_path: Path) -> None:
    tiles = (1011, 1001, 1100, 1002, 1001)
    scan = read(write(tmp_path, line, tiles, [f"skin.{tile}.png" for tile in COLORS]))
    assert colors(scan) == [COLORS[tile] for tile in tiles]
    assert np.allclose(scan.mesh.texcoords[0], [[[0.25, 0.75], [0.75, 0.75], [0.25, 0.0]]] * len(tiles), atol=1e-6)
    assert scan.facts.warnings == ()
    assert {file.name for file in scan.files} == {"scan.obj", "scan.mtl", *(f"skin.{tile}.png" for tile in COLORS)}
    slot = scan.mesh.materials[0].base
    assert slot is not None
    assert slot.wrap_u == (Wrap.CLAMP if "clamp" in line else Wrap.REPEAT)


@pytest.mark.parametrize("name", ["skin.<UDIM>.png", "skin.1001.png"])
def test_a_missing_tile_is_named_once(name: str, tmp_path: Path) -> None:
    tiles = (1001, 1011, 1002, 1011)
    scan = read(write(tmp_path, f"map_Kd {name}", tiles, ["skin.1001.png", "skin.1002.png"]))
    assert colors(scan) == [COLORS[1001], None, COLORS[1002], None]
    assert [str(warning) for warning in scan.facts.warnings] == [
        "the texture 'skin.1011.png' of the material 'skin' is missing"
    ]


def test_all_maps_of_a_material_have_tiles(tmp_path: Path) -> None:
    lines = "map_Kd skin.<UDIM>.png\nnorm relief_<UDIM>.png"
    files = ["skin.1001.png", "skin.1002.png", "relief_1001.png", "relief_1002.png"]
    mesh = read(write(tmp_path, lines, (1002, 1001), files)).mesh
    names = [[slot.texture.name for slot in mesh.materials[k].slots.values()] for k in mesh.face_materials]
    assert names == [["skin.1002.png", "relief_1002.png"], ["skin.1001.png", "relief_1001.png"]]


def test_a_texture_that_repeats_has_no_tiles(tmp_path: Path) -> None:
    scan = read(write(tmp_path, "map_Kd skin.1001.png", (1001, 1002), ["skin.1001.png"]))
    assert colors(scan) == [COLORS[1001]] * 2
    assert scan.mesh.texcoords[0][1, 0].tolist() == [1.25, 0.75]
    assert scan.facts.warnings == ()


def test_faces_outside_all_tiles_are_in_the_nearest() -> None:
    outside = [[-0.5, 0.5], [10.5, 0.5], [3.5, 1.5], [0.5, -10.5], [np.nan, np.nan]]
    corners = np.repeat(np.array(outside, np.float32)[:, None], 3, axis=1)
    assert face_tiles(corners).tolist() == [1001, 1010, 1004, 1091, 1001]


def test_a_tile_that_appears_later_is_not_overlooked(tmp_path: Path) -> None:
    scan = write(tmp_path, "map_Kd skin.<UDIM>.png", (1001, 1002), ["skin.1001.png"])
    before = scan_files(scan, Cache(tmp_path / "cache"))
    write(tmp_path, "map_Kd skin.<UDIM>.png", (1001, 1002), ["skin.1002.png"])
    after = scan_files(scan, Cache(tmp_path / "cache"))
    assert before.key != after.key
    assert {content.name for content in after.contents} == {"scan.obj", "scan.mtl", "skin.1001.png", "skin.1002.png"}
