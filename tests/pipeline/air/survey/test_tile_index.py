"""The tiles of a place, from the index as it is and as it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from carreau.air.survey.features import Tile, feature_address, list_tiles, mend_address
from carreau.air.survey.services import Services, read_services
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import Message
from tests.conftest import PROJECT
from tests.survey_stand_in.stand_in_server import OLD_INDEX, WITHDRAWN_INDEX, World

BOUNDS = (730_500.0, 7_030_500.0, 731_500.0, 7_031_500.0)


def named(tiles: Sequence[Tile]) -> list[str]:
    return [tile.name[8:17] for tile in tiles]


def test_the_tiles_that_overlap_come_with_their_dates(source: Source, services: Services) -> None:
    tiles = list_tiles(source, services, BOUNDS).tiles
    assert named(tiles) == ["0730_7031", "0730_7032", "0731_7031", "0731_7032"]
    first = tiles[0]
    assert (first.west, first.south, first.edition) == (730_000, 7_030_000, "2025-06-06")
    assert (first.flown, first.points) == ("2022-05-29/2022-06-15", 27_786_200)


def test_a_tile_that_touches_only_by_its_edge_is_left_out(source: Source, services: Services) -> None:
    assert named(list_tiles(source, services, (730_000.0, 7_030_100.0, 731_000.0, 7_031_000.0)).tiles) == ["0730_7031"]


@pytest.mark.parametrize("layer", [OLD_INDEX, ""])
def test_old_properties_are_read(source: Source, services: Services, world: World, layer: str) -> None:
    now = list_tiles(source, services, BOUNDS).tiles
    world.old_properties = True
    old = replace(services, index=replace(services.index, layer=layer or services.index.layer))
    assert list_tiles(source, old, BOUNDS).tiles == now


def test_the_recorded_feature_of_the_old_layer_is_read(source: Source, services: Services) -> None:
    path = PROJECT / "tests" / "survey_stand_in" / "recorded" / "tile_of_old_layer.json"
    answer = {"type": "FeatureCollection", "features": [json.loads(path.read_text())], "numberMatched": 1}
    kept = replace(source, offline=True)
    bounds = (573_100.0, 6_277_100.0, 573_200.0, 6_277_200.0)
    kept.kept.write(feature_address(services.index, bounds, 2154, 0), "application/json", json.dumps(answer).encode())
    (tile,) = list_tiles(kept, services, bounds).tiles
    assert (tile.west, tile.south, tile.edition) == (573_000, 6_277_000, "2024-12-20")
    assert tile.flown == "2022-05-29/2022-06-15"
    assert tile.address.endswith("/LHD_FXX_0573_6278_PTS_LAMB93_IGN69.copc.laz")


def test_pages_are_asked_until_all_have_come(source: Source, services: Services, world: World) -> None:
    world.page = 3
    assert len(list_tiles(source, services, BOUNDS).tiles) == 4
    assert world.asked["/wfs"] == 2


def test_fewer_than_the_service_says_is_told(source: Source, services: Services, world: World) -> None:
    world.matched = 9
    with pytest.raises(ServiceError, match="4 of 9 features came; run again later"):
        list_tiles(source, services, BOUNDS)


def test_the_newest_edition_is_taken(source: Source, services: Services, world: World) -> None:
    world.duplicates = {(730, 7031)}
    assert {tile.edition for tile in list_tiles(source, services, BOUNDS).tiles} == {"2025-06-06"}


def test_no_tile_is_no_failure(source: Source, services: Services, world: World) -> None:
    world.unpublished = {(730, 7031), (730, 7032), (731, 7031), (731, 7032)}
    assert list_tiles(source, services, BOUNDS).tiles == ()


def test_a_name_with_a_dash_is_mended_and_told(source: Source, services: Services, world: World) -> None:
    world.addresses = {(730, 7031): "LHD_FXX_0730-7031_PTS_LAMB93_IGN69.copc.laz"}
    found = list_tiles(source, services, BOUNDS)
    assert named(found.tiles)[0] == "0730_7031"
    assert [str(each) for each in found.remarks] == [
        "the index names LHD_FXX_0730-7031_PTS_LAMB93_IGN69.copc.laz, "
        "which is read as LHD_FXX_0730_7031_PTS_LAMB93_IGN69.copc.laz"
    ]


def test_addresses_over_http_are_asked_over_https() -> None:
    remarks = list[Message]()
    assert mend_address("http://data.geopf.fr/a.laz", read_services().index, remarks) == "https://data.geopf.fr/a.laz"
    assert mend_address("http://example.org/a.laz", read_services().index, remarks) == "http://example.org/a.laz"
    assert not remarks


def test_a_tile_overseas_is_refused_by_name(source: Source, services: Services, world: World) -> None:
    world.systems = {(730, 7031): "RGAF09UTM20"}
    with pytest.raises(
        ServiceError, match=r"tile LHD_FXX_0730_7031_.* is in the system RGAF09UTM20; only metropolitan"
    ):
        list_tiles(source, services, BOUNDS)


def test_a_layer_that_was_withdrawn_is_named_with_the_answer_and_the_cure(source: Source, services: Services) -> None:
    gone = replace(services, index=replace(services.index, layer=WITHDRAWN_INDEX))
    words = f"{WITHDRAWN_INDEX}: HTTP 404 Feature type {WITHDRAWN_INDEX} unknown; see `carreau survey --check`"
    with pytest.raises(ServiceError, match=words):
        list_tiles(source, gone, BOUNDS)


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({}, "none of the properties url_npl, url"),
        ({"url_npl": "https://a/b.laz"}, "nothing says where tile b lies"),
        ({"url_npl": "https://[a/b.laz"}, r"https://\[a/b.laz is not an address"),
        ({"url_npl": "ftp://a/b.laz"}, "none of the properties"),
    ],
)
def test_features_that_say_too_little_are_told(
    source: Source, services: Services, tmp_path: Path, properties: dict[str, str], words: str
) -> None:
    answer = {"features": [{"properties": properties, "geometry": None}], "numberMatched": 1}
    address = feature_address(services.index, BOUNDS, 2154, 0)
    source.kept.write(address, "application/json", json.dumps(answer).encode())
    with pytest.raises(ServiceError, match=words):
        list_tiles(replace(source, offline=True), services, BOUNDS)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"features": 3}', b'{"features": [3]}', b"{" * 100_000, b'{"features": [{}]}']
)
def test_what_is_no_list_of_features_is_told(source: Source, services: Services, body: bytes) -> None:
    source.kept.write(feature_address(services.index, BOUNDS, 2154, 0), "application/json", body)
    with pytest.raises(ServiceError, match="the answer is not a list of features"):
        list_tiles(replace(source, offline=True), services, BOUNDS)
