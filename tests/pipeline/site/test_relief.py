"""The relief of the real communes and outlines, from gathered terrain; the terrain is made: a plain with two heaps."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image

from carreau.air.airborne.survey_record import NAME, Grid, Layer, Role, SurveyRecord, write
from carreau.air.relief_table import COMMUNES, PLATE, ROUTES
from carreau.base.errors import ScanError
from carreau.base.levels import AR, PHONE, PREVIEW
from carreau.formats.gltf.scene_reader import read
from carreau.site.publish.model_builds import table_build, table_options
from carreau.site.publish.publication import PublishOptions
from carreau.site.table_note import read_table
from carreau.site.table_plan import EXAGGERATION, relief_plan, table_file, table_parts, write_table
from tests.pipeline.site.test_table_sources import catalogue, sources

ASSETS = Path(__file__).parents[3] / "assets"
CELL = 50.0
HEAPS = {"terril-renard": 60.0, "terril-n-174-sabatier-sud": 100.0}
CREDIT = "IGN – RGE ALTI®, état au 27/11/2026"


def grid() -> Grid:
    west, south, east, north = shapely.total_bounds([plate.outline for plate in sources().plates]).tolist()
    left, top = np.floor(west / CELL) * CELL, np.ceil(north / CELL) * CELL
    return Grid(float(left), float(top), CELL, int((east - left) // CELL) + 1, int((top - south) // CELL) + 1)


def terrain() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Heights that rise to the south, with a cone on two outlines, wider than they are for the coarse cells."""
    on = grid()
    x = on.west + (np.arange(on.columns) + 0.5) * CELL
    y = on.north - (np.arange(on.rows) + 0.5) * CELL
    east, north = np.meshgrid(x, y)
    heights = 20 + (on.north - north) / 1000
    for place in sources().places:
        if place.name in HEAPS:
            middle = shapely.centroid(place.outline)
            away = np.hypot(east - shapely.get_x(middle), north - shapely.get_y(middle))
            heights = heights + np.maximum(HEAPS[place.name] - away * 0.25, 0)
    made: np.ndarray[tuple[int, int], np.dtype[np.float32]] = heights.astype(np.float32)
    return made


def gathered(
    folder: Path, heights: np.ndarray[tuple[int, int], np.dtype[np.float32]], *, has_photo: bool = True
) -> Path:
    """Write what `carreau survey --territory` writes, and return the assets."""
    assets = folder / "assets"
    (assets / "territory").mkdir(parents=True)
    shutil.copy(ASSETS / "communes.geojson", assets)
    content = heights.astype("<f4").tobytes()
    (assets / "territory" / "terrain.bil").write_bytes(content)
    layers = [
        Layer(
            Role.TERRAIN, "terrain.bil", "RGE ALTI", bytes=len(content), sha256=hashlib.sha256(content).hexdigest(),
            credit=CREDIT, licence="etalab-2.0", grid=grid(),
        )
    ]  # fmt: skip
    if has_photo:
        # Half the resolution of the terrain, and only the northern half of it.
        wide, tall = grid().columns // 2, grid().rows // 4
        Image.new("RGB", (wide, tall), (60, 120, 40)).save(assets / "territory" / "orthophoto.jpg")
        on = Grid(grid().west, grid().north, 2 * CELL, wide, tall)
        layers.append(Layer(Role.ORTHOPHOTO, "orthophoto.jpg", credit="IGN – BD ORTHO®", licence="etalab-2.0", grid=on))
    bounds = grid().bounds
    (assets / "territory" / NAME).write_bytes(
        write(SurveyRecord(2154, bounds, date(2026, 11, 27), tuple(layers), 5720))
    )
    return assets


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gathered(tmp_path_factory.mktemp("relief"), terrain())


def test_the_relief_has_the_nodes_of_the_table_and_the_heights_of_the_ground(assets: Path, tmp_path: Path) -> None:
    made = relief_plan(sources(), assets)
    (tmp_path / "relief.glb").write_bytes(made.content)
    scene = read(tmp_path / "relief.glb")
    places = {place.name for place in sources().places}
    assert set(scene.facts.named_nodes) >= places | {PLATE, COMMUNES, ROUTES}
    assert CREDIT in scene.copyright
    assert "Mission Bassin Minier" in scene.copyright
    assert scene.triangles < PHONE.triangles
    assert len(scene.pictures) == 1
    note = made.plan.note
    assert note["exaggeration"] == EXAGGERATION
    assert note["relief"]["year"] == "2026"
    assert note["relief"]["share"] == 1
    assert CREDIT in note["relief"]["credit"]
    tolerance = 1.5 * note["relief"]["tolerance_m"] + CELL * 0.25
    for slug, height in HEAPS.items():
        (place,) = (each for each in sources().places if each.name == slug)
        steep = height - 0.25 * shapely.hausdorff_distance(shapely.centroid(place.outline), place.outline)
        assert note["places"][slug]["is_measured"]
        assert note["places"][slug]["height_m"] == pytest.approx(height - max(steep, 0), abs=tolerance)


def test_equal_terrain_gives_equal_bytes(assets: Path) -> None:
    one, other = relief_plan(sources(), assets), relief_plan(sources(), assets)
    assert one.content == other.content
    assert one.plan.note == other.plan.note
    assert one.plan.files == other.plan.files


def test_without_terrain_the_table_is_unchanged_and_terrain_renews_it(assets: Path, tmp_path: Path) -> None:
    shutil.copy(ASSETS / "communes.geojson", tmp_path)
    bare, full = (
        PublishOptions(each, tmp_path / "models", tmp_path / "media", tmp_path / "bundle", "https://x.example")
        for each in (tmp_path, assets)
    )
    table, relief = table_build(bare, catalogue()), table_build(full, catalogue())
    assert table is not None
    assert relief is not None
    assert table.model.content == table_file(table_parts(sources()))
    assert "relief" not in table.model.plan.note
    assert table.digest == hashlib.sha256(table.model.content).hexdigest()
    assert relief.digest != table.digest
    assert table_options(bare, "fr", table.relief_credit).levels == (PHONE.name, AR.name)
    options = table_options(full, "fr", relief.relief_credit)
    assert options.levels[0] == PREVIEW.name
    assert CREDIT in options.credit
    before = relief.digest
    record = assets / "territory" / NAME
    record.write_text(record.read_text("utf-8") + "\n", "utf-8")
    again = table_build(full, catalogue())
    assert again is not None
    assert again.digest != before


def test_the_note_and_the_ground_of_maps_are_written_beside_the_model(assets: Path, tmp_path: Path) -> None:
    plan = relief_plan(sources(), assets).plan
    write_table(tmp_path, plan, {})
    built = read_table(tmp_path)
    assert built is not None
    assert built.relief is not None
    assert built.places["terril-renard"].is_measured
    with Image.open(tmp_path / built.relief.picture) as picture:
        assert picture.size == (built.relief.width, built.relief.height)
        alpha = np.asarray(picture.convert("RGBA"))[:, :, 3]
    assert (alpha > 0).mean() == pytest.approx(0.43, abs=0.1)
    west, south, east, north = built.relief.bounds
    assert (west, south) < (3.5, 50.3) < (east, north)


def test_half_a_terrain_leaves_the_table_elsewhere(tmp_path: Path) -> None:
    heights = terrain()
    heights[: len(heights) // 2] = -9999
    plan = relief_plan(sources(), gathered(tmp_path, heights, has_photo=False)).plan
    assert 0.2 < plan.note["relief"]["share"] < 0.9
    assert not plan.note["relief"]["has_photo"]
    measured = {slug for slug, each in plan.note["places"].items() if each.get("is_measured")}
    assert 0 < len(measured) < len(plan.note["places"])
    assert set(plan.note["places"]) == {place.name for place in sources().places}


def no_heights(assets: Path) -> None:
    path = assets / "territory" / "terrain.bil"
    path.write_bytes(b"\0\0\x80\xbf" * (path.stat().st_size // 4))


def cut(assets: Path) -> None:
    path = assets / "territory" / "terrain.bil"
    path.write_bytes(path.read_bytes()[:-40])


def elsewhere(assets: Path) -> None:
    path = assets / "territory" / NAME
    path.write_text(path.read_text("utf-8").replace("epsg = 2154", "epsg = 32631"), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "told"), [(cut, "cut or changed"), (elsewhere, "Lambert-93"), (no_heights, "cut or changed")]
)
def test_what_cannot_be_used_is_named(spoil: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    assets = gathered(tmp_path, terrain())
    spoil(assets)
    with pytest.raises(ScanError, match=told):
        relief_plan(sources(), assets)


def test_terrain_without_any_height_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="no height"):
        relief_plan(sources(), gathered(tmp_path, np.full_like(terrain(), -9999)))
