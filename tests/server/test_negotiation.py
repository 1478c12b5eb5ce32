"""What is served is what was asked for: language, coding, form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau_server.app_state import open_bundle
from carreau_server.context import (
    IIIF_3,
    IIIF_4,
    create_context,
    parse_weights,
    select_coding,
    select_language,
    select_media_type,
    select_path,
)
from carreau_server.context import ROUTE as ROUTE_FORMATS
from carreau_server.context import SITE as SITE_FORMATS
from carreau_server.responses import generated_response
from tests.server.asking import Ask
from tests.server.bundles import LANGUAGES

SITE = "/v1/sites/fosse-mathilde"


@pytest.mark.parametrize(
    ("accepted", "served"),
    [
        ("", "fr"),
        ("de", "de"),
        ("de-CH", "de"),
        ("DE-ch-1996", "de"),
        ("it", "fr"),
        ("*", "fr"),
        ("it, pl;q=0.2", "pl"),
        ("en;q=0.5, nl;q=0.9", "nl"),
        ("nl;q=0, en", "en"),
        ("fr;q=0", "en"),
        ("fr;q=0, *", "en"),
        ("fr-FR;q=0, en;q=0", "nl"),
        ("pl;q=0.5, nl;q=0.5", "pl"),
        ("en;q=nonsense, nl;q=0.1", "nl"),
        (",,;;q=,pl", "pl"),
        ("zh-Hant-TW, en-x-pirate", "en"),
        ("de_CH", "de"),
        ("fr;q=5, en;q=0.5", "en"),
        ("fr-FR;q=0, fr", "fr"),
        ("nl; q =0.1, en;q=0.5", "en"),
    ],
)
def test_the_language_is_looked_up_in_the_header(ask: Ask, accepted: str, served: str) -> None:
    reply = ask(SITE, accept_language=accepted)
    assert reply.status == 200
    assert reply.headers["content-language"] == served
    assert reply.json()["lang"] == served
    assert "Accept-Language" in reply.headers["vary"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_address_wins_over_the_header(ask: Ask, lang: str) -> None:
    for path in (
        SITE,
        "/v1/sites",
        "/v1/search?q=fosse",
        "/v1/routes",
        "/ogc/collections/sites/items",
        "/",
        "/v1/terms",
    ):
        reply = ask(f"{path}{'&' if '?' in path else '?'}lang={lang}", accept_language="en")
        assert reply.headers["content-language"] == lang
        assert "Accept-Language" not in reply.headers.get("vary", "")
    assert ask(f"{SITE}?lang={lang.upper()}-XX").headers["content-language"] == lang


def test_what_has_one_language_varies_by_none(ask: Ask) -> None:
    page = ask("/de/orte/fosse-mathilde", accept_language="fr")
    assert page.headers["content-language"] == "de"
    assert page.headers["vary"] == "Accept-Encoding"
    assert "content-language" not in ask(f"{SITE}.jsonld").headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br, gzip", "br"),
        ("gzip;q=0.5, br;q=0.5", "br"),
        ("br;q=0.5, gzip;q=0.5", "br"),
        ("BR", "br"),
        ("br;q=0", ""),
        ("br;q=0.001", "br"),
        ("*", "br"),
        ("*;q=0", ""),
        ("*, br;q=0", "gzip"),
        ("identity", ""),
        ("br;q=0.5, identity;q=1", ""),
        ("br;q=0.5, identity;q=0.5", "br"),
        ("identity;q=0.5, br;q=1", "br"),
        ("gzip", "gzip"),
        ("gzip;q=0.9, br;q=0.8", "gzip"),
        ("deflate", ""),
    ],
)
def test_the_content_coding_is_the_best_accepted_one(ask: Ask, accepted: str, coding: str) -> None:
    for path in (SITE, "/v1/sites?kind=fosse"):
        plain, reply = ask(path), ask(path, accept_encoding=accepted)
        assert reply.headers.get("content-encoding", "") == coding
        assert "Accept-Encoding" in reply.headers["vary"]
        assert reply.text == plain.text
        assert (reply.headers["etag"] != plain.headers["etag"]) is bool(coding)
        assert int(reply.headers["content-length"]) == len(reply.body)


@pytest.mark.parametrize(
    ("accepted", "form"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/geo+json;charset=UTF-8", "application/geo+json"),
        ("application/*", "application/json"),
        ("application/geo+json", "application/geo+json"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml, application/json;q=0.5", "application/rdf+xml"),
        ("application/json;q=0.4, application/geo+json;q=0.6", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/html", "application/json"),
    ],
)
def test_the_form_is_what_is_accepted(ask: Ask, accepted: str, form: str) -> None:
    reply = ask(SITE, accept=accepted)
    assert reply.status == 200
    assert reply.headers["content-type"] == form
    assert reply.headers["vary"].startswith("Accept")
    if form != "application/json":
        assert ask(reply.headers["content-location"], accept_language="fr").body == reply.body


def test_iiif_is_chosen_by_its_profile(ask: Ask) -> None:
    form = 'application/ld+json;profile="http://iiif.io/api/presentation/4/context.json"'
    reply = ask(SITE, accept=form)
    assert reply.headers["content-location"] == "/iiif/fosse-mathilde/manifest.json"
    assert reply.json() == {"type": "Manifest"}


@pytest.mark.parametrize(
    ("kind", "accepted", "path"),
    [
        ("sites", "application/ld+json", "/v1/sites/a.jsonld"),
        ("sites", "application/xml", "/v1/sites/a.lido.xml"),
        ("sites", IIIF_3, "/iiif/3/a/manifest.json"),
        ("sites", IIIF_4, "/iiif/a/manifest.json"),
        ("routes", "application/ld+json", "/v1/routes/a.jsonld"),
        ("routes", f"{IIIF_4}, application/json;q=0.1", "/v1/routes/a"),
    ],
)
def test_of_two_formats_of_one_type_the_first_is_selected(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, kind: str, accepted: str, path: str
) -> None:
    opened = open_bundle(bundle)
    monkeypatch.setattr(opened, "responses", lambda path: {"": path})
    context = create_context(opened, False, [(b"accept", accepted.encode())], b"")
    assert select_path(context, kind, "a", SITE_FORMATS if kind == "sites" else ROUTE_FORMATS) == path


@pytest.mark.parametrize("accepted", ["application/xml", "application/zip", IIIF_3])
def test_a_format_that_a_site_does_not_have_is_not_offered(ask: Ask, accepted: str) -> None:
    reply = ask(SITE, accept=accepted, accept_language="en")
    assert (reply.status, accepted in reply.json()["detail"]) == (406, False)
    assert IIIF_4 in reply.json()["detail"]


def test_a_form_that_is_not_there_is_refused_with_those_that_are(ask: Ask) -> None:
    for path in (SITE, "/v1/sites", "/v1/routes/autour-de-mathilde"):
        reply = ask(path, accept="image/png", accept_language="de")
        assert reply.status == 406
        assert "application/json" in reply.json()["detail"]


def test_the_list_is_geojson_where_asked(ask: Ask) -> None:
    for reply in (
        ask("/v1/sites", accept="application/geo+json"),
        ask("/v1/sites?f=geojson&kind=fosse", accept="application/json"),
        ask("/v1/sites?kind=fosse", accept="application/geo+json"),
    ):
        assert reply.headers["content-type"] == "application/geo+json"
        assert reply.json()["type"] == "FeatureCollection"


def test_a_program_gets_the_landing_page_and_a_person_the_first(ask: Ask) -> None:
    assert ask("/", accept="application/json").json()["links"]
    assert ask("/?f=json").json()["links"]
    for accepted in ("", "*/*", "text/html,*/*;q=0.8"):
        assert ask("/", accept=accepted).headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept" in ask("/").headers["vary"].split(", ")


@pytest.mark.parametrize(
    ("target", "status", "headers", "by"),
    [
        ("/v1/sites", 406, {"accept": "image/png", "accept_language": "nl"}, {"Accept", "Accept-Language"}),
        ("/v1/sites?lang=nl", 406, {"accept": "image/png"}, {"Accept"}),
        (SITE, 406, {"accept": "image/png"}, {"Accept", "Accept-Language"}),
        ("/v1/sites?lang=zz&limit=0", 400, {"accept_language": "nl"}, {"Accept-Language"}),
        ("/nowhere", 404, {}, {"Accept", "Accept-Language"}),
        ("/nowhere?lang=de", 404, {}, {"Accept"}),
        ("/nowhere", 404, {"accept": "text/html"}, {"Accept", "Accept-Encoding", "Accept-Language"}),
        ("/nowhere?lang=de", 404, {"accept": "text/html"}, {"Accept", "Accept-Encoding"}),
        ("/de/nowhere", 404, {"accept": "text/html"}, {"Accept", "Accept-Encoding"}),
        (f"{SITE}/states/1930/model?max_bytes=9", 404, {}, {"Accept-Encoding", "Accept-Language"}),
        (f"{SITE}/states/1930/model?max_gpu_bytes=9&lang=de", 404, {}, {"Accept-Encoding"}),
        ("/v1/sites/nowhere", 404, {}, {"Accept-Language"}),
    ],
)
def test_a_refusal_says_what_it_was_chosen_by(
    ask: Ask, target: str, status: int, headers: dict[str, str], by: set[str]
) -> None:
    reply = ask(target, **headers)
    said = reply.headers.get("vary", "").split(", ")
    assert (reply.status, sorted(said)) == (status, sorted(by))


@pytest.mark.parametrize(
    ("query", "served"),
    [
        ("lang=%65n", "en"),
        ("lang=%65%6E", "en"),
        ("l%61ng=en", "en"),
        ("lang=de%2DAT", "de"),
        ("limit=1&q=a%20b&lang=%70l", "pl"),
        ("q=%26lang%3Dde", "fr"),
        ("q=a+b&lang=nl", "nl"),
    ],
)
def test_the_language_of_an_address_may_be_encoded(ask: Ask, query: str, served: str) -> None:
    path = "/v1/sites" if "q=" in query else "/v1/terms"
    reply = ask(f"{path}?{query}")
    assert (reply.status, reply.headers["content-language"]) == (200, served)


@pytest.mark.parametrize("value", ["it", "zz-ZZ", "%C3%A9n", "en%00", "+en", "%7A%7A", "e%2Bn", "%65n%26", "de-%20x"])
def test_an_unknown_language_leads_to_the_best_other_one(ask: Ask, value: str) -> None:
    for path in (SITE, "/v1/terms", "/v1/sites", "/v1/search?q=fosse", "/ogc/collections"):
        reply = ask(f"{path}{'&' if '?' in path else '?'}lang={value}", accept_language="nl, en;q=0.5")
        assert (reply.status, reply.headers["content-language"]) == (200, "nl")
        assert "Accept-Language" in reply.headers["vary"]


@pytest.mark.parametrize(
    ("accepted", "selected"),
    [
        ("*/*, text/*;q=0", ""),
        ("text/*, text/html;q=0", ""),
        ("text/html, */*;q=0", "text/html"),
        ("text/html, text/html;q=0", "text/html"),
        ("text/html;q=0.1, */*;q=0.9, text/*;q=0", "text/html"),
        ("application/*", ""),
    ],
)
def test_the_most_specific_range_decides(accepted: str, selected: str) -> None:
    assert select_media_type(accepted, ("text/html",)) == selected


def test_a_parameter_makes_a_range_more_specific() -> None:
    assert select_media_type(f"{IIIF_4};q=0, application/ld+json", (IIIF_4,)) == ""
    assert select_media_type(IIIF_4.replace("=", " = ", 1), (IIIF_3, IIIF_4)) == IIIF_4


def test_only_so_many_parts_of_a_header_are_read() -> None:
    assert len(parse_weights(",".join(f"a{number}" for number in range(99)))) == 32


@pytest.mark.parametrize(("size", "is_packed"), [(999, False), (1000, True)])
def test_a_generated_response_is_compressed_where_it_pays_and_each_coding_has_its_tag(
    bundle: Path, size: int, is_packed: bool
) -> None:
    opened, tags = open_bundle(bundle), set()
    for accepted in ("identity", "gzip", "br"):
        context = create_context(opened, False, [(b"accept-encoding", accepted.encode())], b"")
        response = generated_response(context, b"a" * size, "application/json")
        assert response.headers.get("content-encoding", "identity") == (accepted if is_packed else "identity")
        assert response.headers.get("vary", "") == ("Accept-Encoding" if is_packed else "")
        assert re.fullmatch('"[0-9a-f]{32}(-(br|gzip)-generated)?"', response.headers["etag"])
        tags.add(response.headers["etag"])
        if response.headers.get("content-encoding") == "gzip":
            assert response.body[4:8] == bytes(4)  # no time: bytes of one tag are the same
    assert len(tags) == (3 if is_packed else 1)


HEADER = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60)


@given(HEADER | st.from_regex(r"[a-z*]{1,3}(-[A-Z]{2})?(;q=[0-9.]{1,4})?(, ?[a-z]{2}(;q=1)?){0,3}", fullmatch=True))
def test_no_header_is_too_strange(text: str) -> None:
    assert select_language(text, LANGUAGES) in LANGUAGES
    assert select_coding(text) in ("br", "gzip", "")
    assert select_media_type(text, ("application/json", "text/html")) in ("application/json", "text/html", "")
