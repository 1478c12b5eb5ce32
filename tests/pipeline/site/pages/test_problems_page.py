"""The page of problem types says of each what the API says of it, under the fragment that the API leads to."""

from __future__ import annotations

import json

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.requests import PROBLEMS
from carreau.catalogue.i18n.po import api_translations
from carreau.site.pages.api_pages import api_page, example_in, problems_page
from carreau.site.pages.rendering import Renderer
from carreau_server.errors import Messages
from tests.pipeline.site.pages.made import edition
from tests.pipeline.site.pages.reading import Element, href, of, read, words


def page(language: str) -> Element:
    return read(problems_page(Renderer(edition(), language)))


def shown(text: str) -> str:
    """Return a text as `words` reads it, whatever its spaces."""
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_type_has_its_section_in_the_words_of_the_api(language: str) -> None:
    messages, text = Messages(), shown(words(page(language)))
    headings = {each.get("id") or "": shown(words(each)) for each in of(page(language), "h3")}
    assert list(headings) == sorted(PROBLEMS, key=lambda code: PROBLEMS[code].status)
    for code, title in headings.items():
        assert title == shown(messages.problem_title(code, language))
        assert shown(messages.problem_meaning(code, language)) in text
        assert shown(messages.problem_remedy(code, language)) in text
    statuses = [words(next(of(row, "td"))) for row in list(of(page(language), "tr"))[1:]]
    assert statuses == [str(PROBLEMS[code].status) for code in headings]


def test_the_list_at_its_top_leads_to_each() -> None:
    [table] = of(page("en"), "table")
    assert [href(each) for each in of(table, "a")] == [f"#{each.get('id')}" for each in of(page("en"), "h3")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_what_the_api_answers(language: str) -> None:
    example = json.loads(example_in(language))
    values = {"slug": example["instance"].rpartition("/")[2]}
    assert example["title"] == Messages().problem_title(example["code"], language)
    assert example["detail"] == Messages().problem_detail(example["code"], language, values)
    assert [shown(words(each)) for each in of(page(language), "pre")] == [shown(example_in(language))]


def test_a_language_without_texts_of_the_api_falls_back_to_english() -> None:
    assert api_translations("it").gettext("Site not found") == "Site not found"
    assert api_translations("de").gettext("Site not found") == "Ort nicht gefunden"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documentation_of_the_api_links_it(language: str) -> None:
    addresses = [href(each) for each in of(read(api_page(Renderer(edition(), language))), "a")]
    assert f"/{language}/problems" in addresses
