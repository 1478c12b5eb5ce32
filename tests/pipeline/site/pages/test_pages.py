"""Pages are valid, complete in every language, and lead to nothing that is not there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import brotli
import pytest
from lxml import etree

from carreau.base.languages import LANGUAGES
from carreau.base.schema.parts import Text
from carreau.base.translator import Translator
from carreau.site.pages.addresses import STYLES, own_files, page_path
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.pages import make_pages
from carreau.site.pages.site_content import Page
from tests.pipeline.site.pages.made import (
    ASSETS,
    BARE,
    BASE,
    MODIFIED,
    RICH,
    ROUTE,
    bare,
    edition,
    rich,
    route,
    term,
    text,
)
from tests.pipeline.site.pages.reading import Element, addresses, href, of, read, words

MADE = list(make_pages(edition()))
PAGES = {(page.address, page.language): page for page in MADE}
HTML = [page for page in MADE if page.ext == "html"]
ELSEWHERE = ("/v1/", "/iiif/", "/a/", "/viewer/", "/ogc/", "/openapi.json")
"""What others answer: the API, and files."""


def named(page: Page) -> str:
    return f"{page.language}{page.address}"


def tree(address: str, language: str = "fr") -> Element:
    return read(PAGES[address, language].content)


def site(language: str = "fr", slug: str = RICH) -> Element:
    return tree(edition().sites[slug][language].pages[language], language)


@pytest.mark.parametrize("page", HTML, ids=named)
def test_a_page_is_valid_and_in_its_language_with_one_heading_above_all(page: Page) -> None:
    html = read(page.content)
    assert page.content.startswith(b"<!doctype html>")
    assert [each.get("lang") for each in of(html, "html")] == [page.language]
    levels = [int(each.tag[1]) for each in of(html, "h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    ids = Counter(each.get("id") for each in html.iter() if each.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    labels = [name for each in html.iter() for name in (each.get("aria-labelledby") or "").split()]
    assert set(labels) <= set(ids)
    assert all(each.get("alt") is not None for each in of(html, "img"))
    assert all(words(each) for each in of(html, "title", "h1", "h2", "h3", "h4", "button"))


@pytest.mark.parametrize("page", HTML, ids=named)
def test_nothing_on_a_page_is_script_or_style_of_its_own(page: Page) -> None:
    html = read(page.content)
    for script in of(html, "script"):
        is_data = script.get("type") == "application/ld+json"
        assert is_data or script.get("src") in vars(ASSETS).values()
    assert not list(of(html, "style", "iframe", "object", "base"))
    attributes = {name for each in html.iter() for name in each.attrib if isinstance(each.tag, str)}
    assert not [name for name in attributes if name == "style" or str(name).startswith("on")]


@pytest.mark.parametrize("page", HTML, ids=named)
def test_every_link_leads_to_something_that_is_made(page: Page) -> None:
    made = {address for address, _ in PAGES} | {"/a/style.css"}
    for address in addresses(page.content):
        if address.startswith("geo:"):
            continue
        parts = urlsplit(address.removeprefix(BASE))
        if parts.netloc or parts.path.startswith((*ELSEWHERE, "/oembed")):
            assert parts.scheme in ("", "http", "https")
            continue
        target = parts.path or page.address
        assert target in made, address
        if parts.fragment and not parts.fragment.startswith("state="):  # which the viewer follows
            there = PAGES.get((target, page.language)) or next(each for each in HTML if each.address == target)
            assert f'id="{parts.fragment}"'.encode() in there.content, address


@pytest.mark.parametrize("page", HTML, ids=named)
def test_a_page_is_light(page: Page) -> None:
    style = own_files()["style"][0]
    assert len(brotli.compress(style)) < 12_000
    assert len(brotli.compress(style)) + len(brotli.compress(page.content)) < 60_000


def test_every_page_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        mine = [address for address, code in PAGES if code == language and not address.startswith("/id/")]
        assert len(mine) == len(set(mine)) == 2 + 2 + 5 + 1 + 1 + 1 + 1 + 1 + 2 * 2 + 3 + (3 if language == "fr" else 0)
        assert {"/", "/404", f"/{language}/", f"/embed/{RICH}", f"/embed/{BARE}"} <= set(mine)
        assert PAGES["/", language].content == PAGES[f"/{language}/", language].content
    assert PAGES["/sitemap.xml", ""].ext == "xml"


def test_the_same_edition_has_the_same_bytes() -> None:
    assert list(make_pages(edition())) == MADE


def test_a_text_says_its_language_and_how_far_it_can_be_trusted() -> None:
    german = site("de")
    heading = next(of(german, "h1"))
    assert (heading.get("lang"), words(heading)) == (None, "Fosse de")
    lead = next(each for each in of(german, "p") if each.get("class") == "lead")
    assert words(lead) == "Résumé de"
    old = [each for each in of(german, "dd") if "La Vieille" in words(each)]
    assert [(each.get("lang"), words(each)) for each in of(old[0], "span")] == [("fr", "La Vieille")]
    assert words(old[0]).endswith("La Vieille fr, Die Alte")
    legend = [words(each) for each in of(_legend(german), "li")]
    assert [each.split()[0] for each in legend] == ["fr"]
    assert "Französisch" in legend[0]
    french = [words(each) for each in of(_legend(site("fr")), "li")]
    assert [each.split()[0] for each in french] == ["de"]


def test_unchecked_translations_are_said_once_a_page() -> None:
    for language in ("de", "pl"):
        notes = [each for each in of(site(language), "p") if "translation" in (each.get("class") or "").split()]
        assert len(notes) == 1
        assert [href(each) for each in of(notes[0], "a")] == [f"{page_path('about', language)}#languages"]
    checked = PageTexts("de", Translator("de"), lambda *_: "")
    checked.inline(Text(text="Haus", lang="de", standing="reviewed"))
    assert checked.translation_note() == ""
    checked.inline(Text(text="Hof", lang="de", standing="unreviewed"))
    assert (
        checked.translation_note()
        == "Die Übersetzungen auf dieser Seite hat noch niemand geprüft, dessen Muttersprache es ist."
    )


def _legend(page: Element) -> Element:
    return next(each for each in of(page, "aside") if each.get("class") == "shell-legend")


def test_links_in_texts_lead_to_pages_in_the_language_of_the_page() -> None:
    story = next(each for each in of(site("pl"), "div") if each.get("class") == "prose")
    assert [(words(each), href(each)) for each in of(story, "a")] == [
        ("l’autre", f"/pl/miejsca/{BARE}"),
        ("Voir", "#media-photo"),
    ]
    assert "de rien." in words(story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_to_data_say_what_each_is(language: str) -> None:
    links = [each for each in of(tree(page_path("data", language), language), "a") if href(each).startswith("/v1/")]
    names = ["".join(each.itertext()) for each in links]
    assert len(set(names)) == len(names) == 5
    assert all(": " in name and ("\u00a0:" in name) is (language == "fr") for name in names)


def test_no_line_of_french_begins_with_a_sign() -> None:
    for page in HTML:
        if page.language == "fr" and not page.address.startswith("/q/"):
            for each in of(read(page.content), "body"):
                assert not re.search(r"[\w)»][:;?!](?:\s|$)| [:;?!»](?:\s|$)", _said_in_french(each)), page.address


def _said_in_french(element: Element) -> str:
    """Return what is said in an element, without what is in another language, and code."""
    if element.get("lang", "fr") != "fr" or element.tag in ("script", "textarea", "code", "svg"):
        return ""
    return (element.text or "") + "".join(_said_in_french(each) + (each.tail or "") for each in element)


def test_no_line_of_french_cuts_a_number() -> None:
    told = {
        **bare("fr"),
        "summary": text("Plus de 2 000 mineurs, 12 puits, 1 234 567 t."),
        "description": text("En 1906 12 000\nt."),
    }
    [page] = [
        each
        for each in make_pages(edition(sites={BARE: dict.fromkeys(LANGUAGES, told)}))
        if told["pages"]["fr"] == each.address
    ]
    content = page.content.decode()
    assert "Plus de 2\u202f000 mineurs, 12 puits, 1\u202f234\u202f567 t." in content
    assert "En 1906 12\u202f000" in content


def test_the_map_says_what_its_numbers_are_where_it_has_numbers() -> None:
    text = next(each for each in of(tree("/fr/lieux"), "figcaption") if each.get("id") == "map-text")
    told = [words(each) for each in text.iter() if each.get("class") == "map-for-numbers"]
    assert told == [
        "Les nombres indiquent combien de lieux compte chaque commune. Choisissez une commune pour aller à sa partie "
        "de la liste."
    ]
    assert any(each.get("class") == "map-for-signs" for each in of(text, "li"))
    wide, narrow = (STYLES / "map.css").read_text("utf-8").split("@media (max-width: 47.99rem) {")
    assert ".map-counts, .map-for-numbers { display: none; }" in wide
    assert ".map .map-counts { display: inline;" in narrow
    assert ", .map-for-signs { display: none; }" in narrow
    assert ".map-for-numbers { display: block; }" in narrow


def test_filters_choose_among_what_there_is() -> None:
    found = next(each for each in of(tree("/fr/lieux"), "form") if each.get("id") == "filters")
    first = [words(next(of(each, "option"))) for each in of(found, "select")]
    assert first == ["Tous les types", "Tous les thèmes", "Toutes les communes", "Tout contenu"]
    themes = {RICH: {code: {**rich(code), "theme": term("")} for code in LANGUAGES}}
    [listed] = [each for each in make_pages(edition(sites=themes)) if each.address == "/fr/lieux"]
    options = [each for one in of(read(listed.content), "select") for each in list(of(one, "option"))[1:]]
    assert all(each.get("value") and words(each) for each in options)


def test_one_line_says_what_every_state_is() -> None:
    shown = [each for each in of(site(), "article") if each.get("class") == "place-state"]
    lines = [[words(each) for each in of(one, "p") if each.get("class") == "of line"] for one in shown]
    assert lines == [["Relevé simulé, 1930~"], ["Relevé simulé"]]
    assert not any("date inconnue" in words(each) for each in shown)


def test_a_demonstration_does_not_say_how_sure_it_is() -> None:
    """A place that is simulated has no sources that could confirm it; a real one says how sure its entry is."""
    real = {RICH: {code: {**rich(code), "is_demonstration": False} for code in LANGUAGES}}
    [page] = [each for each in make_pages(edition(sites=real)) if each.address == rich("fr")["pages"]["fr"]]
    assert [words(each) for each in _confidence(read(page.content))] == ["sûr"]
    assert list(_confidence(site())) == []
    assert "Fiabilité de la fiche" not in words(site())


def _confidence(page: Element) -> Iterator[Element]:
    return (each for each in page.iter() if "confidence" in (each.get("class") or "").split())


def test_what_the_viewer_replaces_is_there_without_a_script() -> None:
    viewers = list(of(site(), "carreau-viewer"))
    assert [(each.get("site"), each.get("state"), each.get("lang")) for each in viewers] == [
        (RICH, "today", "fr"),
        (RICH, "1930", "fr"),
    ]
    for viewer in viewers:
        assert [each.get("alt") for each in of(viewer, "img")]
        assert [each.get("slot") for each in of(viewer, "figure")] == ["poster"]
        assert not list(of(viewer, "button"))
    for state in (each for each in of(site(), "article") if each.get("class") == "place-state"):
        files = [each.get("data-level") for each in of(state, "a") if each.get("data-level")]
        assert files == ["preview", "phone", "desktop", "ar-ios"]


def test_a_route_says_first_of_all_that_nothing_was_checked() -> None:
    found = tree(f"/fr/parcours/{ROUTE}")
    # After what is dangerous.
    danger, notice, *_ = (each for each in of(found, "p") if "notice" in (each.get("class") or ""))
    assert words(danger).startswith("Sécurité")
    assert words(notice).startswith("Proposition : rien n’a été vérifié.")
    measures = next(each for each in of(found, "dl") if each.get("class") == "route-measures")
    assert "2,5 km calculé" in words(measures)
    assert "45 min en chemin, d’après DIN 33466" in words(measures)
    assert "et 20 min aux étapes" in words(measures)
    assert "dont 1 facultative" in words(measures)
    profile = next(each for each in of(found, "svg") if (each.get("aria-label") or "").startswith("Altitudes"))
    assert "De 31\u202fm à 44\u202fm au-dessus de la mer" in (profile.get("aria-label") or "")
    stops = next(each for each in of(found, "ol") if each.get("class") == "route-stops")
    assert [each.get("value") for each in stops if each.tag == "li"] == ["1", "2", "3"]
    links = {href(each) for each in of(found, "a")}
    assert {f"/v1/routes/{ROUTE}.gpx", f"/v1/routes/{ROUTE}/pack/phone", f"/fr/sites/{RICH}"} <= links


def test_straight_lines_are_called_so_once_and_no_length_stands_bare() -> None:
    told = route("fr") | {
        "path_measure": term("indicative", "indicatif"), "length_measure": term("straight", "en ligne droite"),
        "length_km": None, "straight_km": 4.67, "required_straight_km": 1.56, "profile": [], "line": None,
        "length_text": "au moins 4,6 km en ligne droite entre les étapes", "climb_m": None, "duration_min": None,
        "duration_formula": "", "required_km": None, "required_min": None, "surface": None,
    }  # fmt: skip
    routes = {ROUTE: {code: told | {"lang": code} for code in LANGUAGES}}
    made = make_pages(edition(routes=routes))
    pages = {page.address: page.content for page in made if ROUTE in page.address and page.language == "fr"}
    text = words(read(pages[f"/fr/parcours/{ROUTE}"])).replace("\u00a0", " ")
    assert text.count("Les lignes droites sont indicatives") == 1
    assert "au moins 4,6 km en ligne droite entre les étapes 1,5 km sans les étapes facultatives" in text
    assert "Pas encore connu : longueur du chemin, montée, durée, revêtement et accès sans marche." in text
    embedded = words(read(pages[f"/embed/routes/{ROUTE}"])).replace("\u00a0", " ")
    for shown in (text, embedded):
        assert re.findall(r"(\S+) 4,\d km", shown) == ["moins"] * len(re.findall(r"4,\d km", shown))


def test_head_names_other_languages_and_what_others_show() -> None:
    found = site("nl")
    links = [(each.get("rel"), each.get("hreflang") or each.get("type"), href(each)) for each in of(found, "link")]
    assert ("canonical", None, f"{BASE}/nl/sites/{RICH}") in links
    assert ("alternate", "pl", f"{BASE}/pl/miejsca/{RICH}") in links
    assert ("alternate", "x-default", f"{BASE}/en/sites/{RICH}") in links
    oembed = [address for rel, kind, address in links if kind == "application/json+oembed"]
    assert oembed == [f"{BASE}/oembed?url=https%3A%2F%2Fpages.example%2Fnl%2Fsites%2F{RICH}&format=json"]
    told = {each.get("property"): each.get("content") for each in of(found, "meta") if each.get("property")}
    assert told["og:title"] == "Fosse nl (fosse, Denain) – Carreau"
    assert told["og:url"] == f"{BASE}/nl/sites/{RICH}"
    assert told["og:image"] == f"{BASE}/a/poster.webp"
    assert told["og:locale"] == "nl_BE"
    data = next(each for each in of(found, "script") if each.get("type") == "application/ld+json")
    assert json.loads(data.text or "")["name"] == "Fosse"


def test_others_show_the_emblem_of_a_page_without_a_picture() -> None:
    for page in HTML:
        found = {
            each.get("property") or each.get("name"): each.get("content") for each in of(read(page.content), "meta")
        }
        if "og:url" not in found:
            assert "og:image" not in found
            continue
        has_own = found["og:image"] != f"{BASE}/a/emblem.png"
        assert has_own is page.address.endswith((f"/{RICH}", f"/{ROUTE}")), page.address
        assert found["og:image:alt"]
        assert found["twitter:card"] == ("summary_large_image" if has_own else "summary")
        if not has_own:
            assert found["og:image:width"] == found["og:image:height"] == "512"


def test_the_sitemap_lists_every_page_that_is_to_be_found() -> None:
    root = etree.fromstring(PAGES["/sitemap.xml", ""].content)
    found = {str(each.text) for each in root.iter("{*}loc")}
    wanted = {f"{BASE}{page.address}" for page in HTML if b'content="noindex"' not in page.content}
    assert found == wanted - {f"{BASE}/"}
    assert all(len(each.findall("{*}link")) == len(LANGUAGES) for each in root)
    changed = {str(each.findtext("{*}loc")): each.findtext("{*}lastmod") for each in root}
    assert {address for address, time in changed.items() if time == MODIFIED} == {
        f"{BASE}{page.address}" for page in HTML if page.part and f"{BASE}{page.address}" in changed
    }
    assert f"Sitemap: {BASE}/sitemap.xml" in PAGES["/robots.txt", ""].content.decode()


def test_the_map_has_a_link_for_every_place_and_the_list_the_same() -> None:
    found = tree("/fr/lieux")
    drawing = next(each for each in of(found, "svg") if each.get("role") == "group")
    on_map = {href(each) for each in of(drawing, "a")}
    listed = {href(each) for part in of(found, "h3", "h4") for each in of(part, "a")}
    assert on_map - {"#commune-59172"} <= listed
    assert f"/fr/sites/{BARE}" in on_map


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_that_is_searched_from_has_places_for_what_a_server_finds(language: str) -> None:
    content = PAGES[page_path("search", language), language].content.decode()
    assert content.count(' value=""') == 1
    assert (
        content.index('id="search"')
        < content.index('name="q" type="search" value=""')
        < content.index("<!--searched-->")
    )
    marked = content[content.index("<!--searched-->") : content.index("<!--/searched-->")]
    assert re.findall(r'id="(\w+)"', marked) == ["status", "hits"]
    assert marked.count("<noscript>") == content.count("<noscript>") == 1
    form = next(each for each in of(tree(page_path("search", language), language), "form"))
    assert all(form.get(f"data-{name}") for name in ("counts", "none", "read", "partly"))
    assert [page.address for page in HTML if b"<!--searched-->" in page.content and page.language == language] == [
        page_path("search", language)
    ]


def test_what_nobody_knows_is_left_open_on_the_notices() -> None:
    legal = PAGES["/fr/mentions-legales", "fr"].content.decode()
    assert len(re.findall(r'class="todo">\[', legal)) >= 5
    statement = [words(each) for each in of(tree("/fr/accessibilite"), "h1", "h2", "h3", "h4")]
    assert statement == [
        "Déclaration d’accessibilité", "État de conformité", "Résultat des tests", "Contenus non accessibles",
        "Non conformité", "Dérogations pour charge disproportionnée",
        "Contenus non soumis à l’obligation d’accessibilité",
        "Établissement de cette déclaration d’accessibilité",
        "Technologies utilisées pour la réalisation du site web", "Environnement de test",
        "Les outils utilisés lors de l’évaluation",
        "Pages du site ayant fait l’objet de la vérification de conformité", "Retour d’information et contact",
        "Voies de recours",
    ]  # fmt: skip
