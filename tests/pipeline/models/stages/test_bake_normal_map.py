"""Maps give back what simplifying took: bumps the right way round, the scan's own maps, and shade in pits."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from carreau.base.errors import OptionError
from carreau.base.model import FloatArray, IntArray, LevelMesh, Material, Mesh, Texture, TextureSlot, Wrap
from carreau.geometry.render.normal_map import angles, decode_normals, draw_normals, level_frames, shading_normals
from carreau.geometry.render.raycasting import build_scene, hits_at
from carreau.geometry.render.sampling import bilinear
from carreau.geometry.triangles import vertex_normals
from carreau.geometry.uv.layout import find_texels
from carreau.models.stages.bake import NormalMapOptions, NormalMapResult, bake_normal_map

Heights = Callable[[FloatArray, FloatArray], FloatArray]
Turn = tuple[tuple[int, int], tuple[int, int]]

UPRIGHT: Turn = ((1, 0), (0, 1))
TURNS: dict[str, Turn] = {
    "upright": UPRIGHT,
    "a quarter": ((0, -1), (1, 0)),
    "upside down": ((-1, 0), (0, -1)),
    "mirrored": ((-1, 0), (0, 1)),
}


def sheet(count: int, heights: Heights) -> tuple[FloatArray, IntArray, FloatArray]:
    """A square metre of count² squares that looks up; seen from above, u goes right and v comes down, with z."""
    side = np.linspace(0, 1, count + 1, dtype=np.float32)
    x, z = (grid.ravel() for grid in np.meshgrid(side, side))
    corner = (np.arange(count)[:, None] * (count + 1) + np.arange(count)).ravel()
    upper = np.stack([corner, corner + count + 1, corner + 1], axis=1)
    lower = np.stack([corner + 1, corner + count + 1, corner + count + 2], axis=1)
    positions = np.stack([x, heights(x, z), z], axis=1).astype(np.float32)
    return positions, np.concatenate([upper, lower]).astype(np.int32), np.stack([x, z], axis=1)


def flat(x: FloatArray, z: FloatArray) -> FloatArray:
    return np.zeros_like(x)


def bumps(x: FloatArray, z: FloatArray) -> FloatArray:
    """Steeper along x than along z, and different on each side, so that no mirroring looks alike."""
    return np.asarray(0.04 * np.sin(9 * x) + 0.02 * np.sin(7 * z + 1), np.float32)


def pit(x: FloatArray, z: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * np.exp(-((x - 0.5) ** 2 + (z - 0.5) ** 2) / 0.01), np.float32)


def turned(uvs: FloatArray, turn: Turn) -> FloatArray:
    return ((uvs - 0.5) @ np.array(turn, np.float32) * np.float32(0.9) + np.float32(0.5)).astype(np.float32)


def level(count: int = 1, heights: Heights = flat, turn: Turn = UPRIGHT) -> LevelMesh:
    positions, faces, uvs = sheet(count, heights)
    return LevelMesh(positions, vertex_normals(positions, faces), faces, turned(uvs, turn))


def bumpy_scan() -> Mesh:
    return Mesh(*sheet(60, bumps)[:2])


def slot(color: tuple[int, int, int], edge: int = 4) -> TextureSlot:
    file = io.BytesIO()
    Image.new("RGB", (edge, edge), color).save(file, "png")
    return TextureSlot(Texture("map.png", file.getvalue(), edge, edge))


def mapped_scan(material: Material, turn: Turn = UPRIGHT) -> Mesh:
    positions, faces, uvs = sheet(4, flat)
    return Mesh(positions, faces, (turned(uvs, turn)[faces],), materials=(material,))


def directions(found: NormalMapResult, worn: LevelMesh) -> tuple[FloatArray, FloatArray]:
    """Return places (k, 3) and the directions (k, 3) in space that the map gives them."""
    assert found.normal is not None
    assert worn.texcoords is not None
    texels = find_texels(worn.texcoords, worn.faces, len(found.normal), 0.0)
    seen = decode_normals(found.normal.reshape(-1, 3)[texels.places].astype(np.float32))
    weights = np.column_stack([1 - texels.barycentrics.sum(axis=1), texels.barycentrics])
    places = np.einsum("kc,kcd->kd", weights, worn.positions[worn.faces[texels.faces]]).astype(np.float32)
    return places, level_frames(worn).outwards(texels.faces, texels.barycentrics, seen)


def true_normals(places: FloatArray) -> FloatArray:
    slope_x, slope_z = 0.36 * np.cos(9 * places[:, 0]), 0.14 * np.cos(7 * places[:, 2] + 1)
    normals = np.stack([-slope_x, np.ones_like(slope_x), -slope_z], axis=1)
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True), np.float32)


def test_bumps_come_back_with_the_right_sign_in_both_axes() -> None:
    worn = level()
    found = bake_normal_map(bumpy_scan(), worn, NormalMapOptions(normal_px=128))
    assert found.normal is not None
    places, _ = directions(found, worn)
    assert worn.texcoords is not None
    texels = find_texels(worn.texcoords, worn.faces, len(found.normal), 0.0)
    seen, expected = decode_normals(found.normal.reshape(-1, 3)[texels.places].astype(np.float32)), true_normals(places)
    # the picture's right is +x, its upper side is -z
    assert np.abs(seen[:, 0] - expected[:, 0]).max() < 0.05
    assert np.abs(seen[:, 1] + expected[:, 2]).max() < 0.05
    assert found.angle_before_deg > 10
    assert found.angle_after_deg < 1


@pytest.mark.parametrize("samples", [1, 2])
def test_a_map_is_judged_where_it_was_not_made(samples: int) -> None:
    scan, worn = Mesh(*sheet(60, lambda x, z: bumps(6 * x, 6 * z))[:2]), level()
    scene = build_scene(scan.positions, scan.faces)
    drawn = draw_normals(scan, scene, worn, 96, samples)
    assert worn.texcoords is not None
    texels = find_texels(worn.texcoords, worn.faces, 97 * 5, 0.0)  # 25 places a texel, few of them where a ray went
    hits = hits_at(scene, worn, texels)
    shown = np.empty((len(texels.places), 3), np.float32)
    bilinear(drawn.image, texels.centres(), 1, 1, shown)
    outwards = level_frames(worn).outwards(texels.faces, texels.barycentrics, decode_normals(shown))
    truth = np.sqrt(np.mean(angles(outwards, shading_normals(scan, hits.faces, hits.barycentrics)) ** 2))
    assert truth > np.radians(0.2)
    assert drawn.after_rad == pytest.approx(float(truth), rel=0.15)


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_bumps_stay_where_they_are_however_the_atlas_is_turned(turn: Turn) -> None:
    worn = level(turn=turn)
    places, found = directions(bake_normal_map(bumpy_scan(), worn, NormalMapOptions(normal_px=128)), worn)
    assert np.degrees(np.sqrt(np.mean(angles(found, true_normals(places)) ** 2))) < 1.5


@pytest.mark.parametrize("scan_turn", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("level_turn", TURNS.values(), ids=TURNS)
def test_a_scans_own_map_keeps_its_direction(scan_turn: Turn, level_turn: Turn) -> None:
    color = (218, 170, 200)
    scan = mapped_scan(Material(normal=slot(color)), scan_turn)
    worn = level(turn=level_turn)
    _, found = directions(bake_normal_map(scan, worn, NormalMapOptions(normal_px=64)), worn)
    right, down = np.array(scan_turn, np.float32).T
    tilt = decode_normals(np.array([color], np.float32))[0]
    across = tilt[0] * right - tilt[1] * down
    expected = np.array([across[0], tilt[2], across[1]])
    assert np.degrees(angles(found, np.broadcast_to(expected, found.shape).astype(np.float32))).max() < 1


def test_green_down_is_turned_up() -> None:
    worn = level()
    up = bake_normal_map(
        mapped_scan(Material(normal=slot((128, 200, 220)))), worn, NormalMapOptions(normal_px=64)
    ).normal
    turned_up = Material(normal=slot((128, 55, 220)), is_green_down=True)
    down = bake_normal_map(mapped_scan(turned_up), worn, NormalMapOptions(normal_px=64)).normal
    assert up is not None
    assert np.array_equal(up, down if down is not None else 0)
    assert (up[..., 1] > 180).all()


def test_a_map_on_a_mirrored_atlas_is_not_averaged_over_the_mirror_line() -> None:
    positions, faces, uvs = sheet(4, flat)
    folded = np.stack([np.abs(uvs[:, 0] - 0.5), uvs[:, 1]], axis=1).astype(np.float32)
    scan = Mesh(positions, faces, (folded[faces],), materials=(Material(normal=slot((210, 128, 220))),))
    worn = level()
    places, found = directions(bake_normal_map(scan, worn, NormalMapOptions(normal_px=64)), worn)
    off_line = np.abs(places[:, 0] - 0.5) > 0.05
    assert (np.sign(found[off_line, 0]) == np.sign(places[off_line, 0] - 0.5)).all()
    assert np.abs(found[off_line, 0]).min() > 0.5


def test_a_scans_own_corner_normals_are_what_it_looks_like() -> None:
    positions, faces, _ = sheet(4, flat)
    tilted = np.array([0.6, 0.8, 0.0], np.float32)
    scan = Mesh(positions, faces, normals=np.tile(tilted, (len(faces), 3, 1)))
    worn = level()
    _, found = directions(bake_normal_map(scan, worn, NormalMapOptions(normal_px=64)), worn)
    assert np.degrees(angles(found, np.broadcast_to(tilted, found.shape))).max() < 1


def test_gutters_are_filled_and_nothing_is_black() -> None:
    found = bake_normal_map(bumpy_scan(), level(), NormalMapOptions(normal_px=128)).normal
    assert found is not None
    assert found[..., 2].min() > 128


def test_no_map_where_the_level_already_looks_like_the_scan() -> None:
    scan = Mesh(*sheet(8, bumps)[:2])
    found = bake_normal_map(scan, level(8, bumps), NormalMapOptions(normal_px=128))
    assert found.normal is None
    assert found.angle_before_deg == found.angle_after_deg
    assert found.angle_before_deg < 1
    assert "no normal map" in found.reasons[0]


def test_no_map_where_it_would_gain_too_little() -> None:
    found = bake_normal_map(bumpy_scan(), level(), NormalMapOptions(normal_px=128, least_gain=0.999))
    assert found.normal is None
    assert "only" in found.reasons[0]


def test_a_map_is_no_finer_than_the_scan() -> None:
    found = bake_normal_map(
        mapped_scan(Material(normal=slot((200, 128, 220), 32))), level(), NormalMapOptions(normal_px=1024)
    )
    assert found.normal is not None
    assert len(found.normal) == 64


def test_a_pit_is_darker_than_a_plain() -> None:
    positions, faces, _ = sheet(40, pit)
    found = bake_normal_map(Mesh(positions, faces), level(40, pit), NormalMapOptions(occlusion_px=96)).occlusion
    assert found is not None
    assert found.shape == (96, 96)
    assert found[46:50, 46:50].max() < 140
    corners = found[8:16, 8:16]
    assert corners.min() > 230
    assert np.abs(np.diff(found[48, :48].astype(int))).max() < 60


@pytest.mark.parametrize("paint", ["base", "vertices"])
def test_a_scan_with_colours_of_its_own_is_not_darkened_twice(paint: str) -> None:
    positions, faces, uvs = sheet(40, pit)
    scan = Mesh(positions, faces, (uvs[faces],))
    if paint == "base":
        scan = replace(scan, materials=(Material(base=slot((90, 80, 70))),))
    else:
        scan = replace(scan, colors=np.full(positions.shape, 90, np.uint8))
    found = bake_normal_map(scan, level(40, pit), NormalMapOptions(occlusion_px=64))
    assert found.occlusion is None
    assert "shading" in found.reasons[1]


def test_a_scans_own_occlusion_is_carried_over() -> None:
    image = np.full((8, 8, 3), 255, np.uint8)
    image[:, :4, 0] = 60
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png")
    own = TextureSlot(Texture("shade.png", file.getvalue(), 8, 8), 0, Wrap.CLAMP, Wrap.CLAMP)
    scan = mapped_scan(Material(base=slot((90, 80, 70)), occlusion=own))
    found = bake_normal_map(scan, level(turn=TURNS["mirrored"]), NormalMapOptions(occlusion_px=64)).occlusion
    assert found is not None
    assert np.abs(found[:, 40:].astype(int) - 60).max() <= 1
    assert found[:, :24].min() >= 254


def test_without_texture_coordinates_there_is_nothing_to_draw_on() -> None:
    bare = replace(level(), texcoords=None)
    found = bake_normal_map(bumpy_scan(), bare, NormalMapOptions(normal_px=64, occlusion_px=64))
    assert found.normal is None
    assert found.occlusion is None
    assert "UV coordinates" in found.reasons[0]


def test_without_room_nothing_is_done() -> None:
    found = bake_normal_map(bumpy_scan(), level(), NormalMapOptions())
    assert found.normal is None
    assert found.occlusion is None
    assert len(found.reasons) == 2


def test_the_same_scan_gives_the_same_bytes() -> None:
    positions, faces, _ = sheet(40, pit)
    first, second = (
        bake_normal_map(Mesh(positions, faces), level(4), NormalMapOptions(normal_px=128, occlusion_px=64))
        for _ in range(2)
    )
    assert _bytes(first.normal) == _bytes(second.normal) != b""
    assert _bytes(first.occlusion) == _bytes(second.occlusion) != b""
    assert first.angle_after_deg == second.angle_after_deg


def _bytes(image: NDArray[np.uint8] | None) -> bytes:
    return b"" if image is None else image.tobytes()


def test_an_edge_that_no_texture_has_is_refused() -> None:
    with pytest.raises(OptionError, match="normal_px"):
        NormalMapOptions(normal_px=-1)
