"""A bundle that is served at another origin than it was published for names that one, and security.txt whom to tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carreau.base.schema import bundle
from carreau_server.app import create_app
from carreau_server.settings import Settings
from tests.server import bundles
from tests.server.asking import of_app, of_server, served

OTHER = "http://127.0.0.1:8123"
PAGE = f"""<!doctype html><html lang=fr><link rel=canonical href="{bundles.BASE_URL}/fr/une-page">
<link rel=alternate href="/oembed?url=https%3A%2F%2Fcarreau.example%2Ffr%2Fune-page"><title>{bundles.BASE_URL}.</title>
<a href="{bundles.BASE_URL}.org/">another</a><a href="{bundles.BASE_URL}:81/">a port</a>"""
SITEMAP = f"<urlset><url><loc>{bundles.BASE_URL}/fr/une-page</loc></url></urlset>"
ROBOTS = f"User-agent: *\nSitemap: {bundles.BASE_URL}/sitemap.xml\n"


def make(folder: Path, contact: str = "") -> Path:
    making = bundles.Making(folder)
    bundles.fill(making)
    making.answer("/fr/une-page", "fr", PAGE.encode(), "html", "text/html; charset=utf-8")
    making.answer("/sitemap.xml", "", SITEMAP.encode(), "xml", "application/xml")
    making.answer("/robots.txt", "", ROBOTS.encode(), "txt", "text/plain; charset=utf-8")
    making.answer("/picture", "", bundles.BASE_URL.encode(), "png", "image/png")
    if contact:
        making.db.execute("INSERT INTO about VALUES (?, ?)", (bundle.CONTACT, contact))
    making.finish()
    return folder


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("moved"), "mailto:musee@example.org")


@pytest.mark.parametrize("base_url", ["", bundles.BASE_URL, f"{bundles.BASE_URL}/"])
def test_documents_are_as_published_where_the_origin_is_theirs(moved: Path, base_url: str) -> None:
    ask = of_app(create_app(Settings(moved, base_url=base_url)))
    assert (ask("/fr/une-page").text, ask("/sitemap.xml").text, ask("/robots.txt").text) == (PAGE, SITEMAP, ROBOTS)


@pytest.mark.parametrize("coding", ["", "br", "gzip"])
def test_canonical_sitemap_and_robots_name_the_origin_that_is_served(moved: Path, coding: str) -> None:
    with served(moved, "--base-url", f"{OTHER}/", "--no-access-log") as (port, _):
        ask = of_server(port)
        page = ask("/fr/une-page", accept_encoding=coding)
        for text in (page.text, ask("/sitemap.xml").text, ask("/robots.txt").text):
            assert OTHER in text
        assert f'rel=canonical href="{OTHER}/fr/une-page"' in page.text
        assert "/oembed?url=http%3A%2F%2F127.0.0.1%3A8123%2Ffr%2Fune-page" in page.text
        assert f"<title>{OTHER}.</title>" in page.text
        assert f'"{bundles.BASE_URL}.org/"' in page.text
        assert f'"{bundles.BASE_URL}:81/"' in page.text
        assert (page.headers["content-type"], page.headers["content-language"]) == ("text/html; charset=utf-8", "fr")
        assert ask("/fr/une-page", accept_encoding=coding, if_none_match=page.headers["etag"]).status == 304
        published = of_app(create_app(Settings(moved)))("/fr/une-page", accept_encoding=coding)
        assert published.headers["etag"] != page.headers["etag"]
        assert ask("/picture").text == bundles.BASE_URL
        assert ask("/oembed?url=/fr/sites/fosse-mathilde").json()["provider_url"] == f"{OTHER}/"
        assert ask("/openapi.json").json()["servers"] == [{"url": OTHER}]
        assert "strict-transport-security" not in page.headers


@pytest.mark.parametrize(
    "path",
    [
        "/v1/sites",
        "/v1/sites?f=geojson",
        "/v1/sites/fosse-mathilde",
        "/v1/routes",
        "/ogc/collections/sites/items",
        "/fr/recherche",
        "/fr/recherche?q=mathilde",
        "/404",
        "/nowhere",
    ],
)
def test_nothing_names_the_origin_of_the_publication(moved: Path, path: str) -> None:
    ask = of_app(create_app(Settings(moved, base_url=OTHER)))
    assert "carreau.example" not in ask(path, accept="text/html,*/*;q=0.5").text.replace(
        "https://carreau.example.org", ""
    )


def test_security_txt_names_the_contact_of_the_publisher(moved: Path) -> None:
    reply = of_app(create_app(Settings(moved)))("/.well-known/security.txt")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert reply.headers["cache-control"] == "no-store"
    fields = dict(line.split(": ", 1) for line in reply.text.splitlines())
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Contact"] == "mailto:musee@example.org"
    assert fields["Preferred-Languages"] == "fr, en, nl, de, pl"
    assert fields["Canonical"] == f"{bundles.BASE_URL}/.well-known/security.txt"
    left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=180) < left < timedelta(days=365)


@pytest.mark.parametrize("contact", ["", "http://example.org", "https://example.org/a b", "mailto:a@b.c\nContact: x"])
def test_there_is_no_security_txt_without_a_contact_that_it_may_name(tmp_path: Path, contact: str) -> None:
    assert of_app(create_app(Settings(make(tmp_path, contact))))("/.well-known/security.txt").status == 404
