"""What a visitor gets at a place, from what it really has, and the picture that shows it elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import html
from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Route
from carreau.base.schema.site import Site
from carreau.site.pages.addresses import SHARE_SIZE, share_files
from carreau.site.pages.cards import invitation, more, route_invitation, route_picture, share_picture, shares
from carreau.site.pages.pages import make_pages
from carreau.site.pages.rendering import Renderer, emblem_names
from tests.pipeline.site.pages.made import BARE, BASE, RICH, ROUTE, bare, edition, rich, route

SHARES = {"terril": "/a/tip.png", "walk": "/a/walk.png", "other": "/a/other.png", "demonstration": "/a/shown.png"}


def site(**changes: Any) -> Site:
    return Site.model_validate(rich("en") | changes)


def said(of: Site, language: str = "en") -> str:
    return invitation(of, Renderer(edition(), language).texts())


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "See it in 1930"), ("fr", "Voyez ce lieu en 1930"), ("nl", "Bekijk het in 1930"),
        ("de", "So sah es 1930 aus"), ("pl", "Zobacz to w 1930 roku"),
    ],
)  # fmt: skip
def test_the_past_comes_first_in_five_languages(language: str, expected: str) -> None:
    assert said(site(), language) == expected


def test_nothing_is_promised_that_is_not_there() -> None:
    today, past = rich("en")["states"]
    unbuilt = past | {"levels": []}
    recent = today | {"date": {"edtf": "2024-05", "text": "May 2024"}}
    undated = today | {"date": {"edtf": "19XX", "text": "last century"}}
    sounds = [each for each in rich("en")["media"] if each["kind"] == "sound"]
    pictures = [each for each in rich("en")["media"] if each["kind"] == "image"]
    assert said(site(states=[today, unbuilt])) == "See it in 3D"
    assert said(site(states=[recent])) == "See it in 3D"
    assert said(site(states=[undated])) == "See it in 3D"
    assert said(site(states=[], tours=[], media=sounds)) == "Listen to its story"
    assert said(site(states=[], tours=[], media=pictures)) == "See it in pictures"
    assert said(Site.model_validate(bare("en"))) == "Read its story"


def test_what_else_there_is_is_said() -> None:
    texts = Renderer(edition(), "en").texts()
    assert more(site(), texts) == ["in 3D", "in augmented reality", "with sound"]
    assert more(Site.model_validate(bare("en")), texts) == []


def test_a_route_invites_to_walk_or_ride_in_its_commune_or_past_its_places() -> None:
    texts = Renderer(edition(), "en").texts()
    told = route("en")
    assert route_invitation(Route.model_validate(told), texts) == "Walk past 3 places"
    inside = told | {"stops": told["stops"][:2]}
    assert route_invitation(Route.model_validate(inside), texts) == "Walk in Denain"
    bike = inside | {"mode": {"code": "bike", "text": "by bicycle"}}
    assert route_invitation(Route.model_validate(bike), texts) == "Ride in Denain"


def test_a_place_without_a_picture_has_its_corner_of_the_table_else_an_emblem() -> None:
    made = edition(has_table=True)
    picture = share_picture(made.sites[BARE]["en"], made)
    assert picture is not None
    assert (picture.is_emblem, picture.url.startswith("/a/")) == (False, True)
    bare_edition = edition()
    assert share_picture(bare_edition.sites[BARE]["en"], bare_edition) is None
    drawn_edition = replace(bare_edition, assets=replace(bare_edition.assets, share_pictures=SHARES))
    emblem = share_picture(drawn_edition.sites[BARE]["en"], drawn_edition)
    assert emblem is not None
    assert (emblem.url, emblem.width, emblem.height, emblem.is_emblem) == ("/a/tip.png", *SHARE_SIZE, True)


def test_a_route_has_a_picture_of_its_own_else_of_its_places_else_an_emblem() -> None:
    made = edition()
    own = route_picture(made.routes[ROUTE]["en"], made)
    assert own is not None
    assert own.alt
    plain_route = Route.model_validate(route("en") | {"media": []})
    of_place = route_picture(plain_route, made)
    assert of_place == share_picture(made.sites[RICH]["en"], made)
    elsewhere = Route.model_validate(route("en") | {"media": [], "stops": route("en")["stops"][2:]})
    assert route_picture(elsewhere, made) is None
    drawn_edition = replace(made, assets=replace(made.assets, share_pictures=SHARES))
    emblem = route_picture(elsewhere, drawn_edition)
    assert emblem is not None
    assert emblem.url == "/a/walk.png"


@pytest.mark.parametrize("language", LANGUAGES)
def test_link_previews_have_a_picture_and_say_what_there_is(language: str) -> None:
    base = edition()
    made = replace(base, assets=replace(base.assets, share_pictures=SHARES))
    pages = {page.address: page.content for page in make_pages(made) if page.language == language}
    all_shares = shares(made, Renderer(made, language).texts())
    entries = [(made.sites[slug][language], all_shares.sites[slug]) for slug in (RICH, BARE)]
    entries += [(made.routes[ROUTE][language], all_shares.routes[ROUTE])]  # type: ignore[list-item]
    for entry, share in entries:
        page = html.fromstring(pages[entry.pages[language]].decode())
        told = {each.get("property"): each.get("content") for each in page.xpath("//meta[@property]")}
        assert told["og:image"] == BASE + share.picture
        assert (told["og:image:width"], told["og:image:height"]) == (str(share.width), str(share.height))
        assert told["og:image:alt"]
        assert told["og:description"].startswith(f"{share.invitation}.")


def test_every_emblem_of_a_kind_has_a_picture_of_the_right_size() -> None:
    files = share_files()
    assert set(files) == emblem_names() - {"bus", "car"}
    for path in files.values():
        with Image.open(path) as image:
            assert image.size == SHARE_SIZE
        assert path.stat().st_size < 30_000
