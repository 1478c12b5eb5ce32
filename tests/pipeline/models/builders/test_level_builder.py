"""A level is rebuilt smaller until it holds its budget, and never published over it."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import BudgetError
from carreau.base.levels import DESKTOP, LEVELS, PHONE, PREVIEW, Level
from carreau.base.messages import message
from carreau.base.options import ModelOptions
from carreau.formats.writers.glb import FLOAT_BITS
from carreau.geometry.render.image_metrics import square_error
from carreau.models.builders import level_builder, level_textures
from carreau.models.builders.build_context import ScanContext, about, create_context
from carreau.models.builders.level_builder import TRIES, BuiltLevel, LevelBuilder, exact
from carreau.models.builders.level_candidates import choose
from carreau.models.builders.level_context import BASE_WEIGHT, SlotNeed, TooLarge, divide, gpu_bytes
from carreau.models.builders.level_maps import ENOUGH_DATA_DB, FULL_DATA_DB, bake_maps
from carreau.models.builders.level_textures import (
    GEOMETRY_AIM,
    LARGE_LOSS_DB,
    TRIANGLE_POWER,
)
from carreau.models.stages.encode import DataOptions, encode_data
from carreau.runs.cache import Cache
from tests.pipeline.bronzes import write_bronze, write_glb
from tests.pipeline.conftest import globe, waves, write_obj

UNSIGNED_SHORT = 5123

pytestmark = pytest.mark.usefixtures("small_looks")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def ground(kept: Cache, tiny_scans: Path) -> ScanContext:
    found = create_context(kept.files(tiny_scans / "globe.obj", list(tiny_scans.iterdir())), ModelOptions(Path()), kept)
    found.about.update(about(found))
    return found


def of(level: Level, ground: ScanContext, kept: Cache) -> LevelBuilder:
    return LevelBuilder(level, ground, ModelOptions(Path()), kept)


def test_fewer_triangles_than_the_scan_has(ground: ScanContext, kept: Cache) -> None:
    made = of(dataclasses.replace(PREVIEW, triangles=400, texture_px=128), ground, kept).build().complete()
    assert 300 < made.facts["triangles"] <= 400
    assert made.facts["texture_px"] <= 128
    assert made.facts["error"]["psnr_db"] > 25
    # No crack along the map's seam; a chord across the small holes at the poles leaves their rim, and counts as one.
    assert made.facts["error"]["cracks"]["length"] < 0.2


def test_a_texture_gives_way_to_few_bytes(ground: ScanContext, kept: Cache) -> None:
    roomy = of(dataclasses.replace(PREVIEW, triangles=400, texture_px=128), ground, kept).build()
    tight = dataclasses.replace(PREVIEW, triangles=400, texture_px=128, file_bytes=roomy.facts["brotli_bytes"] - 3000)
    made = of(tight, ground, kept).build()
    assert len(made.brotli) <= tight.file_bytes
    assert made.facts["texture"]["bytes"] < roomy.facts["texture"]["bytes"]


def test_triangles_that_leave_no_byte_to_the_texture_give_way(ground: ScanContext, kept: Cache) -> None:
    level = of(dataclasses.replace(PREVIEW, texture_px=64, file_bytes=3_100), ground, kept)
    made = level.build()
    assert len(made.brotli) <= 3_100
    assert any(said.startswith("rebuilt smaller: the triangles alone") for said in level.context.decisions)


def test_triangles_are_asked_for_by_what_they_were_seen_to_take(
    ground: ScanContext, kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level_textures, "geometry_bytes", lambda *_: 140_000)
    with pytest.raises(TooLarge, match="the triangles alone take 140,000 bytes") as over:
        of(PREVIEW, ground, kept)._attempt(400, 1.0)
    assert 140_000 * over.value.triangle_share**TRIANGLE_POWER == pytest.approx(GEOMETRY_AIM * PREVIEW.file_bytes)


def test_triangles_that_never_leave_a_byte_are_refused(ground: ScanContext, kept: Cache) -> None:
    level = of(dataclasses.replace(PREVIEW, texture_px=64, file_bytes=500), ground, kept)
    with pytest.raises(BudgetError, match=r"preview: no version fits.*the triangles alone take [\d,]+ bytes"):
        level.build()
    turns = [said for said in level.context.decisions if said.startswith("rebuilt smaller: the triangles alone")]
    assert len(turns) == TRIES


def test_gpu_memory_is_held(ground: ScanContext, kept: Cache) -> None:
    made = of(dataclasses.replace(PREVIEW, gpu_bytes=40_000), ground, kept).build()
    assert 0 < made.facts["gpu_bytes"] <= 40_000


def test_a_block_texture_has_whole_blocks(tiny_scans: Path, kept: Cache, tmp_path: Path, encoder: Path) -> None:
    from PIL import Image

    for name in ("globe.obj", "globe.mtl"):
        (tmp_path / name).write_bytes((tiny_scans / name).read_bytes())
    with Image.open(tiny_scans / "globe-0.png") as picture:
        picture.resize((90, 90)).save(tmp_path / "globe-0.png")
    files = kept.files(tmp_path / "globe.obj", list(tmp_path.iterdir()))
    ground = create_context(files, ModelOptions(Path()), kept)
    ground.about.update(about(ground))
    texture = of(dataclasses.replace(LEVELS["desktop-ktx2"], texture_px=92), ground, kept).build().facts["texture"]
    assert texture["width"] % 4 == texture["height"] % 4 == 0


class Stubborn(LevelBuilder):
    """A level that is too large for some attempts."""

    left = 0

    def _attempt(self, triangles: int, texture_share: float) -> BuiltLevel:
        self.asked = [*getattr(self, "asked", []), (triangles, texture_share)]
        self.left -= 1
        if self.left >= 0:
            raise TooLarge(message("it takes 9 bytes, over 8"), texture_share=0.5, triangle_share=0.5)
        return BuiltLevel("preview", b"", b"", {"decisions": self.context.decisions})


def stubborn(left: int, ground: ScanContext, kept: Cache) -> Stubborn:
    made = Stubborn(PREVIEW, ground, ModelOptions(Path()), kept)
    made.left = left
    return made


def test_each_turn_asks_for_less(ground: ScanContext, kept: Cache) -> None:
    level = stubborn(2, ground, kept)
    assert level.build().facts["decisions"] == ["rebuilt smaller: it takes 9 bytes, over 8"] * 2
    assert level.asked == [(1600, 1.0), (800, 0.5), (400, 0.25)]


def test_what_never_fits_is_refused_in_one_line(ground: ScanContext, kept: Cache) -> None:
    level = stubborn(TRIES, ground, kept)
    with pytest.raises(BudgetError, match=r"preview: no version fits its budget \(it takes 9 bytes, over 8\)"):
        level.build()
    assert len(level.asked) == TRIES


@pytest.fixture(scope="module")
def carved(kept: Cache, tmp_path_factory: pytest.TempPathFactory) -> ScanContext:
    """A ball with fine colours, 512², and a normal map with fine relief: more than a small level holds of either."""
    folder = tmp_path_factory.mktemp("carved")
    positions, faces, texcoords = globe()
    random = np.random.default_rng(7)
    blocks = Image.fromarray(random.integers(0, 256, (128, 128, 3)).astype(np.uint8))
    grain = np.asarray(blocks.resize((512, 512), Image.Resampling.BICUBIC))
    write_obj(folder / "carved.obj", positions, faces, texcoords, [grain])
    tilted = np.dstack([random.integers(88, 168, (128, 128, 2)), np.full((128, 128), 240)]).astype(np.uint8)
    Image.fromarray(tilted).resize((512, 512), Image.Resampling.BICUBIC).save(folder / "relief.png")
    with (folder / "carved.mtl").open("a", encoding="utf-8") as file:
        file.write("norm relief.png\n")
    context = create_context(kept.files(folder / "carved.obj", list(folder.iterdir())), ModelOptions(Path()), kept)
    context.about.update(about(context))
    return context


def test_a_map_without_room_leaves_its_bytes_to_the_base_colour(carved: ScanContext, kept: Cache) -> None:
    assert carved.appearance.value().has_normal
    tight = dataclasses.replace(PREVIEW, texture_px=512, file_bytes=90_000, gpu_bytes=gpu_bytes(512, 512, False))
    built = of(tight, carved, kept).build()
    assert [texture["slot"] for texture in built.facts["textures"]] == ["base"]
    assert 0.95 * tight.file_bytes <= built.facts["brotli_bytes"] <= tight.file_bytes


def test_maps_share_the_bytes_of_a_level_to_the_last(carved: ScanContext, kept: Cache) -> None:
    roomy = dataclasses.replace(PREVIEW, texture_px=512, file_bytes=200_000, gpu_bytes=3_000_000)
    built = of(roomy, carved, kept).build()
    sizes = {texture["slot"]: texture["bytes"] for texture in built.facts["textures"]}
    assert sizes["base"] > 0.8 * sizes["normal"] > 0
    assert 0.95 * roomy.file_bytes <= built.facts["brotli_bytes"] <= roomy.file_bytes


def test_bytes_that_a_small_normal_map_does_not_need_go_to_the_base_colour(carved: ScanContext, kept: Cache) -> None:
    level = dataclasses.replace(PREVIEW, texture_px=512, file_bytes=120_000, gpu_bytes=1_800_000)
    built = of(level, carved, kept).build()
    sizes = {texture["slot"]: texture["bytes"] for texture in built.facts["textures"]}
    assert sizes["base"] > 0.6 * (sizes["base"] + sizes["normal"])
    assert 0.95 * level.file_bytes <= built.facts["brotli_bytes"] <= level.file_bytes


def test_a_mesh_that_is_left_whole_is_quantised_too(ground: ScanContext, kept: Cache) -> None:
    built = of(dataclasses.replace(PREVIEW, texture_px=128), ground, kept).build()
    assert built.facts["triangles"] == len(ground.cleaned.value().mesh.faces)
    document = json.loads(built.glb[20 : 20 + int.from_bytes(built.glb[12:16], "little")])
    positions = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    assert positions["componentType"] == UNSIGNED_SHORT


@pytest.mark.parametrize(
    ("level", "share", "are_floats"), [(PHONE, 1.0, False), (DESKTOP, 1.0, True), (DESKTOP, 0.0, False)]
)
def test_large_screens_get_positions_as_exact_as_their_colours_for_few_bytes(
    level: Level, share: float, are_floats: bool, ground: ScanContext, kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounding takes 1.5 dB from a likeness that is enough for a phone."""
    context = of(level, ground, kept).context
    chosen = choose(context, len(ground.cleaned.value().mesh.faces), 1.0)
    images = level_textures.encode_images(context, chosen, 1.0)
    own_db = images["base"].value().psnr_db
    monkeypatch.setattr(level_builder, "ENOUGH_DB", own_db - 3)
    monkeypatch.setattr(level_builder, "LARGE_DB", own_db)
    monkeypatch.setattr(level_builder, "EXACT_SHARE", 1.0)
    monkeypatch.setattr(level_builder, "FINE_SHARE", share)
    monkeypatch.setattr(level_builder, "_encoded_db", lambda *_: own_db - 1.5)
    assert (exact(context, chosen, images).precision.position_bits == FLOAT_BITS) == are_floats


def test_normals_that_a_matt_scan_does_not_bring_take_few_bytes(
    ground: ScanContext, kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(level: Level) -> dict[str, Any]:
        return of(level, ground, kept).build().complete().facts

    rough = dataclasses.replace(PREVIEW, triangles=400, texture_px=128)
    coarse, whole = build(rough), build(PHONE)
    monkeypatch.setattr(level_builder, "MATT_NORMAL_BITS", 8)
    fine = build(rough)
    assert coarse["brotli_bytes"] < fine["brotli_bytes"]
    assert coarse["error"]["lit_db"] > fine["error"]["lit_db"] - 0.1
    assert whole["sha256"] == build(PHONE)["sha256"]  # where all else is as in the scan, they are too


def test_a_level_that_encoding_makes_unlike_its_scan_has_a_warning(carved: ScanContext, kept: Cache) -> None:
    base_only = dataclasses.replace(PREVIEW, texture_px=512, gpu_bytes=gpu_bytes(512, 512, False))
    tight = of(dataclasses.replace(base_only, file_bytes=45_000), carved, kept).build().complete()
    (warning,) = tight.facts["warnings"]
    assert str(warning).startswith("preview: encoding within 45,000 bytes reduces its likeness to the scan from ")
    assert "--crop" in str(warning)
    roomy = of(dataclasses.replace(base_only, file_bytes=900_000), carved, kept).build().complete()
    assert roomy.facts["warnings"] == []


def test_a_level_for_large_screens_stops_where_nothing_is_gained(carved: ScanContext, kept: Cache) -> None:
    """A budget is a ceiling: neither the colours nor the relief are encoded better than pictures of the level show."""
    level = of(DESKTOP, carved, kept)
    facts = level.build().facts
    colors, relief = facts["textures"]
    assert (colors["slot"], relief["slot"]) == ("base", "normal")
    assert facts["brotli_bytes"] < 0.2 * DESKTOP.file_bytes
    chosen = choose(level.context, 1600, 1.0)
    images = level_textures.encode_images(level.context, chosen, 1.0)
    assert chosen.psnr_db - LARGE_LOSS_DB <= images["base"].value().psnr_db
    assert ENOUGH_DATA_DB <= images["normal"].value().psnr_db < FULL_DATA_DB + 2
    assert [len(step.value().image.data) for step in images.values()] == [colors["bytes"], relief["bytes"]]


def test_a_map_on_a_phone_takes_no_bytes_for_what_its_pictures_do_not_show(carved: ScanContext, kept: Cache) -> None:
    level = of(PHONE, carved, kept)
    chosen = choose(level.context, 1600, 1.0)
    relief = level_textures.encode_images(level.context, chosen, 1.0)["normal"].value()
    (image,) = bake_maps(level.context, chosen, 512, False)
    in_texels = encode_data(image.values.value(), DataOptions("webp", PHONE.file_bytes, FULL_DATA_DB))
    assert relief.psnr_db >= image.enough_db
    assert len(relief.image.data) < 0.7 * len(in_texels.image.data)


def test_without_room_for_what_would_be_enough_the_textures_share_the_bytes(carved: ScanContext, kept: Cache) -> None:
    tight = dataclasses.replace(DESKTOP, file_bytes=90_000)
    facts = of(tight, carved, kept).build().facts
    assert 0.9 * tight.file_bytes <= facts["brotli_bytes"] <= tight.file_bytes


@pytest.fixture(scope="module")
def bronze(kept: Cache, tmp_path_factory: pytest.TempPathFactory) -> ScanContext:
    path = write_bronze(tmp_path_factory.mktemp("bronze") / "bronze.glb")
    context = create_context(kept.files(path, [path]), ModelOptions(Path()), kept)
    context.about.update(about(context))
    return context


def test_metal_roughness_and_emission_have_maps_where_there_is_room(bronze: ScanContext, kept: Cache) -> None:
    built = of(dataclasses.replace(PHONE, texture_px=1024), bronze, kept).build()
    slots = {texture["slot"]: texture["width"] for texture in built.facts["textures"]}
    assert slots == {"base": 256, "occlusion_metallic_roughness": 320, "emissive": 320}  # a quarter finer than theirs
    assert built.facts["left_out"] == []


def test_bytes_go_to_the_textures_that_show(kept: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Roughness of matt stone takes many bytes for grains that light hardly shows."""
    random = np.random.default_rng(3)
    grains = np.full((256, 256, 3), (255, 0, 0), np.uint8)
    grains[..., 1] = random.integers(190, 256, (256, 256))
    spots = random.normal(0, 16, (128, 128, 3)).repeat(2, 0).repeat(2, 1)
    pictures = {"color": np.clip(waves(256, 256) + spots, 0, 255).astype(np.uint8), "surface": grains}
    rough = {"baseColorTexture": {"index": "color"}, "metallicRoughnessTexture": {"index": "surface"}}
    path = write_glb(tmp_path / "stone.glb", pictures, {"pbrMetallicRoughness": rough})
    context = create_context(kept.files(path, [path]), ModelOptions(Path()), kept)
    context.about.update(about(context))
    level = of(dataclasses.replace(PHONE, texture_px=512, file_bytes=45_000), context, kept)

    def lose() -> float:
        """Return the square errors of pictures with and without light, which count alike."""
        error = level.build().complete().facts["error"]
        return square_error(error["psnr_db"]) + square_error(error["lit_db"])

    by_gain = lose()

    def share_by_weight(*given: Any) -> dict[str, int]:
        maps, total, _ = given[3:]
        needs = [SlotNeed(each.slot, math.inf, weight=each.weight) for each in maps]
        return divide(total, [SlotNeed("base", math.inf, weight=BASE_WEIGHT), *needs])

    monkeypatch.setattr(level_textures, "share_bytes", share_by_weight)
    assert by_gain < 0.85 * lose()


def test_a_level_without_room_names_what_it_lacks(bronze: ScanContext, kept: Cache) -> None:
    level = dataclasses.replace(PREVIEW, triangles=400, texture_px=256, gpu_bytes=400_000)
    built = of(level, bronze, kept).build()
    assert [texture["slot"] for texture in built.facts["textures"]] == ["base"]
    assert built.facts["left_out"] == ["metallic_roughness", "emissive"]
    assert built.facts["surface"] == {"metallic": 0.0, "roughness": 1.0, "emission": (0.0, 0.0, 0.0)}
    named = [str(said) for said in built.facts["decisions"] if "left out" in str(said)]
    assert len([said for said in named if said.startswith(("metal and roughness of the scan", "the emission"))]) == 2


def test_an_even_surface_is_factors_and_takes_no_bytes(kept: Cache, tmp_path: Path) -> None:
    pictures = {"color": waves(64, 64), "surface": np.full((64, 64, 3), (255, 102, 255), np.uint8)}
    rough = {"baseColorTexture": {"index": "color"}, "metallicRoughnessTexture": {"index": "surface"}}
    path = write_glb(tmp_path / "even.glb", pictures, {"pbrMetallicRoughness": rough})
    context = create_context(kept.files(path, [path]), ModelOptions(Path()), kept)
    context.about.update(about(context))
    built = of(dataclasses.replace(PREVIEW, triangles=400, texture_px=128), context, kept).build()
    assert [texture["slot"] for texture in built.facts["textures"]] == ["base"]
    assert (built.facts["surface"]["metallic"], built.facts["surface"]["roughness"]) == (1.0, 0.4)
    assert built.facts["left_out"] == []


def test_a_matt_scan_has_nothing_to_name(ground: ScanContext, kept: Cache) -> None:
    facts = of(dataclasses.replace(PREVIEW, triangles=400, texture_px=128), ground, kept).build().facts
    assert not {"surface", "left_out"} & set(facts)
