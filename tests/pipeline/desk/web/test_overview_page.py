"""The overview shows what each place lacks, and what to do next."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.base.languages import LANGUAGES
from carreau.desk.web.app import opened_desk
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import ROUTE, SITE, written
from tests.pipeline.catalogue.i18n.translated import translated
from tests.pipeline.desk.web.desks import desk_over, signed_in


def places(page: str) -> list[str]:
    return re.findall(r'<li>\n<a href="/places/([^"]+)"', page)


def test_all_real_places_are_there() -> None:
    client = signed_in(desk_over(PROJECT / "assets", PROJECT / "locales"))
    page = client.get("/").text
    assert len(places(page)) == len(list((PROJECT / "assets" / "sites").glob("*/site.toml")))
    assert "The next useful thing to do" in page
    assert places(client.get("/?find=wallers%20CIT%C3%89").text)
    assert places(client.get("/?find=" + "é" * 200).text) == []


def test_filters_and_the_next_thing(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    (catalogue.root / "sites" / "deux" / "site.toml").write_text('name = "Deux"\nkind = "foss"\n', "utf-8")
    client = signed_in(desk_over(catalogue.root, locales))
    page = client.get("/").text
    assert places(page) == ["deux", "une"]
    assert re.search(r'class="lead"><a href="/places/deux">', page)
    assert "write fosse" in page or "the key is missing" in page
    assert places(client.get("/?lacks=errors").text) == ["deux"]
    assert places(client.get("/?lacks=stale").text) == ["une"]
    assert "1 stale translation" in client.get("/?lacks=stale").text
    assert places(client.get("/?lacks=nonsense&page=-3").text) == ["deux", "une"]
    assert client.get("/?page=x").status_code == 400


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_language_that_is_chosen(tmp_path: Path, language: str) -> None:
    client = signed_in(desk_over(written(tmp_path / "assets")))
    page = client.get(f"/?lang={language}").text
    assert f'<html lang="{language}">' in page
    assert f'<html lang="{language}">' in client.get("/").text
    assert ("The places" in page) == (language == "en")


def test_texts_of_curators_are_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'&"
    root = written(tmp_path / "assets", SITE.replace("Fosse Une", evil.replace('"', '\\"')))
    page = signed_in(desk_over(root)).get("/?find=" + evil).text
    assert "<script>alert" not in page
    assert escape("<script>alert(1)</script>", quote=False) in page


def test_a_large_catalogue_comes_page_by_page(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    for number in range(150):
        (root / "sites" / f"n-{number}").mkdir()
        (root / "sites" / f"n-{number}" / "site.toml").write_text(f'name = "N {number}"\n', "utf-8")
    client = signed_in(desk_over(root))
    assert len(places(client.get("/").text)) == 100
    second = client.get("/?page=2").text
    assert len(places(second)) == 52
    assert '<a class="button" href="/?lacks=&amp;find=&amp;page=1" rel="prev">' in second
    assert 'rel="next"' not in second
    assert len(places(client.get("/?page=99").text)) == 52


def test_a_folder_without_a_catalogue_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="neither sites/ nor routes/"):
        opened_desk(tmp_path, 8010, "en")


def test_a_route_with_an_error_is_the_next_thing(tmp_path: Path) -> None:
    root = written(tmp_path / "assets", route=ROUTE.replace('mode = "walk"', 'mode = "train"'))
    page = signed_in(desk_over(root)).get("/").text
    assert re.search(r'class="lead"><a href="/routes/way">', page)
    assert "1 error" in page.partition('id="routes"')[2]
