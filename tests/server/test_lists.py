"""Sites are found by what they are, where they are, and what is said of them."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from carreau.base.schema import bundle
from carreau.base.schema.lists import make_cursor
from carreau_server.app import create_app
from carreau_server.bundle import EARTH_M, distance_m
from carreau_server.openapi import ListParams
from carreau_server.settings import Settings
from carreau_server.sites import bounding_box, parse_bbox, query_sites
from tests.server import bundles
from tests.server.asking import Ask, of_app

BOTH = ["fosse-mathilde", "terril-renard"]


def slugs(ask: Ask, question: str) -> list[str]:
    reply = ask(f"/v1/sites?{question}")
    assert reply.status == 200, reply.text
    found = [card["slug"] for card in reply.json()["sites"]]
    collection = ask(f"/v1/sites?{question}&f=geojson").json()
    assert [feature["id"] for feature in collection["features"]] == found
    assert collection["numberMatched"] == reply.json()["matched"]
    return found


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("limit=100", BOTH),
        ("kind=fosse", BOTH[:1]),
        ("kind=fosse,terril", BOTH),
        ("theme=extraction&kind=terril", BOTH[1:]),
        ("commune=59172", BOTH[:1]),
        ("commune=DENAIN", BOTH[:1]),
        ("commune=%20Denain%20", BOTH[:1]),
        ("has=model", BOTH[:1]),
        ("has=model,ar", BOTH[:1]),
        ("has=model,tour", []),
        ("bbox=3.3,50.3,3.4,50.4", BOTH[:1]),
        ("bbox=3.395,50.329,3.395,50.329", BOTH[:1]),
        ("bbox=3.3,50.3,3.5,50.4", BOTH),
        ("bbox=3.395,50,3.395,51", BOTH[:1]),
        ("bbox=-180,-90,180,90", BOTH),
        ("bbox=170,-10,-170,60", []),
        ("bbox=3.4,-90,3.39,90", BOTH[1:]),
        ("near=3.48,50.39", BOTH[::-1]),
        ("near=3.48,50.39&radius=1000", BOTH[1:]),
        ("near=3.395,50.57", []),  # 21 and 27 km away
        ("near=-120,0", []),
        ("near=180,90", []),
        ("q=eglise", BOTH[:1]),
        ("q=chevalement", BOTH),
        ("q=mathilde+chevalement", BOTH[:1]),
        ("q=chevalment&kind=terril", BOTH[1:]),
        ("q=!!!", []),
    ],
)
def test_a_filter_leaves_what_it_says(ask: Ask, question: str, found: list[str]) -> None:
    assert slugs(ask, question) == found


def test_the_distance_is_said_where_a_point_was(ask: Ask) -> None:
    first, second = ask("/v1/sites?near=3.395,50.329").json()["sites"]
    assert (first["slug"], first["distance_m"]) == ("fosse-mathilde", 0)
    assert second["distance_m"] == round(distance_m(3.395, 50.329, 3.48, 50.39))
    assert ask("/v1/sites?kind=fosse").json()["sites"][0]["distance_m"] is None
    assert "Résumé" in ask("/v1/sites?near=3.395,50.329").text
    radius = distance_m(3.395, 50.329, 3.48, 50.39)
    assert slugs(ask, f"near=3.395,50.329&radius={radius!r}") == BOTH


@pytest.mark.parametrize(
    ("question", "parameter"),
    [
        ("colour=red", "colour"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=1,2,3,nan", "bbox"),
        ("bbox=1,2,nan,3,4,900", "bbox"),
        ("bbox=1,2,3,4,5", "bbox"),
        ("bbox=0,0,180.5,1", "bbox"),
        ("bbox=0,-90.5,1,0", "bbox"),
        ("near=185,0", "near"),
        ("bbox=3,51,4,50", "bbox"),
        ("bbox=300,0,301,1", "bbox"),
        ("near=3", "near"),
        ("near=3,95", "near"),
        ("near=3,50&radius=0", "radius"),
        ("near=3,50&radius=inf", "radius"),
        ("near=3,50&radius=100001", "radius"),
        ("radius=5", "radius"),
        ("q=" + "a" * 201, "q"),
        ("q=", "q"),
        ("cursor=%00", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=WzFd", "cursor"),
        ("cursor=WyJcdWQ4MDAiXQ", "cursor"),
        ("near=3,50&cursor=WzEuMCwgIlx1ZDgwMCJd", "cursor"),
        ("near=3,50&cursor=WyJhIl0", "cursor"),
        (f"near=3,50&cursor={make_cursor(1.0, 2.0)}", "cursor"),
        ("theme=nope", "theme"),
        ("modified_since=0001-01-01T00:00:00%2B23:59", "modified_since"),
        ("f=xml", "f"),
        ("kind=nope", "kind"),
        ("kind=fosse,nope", "kind"),
        ("has=wings", "has"),
        ("commune=nowhere", "commune"),
        ("modified_since=yesterday", "modified_since"),
        ("modified_since=2026-11-01T00:00:00", "modified_since"),
        ("lang=" + "e" * 40, "lang"),
    ],
)
def test_a_wrong_question_is_a_problem_that_names_the_parameter(ask: Ask, question: str, parameter: str) -> None:
    reply = ask(f"/v1/sites?{question}", accept_language="en")
    assert reply.status == 400
    assert [each["parameter"] for each in reply.json()["errors"]] == [parameter]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/v1/sites?limit=0", "Must be at least 1."),
        ("/v1/sites?limit=101", "Must be at most 100."),
        ("/v1/sites?limit=many", "Must be a whole number."),
        ("/v1/sites?limit=1.5", "Must be a whole number."),
        ("/v1/sites?near=3,50&radius=inf", "Must be a number."),
        ("/v1/sites?near=3,50&radius=far", "Must be a number."),
        ("/v1/sites?q=", "Must have at least 1 character."),
        (f"/v1/sites?q={'a' * 201}", "Must have at most 200 characters."),
        ("/v1/sites?f=xml", "Must be one of: json, geojson."),
        ("/v1/sites?radius=5", "Only valid together with “near”."),
        ("/v1/search", "This parameter is required."),
        ("/v1/terms?colour=red", "Unknown parameter. Known parameters: lang."),
    ],
)
def test_what_is_wrong_with_a_parameter_is_said_in_a_sentence(asked: Ask, target: str, message: str) -> None:
    reply = asked(target, accept_language="en")
    assert [each["message"] for each in reply.json()["errors"]] == [message]


@pytest.mark.parametrize(("parameter", "codes"), [("kind", "fosse, terril"), ("commune", "Denain, Raismes")])
def test_an_unknown_code_is_refused_with_the_known_ones(ask: Ask, parameter: str, codes: str) -> None:
    (error,) = ask(f"/v1/sites?{parameter}=nope", accept_language="en").json()["errors"]
    assert codes in error["message"]


def test_geojson_has_one_feature_a_site_and_links_to_itself(ask: Ask) -> None:
    for target in ("/v1/sites?f=geojson", "/v1/sites?f=geojson&lang=de"):
        page = ask(target).json()
        assert [each["id"] for each in page["features"]] == BOTH
        assert (page["numberMatched"], page["numberReturned"]) == (2, 2)
        assert [each["href"] for each in page["links"] if each["rel"] == "self"] == [bundles.BASE_URL + target]


def test_what_newsletters_append_to_a_link_is_ignored(ask: Ask) -> None:
    embedded = "/oembed?url=/fr/sites/fosse-mathilde"
    for path in ("/v1/sites", "/v1/sites/fosse-mathilde", "/v1/search?q=fosse", "/fr/", embedded):
        reply = ask(f"{path}{'&' if '?' in path else '?'}utm_source=mail&utm_campaign=a%20b&fbclid=1")
        assert (reply.status, reply.body) == (200, ask(path).body)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-11-26T08:00:00Z", BOTH),
        ("2026-11-26T08:00:01Z", []),
        ("2026-11-26T09:00:00%2B01:00", BOTH),
        ("2026-11-26T09:00:00%2B00:30", []),
        ("2026-11-26", BOTH),
        ("2026-11-27", []),
        ("2026-11-26t08:00:00.5z", BOTH),
    ],
)
def test_only_what_changed_since(ask: Ask, since: str, expected: list[str]) -> None:
    assert slugs(ask, f"modified_since={since}") == expected


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ask, list[bundles.Made]]:
    """A bundle of 230 invented sites."""
    folder, draw = tmp_path_factory.mktemp("many"), random.Random(5)
    sites = [
        bundles.Made(
            f"site-{n:03}", {"fr": f"Site {n}"}, "fosse", ("Denain", "59172"), draw.uniform(3, 4), draw.uniform(50, 51)
        )
        for n in range(229)
    ]
    sites += [bundles.Made("nowhere", {"fr": "Sans lieu"}, "terril", ("Denain", "59172"), None, None)]
    bundles.build(folder, sites)
    return of_app(create_app(Settings(folder))), sites


@pytest.mark.parametrize(
    "question", ["", "?limit=7", "?near=3.5,50.5&radius=40000&limit=9", "?f=geojson&limit=50", "?q=site&limit=100"]
)
def test_the_pages_of_a_list_hold_everything_once(many: tuple[Ask, list[bundles.Made]], question: str) -> None:
    ask, sites = many
    found: list[str] = []
    target: str | None = f"/v1/sites{question}"
    while target:
        reply = ask(target.removeprefix(bundles.BASE_URL))
        page = reply.json()
        links = {each["rel"]: each["href"] for each in page.get("links", ())}
        following = page.get("next") or links.get("next")
        expected = f'<{following.removeprefix(bundles.BASE_URL)}>; rel="next"' if following else None
        assert reply.headers.get("link") == expected
        if "features" in page:
            found += [each["id"] for each in page["features"]]
            target = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        else:
            found += [each["slug"] for each in page["sites"]]
            target = page["next"]
    matched = page.get("matched", page.get("numberMatched"))
    assert len(found) == len(set(found)) == matched
    if "near" in question:
        distance = {each.slug: distance_m(3.5, 50.5, each.lon, each.lat) for each in sites if each.lon and each.lat}
        assert found == sorted((slug for slug in distance if distance[slug] <= 40_000), key=lambda slug: distance[slug])
        assert 20 < len(found) < 229
    elif "q=" not in question:
        assert found == sorted(each.slug for each in sites)


def test_sites_at_one_place_stand_on_different_pages(tmp_path: Path) -> None:
    place = ("Denain", "59172"), 3.5, 50.5
    bundles.build(tmp_path, [bundles.Made(slug, {"fr": slug}, "fosse", *place) for slug in ("c", "a", "b")])
    ask, found = of_app(create_app(Settings(tmp_path))), []
    target = "/v1/sites?near=3.5,50.5&limit=1"
    while target:
        page = ask(target).json()
        found += [card["slug"] for card in page["sites"]]
        assert page["matched"] == 3
        target = page["next"]
    assert found == ["a", "b", "c"]
    assert ask("/v1/sites?bbox=3.5,50.5,3.5,50.5").json()["matched"] == 3
    (error,) = ask("/v1/sites?commune=nowhere", accept_language="en").json()["errors"]
    assert error["message"] == "Must be one of: Denain."


@pytest.fixture
def database_of_nothing() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        bundle.create(connection)
        yield connection


def test_the_list_is_in_the_order_of_the_catalogue(database_of_nothing: sqlite3.Connection) -> None:
    connection = database_of_nothing
    for number, sort in enumerate(("c", "a", "b"), 1):
        row = number, f"slug-{number}", "fosse", "extraction", "Denain", "59172", None, None, sort, bundles.MODIFIED
        connection.execute("INSERT INTO site VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    first = query_sites(connection, ListParams.model_validate({"limit": 2}), {})
    rest = query_sites(connection, ListParams.model_validate({"limit": 2, "cursor": first.cursor}), {})
    assert [site for site, _ in (*first.rows, *rest.rows)] == [2, 3, 1]
    assert (first.matched, rest.matched, rest.cursor) == (3, 3, "")


@pytest.mark.parametrize("lon", [-179.9, 0.0, 180.0])
@pytest.mark.parametrize("lat", [-89.5, -80.0, 0.0, 50.0, 80.0, 89.5])
def test_a_box_reaches_as_far_as_its_circle_in_every_direction(lon: float, lat: float) -> None:
    radius, (south, angle) = 100_000.0, (math.radians(lat), 99_999.0 / EARTH_M)
    box = bounding_box((lon, lat), radius)
    for bearing in map(math.radians, range(360)):
        north = math.asin(math.sin(south) * math.cos(angle) + math.cos(south) * math.sin(angle) * math.cos(bearing))
        side = math.sin(bearing) * math.sin(angle) * math.cos(south)
        east = math.degrees(math.atan2(side, math.cos(angle) - math.sin(south) * math.sin(north)))
        other = (lon + east + 180) % 360 - 180
        assert box.west <= other <= box.east if box.west <= box.east else other >= box.west or other <= box.east
        assert box.south <= math.degrees(north) <= box.north


def test_a_box_around_a_circle_holds_it() -> None:
    draw = random.Random(7)
    for _ in range(300):
        point, radius = (draw.uniform(-180, 180), draw.uniform(-90, 90)), draw.uniform(1, 100_000)
        box = bounding_box(point, radius)
        for _ in range(20):
            other = (draw.gauss(point[0], 2), draw.gauss(point[1], 0.7))
            lon, lat = (other[0] + 180) % 360 - 180, max(-90.0, min(90.0, other[1]))
            if distance_m(*point, lon, lat) > radius:
                continue
            inside = box.west <= lon <= box.east if box.west <= box.east else lon >= box.west or lon <= box.east
            assert inside
            assert box.south <= lat <= box.north


def test_a_box_of_six_numbers_leaves_its_heights_out() -> None:
    assert parse_bbox("1,2,-50,3,4,900") == parse_bbox("1,2,3,4")
