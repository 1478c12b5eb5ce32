"""A pack has what its pages show and lead to: pictures, no larger than they are shown, grounds of maps, and shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Route, Show, Trail
from carreau.base.schema.lists import Pack, Territory
from carreau.base.schema.parts import Picture
from carreau.base.schema.site import Card, Site
from carreau.site.content_store import ContentStore
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_content import Assets, SiteContent
from carreau.site.pages.trail_and_show_pages import show_page, show_script
from carreau.site.publish import bundle_answers
from carreau.site.publish.bundle_answers import Answers, link
from carreau.site.publish.offline_packs import add_packs
from tests.pipeline.site.pages.made import BARE, RICH, ROUTE, edition, medium, picture, rich, route, table
from tests.pipeline.site.pages.made_show import moving_map, show
from tests.pipeline.site.pages.made_trail import TRAIL, trail

MADE = edition()


def of(name: str, width: int) -> Picture:
    return Picture.model_validate({**picture(name), "width": width})


CORNERS = {slug: of(f"corner-{slug}", 640) for slug in (RICH, BARE)}


def with_corners(made: SiteContent) -> SiteContent:
    told = {code: Territory.model_validate(table(code)) for code in LANGUAGES}
    placed = {
        code: each.model_copy(
            update={"places": tuple(place.model_copy(update={"picture": CORNERS[place.slug]}) for place in each.places)}
        )
        for code, each in told.items()
    }
    return replace(made, territory=placed)


def packed(folder: Path, cards: dict[str, dict[str, Card]]) -> set[str]:
    """Return the addresses of the files of a walk to the rich site alone, whose page leads on to the bare one."""
    walk = {code: Route.model_validate({**route(code), "stops": route(code)["stops"][:1]}) for code in LANGUAGES}
    packs = add_packs(walk, replace(with_corners(MADE), cards=cards), (), Answers(ContentStore(folder)))
    return {file.url for pack, _ in packs for file in pack.files}


def cards_with(*pictures: Picture) -> dict[str, dict[str, Card]]:
    """Return the cards of the edition, with pictures on those of the bare site."""
    own = {"picture": pictures[-1] if pictures else None, "pictures": pictures}
    beyond = {code: each.model_copy(update=own) for code, each in MADE.cards[BARE].items()}
    return {RICH: dict(MADE.cards[RICH]), BARE: beyond}


def test_a_place_that_a_stop_leads_on_to_has_its_corner_and_the_stop_its_own_picture(tmp_path: Path) -> None:
    urls = packed(tmp_path, cards_with())
    assert CORNERS[BARE].url in urls
    assert CORNERS[RICH].url not in urls


def test_of_its_own_pictures_only_the_small_one_that_a_card_shows_is_there(tmp_path: Path) -> None:
    tiny, small, whole = of("tiny", 160), of("small-480", 480), of("whole", 1200)
    urls = packed(tmp_path, cards_with(tiny, small, whole))
    assert small.url in urls
    assert not {tiny.url, whole.url, CORNERS[BARE].url} & urls


class Published:
    """An edition with a trail, a route, their maps and shows, and every file that these name in a store."""

    def __init__(self, folder: Path) -> None:
        """Store the files, and the pages of the shows."""
        self.answers = Answers(ContentStore(folder))
        self.relief = Picture(**self.put("relief", "webp").model_dump(), width=1800, height=1400)
        self.grounds = {name: self.put(f"ground {name}", "webp").url for name in ("trail", "site")}
        assets = Assets(
            **{f"{name}_script": self.put(name, "js").url for name in ("show", "app")},
            style=self.put("style", "css").url, model_viewer=self.put("library", "js").url,
            fonts=(self.put("font", "woff2").url,),
        )  # fmt: skip
        sites = {RICH: {code: self._site(code) for code in LANGUAGES}, BARE: dict(MADE.sites[BARE])}
        trails = {TRAIL: {code: self._trail(code) for code in LANGUAGES}}
        relief = {
            "year": "2024", "credit": "IGN", "licence": "LO", "share": 1.0, "has_photo": False,
            "ground": self.relief.model_dump(), "bounds": (3.2, 50.2, 3.6, 50.6),
        }  # fmt: skip
        territory = {code: Territory.model_validate(table(code) | {"relief": relief}) for code in LANGUAGES}
        self.media = {slug: [self._medium(medium(f"{slug}-{each}", each)) for each in ("image", "sound", "video")]
                      for slug in (TRAIL, RICH)}  # fmt: skip
        shows = {
            TRAIL: {code: Show.model_validate(show(TRAIL, "trails", code, self.media[TRAIL])) for code in LANGUAGES},
            RICH: {
                code: Show.model_validate(show(RICH, "sites", code, self.media[RICH], f"{RICH}/today"))
                for code in LANGUAGES
            },
        }
        self.edition = replace(MADE, assets=assets, sites=sites, trails=trails, territory=territory, shows=shows)
        for code in LANGUAGES:
            for each in shows.values():
                self.answers.add(
                    each[code].pages[code], code, show_page(each, Renderer(self.edition, code)), "html"
                )  # fmt: skip

    def put(self, content: str, ext: str) -> Any:
        return link(self.answers.store.add_bytes(content.encode(), ext))

    def packs(self, of: Mapping[str, Route | Trail], level: str = "phone") -> dict[str, Pack]:
        """Return the packs of a level by language."""
        found = add_packs(of, self.edition, (), self.answers)
        return {pack.lang: pack for pack, _ in found if pack.level == level}

    def _medium(self, told: dict[str, Any]) -> dict[str, Any]:
        for variant in told["variants"]:
            # A sound in a WebM has another type than its suffix says.
            ext = {"jpeg": "jpg", "opus": "webm"}.get(variant["ext"], variant["ext"])
            variant |= self.put(variant["url"], ext).model_dump(exclude={"media_type"})
        if told["captions"]:
            told["captions"] = self.put("WEBVTT\n", "vtt").model_dump()
            told["tracks"] = [
                self.put(f"WEBVTT\n\n{lang}\n", "vtt").model_dump() | {"lang": lang} for lang in ("fr", "nl")
            ]
        return told

    def _trail(self, code: str) -> Trail:
        told = trail(code)
        maps = [moving_map("en-marche", told["pages"], self.grounds["trail"]), moving_map("sans-fond", told["pages"])]
        return Trail.model_validate(told | {"maps": maps})

    def _site(self, code: str) -> Site:
        told = rich(code)
        told["maps"] = [moving_map("puits", told["pages"], self.grounds["site"])]
        for state in told["states"]:
            state["levels"] = [each | self.put(each["level"], each["ext"]).model_dump() for each in state["levels"]]
        return Site.model_validate(told)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return Published(tmp_path_factory.mktemp("packs"))


def files_of_script(published: Published, slug: str) -> set[str]:
    return set(show_script(published.edition.shows[slug], published.edition)["files"])


@pytest.mark.parametrize("level", ["preview", "phone"])
def test_the_pack_of_a_trail_has_its_show_and_those_of_its_places(published: Published, level: str) -> None:
    for code, pack in published.packs(published.edition.trails[TRAIL], level).items():
        urls = {file.url: file for file in pack.files}
        for slug in (TRAIL, RICH):
            page = published.edition.shows[slug][code].pages[code]
            assert urls[bundle_answers.anywhere(page, code, "html")].role == "page"
            assert files_of_script(published, slug) <= urls.keys()
        tracks = {track["url"] for told in published.media.values() for each in told for track in each["tracks"]}
        assert {urls[each].role for each in tracks} == {"captions"}
        for told in (*published.media[TRAIL], *published.media[RICH]):
            of_it = [urls[form["url"]] for form in told["variants"]]
            assert {each.role for each in of_it} == {told["kind"]}
            assert [each.media_type for each in of_it] == [form["media_type"] for form in told["variants"]]
        assert urls[published.edition.assets.show_script].role == "app"
        assert pack.bytes == sum(file.brotli_bytes or file.bytes for file in pack.files)


def test_a_show_of_a_place_is_in_the_packs_of_its_routes(published: Published) -> None:
    pack = published.packs(published.edition.routes[ROUTE])["fr"]
    urls = {file.url for file in pack.files}
    assert published.edition.shows[RICH]["fr"].pages["fr"] in {each.partition(".html")[0] for each in urls}
    assert files_of_script(published, RICH) <= urls
    assert not {form["url"] for each in published.media[TRAIL] for form in each["variants"]} & urls


def test_packs_have_the_grounds_of_their_maps_and_the_relief_under_the_others(published: Published) -> None:
    told = published.packs(published.edition.trails[TRAIL])["fr"]
    walk = published.packs(published.edition.routes[ROUTE])["fr"]
    by_url = [{file.url: file.role for file in pack.files} for pack in (told, walk)]
    assert [each.get(published.relief.url) for each in by_url] == ["data", "data"]
    assert [each.get(published.grounds["site"]) for each in by_url] == ["data", "data"]
    assert [each.get(published.grounds["trail"]) for each in by_url] == ["data", None]
