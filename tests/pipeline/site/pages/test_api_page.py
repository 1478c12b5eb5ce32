"""The documentation of the API is for everybody, and its examples answer in place where scripts run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carreau.base.languages import LANGUAGES
from carreau.site.pages.addresses import own_files
from carreau.site.pages.api_pages import api_page
from carreau.site.pages.pages import make_pages
from carreau.site.pages.rendering import Renderer
from server.viewer.tools.static_files import SCRIPTS, build_viewer
from tests.browser import Browser, asked, opened, until
from tests.conftest import need
from tests.looking import told_by_axe
from tests.pipeline.site.pages.made import ASSETS, BASE, RICH, ROUTE, edition
from tests.pipeline.site.pages.reading import Element, of, read, words
from tests.pipeline.site.pages.serving import served
from tests.pipeline.site.pages.test_in_a_browser import shown
from tests.real_input import press

SITES = {"sites": [{"slug": f"place-{number}", "name": "Été"} for number in range(30)], "lang": "pl"}
DESCRIPTION = {
    "openapi": "3.1.0",
    "paths": {
        "/v1/sites": {
            "get": {
                "tags": ["sites"],
                "description": "List sites & more.",
                "parameters": [
                    {"name": "limit", "in": "query", "description": "Sites on a <b>page</b>, from `next`."},
                    {"$ref": "#/components/parameters/lang"},
                ],
            }
        },
        "/collections": {"get": {"tags": ["OGC API Features"], "deprecated": True}},
    },
    "components": {"parameters": {"lang": {"name": "lang", "in": "query", "required": True}}},
}


def page(language: str) -> Element:
    return read(api_page(Renderer(edition(), language)))


def sections(language: str) -> list[Element]:
    return [each for each in of(page(language), "section") if each.attrib.get("class") == "docs-example"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_is_a_link_and_the_command_that_asks_for_the_same(language: str) -> None:
    examples = sections(language)
    assert len(examples) >= 8
    for example in examples:
        [link] = of(example, "a")
        [pre] = of(example, "pre")
        command = shlex.split(words(pre))
        assert command[0] == "curl"
        assert command[-1] == BASE + link.attrib["href"]
        header = example.attrib.get("data-header")
        assert (header in command) if header else ("--header" not in command)
    addresses = [link.attrib["href"] for example in examples for link in of(example, "a")]
    assert f"/v1/sites/{RICH}?lang={language}" in addresses
    assert f"/v1/routes/{ROUTE}.gpx" in addresses


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_without_anything_has_its_documentation(language: str) -> None:
    empty = edition({"none": {}}, {"none": {}})
    bare = type(empty)(empty.languages, BASE, ASSETS)
    assert b"/v1/sites?limit=3" in api_page(Renderer(bare, language))


def test_the_open_data_page_leads_there() -> None:
    found = {page.address: page.content for page in make_pages(edition())}
    assert b'<a href="/de/api">' in found["/de/offene-daten"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, viewer_modules: Path) -> dict[str, tuple[bytes, str]]:
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    path = tmp_path_factory.mktemp("api") / "api.js"
    build_viewer(path, viewer_modules, SCRIPTS["api.js"])
    found = {page.address: (page.content, page.ext) for page in reversed(list(make_pages(edition())))}
    found |= {vars(ASSETS)[name]: file for name, file in own_files().items() if vars(ASSETS).get(name)}
    found[ASSETS.api_script] = (path.read_bytes(), "js")
    found["/v1/sites"] = (json.dumps(SITES).encode(), "json")
    return found


@pytest.fixture(scope="module")
def address(answers: dict[str, tuple[bytes, str]]) -> Iterator[str]:
    with served({**answers, "/openapi.json": (json.dumps(DESCRIPTION).encode(), "json")}) as at:
        yield at


def at(browser: Browser, session: str, expression: str) -> Any:
    """Return something of the first example."""
    return asked(browser, session, f"(example => {expression})(document.querySelector('.docs-example'))")


@pytest.mark.browser
def test_an_example_answers_in_place_and_everybody_can_read_it(browser: Browser, address: str, axe: str) -> None:
    for width, is_dark in ((1280, False), (320, True)):
        session = shown(browser, f"{address}/pl/api", width, is_dark)
        until(browser, session, "document.querySelectorAll('.docs-example button').length > 2")
        until(browser, session, "!!document.querySelector('.docs-operation')")
        press(browser, session, "document.querySelector('.docs-example button')")
        until(browser, session, "document.querySelectorAll('.docs-example .docs-answer').length == 1")
        assert at(browser, session, "example.querySelector('[role=status]').textContent").startswith("Odpowiedź: 200")
        header = "[...example.querySelectorAll('.docs-answer tr')].map(row => row.innerText.replace(/\\s+/g, ' '))"
        assert "Content-Type application/json" in at(browser, session, header)
        body = at(browser, session, "[...example.querySelectorAll('pre')].at(-1).textContent")
        assert '"name": "Été"' in body
        assert body.endswith("…")
        # The pointer rests on the button, whose colours change within a moment.
        until(browser, session, "document.getAnimations().every((each) => each.playState != 'running')")
        assert told_by_axe(browser, session, axe)["violations"] == []
        assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
        assert asked(browser, session, "window.violated") is None


@pytest.mark.browser
def test_what_is_not_there_is_said(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/en/api", 1280)
    search = "document.querySelector('#example-search').parentElement"
    until(browser, session, f"!!{search}.querySelector('button')")
    press(browser, session, f"{search}.querySelector('button')")
    status = f"{search}.querySelector('[role=status]').textContent"
    until(browser, session, f"{status}.startsWith('Response: 404')")


@pytest.mark.browser
def test_all_operations_are_listed_as_text(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/en/api", 1280)
    until(browser, session, "document.querySelectorAll('.docs-operation').length == 2")
    first, second = asked(
        browser, session, "[...document.querySelectorAll('.docs-operation')].map(each => each.innerText)"
    )
    assert first.startswith("GET /v1/sites\n")
    assert "List sites & more." in first
    assert "Sites on a <b>page</b>, from next." in first
    assert second.startswith("GET /collections (deprecated)")
    codes = "[...document.querySelectorAll('.docs-operation dd code')].map(each => each.textContent)"
    assert asked(browser, session, codes) == ["next"]
    names = "[...document.querySelectorAll('#operations h3')].map(each => each.textContent)"
    assert asked(browser, session, names) == ["sites", "OGC API Features"]


@pytest.mark.browser
def test_the_language_of_an_operation_is_explained_once(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/de/api", 1280)
    until(browser, session, "document.querySelectorAll('.docs-operation').length == 2")
    link = "document.querySelector('.docs-operation dd a')"
    assert asked(browser, session, f"[{link}.hash, {link}.textContent]") == ["#languages", "Sprachen"]
    assert asked(browser, session, f"document.querySelector({link}.hash).textContent") == "Sprachen"


@pytest.mark.browser
def test_without_the_description_the_page_says_so(browser: Browser, answers: dict[str, tuple[bytes, str]]) -> None:
    with served(answers) as address:
        session = shown(browser, f"{address}/fr/api", 1280)
        until(browser, session, "document.querySelectorAll('#operations p').length == 1")
        assert "n’a pas pu être chargée" in asked(
            browser, session, "document.querySelector('#operations p').textContent"
        )


@pytest.mark.browser
def test_without_scripts_it_can_be_read(browser: Browser, address: str, axe: str) -> None:
    for width in (1280, 320):
        session = opened(browser, "about:blank", width)
        browser.call("Page.enable", session)
        browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
        browser.call("Page.navigate", session, url=f"{address}/nl/api")
        until(
            browser,
            session,
            "document.readyState == 'complete' && document.querySelectorAll('.docs-example').length > 7",
        )
        assert asked(browser, session, "document.querySelectorAll('main button').length") == 0
        assert asked(
            browser, session, "document.querySelector('#operations').previousElementSibling.innerText"
        ).endswith("OpenAPI 3.1")
        assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
