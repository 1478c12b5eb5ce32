"""The page that is searched from answers without scripts, in the words of its own script."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from carreau.base.schema.lists import Hit, Hits, Marked
from carreau_server.search import fill_page, is_search_page
from tests.pipeline.site.pages.reading import Element, href, of, read, words
from tests.server import bundles
from tests.server.asking import Ask, of_server, served

FR, EN, NL, DE, PL = "/fr/recherche", "/en/search", "/nl/zoeken", "/de/suche", "/pl/szukaj"
HOSTILE = (
    '"><script>alert(1)</script>', "' onfocus='alert(1)", "</noscript><img src=x onerror=alert(1)>", "mathilde <b>",
    "<!--/searched-->", "--><svg onload=alert(1)>", "\\1 \\g<form> mathilde", "&quot;&lt;", "\0mathilde\r\n", "%s {q}",
)  # fmt: skip


def asked(ask: Ask, path: str, text: str) -> Element:
    reply = ask(f"{path}?q={quote(text)}")
    assert reply.status == 200
    return read(reply.text.encode())


def named(page: Element, name: str) -> Element:
    (found,) = (each for each in page.iter() if each.get("id") == name)
    return found


def rows(page: Element) -> list[Element]:
    return list(of(named(page, "hits"), "li"))


def sentence(page: Element, name: str) -> str:
    return " ".join((named(page, "search").get(f"data-{name}") or "").split())


@pytest.mark.parametrize(("path", "lang"), [(FR, "fr"), (EN, "en"), (NL, "nl"), (DE, "de"), (PL, "pl")])
def test_what_was_found_stands_in_the_page_as_the_api_found_it(ask: Ask, path: str, lang: str) -> None:
    page = asked(ask, path, "  mathilde ")
    data = ask(f"/v1/search?q=mathilde&lang={lang}").json()
    assert named(page, "q").get("value") == "mathilde"
    counts = json.loads(named(page, "search").get("data-counts") or "")
    assert data["matched"] == 2
    assert words(named(page, "status")) == f"{counts['few' if lang == 'pl' else 'other'].format(number=2)}."
    links = [next(of(row, "a")) for row in rows(page)]
    assert [(href(link), words(link)) for link in links] == [(h["page"], h["title"]["text"]) for h in data["hits"]]
    assert [words(next(of(row, "p"))) for row in rows(page)] == [h["excerpt"]["text"].strip() for h in data["hits"]]
    assert [row.get("lang") or lang for row in rows(page)] == [hit["lang"] for hit in data["hits"]]
    assert "hidden" not in named(page, "hits").attrib
    assert not list(of(page, "noscript"))
    assert list(of(named(page, "index"), "a")), "the list of everything stays"


@pytest.mark.parametrize(
    ("path", "said"), [(FR, "2 résultats. Résultats pour : mathilde."), (EN, "2 results. Results for: ")]
)
def test_it_speaks_the_language_of_the_page_whatever_the_browser_wants(ask: Ask, path: str, said: str) -> None:
    reply = ask(f"{path}?q=mathidle&lang=pl", accept_language="de")
    assert words(named(read(reply.text.encode()), "status")).startswith(said)
    assert reply.headers["content-language"] == path[1:3]


def test_what_was_looked_for_is_marked_and_nothing_else_is_markup(ask: Ask) -> None:
    link = next(of(rows(asked(ask, FR, "renard"))[0], "a"))
    assert (words(link), [words(each) for each in of(link, "mark")]) == ("Terril Renard <b>", ["Renard"])
    assert not list(of(link, "b"))
    assert "chevalement" in [words(each) for row in rows(asked(ask, FR, "chevalement")) for each in of(row, "mark")]


def test_some_of_the_words_are_better_than_nothing_and_said_so(ask: Ask) -> None:
    page = asked(ask, FR, "mathilde renard")
    assert words(named(page, "status")).endswith(sentence(page, "partly"))
    assert len(rows(page)) > 1


@pytest.mark.parametrize("path", [FR, DE])
def test_nothing_found_is_said_and_no_empty_list_shown(ask: Ask, path: str) -> None:
    for text in ("zzzzzz", "!!!"):
        page = asked(ask, path, text)
        assert words(named(page, "status")) == sentence(page, "none") != ""
        assert (rows(page), named(page, "hits").get("hidden")) == ([], "")
        assert not list(of(page, "noscript"))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("path", [FR, PL])
def test_what_somebody_types_is_only_ever_text(ask: Ask, path: str, text: str) -> None:
    reply = ask(f"{path}?q={quote(text)}")
    assert reply.status == 200
    outside = re.sub(r'value="[^"]*"', "", reply.text)
    for part in ("<script", "<img", "<svg", "<b>", "onerror=", "onload=", "onfocus="):
        assert outside.count(part) == ask(path).text.count(part)
    field = re.search(r'name="q" type="search" value="([^"]*)"', reply.text)
    assert field
    assert "<" not in field[1]
    assert ">" not in field[1]
    assert "'" not in field[1]
    if text.isprintable():
        assert named(read(reply.text.encode()), "q").get("value") == text


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20+", "?x=mathilde"])
def test_without_words_it_is_the_prepared_page(ask: Ask, bundle: Path, query: str) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    (sha256,) = (each["sha256"] for each in manifest["answers"] if each["path"] == FR)
    prepared = (bundle / "a" / f"{sha256}.html").read_bytes()
    reply = ask(FR + query)
    assert (reply.status, reply.body) == (200, prepared)
    page = read(prepared)
    assert "notre serveur" in words(next(of(page, "noscript")))
    assert (rows(page), words(named(page, "status")), named(page, "q").get("value")) == ([], "", "")


def test_other_pages_look_for_nothing(ask: Ask) -> None:
    for path in ("/fr/", "/fr/sites/fosse-mathilde", "/sw.js", "/"):
        assert ask(f"{path}?q=mathilde").body == ask(path).body
    assert ask(f"/fr/?q={'a' * 500}").status == 200
    moved = ask(f"{FR}/?q=mathilde")
    assert (moved.status, moved.headers["location"]) == (308, f"{FR}?q=mathilde")


@pytest.mark.parametrize("letter", ["a", "é"])
def test_too_long_a_question_is_refused_as_the_api_refuses_it(ask: Ask, letter: str) -> None:
    assert ask(f"{EN}?q={quote(letter * 200)}").status == 200
    mine, api = (ask(f"{path}?q={quote(letter * 201)}&lang=en") for path in (EN, "/v1/search"))
    assert (mine.status, mine.headers["content-type"]) == (400, "application/problem+json")
    assert mine.json()["errors"] == api.json()["errors"]


def test_it_is_sent_as_answers_of_the_api_are(ask: Ask) -> None:
    target = f"{FR}?q=eglise"
    for coding in ("identity", "br"):
        for _ in range(2):
            reply = ask(target, accept_encoding=coding)
            assert reply.headers["content-type"] == "text/html; charset=utf-8"
            assert reply.headers["content-language"] == "fr"
            assert reply.headers["vary"] == "Accept-Encoding"
            assert reply.headers["cache-control"] == ask("/v1/search?q=eglise").headers["cache-control"]
            assert reply.headers["content-security-policy"] == ask(FR).headers["content-security-policy"]
            assert reply.headers.get("content-encoding") == ("br" if coding == "br" else None)
            assert "<mark>église</mark>" in reply.text
            tag = reply.headers["etag"]
            head = ask(target, "HEAD", accept_encoding=coding)
            assert (head.status, head.body, head.headers["etag"]) == (200, b"", tag)
            assert head.headers["content-length"] == reply.headers["content-length"]
            known = ask(target, accept_encoding=coding, if_none_match=tag)
            assert (known.status, known.body, known.headers["etag"]) == (304, b"", tag)
    assert ask(f"{FR}?q=fosse").headers["etag"] != ask(target).headers["etag"]


def test_words_are_in_no_line_of_the_log(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    with served(tmp_path) as (port, process):
        assert of_server(port)(f"{FR}?q=somebody").status == 200
        process.terminate()
        log, errors = process.communicate(timeout=60)
    assert json.loads(log.splitlines()[0])["path"] == FR
    assert "somebody" not in log + errors


def test_a_link_leads_to_no_other_host() -> None:
    title = Marked(text="a", html="a")
    hit = Hit(
        kind="site", slug="a", lang="fr", title=title, excerpt=title, score=1, url="/v1/sites/a", page='//evil/"é'
    )
    page = '<form id="search" data-counts="{}"><input value=""><!--searched--><!--/searched-->'
    page = page.format(html.escape('{"one": "{number} <result>", "other": "{number} results"}'))
    made = fill_page(page, Hits(lang="fr", q="a", matched=1, hits=(hit,)))
    assert '<a href="/evil/%22%C3%A9">' in made
    assert "1 &lt;result&gt;." in made
    page = page.replace("data-counts", 'data-read="Read:" data-counts')
    strange = hit.model_copy(update={"lang": '"><b>'})
    made = fill_page(page, Hits(lang="fr", q="a", read_as="<b>", matched=30, hits=(strange,)))
    assert "30 results. Read: &lt;b&gt;." in made
    assert "<b>" not in made
    earlier = '<form id="search" data-found="Found:"><input value=""><!--searched--><!--/searched-->'
    assert "Found: 1." in fill_page(earlier, Hits(lang="fr", q="a", matched=1, hits=(hit,)))
    assert not is_search_page("<form id=search><input value=''>")


def test_the_marked_place_is_filled_and_all_around_it_stays() -> None:
    before = '<form class="search"><input value=""></form><form data-grid="search">'
    form = '<form class="search" id="search" data-none="" metadata-none="wrong" data-partly="">\n<input id="q"'
    after = ' id="search"><input value=""><!--searched-->\nas it was<!--/searched-->\n'
    page = f'{before}{form} value=""><i value="">\n<!--searched-->\nNone yet.<!--/searched-->\n<form{after}'
    filled = fill_page(page, Hits(lang="fr", q="a", matched=0, hits=()))
    results = '<p id="status" role="status"></p>\n<ol id="hits" class="list-hits" hidden></ol>'
    assert filled == f'{before}{form} value="a"><i value="">\n{results}\n<form{after}'
