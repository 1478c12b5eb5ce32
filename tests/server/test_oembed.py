"""Other people's pages can show ours, and nobody else's."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from carreau.base.schema.parts import SHARES, Share, Shares
from carreau_server.app import create_app
from carreau_server.settings import Settings
from tests.conftest import PROJECT, need
from tests.server import bundles
from tests.server.asking import Ask, Reply, of_app
from tests.server.bundles import BASE_URL

PAGE = f"{BASE_URL}/fr/sites/fosse-mathilde"


def said(ask: Ask, url: str, more: str = "") -> Reply:
    return ask(f"/oembed?url={quote(url, safe='')}{more}")


def frame(html: str) -> dict[str, str | None]:
    found: list[dict[str, str | None]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "iframe":
                found.append(dict(attrs))

    Reader().feed(html)
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (PAGE, "/embed/fosse-mathilde?lang=fr"),
        (f"{BASE_URL}/de/orte/fosse-mathilde", "/embed/fosse-mathilde?lang=de"),
        (f"{PAGE}/1930", "/embed/fosse-mathilde?lang=fr&state=1930"),
        (f"{PAGE}?state=1930", "/embed/fosse-mathilde?lang=fr&state=1930"),
        (f"{PAGE}#state=1930", "/embed/fosse-mathilde?lang=fr&state=1930"),
        (f"{PAGE}?utm_source=x", "/embed/fosse-mathilde?lang=fr"),
        (f"{PAGE}#state=1930&colours=F8F6F2,93361f", "/embed/fosse-mathilde?lang=fr&state=1930&colours=F8F6F2,93361f"),
        (f"{PAGE}#colours=dark&display=pyramid", "/embed/fosse-mathilde?lang=fr&colours=dark&display=pyramid"),
        (f'{PAGE}?colours="><script>&display=other', "/embed/fosse-mathilde?lang=fr"),
        (f"{BASE_URL}/embed/fosse-mathilde?lang=pl", "/embed/fosse-mathilde?lang=pl"),
        ("/en/sites/fosse-mathilde", "/embed/fosse-mathilde?lang=en"),
    ],
)
def test_a_page_of_ours_can_be_framed(ask: Ask, url: str, source: str) -> None:
    answer = said(ask, url).json()
    assert (answer["version"], answer["type"]) == ("1.0", "rich")
    shown = frame(answer["html"])
    assert shown["src"] == BASE_URL + source
    assert (shown["width"], shown["height"]) == (str(answer["width"]), str(answer["height"])) == ("800", "600")
    assert "xr-spatial-tracking" in str(shown["allow"])
    assert "geolocation" in str(shown["allow"])
    assert answer["thumbnail_url"].startswith(f"{BASE_URL}/a/")
    assert ask(source).headers["content-type"].startswith("text/html")


def test_a_route_is_a_link_as_long_as_it_has_no_frame(ask: Ask) -> None:
    answer = said(ask, f"{BASE_URL}/fr/parcours/autour-de-mathilde").json()
    assert answer["type"] == "rich"
    assert f'href="{BASE_URL}/fr/parcours/autour-de-mathilde"' in answer["html"]


TRAIL = f"{BASE_URL}/fr/recits/la-greve-de-mathilde"


@pytest.mark.parametrize(
    ("url", "query"),
    [
        (TRAIL, "lang=fr"),
        (f"{BASE_URL}/nl/verhaalroutes/la-greve-de-mathilde", "lang=nl"),
        (f"{TRAIL}#chapter=debut", "lang=fr&chapter=debut"),
        (f"{TRAIL}#chapter=&quot;><script>", "lang=fr"),
        (f"{BASE_URL}/embed/trails/la-greve-de-mathilde?lang=de", "lang=de"),
    ],
)
def test_a_trail_can_be_framed_at_a_chapter(shared: Ask, url: str, query: str) -> None:
    shown = frame(said(shared, url).json()["html"])
    assert shown["src"] == f"{BASE_URL}/embed/trails/la-greve-de-mathilde?{query}"
    assert "geolocation" not in str(shown["allow"])  # only the viewer of a place asks for a position in a frame
    assert said(shared, f"{TRAIL}?state=1930").status == 404
    assert said(shared, f"{BASE_URL}/embed/others/la-greve-de-mathilde").status == 404


def test_a_title_cannot_break_out(ask: Ask) -> None:
    answer = said(ask, f"{BASE_URL}/fr/sites/terril-renard").json()
    assert answer["title"] == "Terril Renard <b>"
    assert "<b>" not in answer["html"]
    assert frame(answer["html"])["title"] == "Terril Renard <b>"


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/fr/sites/fosse-mathilde",
        "https://carreau.example.evil.example/fr/sites/fosse-mathilde",
        "https://carreau.example@evil.example/fr/sites/fosse-mathilde",
        "//carreau.example/fr/sites/fosse-mathilde",
        "javascript:alert(1)//carreau.example",
        f"{BASE_URL}/fr/sites/nowhere",
        f"{PAGE}/1066",
        f"{PAGE}?state=1066",
        f"{BASE_URL}/fr/",
        f"{BASE_URL}/v1/sites/fosse-mathilde",
        f"{BASE_URL}/fr/parcours/autour-de-mathilde?state=1930",
        "http://[",
        "nonsense",
        f"{PAGE}?{'&'.join(f'a{number}=1' for number in range(25))}",
        f"{PAGE}#{'&'.join(f'a{number}=1' for number in range(25))}",
    ],
)
def test_an_address_that_is_no_page_of_ours_is_refused(ask: Ask, url: str) -> None:
    assert said(ask, url).status == 404


@pytest.mark.parametrize(
    ("more", "width", "height"), [("&maxwidth=400", 400, 600), ("&maxheight=90&maxwidth=9000", 800, 90)]
)
def test_it_is_never_larger_than_asked(ask: Ask, more: str, width: int, height: int) -> None:
    answer = said(ask, PAGE, more).json()
    assert (answer["width"], answer["height"]) == (width, height)
    assert answer.get("thumbnail_width", 0) <= width
    assert answer.get("thumbnail_height", 0) <= height


@pytest.mark.parametrize(
    ("more", "size"),
    [("", (640, 480)), ("&maxwidth=639", (320, 240)), ("&maxheight=240", (320, 240)), ("&maxwidth=100", None)],
)
def test_the_thumbnail_is_the_largest_picture_within_the_limits(
    ask: Ask, more: str, size: tuple[int, int] | None
) -> None:
    answer = said(ask, PAGE, more).json()
    assert (answer.get("thumbnail_width"), answer.get("thumbnail_height")) == (size or (None, None))
    assert ("thumbnail_url" in answer) is (size is not None)
    if size:
        assert ask(answer["thumbnail_url"].removeprefix(BASE_URL)).headers["content-type"].startswith("image/")


def test_xml_says_the_same_as_json(ask: Ask) -> None:
    reply = said(ask, PAGE, "&format=xml")
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(reply.text)  # noqa: S314 - our own
    assert root.tag == "oembed"
    assert {each.tag: each.text for each in root} == {k: str(v) for k, v in said(ask, PAGE).json().items()}


def test_programs_of_others_may_say_more_and_other_formats_are_not_written(ask: Ask) -> None:
    assert said(ask, PAGE, "&dnt=1&_jsonp=x").status == 200
    assert said(ask, PAGE, "&format=yaml").status == 501
    assert said(ask, PAGE, "&maxwidth=0").status == 400
    assert ask("/oembed").status == 400


def test_it_has_all_that_the_example_has(asked: Ask) -> None:
    path = PROJECT.parent / "shared" / "standards" / "examples" / "oembed.json"
    need(path.is_file(), "the examples of standards do not lie beside the project")
    assert set(json.loads(path.read_text(encoding="utf-8"))) <= set(said(asked, PAGE).json())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """An app over a bundle with shares: what is said of places and routes where others show them."""
    folder = tmp_path_factory.mktemp("shared")
    making = bundles.Making(folder)
    bundles.fill(making)
    emblem = making.link(b"an emblem", "png", "image/png")
    for lang in bundles.LANGUAGES:
        share = Share(invitation=f"Read its story ({lang})", picture=emblem.url, width=1200, height=630)
        told = Shares(lang=lang, sites={"fosse-mathilde": share}, routes={"autour-de-mathilde": share})
        making.answer(SHARES, lang, told.model_dump_json().encode())
        making.answer("/embed/trails/la-greve-de-mathilde", lang, b"<!doctype html><p>trail", "html", "text/html")
    making.finish()
    return of_app(create_app(Settings(folder)))


def test_the_title_says_what_a_visitor_gets(shared: Ask) -> None:
    answer = said(shared, f"{BASE_URL}/de/orte/fosse-mathilde").json()
    assert answer["title"].endswith(" – Read its story (de)")
    assert frame(answer["html"])["title"] == answer["title"].removesuffix(" – Read its story (de)")
    own = answer["thumbnail_url"]
    answer = said(shared, f"{BASE_URL}/pl/trasy/autour-de-mathilde").json()
    assert answer["title"] == "Autour de Mathilde – Read its story (pl)"
    assert answer["thumbnail_url"].endswith(".png")
    assert answer["thumbnail_url"] != own
    assert (answer["thumbnail_width"], answer["thumbnail_height"]) == (1200, 630)
    small = said(shared, f"{BASE_URL}/pl/trasy/autour-de-mathilde", "&maxwidth=600").json()
    assert "thumbnail_url" not in small
