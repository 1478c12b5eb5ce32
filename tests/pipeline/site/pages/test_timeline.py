"""The timeline of the basin: nothing on it is made up, and a place finds itself on it."""

from __future__ import annotations

from itertools import pairwise, product
from math import hypot

from carreau.base.schema.site import Site
from carreau.site.pages.list_pages import Drawing, timeline
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.rendering import Renderer
from tests.pipeline.site.pages.made import BARE, RICH, bare, day, edition, rich, term
from tests.pipeline.site.pages.reading import of, read, words

EDITION = edition()
SITES = [
    Site.model_validate({**rich("fr"), "is_demonstration": False}),
    Site.model_validate(bare("fr")),
    Site.model_validate(
        {**bare("fr"), "slug": "cite", "theme": term("habitat"), "dates": [
            {"event": term("built"), "when": day("1914/1945")}, {"event": term("built"), "when": day("1831")},
            {"event": term("other"), "when": day("1989-03")},
        ]}
    ),
]  # fmt: skip


def texts() -> PageTexts:
    return Renderer(EDITION, "fr").texts()


def test_every_dated_event_is_a_dot_and_no_dot_is_anything_else() -> None:
    made = timeline(SITES, texts())
    assert made is not None
    assert made.events == len(made.wide.dots) == len(made.tall.dots) == 5
    assert (made.first, made.last) == (1720, 2012)
    assert not any(dot.is_own for dot in made.wide.dots)


def test_the_basin_is_told_by_its_pits_and_by_what_has_a_source() -> None:
    made = timeline(SITES, texts())
    assert made is not None
    assert [(each.year, bool(each.source)) for each in made.moments] == [
        (1720, True), (1831, False), (1990, True), (2012, True),
    ]  # fmt: skip
    assert [each.source.rpartition(", ")[2] for each in made.moments] == [
        "info.lenord.fr", "", "mineurdefond.fr", "whc.unesco.org/fr/decisions/4800",
    ]  # fmt: skip
    assert made.moments[1].place is SITES[0]
    assert [each.number for each in made.moments] == [1, 2, 3, 4]


def test_a_place_stands_out_with_its_dates_and_its_period() -> None:
    made = timeline(SITES, texts(), RICH)
    assert made is not None
    assert [each.year for each in made.moments if each.is_own] == [1831, 1862]
    assert sum(dot.is_own for dot in made.wide.dots) == 2
    begin, end = made.wide.span or (0, 0)
    assert 0 < begin < end < made.wide.width


def test_a_place_without_dates_and_one_that_is_made_up_have_none() -> None:
    assert timeline(SITES, texts(), BARE) is None
    assert timeline([Site.model_validate(rich("fr"))], texts()) is None
    assert timeline([Site.model_validate(rich("fr")), *SITES[2:]], texts(), RICH) is None


def test_dots_and_numbers_keep_apart_and_on_the_drawing() -> None:
    made = timeline(SITES, texts())
    assert made is not None
    for drawn in (made.wide, made.tall):
        for one, other in product(drawn.dots, drawn.dots):
            assert one is other or hypot(one.x - other.x, one.y - other.y) >= 2 * drawn.radius - 0.2
        assert all(0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.axis for dot in drawn.dots)
        _is_apart(drawn)


def _is_apart(drawn: Drawing) -> None:
    for row in {y for _, y, _ in drawn.numbers}:
        xs = [x for x, y, _ in drawn.numbers if y == row]
        assert all(after - before >= 18 for before, after in pairwise(xs))
        assert row + 11 <= drawn.height


def test_it_is_a_list_for_who_does_not_see_it() -> None:
    renderer = Renderer(EDITION, "fr")
    drawn = renderer.render("timeline.html", renderer.texts(), ages=timeline(SITES, texts()))
    html = read(f"<!doctype html><title>A</title>{drawn}".encode())
    assert [words(each).split()[0] for each in of(html, "li")] == ["1720", "1831", "1990", "2012"]
    assert all(each.get("aria-hidden") == "true" for each in of(html, "svg"))
    assert "Fosse fr : ouverture" in words(next(each for each in of(html, "ol")))
