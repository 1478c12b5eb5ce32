"""A pack has the pictures that its pages show, of places beyond the route too, and no larger than they are shown."""

from __future__ import annotations

from pathlib import Path

from pipeline.bundle.content_store import ContentStore
from pipeline.i18n.languages import LANGUAGES
from pipeline.publish.answers import Answers
from pipeline.publish.offline_packs import add_packs
from pipeline.schema.file_links import Picture
from pipeline.schema.route import Route
from pipeline.schema.site import Card
from tests.pipeline.pages.made import BARE, RICH, edition, picture, route

MADE = edition()


def of(name: str, width: int) -> Picture:
    return Picture.model_validate({**picture(name), "width": width})


CORNERS = {slug: of(f"corner-{slug}", 640) for slug in (RICH, BARE)}


def packed(folder: Path, cards: dict[str, dict[str, Card]]) -> set[str]:
    """Return the addresses of the files of a walk to the rich site alone, whose page leads on to the bare one."""
    walk = {code: Route.model_validate({**route(code), "stops": route(code)["stops"][:1]}) for code in LANGUAGES}
    packs = add_packs(walk, MADE.sites, (), Answers(ContentStore(folder)), "", cards, CORNERS)
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
