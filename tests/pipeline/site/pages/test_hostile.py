"""Whatever somebody writes into the catalogue, no page runs it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from html5rdf import HTMLParser
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Route
from carreau.base.schema.parts import Text
from carreau.base.schema.site import Site
from carreau.base.translator import Translator
from carreau.site.pages.addresses import safe_url, script_json
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.pages import make_pages
from carreau.site.pages.site_content import SiteContent
from tests.pipeline.site.pages.made import ASSETS, BASE, RICH, ROUTE, edition, rich, route
from tests.pipeline.site.pages.reading import Element, addresses, of

BREAKS_OUT = (
    "\"'></script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}[a](javascript:alert(1))"
)
LINKS = (
    "javascript:alert(1)",
    '/" onclick=alert(1) x="',
    "//evil.example/x",
    "/\\evil.example",
    'https://e.example/"><script>',
)


def spoilt(told: Any, of: type[Any], words: str, path: tuple[Any, ...] = (), whole: Any = None) -> Any:
    """Put hostile words into every place of a document that takes them."""
    whole = told if whole is None else whole
    children = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    for key, value in list(children):
        if key in ("pages", "slug", "lang") and not path:
            continue
        if isinstance(value, dict | list):
            spoilt(value, of, words, (*path, key), whole)
        elif isinstance(value, str):
            told[key] = f"/{words}" if value.startswith("/") else words
            try:
                of.model_validate(whole)
            except ValidationError:
                told[key] = value
    return told


def hostile(words: str) -> SiteContent:
    sites = {RICH: {code: spoilt(rich(code), Site, words) for code in LANGUAGES[:2]}}
    routes = {ROUTE: {code: spoilt(route(code), Route, words) for code in LANGUAGES[:2]}}
    made = edition(sites, routes, json.dumps({"name": words}).encode())
    return SiteContent(**{**vars(made), "languages": LANGUAGES[:2]})


def read_loosely(page: bytes) -> Element:
    found: Element = HTMLParser(namespaceHTMLElements=False).parse(page, transport_encoding="utf-8")
    return found


@pytest.mark.parametrize("words", [BREAKS_OUT, *LINKS])
def test_no_page_runs_what_was_written(words: str) -> None:
    for page in make_pages(hostile(words)):
        if page.ext != "html":
            assert b"<script" not in page.content
            continue
        found = read_loosely(page.content)
        for script in of(found, "script"):
            assert script.get("type") == "application/ld+json" or script.get("src") in vars(ASSETS).values()
            if script.get("type") == "application/ld+json":
                assert json.loads(script.text or "{}")["name"] == words
        for each in found.iter():
            if isinstance(each.tag, str):
                assert not [name for name in each.attrib if str(name).startswith("on") or name == "style"]
        assert not [each for each in of(found, "img") if each.get("src") == "x"]
        assert b"49[a]" not in page.content
        for address in addresses(page.content):
            if re.fullmatch(r"geo:[\d.]+,[\d.]+\?q=[\d.]+,[\d.]+\([\w.~%-]*\)", address, re.ASCII):
                continue
            inside = address.replace("&#34;", '"').replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">")
            assert inside.startswith(("#", BASE)) or safe_url(inside) or inside == "", address


@given(st.text(), st.sampled_from(LANGUAGES), st.sampled_from(["source", "reviewed", "unreviewed", "stale"]))
def test_a_text_is_never_markup(words: str, language: str, standing: str) -> None:
    texts = PageTexts("fr", Translator("fr"), lambda kind, name: "")
    told = Text.model_validate({"text": words, "lang": language, "standing": standing})
    for html in (texts.inline(told), texts.drop_links(told), texts.opening(told), texts.paragraphs(told)):
        rest = re.sub(r'</?(p|span|small)( (lang|class|title)="[^"<>]*")*>', "", html)
        assert "<" not in rest


@given(st.text())
@example("/\u00a0")
@example("https://example.org/\u2003a")
def test_a_link_leads_to_the_web_or_to_us(address: str) -> None:
    found = safe_url(address)
    assert found in ("", address)
    assert not found or re.match(r"(https?://|/(?![/\\]))", found, re.IGNORECASE)
    assert not re.search(r"[\s\\]", found)


@given(
    st.recursive(st.text() | st.none() | st.integers(), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_data_in_a_script_is_the_same_data_and_does_not_end_the_script(value: Any) -> None:
    made = script_json(json.dumps(value).encode())
    assert json.loads(made) == value
    assert not set("<>&\u2028\u2029") & set(made)
