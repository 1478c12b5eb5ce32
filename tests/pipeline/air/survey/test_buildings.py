"""Records of buildings near a place, as the service gives them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from shapely import box
from shapely.geometry import shape

from carreau.air.survey.features import feature_address, gather_buildings
from carreau.air.survey.services import Area, Services
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from tests.conftest import PROJECT
from tests.survey_stand_in.stand_in_server import World


def keep(source: Source, services: Services, area: Area, answer: object) -> Source:
    """Return a source that has an answer kept."""
    address = feature_address(services.buildings, area.bounds, 2154, 0)
    source.kept.write(address, "application/json", json.dumps(answer).encode())
    return replace(source, offline=True)


def test_buildings_that_touch_the_area_come_once_in_order(
    source: Source, services: Services, world: World, area: Area
) -> None:
    world.page = 1
    found = gather_buildings(source, services, area)
    features = json.loads(found.body or b"")["features"]
    names = [each["properties"]["cleabs"] for each in features]
    assert names == sorted(set(names))
    assert len(names) == found.count > 1
    assert found.crs == 2154
    assert all(shape(each["geometry"]).intersects(area.shape) for each in features)
    assert all(each["properties"]["hauteur"] > 2 for each in features)


def test_no_building_is_no_failure(source: Source, services: Services, world: World, area: Area) -> None:
    world.has_buildings = False
    assert gather_buildings(source, services, area).body is None


def test_the_recorded_answer_in_degrees_is_told_as_such(source: Source, services: Services, area: Area) -> None:
    path = PROJECT / "tests" / "survey_stand_in" / "recorded" / "building_in_degrees.json"
    found = gather_buildings(keep(source, services, area, json.loads(path.read_text())), services, area)
    assert (found.crs, found.count) == (4326, 1)


def test_features_without_areas_are_told(source: Source, services: Services, area: Area) -> None:
    answer = {"features": [{"properties": {}, "geometry": None}], "numberMatched": 1}
    with pytest.raises(ServiceError, match="its features have no areas"):
        gather_buildings(keep(source, services, area, answer), services, area)


def test_one_feature_that_is_no_area_is_left_out(source: Source, services: Services, area: Area) -> None:
    west, south, east, north = area.bounds
    true = {"properties": {"cleabs": "A"}, "geometry": {"type": "Polygon", "coordinates": [
        [list(each) for each in box(west, south, east, north).exterior.coords]]}}  # fmt: skip
    bad = [
        {"properties": {"cleabs": name}, "geometry": each} for name, each in (("B", None), ("C", {"type": "Polygon"}))
    ]
    found = gather_buildings(
        keep(source, services, area, {"features": [true, *bad], "numberMatched": 3}), services, area
    )
    assert found.count == 1
