"""A route opens in any receiver, and nobody takes straight lines for a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gpxpy
import pytest
from gpxpy.gpx import GPX

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.route import Origin, RouteLine, line_bytes
from carreau.exports.gpx import gpx
from carreau.exports.record import NothingToExportError, RouteRecord, route_record
from carreau.exports.serializers import lon_lat, words
from tests.pipeline.catalogue.catalogues import ROUTE
from tests.pipeline.exports import made_up, told
from tests.pipeline.exports.schema_files import schemas
from tests.pipeline.exports.xml_reading import faults, schema, tree


@pytest.fixture(scope="module")
def xsd() -> Any:
    return schema(schemas("gpx") / "gpx-1.1.xsd")


def read(document: bytes) -> GPX:
    return gpxpy.parse(document.decode())


def route(root: Path, text: str) -> RouteRecord:
    found = made_up.catalogue(root / "assets")
    (root / "assets" / "routes" / "way.toml").write_text(text, encoding="utf-8")
    found = read_catalogue(root / "assets")
    return route_record(found.routes["way"], found, made_up.translations(found, root / "locales"))


@pytest.mark.parametrize("language", ["fr", "pl"])
@pytest.mark.parametrize("slug", told.ROUTES)
def test_every_route_is_valid_and_marked_indicative(slug: str, language: str, xsd: Any) -> None:
    document = gpx(told.route(slug), language)
    assert faults(xsd, document) == []
    found, stops = read(document), told.route(slug).stops()
    lost = [stop for stop in stops if lon_lat(stop.position) is None]
    assert len(found.waypoints) == len(stops) - len(lost)
    assert all(words(stop.names, language) in str(found.description) for stop in lost)
    assert found.tracks == []
    assert (
        found.routes[0].comment
        == {
            "fr": "Lignes droites entre les arrêts : tracé indicatif, à ne pas suivre.",
            "pl": "Straight lines between the stops: indicative, not a path to follow.",
        }[language]
    )
    assert ("Proposition" if language == "fr" else "Proposal") in str(found.description)
    assert "Mission Bassin Minier" in str(found.description)
    assert str(found.waypoints[0].link).startswith(f"https://carreau.example/{language}/")


def test_a_drawn_way_is_a_track_without_a_warning(tmp_path: Path, xsd: Any) -> None:
    document = gpx(made_up.route(tmp_path), "en")
    assert faults(xsd, document) == []
    track = read(document)
    assert track.routes == []
    assert [(p.longitude, p.latitude) for p in track.tracks[0].segments[0].points] == [(3.4, 50.35), (3.55, 50.35)]
    assert track.tracks[0].comment is None
    assert track.name == "en: De l’une à l’autre"
    assert [each.name for each in track.waypoints] == ["en: Fosse Une", "en: L’abbaye"]
    assert (track.bounds.min_longitude, track.bounds.max_longitude) == (3.4, 3.55) if track.bounds else False


def test_a_translation_nobody_read_is_flagged(tmp_path: Path) -> None:
    assert "Unreviewed translations: de." in str(read(gpx(made_up.route(tmp_path), "de")).description)
    assert "Unreviewed" not in str(read(gpx(made_up.route(tmp_path / "again"), "en")).description)


def test_an_indicative_drawing_says_so_and_an_optional_stop_too(tmp_path: Path, xsd: Any) -> None:
    text = ROUTE.replace('path_measure = "measured"', 'path_measure = "indicative"')
    document = gpx(route(tmp_path, text.replace('text = "Départ."', 'text = "Départ."\noptional = true')))
    assert faults(xsd, document) == []
    track = read(document)
    assert track.tracks[0].comment == "Tracé indicatif, à vérifier sur place."
    assert track.waypoints[0].comment == "Arrêt facultatif."


def test_without_two_known_places_there_is_no_route(tmp_path: Path) -> None:
    text = ROUTE.replace('path = "way.gpx"', 'path = ""').replace("lon = 3.55\n", "")
    with pytest.raises(
        NothingToExportError, match=r"routes/way\.toml: it needs at least two stops with a known position"
    ):
        gpx(route(tmp_path, text))


def test_what_no_xml_holds_is_left_out(tmp_path: Path, xsd: Any) -> None:
    record = route(tmp_path, ROUTE.replace('summary = "Deux arrêts."', 'summary = "Deux\\u0001 <arrêts> & plus."'))
    document = gpx(record)
    assert faults(xsd, document) == []
    assert b"Deux &lt;arr\xc3\xaats&gt; &amp; plus." in document


def test_elements_stand_in_the_order_of_gpx(tmp_path: Path) -> None:
    names = [each.tag.rpartition("}")[2] for each in tree(gpx(made_up.route(tmp_path)))]
    assert names == ["metadata", "wpt", "wpt", "trk"]


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert gpx(made_up.route(tmp_path / "a")) == gpx(made_up.route(tmp_path / "b"))


def test_a_computed_way_has_heights_and_says_that_nobody_walked_it(tmp_path: Path, xsd: Any) -> None:
    line = RouteLine([(3.4, 50.35), (3.47, 50.35), (3.55, 50.35)], (31.0, 44.5, 30.2), Origin("IGN"))
    text = ROUTE.replace("way.gpx", "way.geojson").replace('"measured"', '"computed"', 1)
    text = text.replace("length_km = 2.5\n", "").replace("duration_min = 40\n", "").replace("climb_m = 12\n", "")
    record = route(tmp_path, text)
    (tmp_path / "assets" / "routes" / "way.geojson").write_bytes(line_bytes(line))
    document = gpx(record, "en")
    assert faults(xsd, document) == []
    [track] = read(document).tracks
    assert [point.elevation for point in track.segments[0].points] == [31.0, 44.5, 30.2]
    assert track.comment is not None
    assert "nobody has walked yet" in track.comment
    description = read(document).description
    assert description is not None
    assert "10.7 km (computed, not walked)" in description
