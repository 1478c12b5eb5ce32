"""At each identifier of a static copy is a page that leads on to what it identifies."""

from __future__ import annotations

import functools
import re

import pytest
from lxml import html

from carreau.exports.schema_org import schema_org_route, schema_org_site
from carreau.exports.urls import Urls
from carreau.site.pages.pages import make_pages
from carreau.site.pages.site_content import Page
from carreau.site.publish import bundle_answers
from tests.pipeline.exports import told
from tests.pipeline.site.pages.made import BARE, RICH, ROUTE, edition


@functools.cache
def pages() -> dict[str, Page]:
    """Return them by address."""
    return {page.address: page for page in make_pages(edition()) if page.address.startswith("/id/")}


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        (f"/id/sites/{BARE}", f"/fr/sites/{BARE}"),
        (f"/id/sites/{RICH}/place", f"/fr/sites/{RICH}"),
        (f"/id/routes/{ROUTE}", f"/fr/parcours/{ROUTE}"),
        ("/id/publisher", "/fr/mentions-legales"),
    ],
)
def test_an_identifier_leads_on(address: str, leads_to: str) -> None:
    page = pages()[address]
    assert (page.language, page.ext) == ("fr", "html")
    read = html.fromstring(page.content.decode())
    assert read.xpath("//meta[@http-equiv='refresh']/@content") == [f"0; url={leads_to}"]
    links = dict(zip(read.xpath("//a/@hreflang"), read.xpath("//a/@href"), strict=True))
    assert set(links) == {"fr", "en", "nl", "de", "pl"}
    assert links["fr"] == leads_to
    assert read.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert bundle_answers.static_path(address, "fr", "html") == f"{address[1:]}/index.html"


def test_parts_are_shown_on_the_page() -> None:
    site = edition().sites[RICH]["fr"]
    for kind, parts in (("states", site.states), ("annotations", site.annotations), ("tours", site.tours)):
        assert parts
        for part in parts:
            read = html.fromstring(pages()[f"/id/sites/{RICH}/{kind}/{part.id}"].content.decode())
            for address in read.xpath("//a/@href"):
                fragment = address.partition("#")[2]
                assert fragment.startswith("state=")
                assert part.id in re.split(r"[=&.]", fragment)


@pytest.mark.parametrize("slug", [*told.REAL[:3], "demonstration"])
def test_every_identifier_of_a_document_is_one_of_ours(slug: str) -> None:
    """Compare what documents of real places name with the forms of the pages and of the server."""
    document = schema_org_site(told.site(slug)).decode() + schema_org_route(told.route(told.ROUTES[0])).decode()
    found = set(re.findall(rf'"@id": ?"{re.escape(Urls().base)}(/id/[^"]+)"', document))
    assert f"/id/sites/{slug}" in found
    forms = r"/id/(sites|routes)/[a-z0-9-]+(/(states|annotations|tours)/[a-z0-9-]+|/place)?"
    assert [each for each in found if not re.fullmatch(forms, each)] == []
