"""Maps that move are what OGC 19-045r3 asks of MF-JSON Prism, and lose no doubt on the way."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from carreau.base.languages import LANGUAGES
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.table_reader import instants, parse_moment
from carreau.exports.ogc_json import moving_features
from carreau.exports.record import NothingToExportError, SiteRecord, TrailRecord, site_record, trail_record
from tests.conftest import PROJECT

GEOMETRIES = {"MovingPoint": 1, "MovingLineString": 2, "MovingPolygon": 3}
"""With how deep the coordinates of one instant are."""
INTERPOLATIONS = {"Discrete", "Step", "Linear", "Quadratic", "Cubic"}
LEAST_INSTANTS = {"Step": 2, "Linear": 2, "Quadratic": 3, "Cubic": 3}
OF_PROPERTIES = {"Discrete", "Step", "Linear", "Regression"}
MEASURES = {"Measure", "Text", "Image"}


@pytest.fixture(scope="module")
def records() -> tuple[TrailRecord, SiteRecord, TrailRecord]:
    catalogue, translations = read_catalogue(PROJECT / "assets"), Translations(PROJECT / "locales")
    return (
        trail_record(catalogue.trails["bataille-de-denain"], catalogue, translations),
        site_record(catalogue.sites["fosse-d-arenberg"], catalogue, translations),
        trail_record(catalogue.trails["jules-mousseron"], catalogue, translations),
    )


def faults(document: dict[str, Any]) -> list[str]:
    """Return where a document is not a collection of MF-JSON Prism (sections 7.2 and 7.3 of the standard)."""
    wrong = [name for name, kind in (("crs", "Name"), ("trs", "Link")) if document[name]["type"] != kind]
    wrong += [] if document["type"] == "FeatureCollection" else ["type"]
    wrong += [] if len(document["time"]) == 2 else ["time"]
    for feature in document["features"]:
        name = feature["id"]
        wrong += [] if feature["type"] == "Feature" and isinstance(feature["properties"], dict) else [f"{name} type"]
        geometry = feature.get("temporalGeometry")
        if geometry is not None:
            wrong += [f"{name} {each}" for each in geometry_faults(geometry, document["bbox"])]
        for group in feature.get("temporalProperties", []):
            wrong += [f"{name} {each}" for each in property_faults(group)]
    return wrong


def geometry_faults(geometry: dict[str, Any], bbox: list[float]) -> list[str]:
    west, south, east, north = bbox
    times, coordinates = geometry["datetimes"], geometry["coordinates"]
    points = coordinates if GEOMETRIES[geometry["type"]] == 1 else [point for line in coordinates for point in line]
    checks = {
        "count": len(times) == len(coordinates) > 0,
        "order": is_rising(times),
        "interpolation": geometry["interpolation"] in INTERPOLATIONS,
        "enough": len(times) >= LEAST_INSTANTS.get(geometry["interpolation"], 1),
        "box": all(west <= lon <= east and south <= lat <= north for lon, lat in points),
    }
    return [name for name, is_right in checks.items() if not is_right]


def property_faults(group: dict[str, Any]) -> list[str]:
    times = group["datetimes"]
    values = {name: each for name, each in group.items() if name != "datetimes"}
    checks = {
        "order": is_rising(times),
        "values": all(len(each["values"]) == len(times) for each in values.values()),
        "measure": all(each["type"] in MEASURES and each["interpolation"] in OF_PROPERTIES for each in values.values()),
    }
    return [name for name, is_right in checks.items() if not is_right]


def is_rising(times: list[str]) -> bool:
    moments = [datetime.fromisoformat(time) for time in times]
    return moments == sorted(set(moments)) and all(moment.tzinfo is not None for moment in moments)


def test_the_maps_of_the_project_are_collections_of_the_standard(records: tuple[TrailRecord, SiteRecord, Any]) -> None:
    for record in records[:2]:
        document = json.loads(moving_features(record))
        assert faults(document) == []
        assert document["crs"]["properties"]["name"] == "urn:ogc:def:crs:OGC:1.3:CRS84"


def test_a_battle_says_what_is_supposed_what_is_not_known_and_what_others_say(
    records: tuple[TrailRecord, SiteRecord, TrailRecord],
) -> None:
    document = json.loads(moving_features(records[0]))
    features = {each["id"].partition("/")[2]: each for each in document["features"]}
    army = features["armee"]
    assert army["temporalGeometry"]["interpolation"] == "Discrete", "nobody knows the way between two places"
    assert army["temporalGeometry"]["coordinates"][1] == [3.34914, 50.29221], "around Neuville, computed"
    assert all(each["is_supposed"] or not each["is_known"] for each in army["properties"]["positions"])
    # The sun of Denain is 14 minutes before that of Greenwich.
    assert army["temporalGeometry"]["datetimes"][0] == "1712-07-23T20:00:00+00:14"
    for unknown in ("ligne", "pont-prouvy", "coigny", "tingry"):
        assert features[unknown]["geometry"] is None
        assert "temporalGeometry" not in features[unknown]
    assert not any(each.get("temporalGeometry", {}).get("type") == "MovingLineString" for each in features.values())
    bridge = features["pont-denain"]["temporalProperties"][0]["state"]
    assert bridge == {"type": "Text", "values": ["standing", "broken"], "interpolation": "Step"}
    (about,) = document["properties"]["maps"]
    assault = next(each for each in about["events"] if each["id"] == "assaut")
    assert set(assault["title"]) == set(LANGUAGES)
    assert {each.get("written") for each in assault["others"]} == {"1712-07-24T13:30", None}
    assert (about["clock"], len(about["events"])) == ("solar", 15)


def test_a_pit_says_what_became_of_its_shafts(records: tuple[TrailRecord, SiteRecord, TrailRecord]) -> None:
    features = json.loads(moving_features(records[1]))["features"]
    third = next(each for each in features if each["id"].endswith("/puits-3-4"))
    assert third["temporalGeometry"]["interpolation"] == "Step"
    assert third["temporalGeometry"]["datetimes"][-1] == "1989-03-01T00:00:00Z", "it stays until the map ends"
    group = third["temporalProperties"][0]
    assert group["datetimes"] == ["1954-01-01T00:00:00Z", "1961-08-28T00:00:00Z", "1989-03-01T00:00:00Z"]
    assert group["state"]["values"] == ["sinking", "working", "closed"]


def test_a_trail_without_a_map_has_no_such_document(records: tuple[TrailRecord, SiteRecord, TrailRecord]) -> None:
    with pytest.raises(NothingToExportError):
        moving_features(records[2])


def test_an_hour_that_nobody_gives_keeps_the_order_and_no_more() -> None:
    moments = [parse_moment(text) for text in ("1712-07-24T08:00", "1712-07-24", "1712-07-24T10:00", "1712-07-24")]
    assert [f"{each:%H:%M}" for each in instants(moments)] == ["08:00", "08:01", "10:00", "10:01"]
