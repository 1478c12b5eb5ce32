"""Every site and route lies on the map, with its outline, its languages and its doubts."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from geojson_pydantic import FeatureCollection
from jsonschema.protocols import Validator

from carreau.exports.geojson import geojson_all, geojson_joined, geojson_list, geojson_route, geojson_site, site_feature
from carreau.exports.serializers import json_bytes
from tests.pipeline.exports import made_up, told
from tests.pipeline.exports.json_schemas import faults, yaml_schema
from tests.pipeline.exports.schema_files import schemas


@pytest.fixture(scope="module")
def ogc() -> Validator:
    return yaml_schema(schemas("ogcapi-features"), "featureCollectionGeoJSON.yaml")


def features(document: bytes) -> list[dict[str, Any]]:
    """Return the features of a document that another reader of GeoJSON takes as well."""
    FeatureCollection[Any].model_validate_json(document)
    found: list[dict[str, Any]] = json.loads(document)["features"]
    return found


def turn(ring: list[list[float]]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))


@pytest.mark.parametrize("slug", told.SITES)
def test_every_site_is_valid_and_has_its_point_and_outline(slug: str, ogc: Validator) -> None:
    document = geojson_site(told.site(slug))
    assert faults(ogc, document) == []
    point, *outlines = features(document)
    site = told.site(slug).entry.of
    assert len(outlines) == bool(site.outline)
    if site.position is None:
        assert (point["geometry"], point["properties"]["demonstration"]) == (None, True)
    else:
        assert point["geometry"] == {"type": "Point", "coordinates": [site.position.lon, site.position.lat]}
    assert point["properties"]["name:fr"] == site.name
    assert ("Mission Bassin Minier" in point["properties"]["credit"]) == bool(site.inscription)
    for outline in outlines:
        assert (outline["id"], outline["properties"]["record"]) == (f"{slug}/outline", "outline")
        area = outline["geometry"]
        polygons = [area["coordinates"]] if area["type"] == "Polygon" else area["coordinates"]
        assert all(turn(ring) * (1 if place == 0 else -1) > 0 for rings in polygons for place, ring in enumerate(rings))


@pytest.mark.parametrize("slug", told.ROUTES)
def test_every_route_is_valid_and_says_that_its_lines_are_indicative(slug: str, ogc: Validator) -> None:
    document = geojson_route(told.route(slug))
    assert faults(ogc, document) == []
    line, *stops = features(document)
    assert line["geometry"]["type"] == "LineString"
    assert line["properties"]["is_indicative"] is True
    assert line["properties"]["standing"] == "proposal"
    assert [stop["properties"]["number"] for stop in stops] == list(range(1, len(told.route(slug).entry.of.stop) + 1))
    if told.route(slug).entry.of.loop:
        assert line["geometry"]["coordinates"][0] == line["geometry"]["coordinates"][-1]


def test_the_whole_catalogue_is_one_document(ogc: Validator) -> None:
    sites, routes = [told.site(slug) for slug in told.SITES], [told.route(slug) for slug in told.ROUTES]
    document = geojson_all(sites, routes)
    assert faults(ogc, document) == []
    kinds = [each["properties"]["record"] for each in features(document)]
    assert (kinds.count("site"), kinds.count("route")) == (len(told.SITES), len(told.ROUTES))
    assert kinds.count("outline") >= 53
    assert json.loads(document)["numberMatched"] == len(kinds)
    assert len({each["id"] for each in features(document)}) == len(kinds)
    assert geojson_all([], []) == geojson_all((), ())


@pytest.mark.parametrize("language", ["fr", "pl"])
def test_documents_of_sites_are_put_together_to_the_same_bytes(language: str) -> None:
    sites, routes = [told.site(slug) for slug in told.SITES], [told.route(slug) for slug in told.ROUTES]
    documents, address = [geojson_site(site, language) for site in sites], sites[0].urls.catalogue("geojson")
    assert geojson_joined(documents, routes, address, language) == geojson_all(sites, routes, language)
    assert geojson_joined((), (), "", language) == geojson_all((), (), language)


@pytest.mark.parametrize("language", ["fr", "pl"])
def test_the_list_has_one_feature_a_site_whatever_is_known_of_its_place(language: str, ogc: Validator) -> None:
    sites = [told.site(slug) for slug in told.SITES]
    links = [{"href": "https://carreau.example/v1/sites.fr.geojson", "rel": "self", "type": "application/geo+json"}]
    document = geojson_list([json_bytes(site_feature(site, language)) for site in sites], links)
    assert faults(ogc, document) == []
    assert [each["id"] for each in features(document)] == list(told.SITES)
    whole = json.loads(document)
    assert (whole["numberMatched"], whole["numberReturned"], whole["links"]) == (len(sites), len(sites), links)
    assert [each["id"] for each in whole["features"] if each["geometry"] is None] == ["demonstration"]
    assert faults(ogc, geojson_list([], links)) == []


def test_a_site_without_a_point_is_its_outline() -> None:
    record = told.site("fosse-mathilde")
    unplaced = replace(record.entry.of, position=None)
    feature = site_feature(replace(record, entry=replace(record.entry, of=unplaced)))
    assert json.loads(json_bytes(feature))["geometry"] == features(geojson_site(record))[1]["geometry"]
    assert feature["properties"]["record"] == "site"


def test_texts_are_tagged_and_flagged_and_stale_ones_left_out(tmp_path: Path) -> None:
    said = features(geojson_site(made_up.site(tmp_path), "nl"))[0]["properties"]
    assert (said["name"], said["name_lang"]) == ("nl: Fosse Une", "nl")
    assert {key for key in said if key.startswith("summary:")} == {
        f"summary:{code}" for code in ("fr", "en", "nl", "de")
    }
    assert said["unreviewed"] == "nl,de"
    assert said["confidence"] == "medium"
    assert said["model"] == "https://carreau.example/models/une/today/phone.glb"


def test_a_missing_translation_is_said_in_the_next_language(tmp_path: Path) -> None:
    said = features(geojson_site(made_up.site(tmp_path), "pl"))[0]["properties"]
    assert (said["summary"], said["summary_lang"]) == ("en: Une fosse.", "en")


def test_a_way_that_was_drawn_and_measured_is_not_indicative(tmp_path: Path) -> None:
    line, first, second = features(geojson_route(made_up.route(tmp_path)))
    assert line["geometry"]["coordinates"] == [[3.4, 50.35], [3.55, 50.35]]
    assert line["properties"]["is_indicative"] is False
    assert (first["properties"]["site"], second["properties"]["name"]) == ("une", "L’abbaye")
    assert second["properties"]["position_basis"] == "carte"


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert geojson_site(made_up.site(tmp_path / "a")) == geojson_site(made_up.site(tmp_path / "b"))
