"""The table model of the catalogue as it is: the 53 outlines, raised by kind, and four of them by a source."""

from __future__ import annotations

import dataclasses
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely

from carreau.air.relief_table import COMMUNES, PLATE, RIM_M, ROUTES, TablePart
from carreau.base.errors import ScanError
from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.catalogue.site import Fact
from carreau.formats.gltf.scene_reader import read
from carreau.site.table_model import SYMBOLS, TIP, TableSources, choose_height, table_sources
from carreau.site.table_plan import table_file, table_parts, table_plan

ASSETS = Path(__file__).parents[3] / "assets"
SOURCED = {
    "terril-171-mare-a-goriaux": 20.0,
    "terril-n-153-audiffret-sud": 65.0,
    "terril-n-174-sabatier-sud": 103.0,
    "terril-renard": 76.0,
}


@cache
def catalogue() -> Catalogue:
    return read_catalogue(ASSETS)


@cache
def sources() -> TableSources:
    found = table_sources(catalogue(), ASSETS)
    assert found is not None
    return found


@cache
def parts() -> dict[str, TablePart]:
    return {part.name: part for part in table_parts(sources())}


def test_every_inscribed_place_has_a_part_of_its_own() -> None:
    inscribed = {slug for slug, entry in catalogue().sites.items() if entry.of.inscription is not None}
    assert len(inscribed) == 53
    assert set(parts()) == inscribed | {PLATE, COMMUNES, ROUTES}


def test_no_dark_gap_lies_between_the_communes() -> None:
    """Communes of another territory lie between them, at Aubry-du-Hainaut and at La Sentinelle: no slab lies there."""
    scale, slab = sources().scale, parts()[PLATE]
    points = slab.positions[:, [0, 2]].astype(np.float64) * [1, -1] * scale.reduction + scale.origin
    corners = points[slab.faces]
    land = shapely.union_all([plate.outline for plate in sources().plates])
    spots = shapely.difference(shapely.union_all(shapely.polygons(corners)), shapely.buffer(land, 1.5 * RIM_M))
    areas = [shapely.buffer(each, -20).area for each in shapely.get_parts(spots)]
    assert max(areas) < 30_000


def test_areas_are_those_of_the_official_outlines() -> None:
    scale = sources().scale
    for place in sources().places:
        area = parts()[place.name].area * scale.reduction**2
        assert area == pytest.approx(place.outline.area, rel=0.01), place.name
        extent = catalogue().sites[place.name].of.extent
        if extent and extent.area_ha and extent.area_ha > 0.1 and extent.share_in_territory in (None, 1):
            assert area / 10_000 == pytest.approx(extent.area_ha, rel=0.01), place.name


def test_heights_are_symbols_of_kinds_but_for_spoil_tips_with_a_sourced_height() -> None:
    assert {slug: how.height_m for slug, how in sources().raised.items() if how.is_sourced} == SOURCED
    scale = sources().scale
    for slug, how in sources().raised.items():
        kind, top = catalogue().sites[slug].of.kind, float(parts()[slug].positions[:, 1].max())
        risen = top * scale.reduction / scale.exaggeration
        if how.height_m:
            assert risen == pytest.approx(how.height_m, rel=1e-4), slug
        if kind in SYMBOLS and kind != TIP:
            assert how.height_m == SYMBOLS[kind].height_m, slug


@pytest.mark.parametrize(
    "change",
    [
        {"source": ""},
        {"unit": "km"},
        {"value": "environ 76"},
        {"value": None},
        {"value": 900.0},
        {"name": "altitude_m"},
    ],
)
def test_a_height_without_source_or_sense_is_not_taken(change: dict[str, object]) -> None:
    site = catalogue().sites["terril-renard"].of
    facts: tuple[Fact, ...] = tuple(
        dataclasses.replace(fact, **change) if fact.name == "height_m" else fact  # type: ignore[arg-type]
        for fact in site.fact
    )
    how = choose_height(dataclasses.replace(site, fact=facts))
    assert not how.is_sourced
    assert how.height_m < 76


def test_the_file_has_a_node_for_each_part_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    content = table_file(tuple(parts().values()))
    again = table_sources(read_catalogue(ASSETS), ASSETS)
    assert again is not None
    assert table_file(table_parts(again)) == content
    (tmp_path / "table.glb").write_bytes(content)
    scene = read(tmp_path / "table.glb")
    assert set(scene.facts.named_nodes) >= set(parts())
    assert "Mission Bassin Minier" in scene.copyright
    assert scene.triangles < 20_000


def test_every_point_is_in_the_picture_of_the_whole_and_each_place_in_its_own() -> None:
    plan = table_plan(sources(), tuple(parts().values()))
    views = {shot.name: shot.view for shot in plan.shots}
    places = plan.note["places"]
    points = np.array([each["point"] for each in places.values()])
    for name in ("wide.webp", "tall.webp"):
        shares = views[name].shares(points)
        assert (shares > 0.04).all()
        assert (shares < 0.96).all()
    for slug, each in places.items():
        (share,) = views[each["picture"]].shares(np.array([each["point"]]))
        assert (share > 0.1).all(), slug
        assert (share < 0.9).all(), slug


def test_without_communes_or_outlines_there_is_no_model(tmp_path: Path) -> None:
    assert table_sources(catalogue(), tmp_path) is None
    shutil.copy(ASSETS / "communes.geojson", tmp_path)
    assert table_sources(Catalogue(tmp_path, {}, {}), tmp_path) is None


def test_an_outline_without_area_is_left_out(tmp_path: Path) -> None:
    shutil.copytree(ASSETS, tmp_path / "assets", ignore=lambda _, names: [n for n in names if n == "demonstration"])
    line = '{"type": "Polygon", "coordinates": [[[3.4, 50.3], [3.4005, 50.3], [3.401, 50.3], [3.4, 50.3]]]}'
    (tmp_path / "assets" / "sites" / "terril-renard" / "outline.geojson").write_text(line)
    found = table_sources(read_catalogue(tmp_path / "assets"), tmp_path / "assets")
    assert found is not None
    assert len(found.places) == 52
    assert len(table_parts(found)) == 55


def test_communes_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "communes.geojson").write_text("{")
    with pytest.raises(ScanError, match=r"communes\.geojson"):
        table_sources(catalogue(), tmp_path)
