"""A folder of tiles is one scan, and scans that merely lie in one folder are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ScanError, UnsafePathError
from carreau.formats.tiles import find_tiles

METADATA = "<?xml?><ModelMetadata/>"


def found(folder: Path, *names: str) -> list[str] | None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(METADATA if path.suffix == ".xml" else "v 0 0 0")
    tiles = find_tiles(folder)
    return None if tiles is None else [tile.name for tile in tiles]


def capture(*names: str) -> list[str]:
    tiles = [name.partition("_L")[0] for name in names]
    return [f"Data/{tile}/{name}.obj" for tile, name in zip(tiles, names, strict=True)]


def test_context_capture(tmp_path: Path) -> None:
    names = capture("Tile_+000_+000", "Tile_+000_-001", "Tile_+001_+000_+002")
    assert found(tmp_path, "metadata.xml", *names) == [Path(name).name for name in names]
    assert find_tiles(tmp_path / "Data") == find_tiles(tmp_path)


def test_one_tile_is_one_scan_too(tmp_path: Path) -> None:
    assert found(tmp_path, *capture("Tile_+000_+000")) == ["Tile_+000_+000.obj"]


def test_of_levels_of_detail_the_finest_of_each_place_stays(tmp_path: Path) -> None:
    tile = "Tile_+000_+000"
    coarse = [tile, f"{tile}_L18_0", f"{tile}_L19_00"]
    fine = [f"{tile}_L19_01t3", f"{tile}_L20_000", f"{tile}_L20_001"]
    other = ["Tile_+001_+000_L20", "Tile_+001_+000_L21"]
    assert found(tmp_path, *capture(*coarse, *fine, *other)) == [f"{name}.obj" for name in [*fine, other[1]]]


@pytest.mark.parametrize(
    "names",
    [
        ("mill_0_0.obj", "mill_0_1.obj", "mill_1_0.obj"),
        ("mill_1_1.ply", "mill_1_2.ply", "mill_2_1.ply"),
        ("tile-7-4.glb", "tile-7-5.glb"),
        ("mill_0_0.glb", "mill_0_1.gltf"),
        ("Tile_+000_+000.gltf", "Tile_+000_+001.gltf", "Tile_-001_+000.gltf"),
        ("tile_1.glb", "tile_2.glb", "tile_3.glb"),
        ("mill tile 1.obj", "mill tile 2.obj"),
        ("0_0.obj", "0_1.obj"),
        ("mill_part1.obj", "mill_part2.obj"),
        ("mill_0000000.obj", "mill_0000001.obj"),
    ],
)
def test_numbered_blocks_and_parts(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert found(tmp_path, *names) == list(names)


@pytest.mark.parametrize(
    "names",
    [
        ("mill.obj", "chapel.obj"),
        ("mill_2024_05.obj", "mill_2024_06.obj"),
        ("mill_2024_05.obj", "mill_2025_06.obj"),
        ("mill_0_0.obj", "mill_0_1.obj", "chapel.obj"),
        ("mill_0_0.obj", "chapel_0_1.obj"),
        ("mill_0_0.obj",),
        ("mill_1.obj", "mill_2.obj"),
        ("mill_1.glb", "mill_2.glb"),
        ("textile_1.glb", "textile_2.glb"),
        ("mill_0_0.obj", "chapel_0_1.glb"),
        ("notes.txt",),
        ("metadata.xml", "mill.obj"),
    ],
)
def test_other_scans_stay_apart(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert found(tmp_path, *names) is None


def test_meshes_beside_a_metadata_of_a_model_are_one(tmp_path: Path) -> None:
    assert found(tmp_path, "metadata.xml", "a.obj", "b.obj", "a.mtl") == ["a.obj", "b.obj"]
    (tmp_path / "metadata.xml").write_text("<Photos/>")
    assert find_tiles(tmp_path) is None


def test_of_several_kinds_one_is_taken(tmp_path: Path) -> None:
    assert found(tmp_path, "m_0_0.obj", "m_0_1.obj", "m_0_0.ply", "m_0_1.ply") == ["m_0_0.obj", "m_0_1.obj"]


def test_of_glb_and_gltf_of_one_name_the_glb_is_taken(tmp_path: Path) -> None:
    assert found(tmp_path, "m_0_0.gltf", "m_0_0.glb", "m_0_1.gltf") == ["m_0_0.glb", "m_0_1.gltf"]


@pytest.mark.parametrize(
    "names",
    [("m_0_0.obj", "m_0_1.glb"), ("m_0_0.gltf", "m_0_1.gltf", "m_1_0.ply"), ("tile_1.obj", "tile_2.obj", "tile_3.glb")],
)
def test_tiles_in_several_formats_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ScanError, match="its tiles have different formats") as caught:
        found(tmp_path, *names)
    assert names[-1] in str(caught.value)


def test_3d_tiles_are_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "tileset.json").write_text('{"asset": {"version": "1.1"}, "geometricError": 8, "root": {}}')
    for names in ((), ("0_0.glb", "0_1.glb"), ("a.b3dm",)):
        with pytest.raises(ScanError, match="it is a 3D Tiles tileset"):
            found(tmp_path, *names)
    assert found(tmp_path, "m_0_0.obj", "m_0_1.obj", "m_1_0.obj", "m_1_1.obj") is not None


def test_a_tile_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.obj").write_text("v 0 0 0")
    folder = tmp_path / "mill"
    folder.mkdir()
    (folder / "mill_0_0.obj").symlink_to(tmp_path / "other.obj")
    with pytest.raises(UnsafePathError, match="is a link to a file outside"):
        found(folder, "mill_0_1.obj")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    assert find_tiles(tmp_path / "absent") is None
