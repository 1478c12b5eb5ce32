"""Programs of others open the catalogue as a layer: OWSLib, and GDAL, which QGIS and ArcGIS use too."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from owslib.ogcapi.features import Features

from tests.server.asking import served
from tests.server.bundles import SITES


@pytest.fixture(scope="module")
def url(bundle: Path) -> Iterator[str]:
    """The origin of a server whose links lead to itself."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    with served(bundle, "--no-access-log", "--port", str(port), "--base-url", origin):
        yield origin


@pytest.mark.parametrize("path", ["/ogc", "/ogc/"])
def test_owslib_reads_every_document(url: str, path: str) -> None:
    features = Features(url + path)
    assert {"self", "service-desc", "conformance", "data"} <= {each["rel"] for each in features.links}
    assert features.conformance()["conformsTo"][0].endswith("conf/core")
    assert features.feature_collections() == ["sites"]
    assert features.collection("sites")["itemType"] == "feature"
    page = features.collection_items("sites", limit=1, bbox=[3.3, 50.3, 3.5, 50.4])
    assert (page["numberMatched"], page["numberReturned"]) == (2, 1)
    assert features.collection_item("sites", "fosse-mathilde")["id"] == "fosse-mathilde"


def test_gdal_opens_the_collection_with_all_its_pages(url: str) -> None:
    path = f"OAPIF:{url}/ogc"
    assert [name for name, _ in pyogrio.list_layers(path)] == ["sites"]
    information = pyogrio.read_info(path, layer="sites")
    assert (information["features"], information["geometry_type"]) == (len(SITES), "Point")
    _, _, _, (names, *_) = pyogrio.raw.read(path, layer="sites", columns=["name"], PAGE_SIZE="1")
    assert set(names) == {"Fosse Mathilde", "Terril Renard <b>"}


def test_gdal_filters_by_a_box(url: str) -> None:
    _, _, geometry, _ = pyogrio.raw.read(f"OAPIF:{url}/ogc", layer="sites", bbox=(3.3, 50.3, 3.4, 50.4))
    assert len(geometry) == 1


def get(url: str, accept: str) -> tuple[str, Any]:
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310 - of this machine
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return response.headers["Content-Type"], json.load(response)


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/geo+json, application/json", "text/html, */*"]
)
def test_other_clients_get_json_whatever_they_accept(url: str, accept: str) -> None:
    """QGIS asks for GeoJSON or JSON, scripts for anything, and a browser shows JSON well."""
    for path, media_type in (
        ("/ogc/", "application/json"),
        ("/ogc/conformance", "application/json"),
        ("/ogc/collections", "application/json"),
        ("/ogc/collections/sites/items?limit=1000", "application/geo+json"),
    ):
        assert get(url + path, accept)[0] == media_type


def test_the_former_addresses_lead_to_the_new_ones(url: str) -> None:
    for path in ("/collections", "/collections/sites", "/collections/sites/items?limit=1", "/conformance"):
        request = urllib.request.Request(url + path)  # noqa: S310 - of this machine
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            assert response.url == url + path.replace("/co", "/ogc/co", 1)


def test_a_former_address_says_when_it_ends(asked: Any) -> None:
    reply = asked("/collections/sites/items?limit=1")
    assert (reply.status, reply.headers["location"]) == (308, "/ogc/collections/sites/items?limit=1")
    assert reply.headers["deprecation"].startswith("@")
    assert reply.headers["sunset"].endswith("GMT")
