"""A page says how to go there: on foot, by bicycle, with the phone's own map, and what is known about arriving."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.parts import Place, Text
from carreau.base.schema.site import Visit
from carreau.base.translator import Translator
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.place_actions import directions

ARENBERG = Place(lon=3.41234, lat=50.387654)
CHURCH = Text(text="Devant l’église.", lang="fr", standing="source")


def texts(language: str = "en") -> PageTexts:
    return PageTexts(language, Translator(language), lambda _kind, _name: "")


def test_links_name_the_place_in_the_order_that_maps_take() -> None:
    found = directions(ARENBERG, "Fosse d’Arenberg (site minier)", texts())
    assert found is not None
    assert found.coordinates == "50.38765, 3.41234"
    at, _, label = unquote(found.geo).partition("?q=")
    assert at == "geo:50.38765,3.41234"
    assert label == "50.38765,3.41234(Fosse d’Arenberg (site minier))"
    assert "(" not in found.geo.partition("(")[2]
    by_mode = {way.mode: way for way in found.ways}
    assert list(by_mode) == ["walk", "bike"]
    for mode, flag, engine in (("walk", "w", "foot"), ("bike", "c", "bike")):
        apple = parse_qs(urlsplit(by_mode[mode].apple).query)
        assert apple == {"daddr": ["50.38765,3.41234"], "dirflg": [flag]}
        web = parse_qs(urlsplit(by_mode[mode].web).query)
        assert web["engine"] == [f"fossgis_osrm_{engine}"]
        start, end = web["route"][0].split(";")
        assert (start, end) == ("", "50.38765,3.41234")


@pytest.mark.parametrize("position", [None, Place(lon=3.4, lat=50.4, is_simulated=True)])
def test_nobody_is_sent_to_a_place_that_is_not_known_or_not_real(position: Place | None) -> None:
    assert directions(position, "Démonstration", texts()) is None


def test_what_is_known_has_its_source_and_the_rest_is_named_once() -> None:
    visit = Visit(parking=CHURCH, parking_source="visited on 3 May 2026", is_step_free=False, step_free_source="plan")
    found = directions(ARENBERG, "Fosse", texts(), visit)
    assert found is not None
    assert [(each.label, each.text, each.source) for each in found.known] == [
        ("Parking", CHURCH, "visited on 3 May 2026"),
        ("Step-free", "no", "plan"),
    ]
    assert "bus stop" in found.unknown
    assert not {"parking", "step-free access"} & set(found.unknown)


def test_a_place_of_which_nothing_is_known_says_so_in_one_list() -> None:
    found = directions(ARENBERG, "Fosse", texts())
    assert found is not None
    assert found.known == ()
    assert {"parking", "bus stop", "step-free access"} <= set(found.unknown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_of_a_route_has_links_only(language: str) -> None:
    found = directions(ARENBERG, "Fosse", texts(language), is_start=True)
    assert found is not None
    assert (found.known, found.unknown) == ((), ())
    assert found.heading != directions(ARENBERG, "Fosse", texts(language)).heading  # type: ignore[union-attr]
