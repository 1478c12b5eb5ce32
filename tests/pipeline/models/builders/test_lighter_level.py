"""A lighter encoding is made of what its level is made of, and only where it saves."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import trimesh

from carreau.base.levels import ALTERNATIVES, LEVELS, PHONE
from carreau.base.options import ModelOptions
from carreau.models.builders import level_builder, level_textures
from carreau.models.builders.build_context import ScanContext, about, create_context
from carreau.models.builders.level_builder import LEAST_EXCESS, BuiltLevel, LevelBuilder, once, with_lighter
from carreau.models.builders.level_context import TooLarge
from carreau.models.flow import build_models
from carreau.models.reports.report import left_out
from carreau.models.stages.check import UNKNOWN_IMAGE_COMPLAINTS, WITHOUT_TANGENTS, Severity, validate
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet
from tests.pipeline.bronzes import write_bronze
from tests.pipeline.conftest import globe
from tests.pipeline.stand_in import blank_posters

pytestmark = pytest.mark.usefixtures("small_looks")

(LIGHT,) = (LEVELS[name] for name, other in ALTERNATIVES.items() if other == PHONE.name)


def built(name: str, size: int) -> BuiltLevel:
    return BuiltLevel(name, b"", bytes(size), {})


class Builds:
    """Counts the builds of each level; the phone's file has so many bytes."""

    def __init__(self, phone_bytes: int) -> None:
        self.phone_bytes = phone_bytes
        self.made: list[str] = []

    def __call__(self, name: str) -> Callable[[], BuiltLevel]:
        def build() -> BuiltLevel:
            self.made.append(name)
            return built(name, self.phone_bytes)

        return build


WORTH = int(LEAST_EXCESS * LIGHT.file_bytes)


def test_it_takes_the_place_of_its_level_which_is_built_once() -> None:
    builds, announced = Builds(WORTH + 1), list[str]()
    functions = with_lighter(["desktop", PHONE.name, "archive", LIGHT.name], builds, announced.append)
    assert list(functions) == ["desktop", LIGHT.name, "archive", PHONE.name]
    assert announced == []
    results = {name: function() for name, function in functions.items()}
    assert results[LIGHT.name] == built(LIGHT.name, WORTH + 1)
    assert (builds.made, announced) == (["desktop", PHONE.name, LIGHT.name, "archive"], [LIGHT.name])


def test_a_level_that_is_light_itself_has_none() -> None:
    builds, announced = Builds(WORTH), list[str]()
    functions = with_lighter([PHONE.name, LIGHT.name], builds, announced.append)
    assert functions[LIGHT.name]() is None
    assert (builds.made, announced) == ([PHONE.name], [])


def test_it_may_be_asked_for_alone() -> None:
    builds = Builds(WORTH + 1)
    functions = with_lighter([LIGHT.name], builds)
    assert list(functions) == [LIGHT.name]
    assert functions[LIGHT.name]() is not None
    assert builds.made == [PHONE.name, LIGHT.name]


def test_two_threads_build_once() -> None:
    builds = Builds(1)
    build = once(builds(PHONE.name))
    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert builds.made == [PHONE.name]


@pytest.fixture(scope="module")
def bronze(tmp_path_factory: pytest.TempPathFactory) -> tuple[ScanContext, Cache]:
    """A scan with maps of everything."""
    folder = tmp_path_factory.mktemp("bronze")
    cache = Cache(folder / "cache")
    context = create_context(
        cache.files(write_bronze(folder / "bronze.glb", 128)), ModelOptions(Path(), taken_as="scan"), cache
    )
    context.about.update(about(context))
    return context, cache


def test_all_images_are_avif_and_the_beginning_is_webp(bronze: tuple[ScanContext, Cache]) -> None:
    context, cache = bronze
    small = dataclasses.replace(LIGHT, texture_px=1088)
    made = LevelBuilder(small, context, ModelOptions(Path()), cache).build().complete()
    document = json.loads(made.glb[20 : 20 + int.from_bytes(made.glb[12:16], "little")])
    assert {each["format"] for each in made.facts["textures"]} == {"avif"}
    assert len(made.facts["textures"]) > 1
    assert "EXT_texture_avif" in document["extensionsRequired"]
    assert all("source" not in texture for texture in document["textures"])
    *images, beginning = document["images"]
    assert {image["mimeType"] for image in images} == {"image/avif"}
    assert (beginning["name"], beginning["mimeType"]) == ("base-small", "image/webp")
    assert {issue.code for issue in validate(made.glb) if issue.severity <= Severity.WARNING} <= {
        *UNKNOWN_IMAGE_COMPLAINTS,
        WITHOUT_TANGENTS,
    }
    assert made.facts["error"]["psnr_db"] > 30


def test_a_map_is_kept_that_takes_more_than_its_trial_where_bytes_are_left(
    bronze: tuple[ScanContext, Cache], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, cache = bronze
    small = dataclasses.replace(LIGHT, texture_px=1088)
    whole = LevelBuilder(small, context, ModelOptions(Path()), cache).build()
    # As if every trial had been a hundredth of its image.
    monkeypatch.setattr(level_textures, "TRIAL_EXCESS", 0.01)
    built = LevelBuilder(small, context, ModelOptions(Path()), cache).build()
    assert built.facts["textures"] == whole.facts["textures"]


def test_triangles_leave_two_fifths_of_the_bytes_to_a_texture(
    bronze: tuple[ScanContext, Cache], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, cache = bronze
    small = dataclasses.replace(LIGHT, texture_px=1088)
    monkeypatch.setattr(level_textures, "geometry_bytes", lambda *_: 450_000)
    with pytest.raises(TooLarge, match="the triangles alone take 450,000 bytes") as over:
        LevelBuilder(small, context, ModelOptions(Path()), cache)._attempt(2_000, 1.0)
    assert 450_000 * over.value.triangle_share**level_textures.TRIANGLE_POWER == pytest.approx(0.5 * LIGHT.file_bytes)
    monkeypatch.setattr(level_textures, "geometry_bytes", lambda *_: 380_000)
    assert LevelBuilder(small, context, ModelOptions(Path()), cache)._attempt(2_000, 1.0)


def test_triangles_may_take_more_where_the_colour_is_even(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    positions, faces, _ = globe()
    cache = Cache(tmp_path)
    trimesh.Trimesh(positions, faces, process=False).export(tmp_path / "grey.stl")
    context = create_context(cache.files(tmp_path / "grey.stl"), ModelOptions(Path()), cache)
    context.about.update(about(context))
    monkeypatch.setattr(level_textures, "geometry_bytes", lambda *_: 450_000)
    assert LevelBuilder(LIGHT, context, ModelOptions(Path()), cache)._attempt(2_000, 1.0)


def test_an_even_colour_is_exact_and_takes_no_bytes(tmp_path: Path) -> None:
    positions, faces, _ = globe()
    cache = Cache(tmp_path)
    trimesh.Trimesh(positions, faces, process=False).export(tmp_path / "grey.stl")
    context = create_context(cache.files(tmp_path / "grey.stl"), ModelOptions(Path()), cache)
    context.about.update(about(context))
    made = LevelBuilder(LIGHT, context, ModelOptions(Path()), cache).build().complete()
    assert made.facts["texture"]["format"] == "webp"
    assert made.facts["texture"]["bytes"] < 100
    assert made.facts["error"]["psnr_db"] is None or made.facts["error"]["psnr_db"] > 50
    assert made.facts["warnings"] == []


def test_it_has_the_mesh_and_atlas_of_its_level(tmp_path: Path, tiny_scans: Path) -> None:
    cache = Cache(tmp_path)
    context = create_context(
        cache.files(tiny_scans / "globe.obj", list(tiny_scans.iterdir())), ModelOptions(Path()), cache
    )
    context.about.update(about(context))
    builders = (LevelBuilder(each, context, ModelOptions(Path()), cache) for each in (LIGHT, PHONE))
    light, level = (builder.build().complete() for builder in builders)
    assert light.facts["triangles"] == level.facts["triangles"]
    assert light.facts["looks"] == level.facts["looks"]
    assert light.facts["texture"]["width"] == level.facts["texture"]["width"]
    assert len(light.brotli) < len(level.brotli)
    assert light.facts["error"]["psnr_db"] > 40


def test_the_report_says_why_there_is_none() -> None:
    told = left_out(LIGHT)
    assert told == "no phone-light: this level is light enough, as the other one may have 720,000 bytes"


def test_an_authored_model_has_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_builder, "LEAST_EXCESS", 0)
    blank_posters(monkeypatch)
    scan = write_bronze(tmp_path / "bronze.glb", 256)
    options = ModelOptions(tmp_path / "out", levels=(PHONE.name, LIGHT.name), taken_as="authored")
    report = build_models(scan, options, Cache(tmp_path / "cache"), Quiet())
    own, light = report.data["levels"]
    assert (own["name"], light["name"]) == (PHONE.name, LIGHT.name)
    assert "avif" in {each["format"] for each in light["textures"]}
    assert "EXT_texture_avif" in light["extensions"]
    assert "EXT_texture_avif" not in own["extensions"]
    assert light["triangles"] == own["triangles"]
    assert light["error"]["psnr_db"] > 35


def levels_of(folder: Path, tiny_scans: Path, levels: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Return the levels in the report of a build, and the files beside it."""
    with pytest.MonkeyPatch.context() as patch:
        blank_posters(patch)
        options = ModelOptions(folder / "out", levels=levels)
        report = build_models(tiny_scans / "globe.obj", options, Cache(folder / "cache"), Quiet())
    return {row["name"] for row in report.data["levels"]}, {path.name for path in (folder / "out").glob("*.glb")}


def test_a_small_scan_has_none_and_loses_that_of_a_former_build(
    tmp_path: Path, tiny_scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    both = (PHONE.name, LIGHT.name)
    with monkeypatch.context() as patch:
        patch.setattr(level_builder, "LEAST_EXCESS", 0)
        assert levels_of(tmp_path, tiny_scans, both) == (set(both), {f"{name}.glb" for name in both})
    # The cache keeps the result of a build by its options and its code, not by a patched number.
    with monkeypatch.context() as patch:
        patch.setattr("carreau.models.flow.find_build", lambda *_: None)
        assert levels_of(tmp_path, tiny_scans, both) == ({PHONE.name}, {f"{PHONE.name}.glb"})
